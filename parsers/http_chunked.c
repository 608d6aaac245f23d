#include "parsers/http_chunked.h"

#include "parsers/digest_line.h"

static enum err bad(struct error *e)
{
    return fail(e, ERR_NETWORK, "the chunks of the answer are damaged");
}

static enum err count_line(struct http_chunked *c, size_t limit, struct error *e)
{
    if (++c->line_len > limit)
        return fail(e, ERR_NETWORK, "the answer has more than %zu bytes between its chunks", limit);
    return OK;
}

static enum err take_size(struct http_chunked *c, uint8_t byte, struct error *e)
{
    int digit = digest_line_digit(byte);

    TRY(count_line(c, HTTP_CHUNK_LINE_MAX, e));
    if (digit >= 0) {
        if (c->left >> 59) /* as large as INT64_MAX, no larger */
            return fail(e, ERR_NETWORK, "a chunk of the answer is too large");
        c->left = c->left << 4 | (uint64_t)digit;
        c->digits++;
        return OK;
    }
    if (!c->digits)
        return bad(e);
    if (byte == '\r')
        c->state = CHUNK_SIZE_LF;
    else if (byte == ';' || byte == ' ' || byte == '\t')
        c->state = CHUNK_EXTENSION;
    else
        return bad(e);
    return OK;
}

static enum err take_extension(struct http_chunked *c, uint8_t byte, struct error *e)
{
    TRY(count_line(c, HTTP_CHUNK_LINE_MAX, e));
    if (byte == '\r')
        c->state = CHUNK_SIZE_LF;
    else if (byte < 0x20 && byte != '\t')
        return bad(e);
    return OK;
}

static void start_chunk(struct http_chunked *c)
{
    c->state = c->left ? CHUNK_DATA : TRAILER_START;
    c->line_len = 0;
    c->digits = 0;
}

static enum err take_trailer(struct http_chunked *c, uint8_t byte, struct error *e)
{
    bool at_start = c->state == TRAILER_START;

    TRY(count_line(c, HTTP_TRAILER_MAX, e));
    if (byte == '\r')
        c->state = at_start ? TRAILER_END_LF : TRAILER_LF;
    else if (byte < 0x20 && byte != '\t')
        return bad(e);
    else
        c->state = TRAILER_LINE;
    return OK;
}

static enum err expect(struct http_chunked *c, uint8_t byte, uint8_t wanted,
                       enum http_chunked_state next, struct error *e)
{
    if (byte != wanted)
        return bad(e);
    c->state = next;
    return OK;
}

static enum err take_byte(struct http_chunked *c, uint8_t byte, struct error *e)
{
    switch (c->state) {
    case CHUNK_SIZE:
        return take_size(c, byte, e);
    case CHUNK_EXTENSION:
        return take_extension(c, byte, e);
    case CHUNK_SIZE_LF:
        TRY(expect(c, byte, '\n', CHUNK_DATA, e));
        start_chunk(c);
        return OK;
    case CHUNK_DATA: /* http_chunked_next() takes these itself */
        return bad(e);
    case CHUNK_DATA_CR:
        return expect(c, byte, '\r', CHUNK_DATA_LF, e);
    case CHUNK_DATA_LF:
        return expect(c, byte, '\n', CHUNK_SIZE, e);
    case TRAILER_START:
    case TRAILER_LINE:
        return take_trailer(c, byte, e);
    case TRAILER_LF:
        return expect(c, byte, '\n', TRAILER_START, e);
    case TRAILER_END_LF:
        TRY(expect(c, byte, '\n', TRAILER_START, e));
        c->is_done = true;
        return OK;
    }
    return bad(e);
}

enum err http_chunked_next(struct http_chunked *c, struct bytes *in, size_t room,
                           struct bytes *data, struct error *e)
{
    *data = (struct bytes){in->at, 0};
    while (in->len && !c->is_done) {
        if (c->state != CHUNK_DATA) {
            uint8_t byte = in->at[0];
            take(in, 1);
            TRY(take_byte(c, byte, e));
            continue;
        }
        size_t len = in->len < room ? in->len : room;
        if (len > c->left)
            len = (size_t)c->left;
        *data = (struct bytes){take(in, len), len};
        c->left -= len;
        if (!c->left)
            c->state = CHUNK_DATA_CR;
        return OK;
    }
    return OK;
}
