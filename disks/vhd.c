#include "disks/vhd.h"

#include <string.h>

#include "base/checked.h"
#include "disks/window.h"
#include "parsers/vhd.h"

struct vhd {
    struct map map;
    struct vhd_footer footer;
    struct vhd_header header;
    struct window table;
    uint32_t bitmap; /* bytes in front of the data of a block */
};

/* The footer at the end, or VHD_FOOTER bytes of zeros when there is none. */
static enum err read_end(struct source *file, uint8_t footer[VHD_FOOTER], struct error *e)
{
    uint8_t end[VHD_FOOTER + 1] = {0}; /* a footer of 511 bytes begins a byte later */

    memset(footer, 0, VHD_FOOTER);
    if (file->size < VHD_FOOTER)
        return OK;
    TRY(source_read(file, file->size - VHD_FOOTER, end, VHD_FOOTER, e));
    if (vhd_is_footer(end))
        memcpy(footer, end, VHD_FOOTER);
    else if (vhd_is_footer(end + 1))
        memcpy(footer, end + 1, VHD_FOOTER);
    return OK;
}

enum err vhd_knows(struct source *file, bool *yes, struct error *e)
{
    uint8_t footer[VHD_FOOTER];

    *yes = false;
    if (file->size < VHD_FOOTER)
        return OK;
    TRY(source_read(file, 0, footer, sizeof(footer), e));
    if (!vhd_is_footer(footer))
        TRY(read_end(file, footer, e));
    *yes = vhd_is_footer(footer);
    return OK;
}

/* The copy in front, else the one at the end. */
static enum err read_footer(struct vhd *v, struct error *e)
{
    uint8_t footer[VHD_FOOTER];

    TRY(source_read(v->map.file, 0, footer, sizeof(footer), e));
    if (vhd_is_footer(footer) && vhd_parse_footer(footer, &v->footer, e) == OK)
        return OK;
    TRY(read_end(v->map.file, footer, e));
    return vhd_parse_footer(footer, &v->footer, e);
}

static enum err find_fixed(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    (void)e;
    *out = (struct extent){.kind = RUN_STORED,
                           .at = number * m->granule,
                           .count = m->capacity / m->granule + 1 - number};
    return OK;
}

static enum err open_fixed(struct vhd *v, struct error *e)
{
    static const struct map_ops ops = {find_fixed};
    const struct source *file = v->map.file;

    if (file->size - (VHD_FOOTER - 1) < v->footer.capacity)
        return fail(e, ERR_DAMAGED, "%s: a fixed VHD of %llu bytes, in a file of %llu", file->name,
                    (unsigned long long)v->footer.capacity, (unsigned long long)file->size);
    v->map.ops = &ops;
    v->map.format = "fixed VHD";
    v->map.granule = RUN_MAX;
    return OK;
}

static enum err find_dynamic(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    struct vhd *v = (struct vhd *)m;
    const uint8_t *entry;

    TRY(window_read(&v->table, v->header.table + 4 * number, 4, &entry, e));
    if (get_be32(entry) != VHD_UNUSED) {
        out->kind = RUN_STORED;
        out->at = (uint64_t)get_be32(entry) * VHD_SECTOR + v->bitmap;
    }
    return OK;
}

static enum err open_dynamic(struct vhd *v, struct arena *a, struct error *e)
{
    static const struct map_ops ops = {find_dynamic};
    struct source *file = v->map.file;
    uint8_t header[VHD_HEADER];
    struct window window;
    const uint8_t *at;

    TRY(window_open(&window, file, "dynamic disk header", a, e));
    TRY(window_read(&window, v->footer.header, VHD_HEADER, &at, e));
    memcpy(header, at, sizeof(header));
    if (vhd_parse_header(header, &v->header, e) != OK)
        return within(e, "%s: at byte %llu", file->name, (unsigned long long)v->footer.header);
    if ((v->footer.capacity - 1) / v->header.block_size >= v->header.entries)
        return fail(
            e, ERR_DAMAGED,
            "%s: its table has %u entries, for blocks of %u bytes, where the disk has %llu bytes",
            file->name, v->header.entries, v->header.block_size,
            (unsigned long long)v->footer.capacity);
    if (v->header.table > UINT64_MAX - 4ull * v->header.entries)
        return fail(e, ERR_DAMAGED, "%s: its block table is at byte %llu", file->name,
                    (unsigned long long)v->header.table);
    v->table = window;
    v->table.what = "block table";
    v->bitmap = (uint32_t)round_up(v->header.block_size / VHD_SECTOR / 8, VHD_SECTOR);
    v->map.ops = &ops;
    v->map.format = "dynamic VHD";
    v->map.granule = v->header.block_size;
    return OK;
}

enum err vhd_open(struct source *file, struct arena *a, struct map **out, struct error *e)
{
    struct vhd *v;

    TRY(TAKE(a, 1, &v, e));
    *v = (struct vhd){.map = {.file = file, .unit = "block", .sector_size = VHD_SECTOR}};
    *out = &v->map;
    if (read_footer(v, e) != OK)
        return within(e, "%s", file->name);
    v->map.capacity = v->footer.capacity;
    switch (v->footer.type) {
    case VHD_FIXED:
        return open_fixed(v, e);
    case VHD_DYNAMIC:
        return open_dynamic(v, a, e);
    case VHD_DIFFERENCING:
        return fail(e, ERR_UNSUPPORTED,
                    "%s: a differencing VHD, which needs the disk it was made from", file->name);
    default:
        return fail(e, ERR_UNSUPPORTED, "%s: a VHD of type %u", file->name, v->footer.type);
    }
}
