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

static void digest_piece(struct bytes bytes, uint8_t out[CHECKED_DIGEST])
{
    uint8_t digest[DIGEST_MAX];
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, bytes);
    digest_finish(&d, digest);
    memcpy(out, digest, CHECKED_DIGEST);
}

static bool is_right(const struct checked_source *c, uint64_t piece, struct bytes bytes)
{
    uint8_t digest[CHECKED_DIGEST];

    digest_piece(bytes, digest);
    return memcmp(digest, c->digests[piece], CHECKED_DIGEST) == 0;
}

static enum err changed(const struct checked_source *c, uint64_t piece, struct error *e)
{
    return fail(e, ERR_IO, "%s: bytes %llu to %llu are not what they were when it was proved",
                c->source.name, (unsigned long long)(piece * CHECKED_PIECE),
                (unsigned long long)(piece * CHECKED_PIECE + piece_size(c, piece) - 1));
}

/* ---- Learning, and the errand ---------------------------------------------------------------- */

static void add_job(struct checked_source *c, uint64_t piece, struct bytes bytes)
{
    assert(c->waiting_count < ERRAND_JOBS_MAX);
    c->waiting[c->waiting_count++] = (struct checked_job){piece, bytes, false};
}

void checked_source_learn(struct checked_source *c, struct bytes bytes)
{
    assert(c->learned % CHECKED_PIECE == 0 && bytes.len <= c->source.size - c->learned);
    c->learns = true;
    while (bytes.len) {
        size_t len = (size_t)min_u64(bytes.len, CHECKED_PIECE);
        add_job(c, c->learned / CHECKED_PIECE, (struct bytes){bytes.at, len});
        c->learned += len;
        (void)take(&bytes, len);
    }
}

static size_t errand_take(struct errand *x)
{
    struct checked_source *c = x->of;

    memcpy(c->taken, c->waiting, sizeof(c->taken));
    c->taken_count = c->waiting_count;
    c->waiting_count = 0;
    return c->taken_count;
}

static void errand_work(struct errand *x, size_t job)
{
    struct checked_source *c = x->of;
    struct checked_job *j = &c->taken[job];

    if (c->learns)
        digest_piece(j->bytes, c->digests[j->piece]);
    else
        j->is_wrong = !is_right(c, j->piece, j->bytes);
}

static enum err errand_judge(struct errand *x, struct error *e)
{
    struct checked_source *c = x->of;

    for (size_t i = 0; i < c->taken_count; i++)
        if (c->taken[i].is_wrong)
            return changed(c, c->taken[i].piece, e);
    c->taken_count = 0;
    return OK;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum err load(struct checked_source *c, uint64_t piece, struct checked_slot *slot,
                     struct error *e)
{
    size_t len = piece_size(c, piece);

    slot->piece = NO_PIECE;
    TRY(source_read(c->file, piece * CHECKED_PIECE, slot->bytes, len, e));
    if (!is_right(c, piece, (struct bytes){slot->bytes, len}))
        return changed(c, piece, e);
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

/* ---- Showing --------------------------------------------------------------------------------- */

static bool is_there(const struct checked_source *c, size_t buffer)
{
    return c->rows[buffer].begun == c->ring->begun[buffer];
}

/* Where a piece lies in a buffer of the ring; NULL: it does not. */
static const uint8_t *find_shown(const struct checked_source *c, uint64_t piece)
{
    for (size_t b = 0; b < c->ring->count; b++)
        for (size_t i = 0; is_there(c, b) && i < c->rows[b].count; i++)
            if (c->rows[b].pieces[i] == piece)
                return c->rows[b].at[i];
    return NULL;
}

/* Count pieces from first on, one behind the other in the current buffer; NULL: they are not there. */
static const uint8_t *find_row(const struct checked_source *c, uint64_t first, size_t count)
{
    const struct checked_row *row = &c->rows[c->ring->current];

    for (size_t i = 0; is_there(c, c->ring->current) && i + count <= row->count; i++) {
        size_t n = 0;
        while (n < count && row->pieces[i + n] == first + n &&
               row->at[i + n] == row->at[i] + n * CHECKED_PIECE)
            n++;
        if (n == count)
            return row->at[i];
    }
    return NULL;
}

/* One that is in memory is copied: what it is compared with is under way. */
static enum err put_piece(struct checked_source *c, uint64_t piece, const uint8_t *before,
                          uint8_t *to, struct error *e)
{
    struct checked_row *row = &c->rows[c->ring->current];
    size_t len = piece_size(c, piece);

    if (before) {
        memcpy(to, before, len);
    } else {
        TRY(source_read(c->file, piece * CHECKED_PIECE, to, len, e));
        add_job(c, piece, (struct bytes){to, len});
    }
    row->pieces[row->count] = piece;
    row->at[row->count++] = to;
    return OK;
}

/* Put count pieces from first on into the current buffer, where there is room. */
static enum err put_pieces(struct checked_source *c, uint64_t first, size_t count, struct error *e)
{
    uint8_t *to = ring_room(c->ring, count * CHECKED_PIECE, 4096);
    struct checked_row *row = &c->rows[c->ring->current];

    if (!is_there(c, c->ring->current))
        *row = (struct checked_row){.begun = c->ring->begun[c->ring->current]};
    for (size_t i = 0; i < count; i++)
        TRY(put_piece(c, first + i, find_shown(c, first + i), to + i * CHECKED_PIECE, e));
    return OK;
}

/* Whether nothing was put behind that piece in the current buffer. */
static bool is_last(const struct checked_source *c, uint64_t piece)
{
    const struct checked_row *row = &c->rows[c->ring->current];
    const uint8_t *end = c->ring->buffers[c->ring->current] + c->ring->used;

    return row->pieces[row->count - 1] == piece && row->at[row->count - 1] + CHECKED_PIECE == end;
}

static enum err checked_view(struct source *s, uint64_t offset, size_t len, struct bytes *out,
                             struct error *e)
{
    struct checked_source *c = (struct checked_source *)s;
    uint64_t first = offset / CHECKED_PIECE;
    size_t count = (size_t)((offset + len - 1) / CHECKED_PIECE - first) + 1;
    size_t have = count;

    if (!c->ring || count * CHECKED_PIECE > c->ring->size)
        return OK;
    /* The first of them may be the last that were put; the rest goes behind those. */
    while (have && !find_row(c, first, have))
        have--;
    size_t rest = (count - have) * CHECKED_PIECE;
    if (have < count && !(have && is_last(c, first + have - 1) && ring_has_room(c->ring, rest, 1)))
        have = 0;
    if (have < count)
        TRY(put_pieces(c, first + have, count - have, e));
    out->at = find_row(c, first, count) + offset % CHECKED_PIECE;
    out->len = len;
    return OK;
}

enum err checked_source_init(struct checked_source *c, struct source *file, struct arena *a,
                             struct error *e)
{
    static const struct source_ops ops = {checked_read, checked_view};
    static const struct errand_ops errand_ops = {errand_take, errand_work, errand_judge};

    *c = (struct checked_source){.source = *file, .file = file, .errand = {&errand_ops, c}};
    c->source.ops = &ops;
    return arena_take(a, (size_t)piece_count(c), CHECKED_DIGEST, 1, (void **)&c->digests, e);
}

enum err checked_source_open(struct checked_source *c, struct ring *ring, struct arena *a,
                             struct error *e)
{
    assert(!ring || ring->size <= (size_t)CHECKED_SHOWN * CHECKED_PIECE);
    c->ring = ring;
    c->learns = false;
    c->waiting_count = c->taken_count = 0;
    for (size_t i = 0; i < RING_BUFFERS; i++)
        c->rows[i] = (struct checked_row){.begun = UINT64_MAX};
    for (size_t i = 0; i < CHECKED_SLOTS; i++) {
        c->slots[i].piece = NO_PIECE;
        TRY(arena_take(a, CHECKED_PIECE, 1, 4096, (void **)&c->slots[i].bytes, e));
    }
    return OK;
}
