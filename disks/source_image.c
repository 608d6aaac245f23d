/* A disk that is read at any offset, as runs. */
#include "base/checked.h"
#include "disks/image.h"

#define GRANULE       (64u << 10) /* bytes, unless the disk is very large */
#define GRANULES_MANY (1u << 25)  /* of them: a map of 4 MiB */

struct source_image {
    struct image image;
    struct source *disk;
    struct ring *ring; /* that runs lie in */
    uint64_t next;     /* byte of the disk */
};

static enum err source_image_next(struct image *image, struct run *run, struct error *e)
{
    struct source_image *v = (struct source_image *)image;

    *run = (struct run){.offset = v->next, .at = v->next};
    if (v->next >= image->capacity)
        return OK;
    run->length = min_u64(image->granule, image->capacity - v->next);
    run->kind = RUN_STORED;
    TRY(source_view(v->disk, v->next, (size_t)run->length, v->ring, &run->packed, e));
    v->next += run->length;
    return OK;
}

enum err source_image_open(struct source *disk, const char *format, uint32_t sector_size,
                           struct ring *ring, struct arena *a, struct image **out, struct error *e)
{
    static const struct image_ops ops = {source_image_next};
    uint32_t granule = GRANULE;
    struct source_image *v;

    while (granule < RUN_MAX && disk->size / granule > GRANULES_MANY)
        granule *= 2;
    TRY(TAKE(a, 1, &v, e));
    *v = (struct source_image){.image = {.ops = &ops,
                                         .name = disk->name,
                                         .format = format,
                                         .unit = "piece",
                                         .capacity = disk->size,
                                         .granule = granule,
                                         .sector_size = sector_size},
                               .disk = disk,
                               .ring = ring};
    *out = &v->image;
    return OK;
}
