#include "disks/vmdk.h"

#include <string.h>

#include "base/checked.h"

struct vmdk_image {
    struct image image;
    struct stream *stream;
    struct vmdk_header header;
    bool listed_known; /* the grain tables were in front and have been counted */
    bool footer_seen;
    uint64_t listed; /* grains that the tables in front list */
    uint64_t seen;   /* grains met in the file */
};

size_t vmdk_descriptor_size(const struct vmdk_header *h)
{
    uint64_t sectors = h->descriptor ? h->descriptor_size : 0;

    return (size_t)min_u64(sectors, VMDK_DESCRIPTOR_MAX / VMDK_SECTOR) * VMDK_SECTOR;
}

uint32_t vmdk_packed_max(const struct vmdk_header *h)
{
    return h->grain * VMDK_SECTOR * 2;
}

enum err vmdk_check(const char *name, const struct vmdk_header *h, struct bytes text,
                    struct vmdk_descriptor *descriptor, struct error *e)
{
    *descriptor = (struct vmdk_descriptor){.sector_size = 512};
    if (text.len)
        vmdk_parse_descriptor(text, descriptor);
    if (descriptor->has_parent)
        return fail(e, ERR_UNSUPPORTED, "%s: delta VMDK, which needs the disk it was made from",
                    name);
    if (!(h->flags & VMDK_COMPRESSED))
        return fail(e, ERR_UNSUPPORTED, "%s: %s VMDK, where only streamOptimized is read", name,
                    descriptor->create_type[0] ? descriptor->create_type : "uncompressed sparse");
    if (!(h->flags & VMDK_MARKERS))
        return fail(e, ERR_UNSUPPORTED, "%s: compressed VMDK without markers", name);
    if (h->algorithm != VMDK_ALGORITHM)
        return fail(e, ERR_UNSUPPORTED, "%s: VMDK with compression algorithm %u", name,
                    h->algorithm);
    if (h->capacity == 0)
        return fail(e, ERR_DAMAGED, "%s: VMDK of a disk of 0 sectors", name);
    return OK;
}

enum err vmdk_check_grain(const char *name, const struct vmdk_header *h,
                          const struct vmdk_marker *marker, uint64_t at, struct error *e)
{
    unsigned long long sector = marker->sector, byte = at;

    if (marker->sector >= h->capacity)
        return fail(e, ERR_DAMAGED,
                    "%s: grain for sector %llu, at byte %llu: the disk ends at sector %llu", name,
                    sector, byte, (unsigned long long)h->capacity);
    if (marker->sector % h->grain)
        return fail(e, ERR_DAMAGED,
                    "%s: grain for sector %llu, at byte %llu: grains begin at multiples of %u",
                    name, sector, byte, h->grain);
    if (marker->size > vmdk_packed_max(h))
        return fail(e, ERR_DAMAGED,
                    "%s: grain for sector %llu, at byte %llu: compressed to %u bytes", name, sector,
                    byte, marker->size);
    return OK;
}

/* Step to a sector of the file that has not been passed yet. */
static enum err step_to(struct stream *s, uint64_t sector, struct error *e)
{
    return stream_skip(s, sector * VMDK_SECTOR - s->offset, e);
}

/* Copy len bytes out of the stream. */
static enum err copy_out(struct stream *s, uint8_t *to, uint64_t len, struct error *e)
{
    struct bytes view;

    while (len) {
        TRY(stream_peek(s, 1, &view, e));
        size_t n = (size_t)min_u64(len, view.len);
        memcpy(to, view.at, n);
        stream_step(s, n);
        to += n;
        len -= n;
    }
    return OK;
}

/* True when bytes from sector on are ahead in the stream and end where the first grain begins, or
 * before. */
static bool in_front(const struct vmdk_image *v, uint64_t sector, uint64_t bytes)
{
    return sector >= (v->stream->offset + VMDK_SECTOR - 1) / VMDK_SECTOR &&
           sector <= v->header.overhead && bytes <= (v->header.overhead - sector) * VMDK_SECTOR;
}

/* One grain table, where the stream stands. */
static enum err count_table(struct vmdk_image *v, struct error *e)
{
    size_t size = v->header.table_entries * 4;
    uint32_t none = v->header.flags & VMDK_ZEROED ? 1 : 0;
    struct bytes view;

    TRY(stream_peek(v->stream, size, &view, e));
    for (size_t i = 0; i < size; i += 4)
        v->listed += get_le32(view.at + i) > none;
    stream_step(v->stream, size);
    return OK;
}

/* Count the grains that the tables list, when directory and tables are in front and in order, as
 * qemu-img and open-vmdk write them.  Otherwise listed_known stays false. */
static enum err count_listed(struct vmdk_image *v, struct arena scratch, struct error *e)
{
    uint64_t tables = vmdk_tables(&v->header);
    uint8_t *directory;

    if (v->header.directory == VMDK_AT_END || !in_front(v, v->header.directory, tables * 4))
        return OK;
    TRY(step_to(v->stream, v->header.directory, e));
    TRY(arena_take(&scratch, (size_t)tables, 4, 4, (void **)&directory, e));
    TRY(copy_out(v->stream, directory, tables * 4, e));
    for (uint64_t i = 0; i < tables; i++) {
        uint32_t table = get_le32(directory + 4 * i);
        if (table == 0)
            continue;
        if (!in_front(v, table, (uint64_t)v->header.table_entries * 4))
            return OK;
        TRY(step_to(v->stream, table, e));
        TRY(count_table(v, e));
    }
    v->listed_known = true;
    return OK;
}

/* The bytes ran out, or an end-of-stream marker stands at byte at. */
static enum err finish(struct vmdk_image *v, bool marked, uint64_t at, struct run *run,
                       struct error *e)
{
    if (v->listed_known && v->seen < v->listed)
        return fail(e, ERR_DAMAGED, "%s: ends at byte %llu after %llu of %llu grains",
                    v->image.name, (unsigned long long)at, (unsigned long long)v->seen,
                    (unsigned long long)v->listed);
    if (!marked && !v->listed_known)
        return fail(e, ERR_DAMAGED, "%s: ends at byte %llu without its end-of-stream marker",
                    v->image.name, (unsigned long long)at);
    if (v->header.directory == VMDK_AT_END && !v->footer_seen)
        return fail(e, ERR_DAMAGED, "%s: end-of-stream marker at byte %llu, before any footer",
                    v->image.name, (unsigned long long)at);
    *run = (struct run){.offset = v->image.capacity, .at = at};
    return OK;
}

/* The grain that begins where the stream stands.  The padding behind it may be missing at the end
 * of the file. */
static enum err read_grain(struct vmdk_image *v, const struct vmdk_marker *marker, struct run *run,
                           struct error *e)
{
    uint64_t at = v->stream->offset;
    struct bytes view;

    TRY(vmdk_check_grain(v->image.name, &v->header, marker, at, e));
    size_t len = VMDK_GRAIN_HEAD + (size_t)marker->size;
    size_t padded = (size_t)round_up(len, VMDK_SECTOR);
    TRY(stream_peek_upto(v->stream, padded, &view, e));
    if (view.len < len)
        return fail(
            e, ERR_DAMAGED,
            "%s: ends at byte %llu, inside the grain for sector %llu that begins at byte %llu",
            v->image.name, (unsigned long long)(at + view.len), (unsigned long long)marker->sector,
            (unsigned long long)at);

    uint64_t offset = marker->sector * VMDK_SECTOR;
    *run = (struct run){
        .offset = offset,
        .length = min_u64(v->image.granule, v->image.capacity - offset),
        .kind = RUN_ZLIB,
        .packed = {view.at + VMDK_GRAIN_HEAD, marker->size},
        .at = at,
    };
    stream_step(v->stream, padded < view.len ? padded : view.len);
    v->seen++;
    return OK;
}

static enum err vmdk_next(struct image *image, struct run *run, struct error *e)
{
    struct vmdk_image *v = (struct vmdk_image *)image;
    struct vmdk_marker marker;
    struct bytes view;

    for (;;) {
        uint64_t at = v->stream->offset;

        TRY(stream_peek_upto(v->stream, VMDK_SECTOR, &view, e));
        if (view.len < VMDK_MARKER_SIZE)
            return finish(v, false, at + view.len, run, e);
        if (vmdk_parse_marker(view.at, &marker, e) != OK)
            return within(e, "%s: at byte %llu", image->name, (unsigned long long)at);
        if (marker.kind == VMDK_GRAIN)
            return read_grain(v, &marker, run, e);
        if (marker.kind == VMDK_END)
            return finish(v, true, at, run, e);
        if (marker.kind == VMDK_FOOTER)
            v->footer_seen = true;
        TRY(stream_skip(v->stream, VMDK_SECTOR, e));
        TRY(stream_skip(v->stream, marker.skip, e));
    }
}

/* Read the descriptor, where the stream can still show it; the stream is left in front of it. */
static enum err read_descriptor(struct vmdk_image *v, struct vmdk_descriptor *out, struct error *e)
{
    size_t size = vmdk_descriptor_size(&v->header);
    struct bytes text = {0};

    if (size && in_front(v, v->header.descriptor, size)) {
        TRY(step_to(v->stream, v->header.descriptor, e));
        TRY(stream_peek(v->stream, size, &text, e));
        text.len = size;
    }
    return vmdk_check(v->image.name, &v->header, text, out, e);
}

enum err vmdk_open(struct stream *stream, struct arena *a, struct image **out, struct error *e)
{
    static const struct image_ops ops = {vmdk_next};
    struct vmdk_descriptor descriptor;
    struct vmdk_image *v;
    struct bytes view;

    TRY(TAKE(a, 1, &v, e));
    v->stream = stream;
    v->image = (struct image){
        .ops = &ops, .name = stream->name, .format = "streamOptimized VMDK", .unit = "grain"};
    TRY(stream_peek(stream, VMDK_SECTOR, &view, e));
    if (vmdk_parse_header(view.at, &v->header, e) != OK)
        return within(e, "%s", stream->name);
    if (v->header.overhead == 0 || v->header.overhead > UINT64_MAX / VMDK_SECTOR)
        return fail(e, ERR_DAMAGED, "%s: bad place of the first grain in the header: sector %llu",
                    stream->name, (unsigned long long)v->header.overhead);
    stream_step(stream, VMDK_SECTOR);
    TRY(read_descriptor(v, &descriptor, e));

    v->image.capacity = v->header.capacity * VMDK_SECTOR;
    v->image.granule = v->header.grain * VMDK_SECTOR;
    v->image.sector_size = descriptor.sector_size;
    TRY(count_listed(v, *a, e));
    TRY(step_to(stream, v->header.overhead, e));
    *out = &v->image;
    return OK;
}
