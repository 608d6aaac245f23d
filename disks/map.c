#include "disks/map.h"

#include <string.h>

#include "base/checked.h"
#include "disks/qcow2.h"
#include "disks/vhd.h"
#include "disks/vhdx.h"
#include "disks/vmdk_extents.h"

/* The formats in the order in which they are tried; what lies at the end of a file comes last. */
static const struct {
    enum err (*knows)(struct source *file, bool *yes, struct error *e);
    enum err (*open)(struct source *file, struct arena *a, struct map **out, struct error *e);
} formats[] = {
    {qcow2_knows, qcow2_open},
    {vmdk_extents_knows, vmdk_extents_open},
    {vhdx_knows, vhdx_open},
    {vhd_knows, vhd_open},
};

static enum err find_format(struct source *file, size_t *out, struct error *e)
{
    bool yes = false;

    for (*out = 0; *out < COUNT_OF(formats); ++*out) {
        TRY(formats[*out].knows(file, &yes, e));
        if (yes)
            return OK;
    }
    return OK;
}

enum err map_knows(struct source *file, bool *yes, struct error *e)
{
    size_t format;

    TRY(find_format(file, &format, e));
    *yes = format < COUNT_OF(formats);
    return OK;
}

enum err map_open(struct source *file, struct arena *a, struct map **out, struct error *e)
{
    size_t format;

    TRY(find_format(file, &format, e));
    if (format == COUNT_OF(formats))
        return fail(e, ERR_UNSUPPORTED, "%s: is no disk image with tables", file->name);
    return formats[format].open(file, a, out, e);
}

enum err map_find(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    uint64_t offset = number * m->granule, needed;

    *out = (struct extent){.kind = RUN_ZERO, .count = 1};
    TRY(m->ops->find(m, number, out, e));
    out->count = min_u64(max_u64(out->count, 1), (m->capacity - offset - 1) / m->granule + 1);
    if (out->kind == RUN_ZERO)
        return OK;
    if (out->kind != RUN_STORED)
        out->count = 1;
    if (out->packed > MAP_PACKED_MAX + 512)
        return fail(e, ERR_DAMAGED, "%s: %s for sector %llu is compressed to %u bytes",
                    m->file->name, m->unit, (unsigned long long)(offset / 512), out->packed);
    needed = out->kind == RUN_STORED ? min_u64(out->count * m->granule, m->capacity - offset)
                                     : out->packed;
    if (out->at > m->file->size || needed > m->file->size - out->at)
        return fail(e, ERR_DAMAGED,
                    "%s: %s for sector %llu lies at byte %llu, and the file ends at byte %llu",
                    m->file->name, m->unit, (unsigned long long)(offset / 512),
                    (unsigned long long)out->at, (unsigned long long)m->file->size);
    return OK;
}

enum err map_check(struct map *m, struct error *e)
{
    uint64_t count = (m->capacity - 1) / m->granule + 1;
    struct extent x = {.count = 1};

    for (uint64_t number = 0; number < count; number += x.count)
        TRY(map_find(m, number, &x, e));
    return OK;
}
