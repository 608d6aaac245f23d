/* loader/http.h - files from web servers: a client, a source over it, small documents, reports.
 *
 *     TRY(http_make(&settings, a, &client, e));
 *     TRY(http_source_open(&s, client, "https://example.org/x.ova", a, e));
 *     TRY(source_read(&s.source, offset, to, len, e));
 *     http_end(client);
 *
 * A client has one connection, which is kept while the next request goes the same way; all of its
 * sources share it, and its memory, taken once, is about 1 MiB.  A source reads by ranges: small ones
 * where reads jump, and one that reaches to the end once they go on where the last one ended.
 *
 * What breaks is tried again, with growing waits, from the byte where it broke; a server that says
 * when to come again is obeyed.  Nothing is taken that is not proved to be the same file: each part
 * must be the one that was asked for, of a file of the same size, ETag and date.  An answer that does
 * not say how long it is, or ends early, is never the whole.
 *
 * At most HTTP_REDIRECTS_MAX redirects are followed, never from https to http.  User and password
 * (Basic) come from the URL, and go to that scheme, host and port only.  Messages name the URL without
 * them and without its query.
 *
 * Spec: RFC 9110, RFC 9112; RFC 7617, "The 'Basic' Authentication Scheme".
 */
#ifndef LOADER_HTTP_H
#define LOADER_HTTP_H

#include "crypto/moment.h"
#include "crypto/trust.h"
#include "loader/port.h"
#include "parsers/url.h"

#define HTTP_WINDOW        (256u << 10) /* bytes of read-ahead, and of the smallest range */
#define HTTP_REDIRECTS_MAX 5
#define HTTP_ATTEMPTS      6     /* without any progress between them */
#define HTTP_CONNECT_MS    15000 /* until a connection stands */
#define HTTP_STALL_MS      30000 /* of waiting, in which at least HTTP_SLOW bytes must come */
#define HTTP_SLOW          4096  /* bytes */
#define HTTP_FRONTS_MAX    16    /* fetches of a file whose server sends no ranges */
#define HTTP_WAIT_MAX_MS   16000 /* between two attempts, unless the server asks for more */
#define HTTP_RETRY_AFTER   120   /* seconds; a server that wants more is not waited for */

struct http_settings {
    const struct trust *trust; /* whom https believes; NULL: nobody; borrowed */
    struct clock clock;
    const char *proxy;   /* http://[user:password@]host[:port]; NULL: none; borrowed */
    uint32_t attempts;   /* 0: HTTP_ATTEMPTS */
    uint32_t connect_ms; /* 0: HTTP_CONNECT_MS */
    uint32_t stall_ms;   /* 0: HTTP_STALL_MS */
    uint64_t total_ms;   /* for a document, or for all of a source; 0: no limit */
};

struct http;

/* ERR_SETTING when the proxy's URL is none. */
enum err http_make(const struct http_settings *settings, struct arena *a, struct http **out,
                   struct error *e) MUST_CHECK;

/* How often something was tried again so far; 0 for NULL. */
uint32_t http_retries(const struct http *c);

/* Close the connection; NULL, too. */
void http_end(struct http *c);

/* The memory of every source opened so far is about to be used for something else. */
void http_forget(struct http *c);

/* A URL for people, in the arena: without user, password and query.  ERR_SETTING when it is none. */
enum err http_name(const char *url, struct arena *a, const char **out, struct error *e) MUST_CHECK;

struct http_source {
    struct source source; /* size is 0 while can_range is false and nothing is held */
    struct http *client;
    const char *url; /* as it was given; in the arena */
    const char
        *shown;     /* likewise, for people; the source's name too, until its owner has another */
    bool can_range; /* false: http_source_hold() before the first read */
    bool has_size;  /* the server said how large it is */
    uint64_t told;  /* bytes, when it did */
    struct http_same {
        const char *etag, *modified; /* "" when there is none; in the arena */
        bool strong;
    } same;
    uint64_t asked_last; /* the last byte of the last range */
    bool resumes;        /* that range broke */
    uint64_t deadline;   /* in port_milliseconds(); 0: none */
    const uint8_t *held; /* its first bytes, where there are no ranges; NULL: nothing is held */
    uint64_t held_len;
    unsigned fronts; /* how often it was fetched anew for what is behind them */
};

/* ERR_NOT_FOUND when the server does not have it. */
enum err http_source_open(struct http_source *s, struct http *c, const char *url, struct arena *a,
                          struct error *e) MUST_CHECK;

/* For a server that sends no ranges: fetch its first bytes into memory that lives as long as the source.
 * What room bytes do not suffice for is read in order, and from its beginning again when a read goes
 * back: HTTP_FRONTS_MAX times.  ERR_TOO_BIG when they do not suffice and the server tells no size. */
enum err http_source_hold(struct http_source *s, uint8_t *memory, size_t room,
                          struct error *e) MUST_CHECK;

/* A whole document of at most limit bytes, in the arena. */
enum err http_fetch(struct http *c, const char *url, size_t limit, struct arena *a,
                    struct bytes *out, struct error *e) MUST_CHECK;

/* Send a document; whatever is answered is not read.  Tried again only where the server cannot have
 * taken it. */
enum err http_post(struct http *c, const char *url, const char *type, struct bytes body,
                   struct error *e) MUST_CHECK;

#endif
