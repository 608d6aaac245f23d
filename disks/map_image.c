/* The disk of a map as runs, in the order of the disk. */
#include <string.h>

#include "base/checked.h"
#include "disks/map.h"

struct map_image {
    struct image image;
    struct map *map;
    struct source
        *disk;       /* for what has to be put together, or is packed by more than a run holds */
    uint8_t *buffer; /* of one run */
    uint64_t next;   /* byte of the disk */
};

static bool all_zeros(const uint8_t *at, size_t len)
{
    return at[0] == 0 && memcmp(at, at + 1, len - 1) == 0;
}

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
static enum err pass_packed(struct map_image *v, const struct extent *x, struct run *run,
                            struct error *e)
{
    TRY(source_read(v->map->file, x->at, v->buffer, x->packed, e));
    run->kind = x->kind;
    run->packed = (struct bytes){v->buffer, x->packed};
    return OK;
}

static enum err put_together(struct map_image *v, struct run *run, struct error *e)
{
    TRY(source_read(v->disk, run->offset, v->buffer, (size_t)run->length, e));
    run->kind = RUN_ZERO;
    if (all_zeros(v->buffer, (size_t)run->length))
        return OK;
    run->kind = RUN_STORED;
    run->packed = (struct bytes){v->buffer, (size_t)run->length};
    return OK;
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
    if (x.kind != RUN_ZERO && x.kind != RUN_STORED && v->map->packs == image->granule)
        return pass_packed(v, &x, run, e);
    return put_together(v, run, e);
}

enum err map_image_open(struct map *m, struct arena *a, struct image **out, struct error *e)
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
                            .map = m};
    TRY(map_source_open(m, a, &v->disk, e));
    *out = &v->image;
    return arena_take(a, MAP_PACKED_MAX + 512, 1, 8, (void **)&v->buffer, e);
}
