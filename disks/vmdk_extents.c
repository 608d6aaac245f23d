#include "disks/vmdk_extents.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "disks/vmdk.h"
#include "disks/window.h"
#include "parsers/vmdk_extents.h"

#define EXTENTS_MAX 1024 /* docs/limits.md */

struct piece {
    enum vmdk_extent_kind kind;
    uint64_t first, sectors;   /* of the disk */
    uint64_t base;             /* byte of the file where the extent's own file begins, ... */
    uint64_t end;              /* ... and where it ends */
    uint64_t offset;           /* sectors of it in front of the data, of a flat one */
    struct vmdk_header header; /* of a sparse one */
    const char *name;          /* of the extent's file */
    size_t number;             /* of it: 0 is the descriptor */
};

struct extents {
    struct map map;
    struct piece *pieces;
    size_t count, last; /* last: the piece that was found last */
    struct window directory, tables;
};

enum err vmdk_extents_knows(struct source *file, bool *yes, struct error *e)
{
    uint8_t sector[VMDK_SECTOR] = {0};
    size_t len = (size_t)min_u64(sizeof(sector), file->size);

    TRY(source_read(file, 0, sector, len, e));
    *yes = vmdk_is_descriptor((struct bytes){sector, len}) ||
           (memcmp(sector, "KDMV", 4) == 0 && !(get_le32(sector + 8) & VMDK_COMPRESSED));
    return OK;
}

/* ---- Finding --------------------------------------------------------------------------------- */

static const struct piece *find_piece(struct extents *x, uint64_t sector)
{
    size_t i = sector >= x->pieces[x->last].first ? x->last : 0;

    while (sector - x->pieces[i].first >= x->pieces[i].sectors)
        i++;
    x->last = i;
    return &x->pieces[i];
}

/* An entry of the directory or of a table, at a sector of the extent's file. */
static enum err entry(struct window *w, const struct piece *p, uint64_t sector, uint64_t index,
                      uint32_t *out, struct error *e)
{
    const uint8_t *at;

    if (sector > (p->end - p->base) / VMDK_SECTOR || 4 * index > p->end - p->base)
        return fail(e, ERR_DAMAGED, "%s: its %s is at sector %llu of %s, outside of it",
                    w->file->name, w->what, (unsigned long long)sector, p->name);
    TRY(window_read(w, p->base + sector * VMDK_SECTOR + 4 * index, 4, &at, e));
    *out = get_le32(at);
    return OK;
}

/* The sector of the extent's file with a grain; 0: it is zeros. */
static enum err find_grain(struct extents *x, const struct piece *p, uint64_t grain, uint32_t *out,
                           struct error *e)
{
    uint32_t table;

    TRY(entry(&x->directory, p, p->header.directory, grain / p->header.table_entries, &table, e));
    *out = 0;
    if (table)
        TRY(entry(&x->tables, p, table, grain % p->header.table_entries, out, e));
    if (*out == 1 && (p->header.flags & VMDK_ZEROED))
        *out = 0;
    return OK;
}

/* Whether it is in the extent's own file is not what map_find() knows. */
static enum err inside(const struct extents *x, const struct piece *p, const struct extent *out,
                       uint64_t bytes, struct error *e)
{
    if (out->at <= p->end && bytes <= p->end - out->at)
        return OK;
    return fail(e, ERR_DAMAGED, "%s: %s ends at byte %llu, before the data of it at byte %llu",
                x->map.file->name, p->name, (unsigned long long)(p->end - p->base),
                (unsigned long long)(out->at - p->base));
}

static enum err find_sparse(struct extents *x, const struct piece *p, uint64_t sector,
                            struct extent *out, struct error *e)
{
    uint64_t skip = sector % p->header.grain,
             left = min_u64(p->header.grain - skip, p->sectors - sector);
    uint32_t at;

    TRY(find_grain(x, p, sector / p->header.grain, &at, e));
    out->count = left * VMDK_SECTOR / x->map.granule;
    if (!at)
        return OK;
    out->kind = RUN_STORED;
    out->at = p->base + (at + skip) * VMDK_SECTOR;
    return inside(x, p, out, left * VMDK_SECTOR, e);
}

static enum err find_extent(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    struct extents *x = (struct extents *)m;
    uint64_t sector = number * (m->granule / VMDK_SECTOR);
    const struct piece *p = find_piece(x, sector);
    uint64_t skip = sector - p->first;

    out->count = (p->sectors - skip) * VMDK_SECTOR / m->granule;
    if (p->kind == VMDK_EXTENT_SPARSE)
        return find_sparse(x, p, skip, out, e);
    if (p->kind == VMDK_EXTENT_ZERO)
        return OK;
    out->kind = RUN_STORED;
    out->at = p->base + (p->offset + skip) * VMDK_SECTOR;
    return inside(x, p, out, (p->sectors - skip) * VMDK_SECTOR, e);
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* The disk goes on behind what there is. */
static enum err add_sectors(struct extents *x, struct piece *p, struct error *e)
{
    uint64_t first = x->map.capacity / VMDK_SECTOR;

    if (p->sectors > VMDK_CAPACITY_MAX - first)
        return fail(e, ERR_TOO_BIG, "disk of more than the %llu sectors (64 TiB) allowed",
                    (unsigned long long)VMDK_CAPACITY_MAX);
    p->first = first;
    x->map.capacity += p->sectors * VMDK_SECTOR;
    x->count++;
    return OK;
}

static enum err read_header(struct extents *x, struct piece *p, struct error *e)
{
    uint8_t sector[VMDK_SECTOR];

    if (p->end - p->base < sizeof(sector))
        return fail(e, ERR_DAMAGED, "ends before its header does");
    TRY(source_read(x->map.file, p->base, sector, sizeof(sector), e));
    TRY(vmdk_parse_header(sector, &p->header, e));
    if (p->header.flags & (VMDK_COMPRESSED | VMDK_MARKERS))
        return fail(e, ERR_UNSUPPORTED, "compressed extent of a VMDK of several files");
    if (p->sectors > p->header.capacity)
        return fail(e, ERR_DAMAGED, "extent of %llu sectors, where %llu are needed",
                    (unsigned long long)p->header.capacity, (unsigned long long)p->sectors);
    return OK;
}

/* Granules do not cross from one extent into the next, or from one grain. */
static void set_granule(struct extents *x)
{
    uint64_t granule = RUN_MAX;

    for (size_t i = 0; i < x->count; i++) {
        const struct piece *p = &x->pieces[i];
        if (p->kind == VMDK_EXTENT_SPARSE)
            granule = min_u64(granule, (uint64_t)p->header.grain * VMDK_SECTOR);
        while (p->first * VMDK_SECTOR % granule)
            granule /= 2;
    }
    x->map.granule = (uint32_t)granule;
}

static enum err refuse_delta(const struct vmdk_descriptor *d, struct error *e)
{
    return d->has_parent
               ? fail(e, ERR_UNSUPPORTED, "delta VMDK, which needs the disk it was made from")
               : OK;
}

/* "monolithicSparse VMDK" */
static enum err name_format(struct extents *x, const struct vmdk_descriptor *d, struct arena *a,
                            struct error *e)
{
    char name[sizeof(d->create_type) + 8];
    size_t len =
        text_format(name, sizeof(name), "%s VMDK", *d->create_type ? d->create_type : "sparse");

    return arena_text(a, name, len, &x->map.format, e);
}

static enum err open_single(struct extents *x, struct arena *a, struct error *e)
{
    struct source *file = x->map.file;
    struct vmdk_descriptor descriptor = {.sector_size = VMDK_SECTOR};
    struct arena scratch;
    uint8_t *text;

    TRY(TAKE(a, 1, &x->pieces, e));
    x->pieces[0] = (struct piece){
        .kind = VMDK_EXTENT_SPARSE, .sectors = 0, .end = file->size, .name = "the file"};
    TRY(read_header(x, &x->pieces[0], e));
    x->pieces[0].sectors = x->pieces[0].header.capacity;
    size_t len = vmdk_descriptor_size(&x->pieces[0].header);
    scratch = *a;
    TRY(arena_take(&scratch, len, 1, 1, (void **)&text, e));
    if (len && x->pieces[0].header.descriptor <= file->size / VMDK_SECTOR) {
        TRY(source_read(file, x->pieces[0].header.descriptor * VMDK_SECTOR, text, len, e));
        vmdk_parse_descriptor((struct bytes){text, len}, &descriptor);
    }
    TRY(refuse_delta(&descriptor, e));
    x->map.sector_size = descriptor.sector_size;
    TRY(name_format(x, &descriptor, a, e));
    return add_sectors(x, &x->pieces[0], e);
}

/* The file of an extent: one that was named before, or the next one. */
static enum err place(struct extents *x, struct piece *p, size_t *files, const char *type,
                      struct error *e)
{
    const struct source *file = x->map.file;

    for (size_t i = 0; i < x->count && !p->number; i++)
        if (x->pieces[i].number && strcmp(x->pieces[i].name, p->name) == 0)
            p->number = x->pieces[i].number;
    if (!p->number)
        p->number = ++*files;
    if (p->number > file->seam_count)
        return fail(e, ERR_UNSUPPORTED, "the descriptor of a %s VMDK, whose data is in other files",
                    *type ? type : "split");
    p->base = file->seams[p->number - 1];
    p->end = p->number < file->seam_count ? file->seams[p->number] : file->size;
    return OK;
}

static enum err add_extent(struct extents *x, const struct vmdk_extent *extent, size_t *files,
                           const char *type, struct arena *a, struct error *e)
{
    struct piece *p = &x->pieces[x->count];

    if (x->count == EXTENTS_MAX)
        return fail(e, ERR_TOO_BIG, "VMDK of more than %u extents", EXTENTS_MAX);
    *p = (struct piece){.kind = extent->kind, .sectors = extent->sectors, .offset = extent->offset};
    if (p->kind != VMDK_EXTENT_ZERO) {
        TRY(arena_text(a, extent->file, strlen(extent->file), &p->name, e));
        TRY(place(x, p, files, type, e));
    }
    if (p->kind == VMDK_EXTENT_SPARSE && read_header(x, p, e) != OK)
        return within(e, "%s", p->name);
    return add_sectors(x, p, e);
}

static enum err open_many(struct extents *x, struct arena *a, struct error *e)
{
    struct source *file = x->map.file;
    uint64_t size = file->seam_count ? file->seams[0] : file->size;
    struct vmdk_descriptor descriptor;
    struct vmdk_extent extent;
    size_t files = 0;
    uint8_t *at;

    struct bytes text = {NULL, (size_t)min_u64(size, VMDK_DESCRIPTOR_MAX)};
    TRY(arena_take(a, text.len, 1, 1, (void **)&at, e));
    TRY(source_read(file, 0, at, text.len, e));
    text.at = at;
    vmdk_parse_descriptor(text, &descriptor);
    TRY(refuse_delta(&descriptor, e));
    x->map.sector_size = descriptor.sector_size;
    TRY(name_format(x, &descriptor, a, e));
    TRY(TAKE(a, EXTENTS_MAX, &x->pieces, e));
    for (;;) {
        TRY(vmdk_next_extent(&text, &extent, e));
        if (!extent.sectors)
            break;
        TRY(add_extent(x, &extent, &files, descriptor.create_type, a, e));
    }
    return x->count ? OK : fail(e, ERR_DAMAGED, "the descriptor of a VMDK lists no extent");
}

static enum err open_any(struct extents *x, struct arena *a, struct error *e)
{
    uint8_t head[4];

    TRY(source_read(x->map.file, 0, head, sizeof(head), e));
    TRY(memcmp(head, "KDMV", 4) == 0 ? open_single(x, a, e) : open_many(x, a, e));
    if (!x->map.capacity)
        return fail(e, ERR_DAMAGED, "VMDK of a disk of 0 sectors");
    set_granule(x);
    return OK;
}

enum err vmdk_extents_open(struct source *file, struct arena *a, struct map **out, struct error *e)
{
    static const struct map_ops ops = {find_extent};
    struct extents *x;

    TRY(TAKE(a, 1, &x, e));
    *x = (struct extents){.map = {.ops = &ops, .file = file, .unit = "grain"}};
    *out = &x->map;
    if (open_any(x, a, e) != OK)
        return within(e, "%s", file->name);
    TRY(window_open(&x->directory, file, "grain directory", a, e));
    return window_open(&x->tables, file, "grain table", a, e);
}
