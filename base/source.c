#include "base/source.h"

#include <string.h>

#define VIEW_ALIGNMENT                                                                             \
    512 /* bytes; what is stored on a disk may then be written from where it was read */

static enum err check_range(const struct source *s, uint64_t offset, size_t len, struct error *e)
{
    if (offset > s->size || len > s->size - offset)
        return fail(e, ERR_DAMAGED,
                    "%s: ends at byte %llu, but %zu bytes from byte %llu are needed", s->name,
                    (unsigned long long)s->size, len, (unsigned long long)offset);
    return OK;
}

enum err source_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    TRY(check_range(s, offset, len, e));
    return len ? s->ops->read(s, offset, to, len, e) : OK;
}

enum err source_view(struct source *s, uint64_t offset, size_t len, struct ring *ring,
                     struct bytes *out, struct error *e)
{
    *out = (struct bytes){NULL, 0};
    TRY(check_range(s, offset, len, e));
    if (len && s->ops->view)
        TRY(s->ops->view(s, offset, len, out, e));
    if (out->at)
        return OK;
    uint8_t *to = ring_room(ring, len, VIEW_ALIGNMENT);
    *out = (struct bytes){to, len};
    return source_read(s, offset, to, len, e);
}

static enum err memory_read(struct source *s, uint64_t offset, void *to, size_t len,
                            struct error *e)
{
    (void)e;
    memcpy(to, ((struct memory_source *)s)->at + offset, len);
    return OK;
}

void memory_source_init(struct memory_source *s, const char *name, struct bytes bytes)
{
    static const struct source_ops ops = {.read = memory_read};

    *s = (struct memory_source){{.ops = &ops, .name = name, .size = bytes.len}, bytes.at};
}

static enum err slice_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    struct slice_source *slice = (struct slice_source *)s;

    return source_read(slice->inner, slice->offset + offset, to, len, e);
}

enum err slice_source_init(struct slice_source *s, const char *name, struct source *inner,
                           uint64_t offset, uint64_t size, struct error *e)
{
    static const struct source_ops ops = {.read = slice_read};

    if (offset > inner->size || size > inner->size - offset)
        return fail(e, ERR_DAMAGED,
                    "%s: needs %llu bytes from byte %llu of %s, which ends at byte %llu", name,
                    (unsigned long long)size, (unsigned long long)offset, inner->name,
                    (unsigned long long)inner->size);
    *s = (struct slice_source){{.ops = &ops, .name = name, .size = size}, inner, offset};
    return OK;
}
