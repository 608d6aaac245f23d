/* base/stream.h - bytes that come in order, seen through a window.
 *
 * The reader looks at bytes where they lie and then steps over them; nothing is copied unless the
 * reader wants a copy.  A stream that wraps another shows its own window, or shares the inner
 * one's (crypto/hash_stream.h).
 *
 *     struct bytes header;
 *     TRY(stream_peek(s, 512, &header, e));
 *     ... look at header.at[0..511] ...
 *     stream_step(s, 512);
 *
 * Owner: whoever made the concrete stream.  Bytes from a peek stay valid until the next peek on
 * the same stream; stepping does not move them.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/ring.h"
#include "base/source.h"

/* bytes; the most that one peek may ask for: the largest VMDK grain (docs/limits.md) with its
 * marker and a sector of slack fits. */
#define STREAM_PEEK_MAX ((2u << 20) + 4096u)

struct stream;

struct stream_ops {
    /* Make s->window.len at least want (<= STREAM_PEEK_MAX) if the stream has that many bytes
     * left.  Fewer, with OK, means that the stream ends there. */
    enum err (*fill)(struct stream *s, size_t want, struct error *e);
};

struct stream {
    const struct stream_ops *ops;
    const char *name;    /* for messages */
    struct bytes window; /* unread bytes that are in memory now */
    uint64_t offset;     /* bytes stepped over so far */
};

/* See at least want bytes; ERR_DAMAGED when the stream ends before.  view may hold more. */
enum err stream_peek(struct stream *s, size_t want, struct bytes *view, struct error *e) MUST_CHECK;

/* See up to want bytes: fewer only where the stream ends, 0 at its end. */
enum err stream_peek_upto(struct stream *s, size_t want, struct bytes *view,
                          struct error *e) MUST_CHECK;

/* Step over n bytes that the last peek showed. */
void stream_step(struct stream *s, size_t n);

/* Step over n bytes, seen or not; ERR_DAMAGED when the stream ends before. */
enum err stream_skip(struct stream *s, uint64_t n, struct error *e) MUST_CHECK;

/* Read to the end and throw the bytes away; a hash_stream on the way hashes them. */
enum err stream_drain(struct stream *s, struct error *e) MUST_CHECK;

/* A source, read from its first byte to its last, in reads of at most READ_MAX bytes. */
#define READ_MAX (1u << 20) /* bytes; larger reads fail on some firmware, docs/limits.md */

struct source_stream {
    struct stream stream;
    struct source *source;
    struct ring *ring;
    struct ring own;
    uint64_t next; /* offset in source of the first byte not yet in memory */
};

/* capacity bytes of buffer are taken from the arena, at least STREAM_PEEK_MAX. */
enum err source_stream_init(struct source_stream *s, struct source *source, size_t capacity,
                            struct arena *a, struct error *e) MUST_CHECK;

/* Through the buffers of a ring, of at least STREAM_PEEK_MAX bytes each, which is borrowed: when they are
 * kept, what a peek showed stays where it is past the next peek (base/ring.h). */
void source_stream_open(struct source_stream *s, struct source *source, struct ring *ring);

#endif
