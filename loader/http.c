#include "loader/http_client.h"

#include <string.h>

static enum err take_settings(struct http *c, const struct http_settings *settings, struct error *e)
{
    static const struct trust nobody;

    c->settings = *settings;
    c->settings.trust = settings->trust ? settings->trust : &nobody;
    c->settings.attempts = settings->attempts ? settings->attempts : HTTP_ATTEMPTS;
    c->settings.connect_ms = settings->connect_ms ? settings->connect_ms : HTTP_CONNECT_MS;
    c->settings.stall_ms = settings->stall_ms ? settings->stall_ms : HTTP_STALL_MS;
    if (!settings->proxy)
        return OK;
    if (url_parse(settings->proxy, strlen(settings->proxy), &c->proxy, e) != OK)
        return within(e, "the proxy");
    if (c->proxy.secure || c->proxy.path.len > 1 || c->proxy.query.len)
        return fail(e, ERR_SETTING, "the proxy: it is not http://[USER:PASSWORD@]HOST[:PORT]");
    return OK;
}

enum err http_make(const struct http_settings *settings, struct arena *a, struct http **out,
                   struct error *e)
{
    struct http *c;

    TRY(TAKE(a, 1, &c, e));
    TRY(take_settings(c, settings, e));
    TRY(TAKE(a, HTTP_HEAD_MAX, &c->buffer, e));
    TRY(TAKE(a, HTTP_WINDOW, &c->window, e));
    TRY(port_wire(a, &c->tcp, e));
    TRY(tls_make(
        &(struct tls_settings){c->settings.trust, settings->clock, port_random, port_milliseconds},
        a, &c->tls, e));
    c->name = "";
    *out = c;
    return OK;
}

uint32_t http_retries(const struct http *c)
{
    return c ? c->retries : 0;
}

void http_end(struct http *c)
{
    if (c)
        http_close(c);
}

/* ---- Small documents ------------------------------------------------------------------------- */

static enum err too_big(struct http *c, size_t limit, struct error *e)
{
    return http_final(c, e, ERR_TOO_BIG, "it has more than %zu bytes, which is the limit", limit);
}

static enum err read_all(struct http *c, uint8_t *to, size_t room, size_t *len, struct error *e)
{
    uint8_t one;
    size_t got;

    *len = 0;
    do {
        bool full = *len == room; /* is there one more? */
        TRY(http_read_body(c, full ? &one : to + *len, full ? 1 : room - *len, &got, e));
        if (full && got)
            return too_big(c, room, e);
        *len += got;
    } while (got);
    return OK;
}

void http_forget(struct http *c)
{
    http_close(c);
    c->owner = NULL;
    c->window_len = 0;
    c->name = "";
}

static enum err fetch_once(struct http *c, const char *url, size_t limit, struct arena *a,
                           struct bytes *out, struct error *e)
{
    const struct http_request r = {.url = url};
    size_t room = limit, len;
    uint8_t *at;

    TRY(http_request(c, &r, e));
    TRY(http_judge(c, e));
    if (c->head.status != 200 && c->head.status != 204)
        return http_final(c, e, ERR_NETWORK, "the server answers %d to a plain request",
                          c->head.status);
    if (c->head.encoding.len)
        return http_final(c, e, ERR_NETWORK, "the server packs it (Content-Encoding)");
    if (c->head.has_length && c->head.length > limit)
        return too_big(c, limit, e);
    if (c->head.has_length)
        room = (size_t)c->head.length;
    TRY(TAKE(a, room, &at, e));
    TRY(read_all(c, at, room, &len, e));
    *out = (struct bytes){at, len};
    return OK;
}

enum err http_fetch(struct http *c, const char *url, size_t limit, struct arena *a,
                    struct bytes *out, struct error *e)
{
    struct http_patience patience = {0};
    const char *name;

    TRY(http_name(url, a, &name, e));
    http_begin(c, name);
    for (;;) {
        struct arena before = *a;
        if (fetch_once(c, url, limit, a, out, e) == OK)
            return OK;
        *a = before;
        if (http_again(c, &patience, e) != OK)
            return within(e, "%s", name);
    }
}

/* ---- Reports --------------------------------------------------------------------------------- */

static enum err post_once(struct http *c, const struct http_request *r, struct error *e)
{
    TRY(http_request(c, r, e));
    if (c->head.status == 301 || c->head.status == 302 || c->head.status == 303)
        return http_final(c, e, ERR_NETWORK, "the server answers %d, which loses what was sent",
                          c->head.status);
    TRY(http_judge(c, e));
    http_leave_body(c);
    return OK;
}

/* True when the server has not taken it: it never saw it, or says so. */
static bool was_not_taken(const struct http *c)
{
    int status = c->was_sent ? c->head.status : 0;

    return !c->was_sent || status == 408 || status == 429 || status == 503;
}

enum err http_post(struct http *c, const char *url, const char *type, struct bytes body,
                   struct error *e)
{
    const struct http_request r = {.url = url, .is_post = true, .type = type, .body = body};
    struct http_patience patience = {0};
    char shown[URL_MAX];
    struct url parts;

    TRY(url_parse(url, strlen(url), &parts, e));
    http_begin(c, url_show(&parts, shown));
    for (;;) {
        c->head.status = 0;
        enum err err = post_once(c, &r, e);
        if (err != OK) {
            c->is_final = c->is_final || !was_not_taken(c);
            err = http_again(c, &patience, e);
            if (err == OK)
                continue;
            within(e, "%s", c->name);
        }
        c->name = "";
        return err;
    }
}
