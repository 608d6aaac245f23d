#include "loader/http_client.h"

#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "base/utf.h"
#include "parsers/lines.h"

bool http_basic(const struct url *url, char *out, size_t size)
{
    static const char front[] = "Basic ";
    char user[URL_MAX];
    size_t len;

    if (!url->has_userinfo || !url_decode(url->userinfo, user, sizeof(user) - 1))
        return false;
    len = strlen(user);
    if (!memchr(url->userinfo.at, ':', url->userinfo.len))
        user[len++] = ':';
    if (sizeof(front) + BASE64_LEN(len) > size)
        return false;
    memcpy(out, front, sizeof(front) - 1);
    size_t end = base64_write((uint8_t *)out + sizeof(front) - 1,
                              (struct bytes){(const uint8_t *)user, len});
    out[sizeof(front) - 1 + end] = '\0';
    bytes_wipe(user, sizeof(user));
    return true;
}

/* ---- The request ----------------------------------------------------------------------------- */

static void put(struct http *c, const char *format, ...) PRINTF_LIKE(2, 3);
static void put(struct http *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    c->end += text_format_va((char *)c->buffer + c->end, HTTP_HEAD_MAX - c->end, format, args);
    va_end(args);
}

static void put_target(struct http *c, const struct url *url)
{
    char authority[URL_AUTHORITY_MAX];

    if (c->settings.proxy && !url->secure)
        put(c, "http://%s", url_authority(url, false, authority));
    put(c, "%.*s%.*s HTTP/1.1\r\nHost: %s\r\n", url->path.len ? (int)url->path.len : 1,
        url->path.len ? (const char *)url->path.at : "/", (int)url->query.len,
        (const char *)url->query.at, url_authority(url, false, authority));
}

/* A user and password of the first URL are for its own server. */
static void put_users(struct http *c, const struct url *url, const struct url *first)
{
    char basic[HTTP_BASIC_MAX];

    if (url_same_origin(url, first) && http_basic(first, basic, sizeof(basic)))
        put(c, "Authorization: %s\r\n", basic);
    if (c->settings.proxy && !url->secure && http_basic(&c->proxy, basic, sizeof(basic)))
        put(c, "Proxy-Authorization: %s\r\n", basic);
    bytes_wipe(basic, sizeof(basic));
}

/* Far below HTTP_HEAD_MAX: a URL, its host twice and two passwords of URL_MAX. */
static void put_head(struct http *c, const struct http_request *r, const struct url *url,
                     const struct url *first)
{
    c->at = c->end = 0;
    put(c, r->is_post ? "POST " : "GET ");
    put_target(c, url);
    put(c, "User-Agent: ovfboot/" OVFBOOT_VERSION "\r\nAccept: */*\r\n"
           "Accept-Encoding: identity\r\n");
    put_users(c, url, first);
    if (r->has_range)
        put(c, "Range: bytes=%llu-%llu\r\n", (unsigned long long)r->first,
            (unsigned long long)r->last);
    if (r->has_range && r->if_range && *r->if_range)
        put(c, "If-Range: %s\r\n", r->if_range);
    if (r->is_post)
        put(c, "Content-Type: %s\r\nContent-Length: %zu\r\n", r->type, r->body.len);
    put(c, "\r\n");
}

static enum err send_once(struct http *c, const struct http_request *r, const struct url *url,
                          const struct url *first, struct error *e)
{
    uint32_t ms = c->settings.stall_ms;

    TRY(http_connect(c, url, e));
    put_head(c, r, url, first);
    struct bytes head = {c->buffer, c->end};
    c->was_sent = true;
    enum err err = wire_send(c->wire, head, ms, e);
    bytes_wipe(c->buffer, c->end);
    c->at = c->end = 0;
    if (err == OK && r->is_post)
        err = wire_send(c->wire, r->body, ms, e);
    return err == OK ? http_read_head(c, e) : err;
}

/* A connection that waited may have been closed meanwhile: then a new one is worth a try at once. */
static enum err exchange(struct http *c, const struct http_request *r, const struct url *url,
                         const struct url *first, struct error *e)
{
    c->is_final = false;
    http_leave_body(c);
    if (r->is_post)
        http_close(c);
    bool may_be_stale = c->wire && c->was_used;
    enum err err = send_once(c, r, url, first, e);
    if (err == ERR_NETWORK && may_be_stale && !c->is_final && c->end == 0) {
        http_close(c);
        err = send_once(c, r, url, first, e);
    }
    if (err != OK) {
        http_close(c);
        return err;
    }
    c->was_used = true;
    http_start_body(c, c->head.status == 204 || c->head.status == 304);
    return OK;
}

/* ---- The answer ------------------------------------------------------------------------------ */

static bool is_redirect(const struct http *c, const struct http_request *r)
{
    int status = c->head.status;

    if (r->is_post && status != 307 && status != 308)
        return false;
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where the answer leads, into the location that is not in use. */
static enum err follow(struct http *c, const struct url *from, size_t count, const char **to,
                       struct error *e)
{
    char *location = c->location[count % 2], shown[URL_MAX];
    struct url url;

    if (!c->head.location.len)
        return http_final(c, e, ERR_NETWORK, "a redirect leads nowhere (%d without a Location)",
                          c->head.status);
    if (url_resolve(from, c->head.location, location, e) != OK ||
        url_parse(location, strlen(location), &url, e) != OK) {
        c->is_final = true;
        e->code = ERR_NETWORK;
        return within(e, "a redirect");
    }
    if (from->secure && !url.secure)
        return http_final(c, e, ERR_NETWORK, "a redirect leads from https to http: %s",
                          url_show(&url, shown));
    if (count == HTTP_REDIRECTS_MAX)
        return http_final(c, e, ERR_NETWORK,
                          "there are more than %d redirects; the last leads to %s",
                          HTTP_REDIRECTS_MAX, url_show(&url, shown));
    *to = location;
    return OK;
}

enum err http_request(struct http *c, const struct http_request *r, struct error *e)
{
    const char *text = r->url;
    struct url first, url;

    TRY(url_parse(text, strlen(text), &first, e));
    url = first;
    c->retry_after = 0;
    c->was_sent = false;
    for (size_t count = 0;; count++) {
        TRY(exchange(c, r, &url, &first, e));
        if (!is_redirect(c, r))
            return OK;
        TRY(follow(c, &url, count, &text, e));
        TRY(url_parse(text, strlen(text), &url, e));
    }
}

static enum err judge_access(struct http *c, struct error *e)
{
    bool by_proxy = c->head.status == 407;

    if (!c->head.wants_basic)
        return http_final(c, e, ERR_SETTING, "%s wants authentication by %.*s, which is not done",
                          by_proxy ? "the proxy" : "the server", lines_shown(c->head.scheme),
                          (const char *)c->head.scheme.at);
    return http_final(c, e, ERR_SETTING,
                      "%s does not let in this user and password, or nobody without "
                      "(http://USER:PASSWORD@HOST)",
                      by_proxy ? "the proxy" : "the server");
}

enum err http_judge(struct http *c, struct error *e)
{
    int status = c->head.status, len = lines_shown(c->head.text);
    char said[100]; /* some servers, and the firmware's HTTP, have no words for it */

    text_format(said, sizeof(said), len ? "%d %.*s" : "%d", status, len,
                (const char *)c->head.text.at);
    if (status / 100 == 2)
        return OK;
    if (c->head.has_retry_after)
        c->retry_after = c->head.retry_after_seconds;
    if (status == 408 || status == 429 || status / 100 == 5)
        return fail(e, ERR_NETWORK, "the server answers %s", said);
    if (status == 404 || status == 410)
        return http_final(c, e, ERR_NOT_FOUND, "the server does not have it (%s)", said);
    if (status == 401 || status == 407)
        return judge_access(c, e);
    return http_final(c, e, ERR_NETWORK, "the server refuses it (%s)", said);
}
