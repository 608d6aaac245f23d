#include "disks/image.h"

#include <string.h>

#include "base/checked.h"
#include "disks/map.h"
#include "disks/raw.h"
#include "disks/vmdk.h"

enum format {
    FORMAT_VMDK, /* hosted sparse; disks/vmdk.c tells its kinds apart */
    FORMAT_RAW,
};

#define HEAD_MAX RAW_END /* bytes that tell the format */
#define ISO_AT   32769   /* byte of the mark of an ISO 9660, which needs no boot sector */
#define ISO_LEN  5

/* What begins so is known, and not read: it must never be taken for a raw disk. */
static const struct {
    size_t offset;
    const char *magic;
    size_t len;
    const char *name; /* with its article, for the sentence */
} refused[] = {
    {0, "COWD", 4, "a VMDK of ESX (COWD)"},
    {0, "\xbe\xba\xfe\xca\0\0\0\0", 8, "a VMDK of vSphere (seSparse)"},
    {0, "conectix", 8, "a VHD inside of something else"},
    {0, "vhdxfile", 8, "a VHDX inside of something else"},
    {0, "QFI\xfb", 4, "a QCOW2 inside of something else"},
    {0, "QED\0", 4, "a QED"},
    {64, "\x7f\x10\xda\xbe", 4, "a VDI of VirtualBox"},
    {0, "WithoutFreeSpace", 16, "a Parallels disk"},
    {0, "WithouFreSpacExt", 16, "a Parallels disk"},
    {0, "\x1f\x8b", 2, "compressed with gzip"},
    {0,
     "\xfd"
     "7zXZ\0",
     6, "compressed with xz"},
    {0, "BZh", 3, "compressed with bzip2"},
    {0, "\x28\xb5\x2f\xfd", 4, "compressed with zstd"},
    {0, "PK\3\4", 4, "a ZIP archive"},
    {257, "ustar", 5, "a tar archive"},
};

static bool begins(struct bytes head, size_t offset, const char *magic, size_t len)
{
    return head.len >= offset + len && memcmp(head.at + offset, magic, len) == 0;
}

static enum err refuse_descriptor(const char *name, struct bytes text, struct error *e)
{
    struct vmdk_descriptor d;

    vmdk_parse_descriptor(text, &d);
    return fail(e, ERR_UNSUPPORTED, "%s: the descriptor of a %s VMDK, whose data is in other files",
                name, d.create_type[0] ? d.create_type : "split");
}

/* any: what is not known is a raw disk, whatever it begins with. */
static enum err find_format(const char *name, struct bytes head, bool any, enum format *out,
                            struct error *e)
{
    if (begins(head, 0, "KDMV", 4)) {
        *out = FORMAT_VMDK;
        return OK;
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (begins(head, refused[i].offset, refused[i].magic, refused[i].len))
            return fail(e, ERR_UNSUPPORTED, "%s: is %s, which is not read", name, refused[i].name);
    if (vmdk_is_descriptor(head))
        return refuse_descriptor(name, head, e);
    if (!any && !begins(head, 510, "\x55\xaa", 2))
        return fail(e, ERR_UNSUPPORTED, "%s: no disk format that is known, and no boot sector",
                    name);
    *out = FORMAT_RAW;
    return OK;
}

/* ECMA-119, "Volume Descriptors": the first is in sector 16, of 2048 bytes. */
static bool is_iso(struct bytes mark)
{
    return begins(mark, 0, "CD001", ISO_LEN);
}

enum err image_open(struct stream *stream, uint64_t size, struct arena *a, struct image **out,
                    struct error *e)
{
    struct bytes head, mark;
    enum format format;

    TRY(stream_peek_upto(stream, ISO_AT + ISO_LEN, &head, e));
    mark = head.len > ISO_AT ? (struct bytes){head.at + ISO_AT, head.len - ISO_AT}
                             : (struct bytes){NULL, 0};
    if (head.len > HEAD_MAX)
        head.len = HEAD_MAX;
    TRY(find_format(stream->name, head, is_iso(mark), &format, e));
    switch (format) {
    case FORMAT_VMDK:
        return vmdk_open(stream, a, out, e);
    case FORMAT_RAW:
        break;
    }
    return raw_open(stream, size, a, out, e);
}

enum err image_next(struct image *image, struct run *run, struct error *e)
{
    return image->ops->next(image, run, e);
}

static enum err open_source(struct source *file, bool any, struct arena *a, struct source **out,
                            struct error *e)
{
    uint8_t piece[HEAD_MAX], mark[ISO_LEN] = {0};
    size_t len = (size_t)min_u64(sizeof(piece), file->size);
    struct bytes view = {piece, len};
    enum format format;
    struct map *map;
    bool by_map;

    TRY(map_knows(file, &by_map, e));
    if (by_map) {
        TRY(map_open(file, a, &map, e));
        return map_source_open(map, a, out, e);
    }
    TRY(source_read(file, 0, piece, len, e));
    if (file->size >= ISO_AT + ISO_LEN)
        TRY(source_read(file, ISO_AT, mark, sizeof(mark), e));
    TRY(find_format(file->name, view, any || is_iso((struct bytes){mark, sizeof(mark)}), &format,
                    e));
    switch (format) {
    case FORMAT_VMDK:
        return vmdk_source_open(file, a, out, e);
    case FORMAT_RAW:
        break;
    }
    *out = file;
    return OK;
}

enum err image_source_open(struct source *file, struct arena *a, struct source **out,
                           struct error *e)
{
    return open_source(file, false, a, out, e);
}

enum err image_data_source_open(struct source *file, struct arena *a, struct source **out,
                                struct error *e)
{
    return open_source(file, true, a, out, e);
}
