#include "crypto/checked_source.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"

#define NO_PIECE UINT64_MAX

static uint64_t piece_count(const struct checked_source *c)
{
    return c->source.size / CHECKED_PIECE + (c->source.size % CHECKED_PIECE != 0);
}

static size_t piece_size(const struct checked_source *c, uint64_t piece)
{
    return (size_t)min_u64(CHECKED_PIECE, c->source.size - piece * CHECKED_PIECE);
}

static void finish_piece(struct checked_source *c)
{
    uint8_t digest[DIGEST_MAX];

    digest_finish(&c->digest, digest);
    memcpy(c->digests[(c->learned - 1) / CHECKED_PIECE], digest, CHECKED_DIGEST);
    digest_start(&c->digest, DIGEST_SHA256);
}

static void learn(struct checked_source *c, struct bytes bytes)
{
    while (bytes.len) {
        size_t room = (size_t)(CHECKED_PIECE - c->learned % CHECKED_PIECE);
        size_t len = bytes.len < room ? bytes.len : room;
        digest_add(&c->digest, (struct bytes){bytes.at, len});
        c->learned += len;
        if (c->learned % CHECKED_PIECE == 0 || c->learned == c->source.size)
            finish_piece(c);
        (void)take(&bytes, len);
    }
}

static enum err learn_fill(struct stream *stream, size_t want, struct error *e)
{
    struct checked_source *c =
        (struct checked_source *)((uint8_t *)stream - offsetof(struct checked_source, stream));
    struct bytes view;

    /* What our reader stepped over, the inner stream now steps over; what it left is known. */
    size_t kept = stream->window.len;
    stream_step(c->inner, c->shown - kept);
    TRY(stream_peek_upto(c->inner, want, &view, e));
    if (view.len - kept > c->source.size - c->learned)
        return fail(e, ERR_IO, "%s: has more than %llu bytes now", stream->name,
                    (unsigned long long)c->source.size);
    learn(c, (struct bytes){view.at + kept, view.len - kept});
    c->shown = view.len;
    stream->window = view;
    return OK;
}

struct stream *checked_source_learn(struct checked_source *c, struct stream *inner)
{
    static const struct stream_ops ops = {learn_fill};

    c->stream = (struct stream){&ops, inner->name, {0}, inner->offset};
    c->inner = inner;
    c->shown = 0;
    c->learned = 0;
    digest_start(&c->digest, DIGEST_SHA256);
    return &c->stream;
}

static enum err load(struct checked_source *c, uint64_t piece, struct checked_slot *slot,
                     struct error *e)
{
    size_t len = piece_size(c, piece);
    uint8_t digest[DIGEST_MAX];
    struct digest d;

    slot->piece = NO_PIECE;
    TRY(source_read(c->file, piece * CHECKED_PIECE, slot->bytes, len, e));
    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){slot->bytes, len});
    digest_finish(&d, digest);
    if (memcmp(digest, c->digests[piece], CHECKED_DIGEST) != 0)
        return fail(e, ERR_IO, "%s: bytes %llu to %llu are not what they were when it was proved",
                    c->source.name, (unsigned long long)(piece * CHECKED_PIECE),
                    (unsigned long long)(piece * CHECKED_PIECE + len - 1));
    slot->piece = piece;
    return OK;
}

/* The piece, or the slot that was not used for longest. */
static struct checked_slot *find_slot(struct checked_source *c, uint64_t piece)
{
    struct checked_slot *oldest = &c->slots[0];

    for (size_t i = 0; i < CHECKED_SLOTS; i++) {
        if (c->slots[i].piece == piece)
            return &c->slots[i];
        if (c->slots[i].used < oldest->used)
            oldest = &c->slots[i];
    }
    return oldest;
}

static enum err checked_read(struct source *s, uint64_t offset, void *to, size_t len,
                             struct error *e)
{
    struct checked_source *c = (struct checked_source *)s;
    uint8_t *at = to;

    assert(c->learned == c->source.size);
    while (len) {
        uint64_t piece = offset / CHECKED_PIECE;
        size_t skip = (size_t)(offset % CHECKED_PIECE);
        size_t n = (size_t)min_u64(len, CHECKED_PIECE - skip);
        struct checked_slot *slot = find_slot(c, piece);
        if (slot->piece != piece)
            TRY(load(c, piece, slot, e));
        slot->used = ++c->clock;
        memcpy(at, slot->bytes + skip, n);
        offset += n;
        at += n;
        len -= n;
    }
    return OK;
}

enum err checked_source_init(struct checked_source *c, struct source *file, struct arena *a,
                             struct error *e)
{
    static const struct source_ops ops = {checked_read};

    *c = (struct checked_source){.source = *file, .file = file};
    c->source.ops = &ops;
    return arena_take(a, (size_t)piece_count(c), CHECKED_DIGEST, 1, (void **)&c->digests, e);
}

enum err checked_source_open(struct checked_source *c, struct arena *a, struct error *e)
{
    for (size_t i = 0; i < CHECKED_SLOTS; i++) {
        c->slots[i].piece = NO_PIECE;
        TRY(arena_take(a, CHECKED_PIECE, 1, 4096, (void **)&c->slots[i].bytes, e));
    }
    return OK;
}
