/* parsers/http_head.h - the head of an HTTP/1 response: its status, and those fields that a client
 * which fetches files has to know.
 *
 *     size_t len = http_head_end(received);       0: there is more to come
 *     TRY(http_head_parse(buffer, len, &head, e));
 *
 * Texts are borrowed from the buffer, in which folded lines are unfolded.  What could be read in two
 * ways is refused: two lengths, a length beside chunks, blanks before a colon, a bare CR, NUL.  A line
 * may end with LF alone.
 *
 * Spec: RFC 9112, "Message Format", "Message Body", "Field Syntax"; RFC 9110, "Content-Length",
 * "Validator Fields", "Range Requests", "Retry-After"; RFC 7235's WWW-Authenticate is RFC 9110's.
 */
#ifndef PARSERS_HTTP_HEAD_H
#define PARSERS_HTTP_HEAD_H

#include "base/bytes.h"
#include "base/error.h"

#define HTTP_HEAD_MAX (32u << 10) /* bytes of a whole head; docs/limits.md */

struct http_head {
    int status;        /* 100..599 */
    struct bytes text; /* the reason, for people; may be empty */
    bool keeps;        /* the connection may be used again after the body */
    bool chunked;
    bool has_length;
    uint64_t length; /* bytes of the body */

    bool has_range;       /* Content-Range in bytes */
    bool range_is_unmet;  /* "bytes * / size": nothing of it was there */
    uint64_t first, last; /* of the whole, from 0; both are in the body */
    bool has_total;
    uint64_t total; /* bytes of the whole */

    bool takes_ranges;          /* Accept-Ranges: bytes */
    struct bytes etag;          /* with quotes and W/; empty: none, as below */
    bool etag_is_strong;        /* there is one, and it is */
    struct bytes last_modified; /* as it was sent */
    struct bytes location;
    struct bytes encoding; /* Content-Encoding, unless it is identity */
    struct bytes scheme;   /* of the first challenge in WWW- or Proxy-Authenticate: "Basic" */
    bool wants_basic;      /* one of the challenges is for Basic */
    bool has_retry_after;  /* in seconds; a date there is passed over */
    uint64_t retry_after_seconds;
};

/* Bytes of the head, with the empty line that ends it; 0 when it is not all there. */
size_t http_head_end(struct bytes received);

/* len is http_head_end()'s.  ERR_NETWORK: this is no proper HTTP.  ERR_UNSUPPORTED for a
 * Transfer-Encoding other than chunked. */
enum err http_head_parse(uint8_t *at, size_t len, struct http_head *out,
                         struct error *e) MUST_CHECK;

#endif
