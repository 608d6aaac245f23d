#include "disks/vhdx.h"

#include <string.h>

#include "base/checked.h"
#include "disks/vhdx_log.h"
#include "disks/window.h"
#include "parsers/vhdx.h"

struct vhdx {
    struct map map; /* its file is the one after the replay */
    struct vhdx_header header;
    struct vhdx_regions regions;
    struct vhdx_disk disk;
    struct window bat;
};

enum err vhdx_knows(struct source *file, bool *yes, struct error *e)
{
    uint8_t magic[VHDX_MAGIC];

    *yes = false;
    if (file->size < sizeof(magic))
        return OK;
    TRY(source_read(file, 0, magic, sizeof(magic), e));
    *yes = vhdx_is_file(magic);
    return OK;
}

static enum err read_headers(struct vhdx *v, struct arena scratch, struct error *e)
{
    struct source *file = v->map.file;
    uint8_t *at;

    if (file->size < VHDX_UNIT)
        return fail(e, ERR_DAMAGED, "%s: a VHDX that ends at byte %llu, inside its header",
                    file->name, (unsigned long long)file->size);
    TRY(arena_take(&scratch, 2, VHDX_HEADER, 8, (void **)&at, e));
    for (size_t i = 0; i < 2; i++)
        TRY(source_read(file, VHDX_HEADER_AT * (i + 1), at + i * VHDX_HEADER, VHDX_HEADER, e));
    if (vhdx_parse_headers(at, at + VHDX_HEADER, &v->header, e) != OK)
        return within(e, "%s", file->name);
    return OK;
}

/* By the first table that is valid: after the replay both are the same. */
static enum err read_regions(struct vhdx *v, struct window *window, struct error *e)
{
    const struct source *file = v->map.file;
    uint64_t offset = VHDX_REGIONS_AT;
    const uint8_t *at;

    TRY(window_read(window, offset, VHDX_TABLE, &at, e));
    if (!vhdx_regions_are_valid(at)) {
        offset += VHDX_TABLE;
        TRY(window_read(window, offset, VHDX_TABLE, &at, e));
    }
    if (!vhdx_regions_are_valid(at))
        return fail(e, ERR_DAMAGED, "%s: a VHDX whose region tables are both damaged", file->name);
    if (vhdx_parse_regions(at, &v->header.log, &v->regions, e) != OK)
        return within(e, "%s: at byte %llu", file->name, (unsigned long long)offset);
    return OK;
}

static enum err check_region(const struct vhdx *v, const struct vhdx_span *region, const char *what,
                             struct error *e)
{
    const struct source *file = v->map.file;

    if (region->at > file->size || region->len > file->size - region->at)
        return fail(e, ERR_DAMAGED,
                    "%s: its %s of %llu bytes is at byte %llu, and the file ends at byte %llu",
                    file->name, what, (unsigned long long)region->len,
                    (unsigned long long)region->at, (unsigned long long)file->size);
    return OK;
}

static enum err read_metadata(struct vhdx *v, struct window *window, struct error *e)
{
    const struct vhdx_span *region = &v->regions.metadata;
    struct source *file = v->map.file;
    uint8_t values[3][VHDX_ITEM_MAX] = {{0}};
    struct vhdx_items items;
    const uint8_t *at;

    TRY(window_read(window, region->at, VHDX_TABLE, &at, e));
    if (vhdx_parse_metadata(at, region->len, &items, e) != OK)
        return within(e, "%s: at byte %llu", file->name, (unsigned long long)region->at);
    for (size_t i = VHDX_PARAMETERS; i <= VHDX_SECTOR_SIZE; i++)
        TRY(source_read(file, region->at + items.at[i].at, values[i],
                        (size_t)min_u64(items.at[i].len, VHDX_ITEM_MAX), e));
    if (vhdx_parse_disk(values, &v->disk, e) != OK)
        return within(e, "%s", file->name);
    return OK;
}

/* A block must not lie where something else does. */
static enum err check_block(const struct vhdx *v, uint64_t number, uint64_t at, struct error *e)
{
    const struct vhdx_span block = {at, v->disk.block_size};
    const struct {
        const struct vhdx_span *span;
        const char *name;
    } others[] = {{&v->header.log, "log"},
                  {&v->regions.bat, "block table"},
                  {&v->regions.metadata, "metadata"}};

    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (vhdx_overlap(&block, others[i].span))
            return fail(e, ERR_DAMAGED, "%s: block for sector %llu, at byte %llu, overlaps the %s",
                        v->map.file->name,
                        (unsigned long long)(number * v->disk.block_size / v->disk.sector_size),
                        (unsigned long long)at, others[i].name);
    return OK;
}

static enum err find(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    struct vhdx *v = (struct vhdx *)m;
    uint64_t offset = v->regions.bat.at + VHDX_BAT_ENTRY * vhdx_bat_index(&v->disk, number), at;
    const uint8_t *entry;

    TRY(window_read(&v->bat, offset, VHDX_BAT_ENTRY, &entry, e));
    if (vhdx_parse_bat(entry, &at, e) != OK)
        return within(e, "%s: at byte %llu", m->file->name, (unsigned long long)offset);
    if (!at)
        return OK;
    TRY(check_block(v, number, at, e));
    out->kind = RUN_STORED;
    out->at = at;
    return OK;
}

static enum err open_tables(struct vhdx *v, struct arena *a, struct error *e)
{
    TRY(window_open(&v->bat, v->map.file, "region table", a, e));
    TRY(read_regions(v, &v->bat, e));
    TRY(check_region(v, &v->regions.metadata, "metadata region", e));
    TRY(check_region(v, &v->regions.bat, "block table", e));
    v->bat.what = "metadata table";
    TRY(read_metadata(v, &v->bat, e));
    v->bat.what = "block table";
    if (vhdx_bat_entries(&v->disk) > v->regions.bat.len / VHDX_BAT_ENTRY)
        return fail(e, ERR_DAMAGED,
                    "%s: its block table has %llu bytes, where the disk needs %llu entries",
                    v->map.file->name, (unsigned long long)v->regions.bat.len,
                    (unsigned long long)vhdx_bat_entries(&v->disk));
    return OK;
}

enum err vhdx_open(struct source *file, struct arena *a, struct map **out, struct error *e)
{
    static const struct map_ops ops = {find};
    struct vhdx *v;

    TRY(TAKE(a, 1, &v, e));
    *v = (struct vhdx){.map = {.ops = &ops, .file = file, .unit = "block"}};
    TRY(read_headers(v, *a, e));
    TRY(vhdx_log_open(file, &v->header, a, &v->map.file, e));
    TRY(open_tables(v, a, e));
    v->map.format = v->disk.is_fixed ? "fixed VHDX" : "dynamic VHDX";
    v->map.capacity = v->disk.capacity;
    v->map.granule = v->disk.block_size;
    v->map.sector_size = v->disk.sector_size;
    *out = &v->map;
    return OK;
}
