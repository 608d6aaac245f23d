/* parsers/http_request.h - between HTTP/1.1 as text and HTTP as firmware takes it, in pieces: the head
 * of a request apart, the head of an answer together.
 *
 * For requests that loader/http_exchange.c wrote: what it does not write is refused.
 *
 * Spec: RFC 9112, "Request Line", "Field Syntax", "Status Line".
 */
#ifndef PARSERS_HTTP_REQUEST_H
#define PARSERS_HTTP_REQUEST_H

#include "base/bytes.h"
#include "base/error.h"

#define HTTP_FIELDS_MAX 32 /* of a request; the client writes fewer than 10 */

struct http_field {
    const char *name, *value;
};

struct http_request_head {
    const char *method; /* "GET" */
    const char *target; /* from its '/' on */
    struct http_field fields[HTTP_FIELDS_MAX];
    size_t count;
    uint64_t length; /* bytes of the body */
};

/* len is parsers/http_head.h's http_head_end().  The texts are in the head, which is written to.
 * ERR_SETTING for what only a connection of our own could do: https, and a proxy. */
enum err http_request_parse(char *at, size_t len, struct http_request_head *out,
                            struct error *e) MUST_CHECK;

/* True when these bytes, at least one, begin TLS and no request. */
bool http_request_is_tls(struct bytes bytes);

/* The head of an answer, with the empty line at its end; returns its length without a NUL.  0: it does
 * not fit, or a field would be more than a field. */
size_t http_response_write(int status, const struct http_field *fields, size_t count, char *out,
                           size_t size);

#endif
