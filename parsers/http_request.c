#include "parsers/http_request.h"

#include <string.h>

#include "base/text.h"

#define TLS_HANDSHAKE 22 /* type of a record: RFC 8446, "Record Protocol" */

/* The text up to stop, which becomes a NUL; *at is then behind it.  NULL when there is no stop. */
static char *cut(char **at, const char *stop)
{
    char *start = *at, *end = strstr(start, stop);

    if (!end)
        return NULL;
    *end = '\0';
    *at = end + strlen(stop);
    return start;
}

static enum err fail_request(struct error *e)
{
    return fail(e, ERR_UNSUPPORTED, "a request that the firmware's HTTP cannot send");
}

static enum err read_line(char **at, struct http_request_head *out, struct error *e)
{
    char *line = cut(at, "\r\n");

    out->method = line ? cut(&line, " ") : NULL;
    out->target = out->method ? cut(&line, " ") : NULL;
    if (!out->target)
        return fail_request(e);
    if (strcmp(out->method, "CONNECT") == 0 || out->target[0] != '/')
        return fail(e, ERR_SETTING,
                    "this machine's firmware offers no TCP, and its HTTP knows no proxy");
    return OK;
}

static enum err read_fields(char *at, struct http_request_head *out, struct error *e)
{
    for (char *line; (line = cut(&at, "\r\n")) != NULL && *line;) {
        const char *name = cut(&line, ": ");
        if (!name || out->count == HTTP_FIELDS_MAX)
            return fail_request(e);
        out->fields[out->count++] = (struct http_field){name, line};
        if (text_same(name, "Content-Length") && !text_to_u64(line, strlen(line), &out->length))
            return fail_request(e);
    }
    return OK;
}

enum err http_request_parse(char *at, size_t len, struct http_request_head *out, struct error *e)
{
    *out = (struct http_request_head){.count = 0};
    if (len < 4 || memchr(at, '\0', len) || memcmp(at + len - 4, "\r\n\r\n", 4) != 0)
        return fail_request(e);
    at[len - 1] = '\0'; /* so that nobody looks beyond; the line's end is gone with it */
    at[len - 2] = '\0';
    TRY(read_line(&at, out, e));
    return read_fields(at, out, e);
}

bool http_request_is_tls(struct bytes bytes)
{
    return bytes.at[0] == TLS_HANDSHAKE;
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < 0x20 && *text != '\t')
            return false;
    return true;
}

size_t http_response_write(int status, const struct http_field *fields, size_t count, char *out,
                           size_t size)
{
    size_t len = text_format(out, size, "HTTP/1.1 %d \r\n", status);

    for (size_t i = 0; i < count; i++) {
        const char *name = fields[i].name, *value = fields[i].value;
        size_t need = strlen(name) + strlen(value) + strlen(": \r\n");
        if (!*name || name[strcspn(name, ": \t\r\n")] || !is_one_line(value) || need >= size - len)
            return 0;
        memcpy(out + len, name, strlen(name));
        len += strlen(name);
        memcpy(out + len, ": ", 2);
        len += 2;
        memcpy(out + len, value, strlen(value));
        len += strlen(value);
        memcpy(out + len, "\r\n", 2);
        len += 2;
    }
    if (size - len <= 2)
        return 0;
    memcpy(out + len, "\r\n", 2);
    return len + 2;
}
