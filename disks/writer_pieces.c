/* Runs as pieces, and pieces onto the disk. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/writer.h"

/* From one piece to the next: each may be the first of a write. */
static size_t step(const struct writer *w)
{
    return (size_t)max_u64(w->image->granule, w->target->alignment);
}

bool writer_has_room(const struct writer *w, const struct room *room)
{
    return WRITER_BUFFER - room->used >= step(w);
}

/* A granule is written once. */
static enum err mark(struct writer *w, const struct run *run, struct error *e)
{
    uint64_t granule = run->offset / w->image->granule;
    uint8_t bit = (uint8_t)(1u << granule % 8);

    if (w->written[granule / 8] & bit)
        return fail(e, ERR_DAMAGED,
                    "%s: %s for sector %llu, at byte %llu: the second for the same place",
                    w->image->name, w->image->unit, (unsigned long long)(run->offset / 512),
                    (unsigned long long)run->at);
    w->written[granule / 8] |= bit;
    return OK;
}

static bool can_stay(const struct writer *w, const struct run *run)
{
    return run->kind == RUN_STORED && !((uintptr_t)run->packed.at & (w->target->alignment - 1));
}

enum err writer_plan(struct writer *w, const struct run *run, struct room *room, struct piece *out,
                     struct error *e)
{
    assert(run->offset % w->image->granule == 0 && run->offset < w->image->capacity);
    assert(run->length == min_u64(w->image->granule, w->image->capacity - run->offset));
    assert(run->kind != RUN_STORED || run->packed.len == run->length);
    TRY(mark(w, run, e));
    *out = (struct piece){.offset = run->offset,
                          .length = (size_t)run->length,
                          .kind = run->kind,
                          .packed = run->packed,
                          .at = run->at,
                          .room = (size_t)run->length};

    if (!can_stay(w, run)) {
        out->to = room->at + room->used;
        room->used += step(w);
    }
    /* Some writers fill up the granule that the end of the disk cuts short, some do not. */
    if (out->to && run->kind != RUN_STORED && run->offset + run->length == w->image->capacity)
        out->room = w->image->granule;
    return OK;
}

void piece_unpack(struct piece *p, struct unpack *u)
{
    struct error ignored;

    p->is_zero = p->kind == RUN_STORED && bytes_are_zero(p->packed);
    if (!p->to || p->kind == RUN_ZERO)
        return;
    p->is_bad = unpack_run(u, p->kind, p->packed, p->to, p->length, p->room, &ignored) != OK;
    memset(p->to + p->length, 0, p->room - p->length);
}

static enum err say_bad(const struct writer *w, const struct piece *p, struct unpack *u,
                        struct error *e)
{
    enum err err = unpack_run(u, p->kind, p->packed, p->to, p->length, p->room, e);

    assert(err != OK);
    (void)err;
    return within(e, "%s: %s for sector %llu, at byte %llu", w->image->name, w->image->unit,
                  (unsigned long long)(p->offset / 512), (unsigned long long)p->at);
}

/* What lies in memory as it is to lie on the disk. */
struct stretch {
    uint64_t offset; /* bytes */
    const uint8_t *at;
    size_t length;
};

static enum err write_stretch(struct writer *w, struct stretch *s, struct error *e)
{
    uint32_t sector = w->target->sector_size;

    if (s->length)
        TRY(target_submit(w->target, s->offset / sector, s->at, s->length / sector, e));
    w->bytes_written += s->length;
    s->length = 0;
    return OK;
}

static enum err add(struct writer *w, struct stretch *s, uint64_t offset, const uint8_t *at,
                    size_t length, struct error *e)
{
    if (s->offset + s->length != offset || s->at + s->length != at)
        TRY(write_stretch(w, s, e));
    if (!s->length)
        *s = (struct stretch){offset, at, 0};
    s->length += length;
    return OK;
}

/* Where the part of length bytes from offset on that lies in from to end begins, and its length. */
static size_t part(uint64_t offset, size_t length, uint64_t from, uint64_t end, size_t *skip)
{
    uint64_t first = max_u64(offset, from), last = min_u64(offset + length, end);

    *skip = (size_t)(first - offset);
    return first < last ? (size_t)(last - first) : 0;
}

/* Zeros are left to writer_fill(), which may know a quicker way. */
static void unmark(struct writer *w, const struct piece *p)
{
    uint64_t granule = p->offset / w->image->granule;

    w->written[granule / 8] &= (uint8_t) ~(1u << granule % 8);
}

/* What is held back is copied, the rest written. */
static enum err place(struct writer *w, struct stretch *s, const struct piece *p, struct error *e)
{
    const uint8_t *at = p->to ? p->to : p->packed.at;
    size_t skip, length = part(p->offset, p->length, 0, w->head_len, &skip);

    if (length)
        memcpy(w->head + p->offset, at, length);
    length = part(p->offset, p->length, w->tail_offset, w->capacity, &skip);
    if (length)
        memcpy(w->tail + (p->offset + skip - w->tail_offset), at + skip, length);
    length = part(p->offset, p->length, w->head_len, w->tail_offset, &skip);
    return length ? add(w, s, p->offset + skip, at + skip, length, e) : OK;
}

static enum err put(struct writer *w, struct stretch *s, const struct piece *p, struct unpack *u,
                    struct error *e)
{
    if (p->is_bad)
        return say_bad(w, p, u, e);
    if (p->is_zero) {
        unmark(w, p);
        return OK;
    }
    w->has_data = true;
    return place(w, s, p, e);
}

enum err writer_write(struct writer *w, struct piece *pieces, size_t count, struct unpack *u,
                      struct error *e)
{
    struct stretch stretch = {0};

    w->buffer_is_zero = false; /* others may unpack there */
    for (size_t i = 0; i < count; i++)
        if (pieces[i].kind != RUN_ZERO)
            TRY(put(w, &stretch, &pieces[i], u, e));
    return write_stretch(w, &stretch, e);
}
