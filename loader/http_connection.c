#include "loader/http_client.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"

#define SLICE_MS    250  /* of waiting, between two looks at the keyboard */
#define SILENT_MS   2000 /* of waiting that is not told */
#define INTERIM_MAX 8    /* answers 1xx in front of the one that counts */

void http_close(struct http *c)
{
    if (c->wire)
        wire_close(c->wire);
    wire_close(c->tcp);
    c->wire = NULL;
    c->body = HTTP_BODY_NONE;
    c->at = c->end = 0;
    c->was_used = false;
}

/* ---- Receiving ------------------------------------------------------------------------------- */

static enum err check_deadline(struct http *c, struct error *e)
{
    if (c->deadline && port_milliseconds() >= c->deadline)
        return http_final(c, e, ERR_NETWORK, "it takes more than %llu s",
                          (unsigned long long)(c->settings.total_ms / 1000));
    return OK;
}

/* Time that passes while nobody waits for the other end does not count. */
static enum err check_speed(struct http *c, struct error *e)
{
    uint64_t bytes = c->waited_bytes;

    if (c->waited_ms < c->settings.stall_ms)
        return OK;
    c->waited_ms = c->waited_bytes = 0;
    if (bytes >= HTTP_SLOW)
        return OK;
    return fail(e, ERR_NETWORK, "the server stalled: %llu bytes came in %u s",
                (unsigned long long)bytes, c->settings.stall_ms / 1000);
}

static enum err tell_silence(const struct http *c, struct error *e)
{
    char line[200];

    if (c->waited_ms < SILENT_MS)
        return OK;
    text_format(line, sizeof(line), "%s: waiting for the server, %llu s", c->name,
                (unsigned long long)(c->waited_ms / 1000));
    return port_progress(line) ? OK : fail(e, ERR_CANCELLED, "stopped by the keyboard");
}

enum err http_pull(struct http *c, void *to, size_t room, size_t *got, struct error *e)
{
    for (;;) {
        TRY(check_deadline(c, e));
        uint64_t start = port_milliseconds();
        uint32_t slice = (uint32_t)min_u64(SLICE_MS, c->settings.stall_ms);
        TRY(wire_receive(c->wire, to, room, slice, got, e));
        c->waited_ms += port_milliseconds() - start;
        if (*got != WIRE_QUIET)
            c->waited_bytes += *got;
        if (*got == 0)
            return OK;
        TRY(check_speed(c, e));
        if (*got != WIRE_QUIET)
            return OK;
        TRY(tell_silence(c, e));
    }
}

/* More into the buffer, behind what is there. */
static enum err fill(struct http *c, struct error *e)
{
    size_t got;

    memmove(c->buffer, c->buffer + c->at, c->end - c->at);
    c->end -= c->at;
    c->at = 0;
    if (c->end == HTTP_HEAD_MAX)
        return http_final(c, e, ERR_NETWORK, "the head of the answer has more than %u bytes",
                          HTTP_HEAD_MAX);
    TRY(http_pull(c, c->buffer + c->end, HTTP_HEAD_MAX - c->end, &got, e));
    if (got == 0)
        return fail(e, ERR_NETWORK, "the server closed the connection %s",
                    c->end ? "inside the head of its answer" : "without an answer");
    c->end += got;
    return OK;
}

static enum err read_one_head(struct http *c, struct error *e)
{
    size_t len;

    while ((len = http_head_end((struct bytes){c->buffer + c->at, c->end - c->at})) == 0)
        TRY(fill(c, e));
    uint8_t *head = c->buffer + c->at;
    c->at += len;
    if (http_head_parse(head, len, &c->head, e) != OK) {
        c->is_final = true;
        return e->code;
    }
    return OK;
}

enum err http_read_head(struct http *c, struct error *e)
{
    c->waited_ms = c->waited_bytes = 0;
    for (int i = 0; i < INTERIM_MAX; i++) {
        TRY(read_one_head(c, e));
        if (c->head.status == 101)
            break;
        if (c->head.status >= 200)
            return OK;
    }
    return http_final(c, e, ERR_NETWORK, "the server does not come to an answer");
}

/* ---- Connecting ------------------------------------------------------------------------------ */

static void peer_of(const struct http *c, const struct url *url, char out[URL_AUTHORITY_MAX + 8])
{
    char authority[URL_AUTHORITY_MAX];

    if (!url->secure && c->settings.proxy)
        text_format(out, URL_AUTHORITY_MAX + 8, "proxy:");
    else
        text_format(out, URL_AUTHORITY_MAX + 8, "%s://%s", url->secure ? "https" : "http",
                    url_authority(url, true, authority));
}

/* Ask the proxy for a way through.  RFC 9110, "CONNECT": a body in a success does not exist. */
static enum err open_tunnel(struct http *c, const struct url *url, struct error *e)
{
    char authority[URL_AUTHORITY_MAX], basic[HTTP_BASIC_MAX] = "";
    char *text = (char *)c->buffer;
    size_t len;

    url_authority(url, true, authority);
    len = text_format(text, HTTP_HEAD_MAX, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", authority,
                      authority);
    if (http_basic(&c->proxy, basic, sizeof(basic)))
        len += text_format(text + len, HTTP_HEAD_MAX - len, "Proxy-Authorization: %s\r\n", basic);
    len += text_format(text + len, HTTP_HEAD_MAX - len, "\r\n");
    bytes_wipe(basic, sizeof(basic));
    TRY(wire_send(c->wire, (struct bytes){c->buffer, len}, c->settings.connect_ms, e));
    c->at = c->end = 0;
    TRY(http_read_head(c, e));
    if (c->head.status / 100 != 2) {
        TRY(http_judge(c, e));
        return http_final(c, e, ERR_NETWORK, "it answers %d", c->head.status);
    }
    if (c->at != c->end)
        return http_final(c, e, ERR_NETWORK, "it sent something before it was asked");
    return OK;
}

static enum err connect_through(struct http *c, const struct url *url, struct error *e)
{
    char host[URL_HOST_MAX];
    const struct url *first = c->settings.proxy ? &c->proxy : url;

    url_host(first, host);
    TRY(wire_connect(c->tcp, host, first->port, c->settings.connect_ms, e));
    c->wire = c->tcp;
    if (c->settings.proxy && url->secure)
        TRY(open_tunnel(c, url, e));
    return OK;
}

static enum err start_tls(struct http *c, const struct url *url, struct error *e)
{
    char host[URL_HOST_MAX];

    url_host(url, host);
    enum err err = tls_start(c->tls, c->tcp, host, c->settings.connect_ms, e);
    if (err == OK)
        c->wire = tls_wire(c->tls);
    c->is_final = err != OK && tls_was_refused(c->tls);
    return err;
}

static enum err connect_new(struct http *c, const struct url *url, struct error *e)
{
    char proxy[URL_AUTHORITY_MAX];

    if (connect_through(c, url, e) != OK)
        return c->settings.proxy ? within(e, "the proxy %s", url_authority(&c->proxy, true, proxy))
                                 : e->code;
    return url->secure ? start_tls(c, url, e) : OK;
}

enum err http_connect(struct http *c, const struct url *url, struct error *e)
{
    char peer[URL_AUTHORITY_MAX + 8];

    peer_of(c, url, peer);
    if (c->wire && strcmp(c->peer, peer) == 0)
        return OK;
    http_close(c);
    memcpy(c->peer, peer, sizeof(peer));
    if (connect_new(c, url, e) == OK)
        return OK;
    http_close(c);
    if (!url->secure || !tls_wants_another(c->tls))
        return e->code;
    if (connect_new(c, url, e) == OK)
        return OK;
    http_close(c);
    return e->code;
}
