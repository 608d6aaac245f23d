/* parsers/http_chunked.h - a body in chunks, taken apart as it arrives.
 *
 *     struct http_chunked c = {0};
 *     while (!c.is_done) {
 *         ... when in is empty, receive more ...
 *         TRY(http_chunked_next(&c, &in, room, &data, e));
 *         ... data.len bytes of the body, which may be none ...
 *     }
 *
 * What is left in the input then belongs to the next answer.  Extensions of chunks and fields of the
 * trailer are passed over, and bounded.  Lines end with CRLF and with nothing else.
 *
 * Spec: RFC 9112, "Chunked Transfer Coding".
 */
#ifndef PARSERS_HTTP_CHUNKED_H
#define PARSERS_HTTP_CHUNKED_H

#include "base/bytes.h"
#include "base/error.h"

#define HTTP_CHUNK_LINE_MAX 1024       /* bytes of a size with its extensions; docs/limits.md */
#define HTTP_TRAILER_MAX    (8u << 10) /* bytes of the whole trailer; docs/limits.md */

enum http_chunked_state {
    CHUNK_SIZE,      /* in front of or inside the digits */
    CHUNK_EXTENSION, /* behind them */
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    TRAILER_START, /* at the start of a line */
    TRAILER_LINE,
    TRAILER_LF,
    TRAILER_END_LF,
};

struct http_chunked {
    enum http_chunked_state state;
    uint64_t left;   /* bytes of the chunk to come, or the size so far */
    size_t digits;   /* of the size, so far */
    size_t line_len; /* bytes of the line or of the trailer so far */
    bool is_done;
};

/* Step over what is understood of in, up to and with the next bytes of the body: data, inside of in,
 * at most room bytes.  Without any in is used up, or the body is done.  ERR_NETWORK. */
enum err http_chunked_next(struct http_chunked *c, struct bytes *in, size_t room,
                           struct bytes *data, struct error *e) MUST_CHECK;

#endif
