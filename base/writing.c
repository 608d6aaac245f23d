#include "base/writing.h"

#include <string.h>

#include "base/text.h"
#include "base/utf.h"

enum err writing_start(struct writing *w, struct arena *work, struct error *e)
{
    size_t room = arena_room(work) < WRITING_MAX ? arena_room(work) : WRITING_MAX;

    *w = (struct writing){.room = room};
    return TAKE(work, room, &w->at, e);
}

void writing_bytes(struct writing *w, struct bytes bytes)
{
    if (w->full || bytes.len > w->room - w->len) {
        w->full = true;
        return;
    }
    if (bytes.len)
        memcpy(w->at + w->len, bytes.at, bytes.len);
    w->len += bytes.len;
}

void writing_add(struct writing *w, const char *text)
{
    writing_bytes(w, (struct bytes){(const uint8_t *)text, strlen(text)});
}

void writing_format(struct writing *w, const char *format, ...)
{
    char text[128];
    va_list args;

    va_start(args, format);
    text_format_va(text, sizeof(text), format, args);
    va_end(args);
    writing_add(w, text);
}

/* What stands for a character; NULL: itself. */
static const char *xml_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void writing_xml(struct writing *w, const char *text)
{
    for (; *text; text++) {
        const char *escape = xml_escape(*text);
        if (escape)
            writing_add(w, escape);
        else
            writing_bytes(w, (struct bytes){(const uint8_t *)text, 1});
    }
}

/* Code point of the len bytes that utf8_char() counted. */
static uint32_t code_point(const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text;
    uint32_t code = len == 1 ? p[0] : p[0] & (0x7fu >> len);

    for (size_t i = 1; i < len; i++)
        code = code << 6 | (p[i] & 0x3fu);
    return code;
}

/* YAML 1.1 neither takes C1 controls and U+FFFE as they are, nor leaves its own line ends alone; a
 * byte order mark within a text is nobody's friend. */
static bool wants_number(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0x2028 || code == 0x2029 ||
           code == 0xfeff || code == 0xfffe || code == 0xffff;
}

void writing_inside_quotes(struct writing *w, const char *text)
{
    size_t left = strlen(text);

    while (left) {
        size_t len = utf8_char(text, left);
        uint32_t code = len ? code_point(text, len) : 0xfffd;
        if (!len)
            len = 1;
        if (code == '"' || code == '\\')
            writing_format(w, "\\%c", (char)code);
        else if (wants_number(code) || code == 0xfffd)
            writing_format(w, "\\u%04x", (unsigned)code);
        else
            writing_bytes(w, (struct bytes){(const uint8_t *)text, len});
        text += len;
        left -= len;
    }
}

void writing_quoted(struct writing *w, const char *text)
{
    writing_add(w, "\"");
    writing_inside_quotes(w, text);
    writing_add(w, "\"");
}

enum err writing_end(struct writing *w, struct arena *a, const char *what, struct bytes *out,
                     struct error *e)
{
    uint8_t *copy;

    if (w->full)
        return fail(e, ERR_TOO_BIG, "%s: is larger than %zu bytes", what, w->room);
    TRY(TAKE(a, w->len, &copy, e));
    if (w->len)
        memcpy(copy, w->at, w->len);
    *out = (struct bytes){copy, w->len};
    return OK;
}

bool xml_can_hold(const char *text)
{
    size_t left = strlen(text);

    while (left) {
        size_t len = utf8_char(text, left);
        uint32_t code = len ? code_point(text, len) : 0;
        if (code < 0x20 && code != '\t' && code != '\n' && code != '\r')
            return false;
        if (code == 0xfffe || code == 0xffff)
            return false;
        text += len;
        left -= len;
    }
    return true;
}
