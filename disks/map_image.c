/* The disk of a map as runs, in the order of the disk. */
#include <assert.h>

#include "base/checked.h"
#include "disks/map.h"

#define ALIGNMENT 512          /* bytes; so that it may be written from where it lies */
#define AHEAD     (512u << 10) /* bytes that are read at once where the file has them in one place */

struct map_image {
    struct image image;
    struct map *map;
    struct source
        *disk;         /* for what has to be put together, or is packed by more than a run holds */
    struct ring *ring; /* that runs lie in */
    uint64_t next;     /* byte of the disk */

    struct bytes ahead; /* what was read last of what is not packed, ... */
    uint64_t ahead_at;  /* ... from this byte of the file on, ... */
    uint64_t turn;      /* ... at this turn of the ring */
};

/* How many bytes from next on are a hole, in whole granules of the run; 0 when it begins with data. */
static enum err measure_hole(struct map_image *v, struct extent *first, uint64_t *hole,
                             struct error *e)
{
    uint64_t granule = v->map->granule, at = v->next;
    struct extent x;

    TRY(map_find(v->map, at / granule, first, e));
    x = *first;
    while (x.kind == RUN_ZERO && at < v->image.capacity) {
        at = (at / granule + x.count) * granule;
        if (at < v->image.capacity)
            TRY(map_find(v->map, at / granule, &x, e));
    }
    *hole = at >= v->image.capacity
                ? v->image.capacity - v->next
                : round_down(at, v->image.granule) - round_down(v->next, v->image.granule);
    return OK;
}

/* What is packed as one and is one run goes as it is packed. */
static bool is_one_run(const struct map_image *v, const struct extent *x)
{
    return x->kind != RUN_ZERO && x->kind != RUN_STORED && v->map->packs == v->image.granule;
}

/* Or it lies in the file as it is, in one place. */
static bool is_in_one_place(const struct map_image *v, const struct extent *x,
                            const struct run *run)
{
    uint64_t skip = run->offset % v->map->granule;

    return x->kind == RUN_STORED &&
           x->count >= (skip + run->length + v->map->granule - 1) / v->map->granule;
}

/* len bytes of the file from at on, of which there are as many as there is in one place. */
static enum err view_ahead(struct map_image *v, uint64_t at, size_t len, uint64_t there,
                           struct bytes *out, struct error *e)
{
    size_t more = (size_t)min_u64(there, max_u64(len, AHEAD));

    if (v->turn != v->ring->turns || at < v->ahead_at || at - v->ahead_at > v->ahead.len ||
        len > v->ahead.len - (at - v->ahead_at)) {
        while (more > len && !ring_has_room(v->ring, more, ALIGNMENT))
            more = (size_t)max_u64(len, more / 2);
        TRY(source_view(v->map->file, at, more, v->ring, &v->ahead, e));
        v->ahead_at = at;
        v->turn = v->ring->turns;
    }
    *out = (struct bytes){v->ahead.at + (at - v->ahead_at), len};
    return OK;
}

static enum err put_together(struct map_image *v, struct run *run, struct error *e)
{
    size_t len = (size_t)run->length;
    uint8_t *to = ring_room(v->ring, len, ALIGNMENT);

    run->kind = RUN_STORED;
    run->packed = (struct bytes){to, len};
    return source_read(v->disk, run->offset, to, len, e);
}

static enum err show(struct map_image *v, const struct extent *x, struct run *run, struct error *e)
{
    uint64_t skip = run->offset % v->map->granule;
    uint64_t there = min_u64(x->count * v->map->granule - skip, v->image.capacity - run->offset);

    run->kind = x->kind;
    if (is_one_run(v, x))
        return source_view(v->map->file, x->at, x->packed, v->ring, &run->packed, e);
    if (is_in_one_place(v, x, run))
        return view_ahead(v, x->at + skip, (size_t)run->length, there, &run->packed, e);
    return put_together(v, run, e);
}

static enum err map_next(struct image *image, struct run *run, struct error *e)
{
    struct map_image *v = (struct map_image *)image;
    struct extent x = {.kind = RUN_ZERO};
    uint64_t hole = 0;

    while (v->next < image->capacity) {
        TRY(measure_hole(v, &x, &hole, e));
        v->next += hole;
        if (!hole)
            break;
    }
    *run = (struct run){.offset = v->next, .at = x.at};
    if (v->next >= image->capacity)
        return OK;
    run->length = min_u64(image->granule, image->capacity - v->next);
    v->next += run->length;
    return show(v, &x, run, e);
}

enum err map_image_open(struct map *m, struct ring *ring, struct arena *a, struct image **out,
                        struct error *e)
{
    static const struct image_ops ops = {map_next};
    uint64_t granule = min_u64(max_u64(max_u64(m->granule, m->packs), GRANULE_MIN), RUN_MAX);
    struct map_image *v;

    TRY(TAKE(a, 1, &v, e));
    *v = (struct map_image){.image = {.ops = &ops,
                                      .name = m->file->name,
                                      .format = m->format,
                                      .unit = m->unit,
                                      .capacity = m->capacity,
                                      .granule = (uint32_t)granule,
                                      .sector_size = m->sector_size},
                            .map = m,
                            .ring = ring};
    assert(ring->size >= MAP_PACKED_MAX + 512);
    *out = &v->image;
    return map_source_open(m, a, &v->disk, e);
}
