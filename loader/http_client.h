/* loader/http_client.h - the inside of loader/http.h, shared by its files:
 *
 * http_connection.c  the connection, and bytes from it     http_exchange.c  requests, heads, redirects
 * http_body.c        the body of an answer                 http_retry.c     waits between attempts
 * http_source.c      random access                         http_held.c      the same without ranges
 * http.c             documents and reports
 */
#ifndef LOADER_HTTP_CLIENT_H
#define LOADER_HTTP_CLIENT_H

#include "crypto/tls.h"
#include "loader/http.h"
#include "parsers/http_chunked.h"
#include "parsers/http_head.h"

enum http_body {
    HTTP_BODY_NONE,    /* there is none, or all of it was read */
    HTTP_BODY_LENGTH,  /* left bytes are to come */
    HTTP_BODY_CHUNKED, /* likewise, in chunks; left is UINT64_MAX when only they tell */
    HTTP_BODY_ENDLESS, /* until the connection closes: not read */
};

struct http {
    struct http_settings settings;
    struct url proxy; /* when settings.proxy is set */

    struct wire *tcp;
    struct tls *tls;
    struct wire *wire;                /* what bytes go through; NULL: closed */
    bool was_used;                    /* an answer came through it before */
    char peer[URL_AUTHORITY_MAX + 8]; /* where it leads: "https://host:port", "proxy:" */

    uint8_t *buffer;    /* HTTP_HEAD_MAX bytes: the request, then what came and was not read */
    size_t at, end;     /* of what is in it */
    uint64_t waited_ms; /* since waited_bytes began to be counted */
    uint64_t waited_bytes;
    uint64_t deadline; /* of what is being done, in port_milliseconds(); 0: none */

    struct http_head head; /* its texts are valid until the body is read */
    enum http_body body;
    uint64_t left; /* bytes */
    struct http_chunked chunked;

    char location[2][URL_MAX]; /* where redirects lead; the current one */
    const char *name;          /* of the URL in use, for progress */
    bool is_final;             /* the last failure is not one to try again */
    bool was_sent;             /* the request has gone out, in part at least */
    uint32_t retries;          /* so far */
    uint64_t retry_after;      /* seconds, that the server asked for; 0: it did not */

    const struct http_source *owner; /* whose body and window there are; NULL: nobody's */
    uint64_t position;               /* of the body's next byte in the owner */
    uint8_t *window;                 /* HTTP_WINDOW bytes */
    uint64_t window_start;           /* in the owner */
    size_t window_len;
};

struct http_request {
    const char *url;
    bool is_post;
    const char *type;  /* of the body */
    struct bytes body; /* of a POST */
    bool has_range;
    uint64_t first, last;
    const char *if_range; /* a strong ETag; "" or NULL: none */
};

/* ---- http_connection.c ---- */

/* A connection that leads to the URL's server; the one that is there when it does. */
enum err http_connect(struct http *c, const struct url *url, struct error *e) MUST_CHECK;
void http_close(struct http *c);

/* At least one byte, to room bytes: *got is 0 when the other end closed.  Fails when it stalls, when
 * time is up, and with ERR_CANCELLED. */
enum err http_pull(struct http *c, void *to, size_t room, size_t *got, struct error *e) MUST_CHECK;

/* Read a head into c->head, those of interim answers passed over. */
enum err http_read_head(struct http *c, struct error *e) MUST_CHECK;

/* A failure that would only repeat. */
#define http_final(c, ...) ((c)->is_final = true, fail(__VA_ARGS__))

/* ---- http_exchange.c ---- */

/* Send the request, follow redirects, and read the head of the last answer. */
enum err http_request(struct http *c, const struct http_request *r, struct error *e) MUST_CHECK;

/* An error for every status that is no success. */
enum err http_judge(struct http *c, struct error *e) MUST_CHECK;

/* "Basic ..." from a URL's user and password; false when they are too long or no text. */
#define HTTP_BASIC_MAX 2800 /* bytes: base64 of URL_MAX */
bool http_basic(const struct url *url, char *out, size_t size);

/* ---- http_body.c ---- */

/* What c->head says of its body; has_none: there is none whatever it says. */
void http_start_body(struct http *c, bool has_none);

/* At least one byte of the body; *got is 0 at its end. */
enum err http_read_body(struct http *c, void *to, size_t room, size_t *got,
                        struct error *e) MUST_CHECK;

/* Make the connection ready for the next request, or close it when that takes longer. */
void http_leave_body(struct http *c);

/* ---- http_source.c ---- */

void http_source_begin(struct http_source *s);

/* An error when the head is of another file than the source was opened as. */
enum err http_check_same(const struct http_source *s, struct error *e) MUST_CHECK;

/* ---- http_held.c ---- */

/* Fetch all of it again: the body stands at byte 0. */
enum err http_from_the_front(struct http_source *s, struct error *e) MUST_CHECK;

/* ---- http_retry.c ---- */

struct http_patience {
    unsigned failures; /* since the last progress */
};

/* After a failure: OK when it is worth another attempt, after a wait.  Otherwise *e tells why not. */
enum err http_again(struct http *c, struct http_patience *p, struct error *e) MUST_CHECK;

/* Begin something: no failure yet, and total_ms to do it. */
void http_begin(struct http *c, const char *name);

#endif
