#include "disks/blank.h"

static enum err blank_next(struct image *image, struct run *run, struct error *e)
{
    (void)e;
    *run = (struct run){.offset = image->capacity};
    return OK;
}

enum err blank_open(const char *name, uint64_t capacity, struct arena *a, struct image **out,
                    struct error *e)
{
    static const struct image_ops ops = {blank_next};

    TRY(TAKE(a, 1, out, e));
    /* The largest granule: a map of 16 MiB is then enough for 128 TiB. */
    **out = (struct image){.ops = &ops,
                           .name = name,
                           .format = BLANK_FORMAT,
                           .unit = "block",
                           .capacity = capacity,
                           .granule = RUN_MAX,
                           .sector_size = 512};
    return OK;
}
