#include "loader/http_client.h"

#include <string.h>

#include "base/checked.h"

#define LEAVE_MAX (64u << 10) /* bytes that are read to keep a connection; more take longer */

void http_start_body(struct http *c, bool has_none)
{
    c->owner = NULL;
    c->position = 0;
    c->window_len = 0;
    c->left = c->head.has_length ? c->head.length : UINT64_MAX;
    c->chunked = (struct http_chunked){0};
    if (has_none || (c->head.has_length && !c->head.length))
        c->body = HTTP_BODY_NONE;
    else if (c->head.chunked)
        c->body = HTTP_BODY_CHUNKED;
    else
        c->body = c->head.has_length ? HTTP_BODY_LENGTH : HTTP_BODY_ENDLESS;
    /* In chunks a range has its length all the same. */
    if (c->body == HTTP_BODY_CHUNKED && c->head.has_range && !c->head.range_is_unmet)
        c->left = c->head.last - c->head.first + 1;
}

static void finish(struct http *c)
{
    c->body = HTTP_BODY_NONE;
    if (!c->head.keeps)
        http_close(c);
}

static enum err closed_early(const struct http *c, struct error *e)
{
    if (c->left == UINT64_MAX)
        return fail(e, ERR_NETWORK, "the connection ended inside the answer");
    return fail(e, ERR_NETWORK, "the connection ended, %llu bytes too early",
                (unsigned long long)c->left);
}

/* What the buffer has, or straight from the wire. */
static enum err read_plain(struct http *c, void *to, size_t room, size_t *got, struct error *e)
{
    *got = (size_t)min_u64(room, c->left);
    if (c->at < c->end) {
        *got = (size_t)min_u64(*got, c->end - c->at);
        memcpy(to, c->buffer + c->at, *got);
        c->at += *got;
    } else {
        TRY(http_pull(c, to, *got, got, e));
        if (!*got)
            return closed_early(c, e);
    }
    c->left -= *got;
    if (!c->left)
        finish(c);
    return OK;
}

static enum err refill(struct http *c, struct error *e)
{
    size_t got;

    c->at = c->end = 0;
    TRY(http_pull(c, c->buffer, HTTP_HEAD_MAX, &got, e));
    if (!got)
        return closed_early(c, e);
    c->end = got;
    return OK;
}

static enum err end_chunks(struct http *c, struct error *e)
{
    if (c->left && c->left != UINT64_MAX)
        return http_final(c, e, ERR_NETWORK, "the chunks of the answer end %llu bytes too early",
                          (unsigned long long)c->left);
    finish(c);
    return OK;
}

static enum err read_chunked(struct http *c, void *to, size_t room, size_t *got, struct error *e)
{
    struct bytes data = {0};

    while (!data.len && !c->chunked.is_done) {
        if (c->at == c->end)
            TRY(refill(c, e));
        struct bytes in = {c->buffer + c->at, c->end - c->at};
        if (http_chunked_next(&c->chunked, &in, room, &data, e) != OK) {
            c->is_final = true;
            return e->code;
        }
        c->at = c->end - in.len;
    }
    *got = data.len;
    if (!data.len)
        return end_chunks(c, e);
    if (data.len > c->left)
        return http_final(c, e, ERR_NETWORK, "the chunks of the answer are longer than it says");
    memcpy(to, data.at, data.len);
    if (c->left != UINT64_MAX)
        c->left -= data.len;
    return OK;
}

enum err http_read_body(struct http *c, void *to, size_t room, size_t *got, struct error *e)
{
    enum err err = OK;

    *got = 0;
    switch (c->body) {
    case HTTP_BODY_NONE:
        return OK;
    case HTTP_BODY_LENGTH:
        err = read_plain(c, to, room, got, e);
        break;
    case HTTP_BODY_CHUNKED:
        err = read_chunked(c, to, room, got, e);
        break;
    case HTTP_BODY_ENDLESS:
        err = http_final(c, e, ERR_NETWORK, "the server does not say how long its answer is");
        break;
    }
    if (err != OK)
        http_close(c);
    else
        c->position += *got;
    return err;
}

void http_leave_body(struct http *c)
{
    struct error ignored;
    size_t total = 0, got = 1;

    c->owner = NULL;
    c->window_len = 0;
    if (c->body == HTTP_BODY_LENGTH && c->left > LEAVE_MAX)
        http_close(c);
    while (c->wire && c->body != HTTP_BODY_NONE && got && total < LEAVE_MAX &&
           c->body != HTTP_BODY_ENDLESS) {
        if (http_read_body(c, c->window, HTTP_WINDOW, &got, &ignored) != OK)
            break;
        total += got;
    }
    if (c->body != HTTP_BODY_NONE)
        http_close(c);
    c->is_final = false;
}
