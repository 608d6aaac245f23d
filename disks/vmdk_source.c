/* The guest disk of a streamOptimized VMDK at any offset, through its directory and tables. */
#include <string.h>

#include "base/checked.h"
#include "disks/inflate.h"
#include "disks/vmdk.h"

#define FOOTER_SEARCH (64u << 10) /* bytes at the end of the file; some append to a VMDK */
#define WINDOW_SIZE   4096        /* bytes of a directory or tables in memory at a time */
#define NO_GRAIN      UINT64_MAX

struct window {
    uint8_t *at;
    uint64_t offset; /* in the file, a multiple of WINDOW_SIZE */
    size_t len;      /* bytes; 0: nothing read yet */
};

struct vmdk_source {
    struct source source;
    struct source *file;
    struct vmdk_header header;
    struct inflate inflate;
    struct window directory;
    struct window tables;
    uint8_t *packed;  /* one grain as it lies in the file, ... */
    uint8_t *grain;   /* ... and unpacked */
    uint64_t cached;  /* number of the grain that is unpacked, or NO_GRAIN */
    size_t grain_len; /* bytes of a whole grain */
};

/* One entry of the directory or of a table. */
static enum err read_entry(struct vmdk_source *v, struct window *w, uint64_t offset, uint32_t *out,
                           struct error *e)
{
    uint64_t base = round_down(offset, WINDOW_SIZE);

    if (offset >= v->file->size || v->file->size - offset < 4)
        return fail(e, ERR_DAMAGED, "%s: ends at byte %llu, before its grain table at byte %llu",
                    v->source.name, (unsigned long long)v->file->size, (unsigned long long)offset);
    if (w->len == 0 || w->offset != base) {
        w->len = 0;
        size_t len = (size_t)min_u64(WINDOW_SIZE, v->file->size - base);
        TRY(source_read(v->file, base, w->at, len, e));
        w->offset = base;
        w->len = len;
    }
    *out = get_le32(w->at + (offset - base));
    return OK;
}

/* The sector of the file where a grain begins; 0 when it is all zeros. */
static enum err find_grain(struct vmdk_source *v, uint64_t number, uint64_t *sector,
                           struct error *e)
{
    uint64_t table_number = number / v->header.table_entries;
    uint64_t entry = number % v->header.table_entries;
    uint32_t value;

    TRY(read_entry(v, &v->directory, v->header.directory * VMDK_SECTOR + 4 * table_number, &value,
                   e));
    if (value)
        TRY(read_entry(v, &v->tables, (uint64_t)value * VMDK_SECTOR + 4 * entry, &value, e));
    if (value == 1 && (v->header.flags & VMDK_ZEROED))
        value = 0;
    *sector = value;
    return OK;
}

static enum err load_grain(struct vmdk_source *v, uint64_t number, uint64_t at, struct error *e)
{
    uint64_t sector = number * v->header.grain;
    uint8_t head[VMDK_MARKER_SIZE];
    struct vmdk_marker marker;
    size_t len, least;

    v->cached = NO_GRAIN;
    TRY(source_read(v->file, at, head, sizeof(head), e));
    if (vmdk_parse_marker(head, &marker, e) != OK)
        return within(e, "%s: at byte %llu", v->source.name, (unsigned long long)at);
    if (marker.kind != VMDK_GRAIN || marker.sector != sector)
        return fail(e, ERR_DAMAGED,
                    "%s: no grain for sector %llu at byte %llu, where its table says",
                    v->source.name, (unsigned long long)sector, (unsigned long long)at);
    TRY(vmdk_check_grain(v->source.name, &v->header, &marker, at, e));
    TRY(source_read(v->file, at + VMDK_GRAIN_HEAD, v->packed, marker.size, e));

    least = (size_t)min_u64(v->grain_len, v->source.size - number * v->grain_len);
    if (inflate_zlib(&v->inflate, (struct bytes){v->packed, marker.size}, v->grain, least,
                     v->grain_len, &len, e) != OK)
        return within(e, "%s: grain for sector %llu, at byte %llu", v->source.name,
                      (unsigned long long)sector, (unsigned long long)at);
    v->cached = number;
    return OK;
}

static enum err vmdk_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    struct vmdk_source *v = (struct vmdk_source *)s;
    uint8_t *out = to;

    while (len) {
        uint64_t number = offset / v->grain_len;
        size_t skip = (size_t)(offset % v->grain_len);
        size_t piece = (size_t)min_u64(len, v->grain_len - skip);
        uint64_t sector = 1;

        if (v->cached != number)
            TRY(find_grain(v, number, &sector, e));
        if (sector == 0) {
            memset(out, 0, piece);
        } else {
            if (v->cached != number)
                TRY(load_grain(v, number, sector * VMDK_SECTOR, e));
            memcpy(out, v->grain + skip, piece);
        }
        offset += piece;
        out += piece;
        len -= piece;
    }
    return OK;
}

/* Replace the header by the footer.  Mostly it stands in front of the last sector, but data behind
 * the end of a VMDK occurs. */
static enum err read_footer(struct vmdk_source *v, struct arena scratch, struct error *e)
{
    uint64_t end = round_down(v->file->size, VMDK_SECTOR);
    size_t len = (size_t)min_u64(end, FOOTER_SEARCH);
    struct vmdk_header footer;
    struct vmdk_marker marker;
    struct error ignored;
    uint8_t *last;

    TRY(arena_take(&scratch, len, 1, 1, (void **)&last, e));
    TRY(source_read(v->file, end - len, last, len, e));
    for (size_t at = len; at >= 2 * VMDK_SECTOR; at -= VMDK_SECTOR) {
        const uint8_t *sector = last + at - 2 * VMDK_SECTOR;
        if (vmdk_parse_marker(sector, &marker, &ignored) != OK || marker.kind != VMDK_FOOTER ||
            vmdk_parse_header(sector + VMDK_SECTOR, &footer, &ignored) != OK)
            continue;
        if (footer.capacity != v->header.capacity || footer.grain != v->header.grain ||
            footer.directory == VMDK_AT_END)
            return fail(e, ERR_DAMAGED, "%s: its footer contradicts its header", v->source.name);
        v->header = footer;
        return OK;
    }
    return fail(e, ERR_DAMAGED, "%s: no footer in its last %zu bytes, so no grain directory",
                v->source.name, len);
}

/* Descriptor and footer; the header has been read. */
static enum err read_rest(struct vmdk_source *v, struct arena scratch, struct error *e)
{
    size_t size = vmdk_descriptor_size(&v->header);
    struct vmdk_descriptor descriptor;
    uint8_t *text = NULL;

    if (v->header.descriptor > UINT64_MAX / VMDK_SECTOR)
        size = 0;
    if (size) {
        TRY(arena_take(&scratch, size, 1, 1, (void **)&text, e));
        TRY(source_read(v->file, v->header.descriptor * VMDK_SECTOR, text, size, e));
    }
    TRY(vmdk_check(v->source.name, &v->header, (struct bytes){text, size}, &descriptor, e));
    if (v->header.directory == VMDK_AT_END)
        TRY(read_footer(v, scratch, e));
    if (v->header.directory == 0 || v->header.directory > v->file->size / VMDK_SECTOR)
        return fail(e, ERR_DAMAGED, "%s: its grain directory is at sector %llu, outside the file",
                    v->source.name, (unsigned long long)v->header.directory);
    return OK;
}

enum err vmdk_source_open(struct source *file, struct arena *a, struct source **out,
                          struct error *e)
{
    static const struct source_ops ops = {.read = vmdk_read};
    uint8_t sector[VMDK_SECTOR];
    struct vmdk_source *v;

    TRY(TAKE(a, 1, &v, e));
    v->file = file;
    v->source = (struct source){.ops = &ops, .name = file->name};
    TRY(source_read(file, 0, sector, sizeof(sector), e));
    if (vmdk_parse_header(sector, &v->header, e) != OK)
        return within(e, "%s", file->name);
    TRY(read_rest(v, *a, e));

    v->source.size = v->header.capacity * VMDK_SECTOR;
    v->grain_len = (size_t)v->header.grain * VMDK_SECTOR;
    v->cached = NO_GRAIN;
    TRY(inflate_open(&v->inflate, a, e));
    TRY(arena_take(a, WINDOW_SIZE, 1, 1, (void **)&v->directory.at, e));
    TRY(arena_take(a, WINDOW_SIZE, 1, 1, (void **)&v->tables.at, e));
    TRY(arena_take(a, vmdk_packed_max(&v->header), 1, 1, (void **)&v->packed, e));
    TRY(arena_take(a, v->grain_len, 1, 1, (void **)&v->grain, e));
    *out = &v->source;
    return OK;
}
