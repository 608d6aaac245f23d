#include "disks/raw.h"

#include <string.h>

#include "base/checked.h"

struct raw_image {
    struct image image;
    struct stream *stream;
};

enum err raw_check_end(const char *name, struct bytes end, struct error *e)
{
    /* Virtual Hard Disk Image Format Specification 1.0, "Hard Disk Footer Format" */
    if (end.len >= RAW_END && memcmp(end.at + (end.len - RAW_END), "conectix", 8) == 0)
        return fail(e, ERR_UNSUPPORTED, "%s: is a VHD inside of something else", name);
    return OK;
}

static enum err raw_next(struct image *image, struct run *run, struct error *e)
{
    struct raw_image *r = (struct raw_image *)image;
    uint64_t offset = r->stream->offset;
    size_t len = (size_t)min_u64(image->granule, image->capacity - offset);
    struct bytes view;

    *run = (struct run){.offset = offset, .at = offset};
    if (len == 0)
        return OK;
    TRY(stream_peek(r->stream, len, &view, e));
    if (offset + len == image->capacity)
        TRY(raw_check_end(image->name, (struct bytes){view.at, len}, e));
    run->length = len;
    run->kind = RUN_STORED;
    run->packed = (struct bytes){view.at, len};
    stream_step(r->stream, len);
    return OK;
}

enum err raw_open(struct stream *stream, uint64_t size, struct arena *a, struct image **out,
                  struct error *e)
{
    static const struct image_ops ops = {raw_next};
    struct raw_image *r;

    if (size == 0)
        return fail(e, ERR_UNSUPPORTED, "%s: raw disk of unknown size", stream->name);
    TRY(TAKE(a, 1, &r, e));
    r->stream = stream;
    r->image = (struct image){.ops = &ops,
                              .name = stream->name,
                              .format = "raw disk",
                              .unit = "block",
                              .capacity = size,
                              .granule = RUN_MAX,
                              .sector_size = 512};
    *out = &r->image;
    return OK;
}
