#include "base/stream.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"

enum err stream_peek_upto(struct stream *s, size_t want, struct bytes *view, struct error *e)
{
    assert(want <= STREAM_PEEK_MAX);
    if (s->window.len < want)
        TRY(s->ops->fill(s, want, e));
    *view = s->window;
    return OK;
}

static enum err ends_early(const struct stream *s, uint64_t want, size_t have, struct error *e)
{
    return fail(e, ERR_DAMAGED, "%s: ends at byte %llu, but %llu bytes from byte %llu are needed",
                s->name, (unsigned long long)(s->offset + have), (unsigned long long)want,
                (unsigned long long)s->offset);
}

enum err stream_peek(struct stream *s, size_t want, struct bytes *view, struct error *e)
{
    TRY(stream_peek_upto(s, want, view, e));
    return view->len < want ? ends_early(s, want, view->len, e) : OK;
}

void stream_step(struct stream *s, size_t n)
{
    assert(n <= s->window.len);
    if (!n) /* of nothing there is no address that could be counted up */
        return;
    s->window.at += n;
    s->window.len -= n;
    s->offset += n;
}

enum err stream_skip(struct stream *s, uint64_t n, struct error *e)
{
    struct bytes view;

    while (n) {
        TRY(stream_peek_upto(s, 1, &view, e));
        if (view.len == 0)
            return ends_early(s, n, 0, e);
        size_t step = (size_t)min_u64(n, view.len);
        stream_step(s, step);
        n -= step;
    }
    return OK;
}

enum err stream_drain(struct stream *s, struct error *e)
{
    struct bytes view;

    do {
        TRY(stream_peek_upto(s, 1, &view, e));
        stream_step(s, view.len);
    } while (view.len);
    return OK;
}

/* Bytes of the buffer that lie behind the window; at first it lies in none. */
static size_t room_behind(const struct source_stream *s)
{
    const struct bytes *window = &s->stream.window;

    if (!window->at)
        return 0;
    return s->ring->size - (size_t)(window->at - s->ring->buffers[s->ring->current]) - window->len;
}

/* The rest of the window moves to the front: less than one peek, once per buffer. */
static void turn(struct source_stream *s)
{
    struct bytes rest = s->stream.window;
    uint8_t *buffer = ring_turn(s->ring);

    if (rest.len)
        memmove(buffer, rest.at, rest.len);
    s->stream.window = (struct bytes){buffer, rest.len};
}

#define PORTION (512u << 10) /* bytes */

/* One portion, where that suffices: whoever works on what was read while the next is read has it in even portions,
 * and who only opens an image wants none of the rest. */
static enum err source_fill(struct stream *stream, size_t want, struct error *e)
{
    struct source_stream *s = (struct source_stream *)stream;
    size_t have = stream->window.len;
    uint64_t left = s->source->size - s->next;

    if (want > have + left)
        want = have + (size_t)left;
    if (want <= have)
        return OK;
    size_t more = (size_t)min_u64(left, max_u64(want - have, PORTION));
    if (room_behind(s) < more)
        turn(s);
    more = (size_t)min_u64(more, room_behind(s));
    uint8_t *end = s->ring->buffers[s->ring->current] + s->ring->size - room_behind(s);
    while (more) {
        size_t piece = more < READ_MAX ? more : READ_MAX;
        TRY(source_read(s->source, s->next, end, piece, e));
        stream->window.len += piece;
        s->next += piece;
        end += piece;
        more -= piece;
    }
    return OK;
}

void source_stream_open(struct source_stream *s, struct source *source, struct ring *ring)
{
    static const struct stream_ops ops = {source_fill};

    assert(ring->size >= STREAM_PEEK_MAX);
    s->stream = (struct stream){&ops, source->name, {0}, 0};
    s->source = source;
    s->ring = ring;
    s->next = 0;
}

enum err source_stream_init(struct source_stream *s, struct source *source, size_t capacity,
                            struct arena *a, struct error *e)
{
    TRY(ring_init(&s->own, 1, capacity < STREAM_PEEK_MAX ? STREAM_PEEK_MAX : capacity, a, e));
    source_stream_open(s, source, &s->own);
    return OK;
}
