#include "disks/contents.h"

#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/compiler.h"

#define HEAD_SIZE 512 /* bytes of a super block that are looked at */

/* Fill in unit and size from the bytes of the super block. */

static void scaled(struct contents *out, uint64_t unit, uint64_t count)
{
    out->unit = unit <= (1u << 20) && is_power_of_two(unit) ? (uint32_t)unit : 0;
    if (!mul_fits(unit, count, &out->size))
        out->size = UINT64_MAX;
}

static uint64_t power(uint32_t bits)
{
    return bits < 32 ? 1ull << bits : 0;
}

static void ext(const uint8_t *b, struct contents *out)
{
    uint64_t count = get_le32(b + 4), high = get_le32(b + 0x150);
    uint32_t incompatible = get_le32(b + 0x60);

    if (incompatible & 0x80) /* 64bit */
        count |= high << 32;
    scaled(out, get_le32(b + 24) < 22 ? 1024 * power(get_le32(b + 24)) : 0, count);
}

static void xfs(const uint8_t *b, struct contents *out)
{
    scaled(out, get_be32(b + 4), get_be64(b + 8)); /* blocks, for the size; */
    out->unit = get_be16(b + 102);                 /* and sectors */
}

static void btrfs(const uint8_t *b, struct contents *out)
{
    out->unit = get_le32(b + 0x90);
    out->size = get_le64(b + 0xc9 + 8); /* of this device */
}

static void swap(const uint8_t *b, struct contents *out)
{
    (void)b; /* its header, version and last page, is in front of the magic */
    out->unit = 4096;
}

static void squashfs(const uint8_t *b, struct contents *out)
{
    out->unit = 4096; /* read through whatever the device has (squashfs_bio_read()) */
    out->size = get_le64(b + 40);
}

static void iso9660(const uint8_t *b, struct contents *out)
{
    (void)b;
    out->unit = 2048; /* isofs_fill_super(): "Logical zone size(2048) < hardware blocksize" */
}

static void f2fs(const uint8_t *b, struct contents *out)
{
    scaled(out, power(get_le32(b + 16)), get_le64(b + 36));
}

static void erofs(const uint8_t *b, struct contents *out)
{
    scaled(out, power(b[12]), get_le32(b + 36));
}

static void verity(const uint8_t *b, struct contents *out)
{
    out->unit =
        (uint32_t)min_u64(get_le32(b + 64), get_le32(b + 68)); /* data's and hashes' blocks */
}

static void ntfs(const uint8_t *b, struct contents *out)
{
    scaled(out, get_le16(b + 11), 0);
}

static void exfat(const uint8_t *b, struct contents *out)
{
    scaled(out, power(b[108]), 0);
}

/* In the order in which they are looked for: what says least of itself last. */
static const struct {
    const char *name;
    enum contents_kind kind;
    uint32_t at;    /* byte of the partition where the super block begins */
    uint32_t magic; /* byte of that where its magic is */
    const char *text;
    size_t len;
    void (*describe)(const uint8_t *super, struct contents *out);
} kinds[] = {
    {"LUKS", CONTENTS_CLOSED, 0, 0, "LUKS\xba\xbe", 6, NULL},
    {"a physical volume of LVM", CONTENTS_CLOSED, 512, 24, "LVM2 001", 8, NULL},
    {"a physical volume of LVM", CONTENTS_CLOSED, 0, 24, "LVM2 001", 8, NULL},
    {"a part of a RAID", CONTENTS_CLOSED, 4096, 0, "\xfc\x4e\x2b\xa9", 4, NULL},
    {"a part of a RAID", CONTENTS_CLOSED, 0, 0, "\xfc\x4e\x2b\xa9", 4, NULL},
    {"VMFS", CONTENTS_CLOSED, 0x100000, 0, "\x0d\xd0\x01\xc0", 4, NULL},
    {"XFS", CONTENTS_UNIT, 0, 0, "XFSB", 4, xfs},
    {"squashfs", CONTENTS_UNIT, 0, 0, "hsqs", 4, squashfs},
    {"dm-verity", CONTENTS_UNIT, 0, 0, "verity\0\0", 8, verity},
    {"NTFS", CONTENTS_EXACT, 0, 3, "NTFS    ", 8, ntfs},
    {"exFAT", CONTENTS_EXACT, 0, 3, "EXFAT   ", 8, exfat},
    {"btrfs", CONTENTS_UNIT, 0x10000, 64, "_BHRfS_M", 8, btrfs},
    {"F2FS", CONTENTS_UNIT, 1024, 0, "\x10\x20\xf5\xf2", 4, f2fs},
    {"EROFS", CONTENTS_UNIT, 1024, 0, "\xe2\xe1\xf5\xe0", 4, erofs},
    {"swap", CONTENTS_UNIT, 4096 - 10, 0, "SWAPSPACE2", 10, swap},
    {"ISO 9660", CONTENTS_UNIT, 0x8000, 1, "CD001", 5, iso9660},
    {"ext4", CONTENTS_UNIT, 1024, 56, "\x53\xef", 2, ext}, /* 2 and 3 work alike */
};

/* The version, and the last of the pages, of 4096 bytes. */
static enum err measure_swap(struct source *partition, struct contents *out, struct error *e)
{
    uint8_t header[8];

    TRY(source_read(partition, 1024, header, sizeof(header), e));
    out->size = ((uint64_t)get_le32(header + 4) + 1) * 4096;
    return OK;
}

static enum err is_empty(struct source *partition, bool *empty, struct error *e)
{
    uint64_t end = min_u64(partition->size, CONTENTS_EMPTY);
    uint8_t piece[HEAD_SIZE];

    *empty = true;
    for (uint64_t at = 0; at < end && *empty; at += sizeof(piece)) {
        size_t len = (size_t)min_u64(sizeof(piece), end - at);
        TRY(source_read(partition, at, piece, len, e));
        *empty = piece[0] == 0 && memcmp(piece, piece + 1, len - 1) == 0;
    }
    return OK;
}

enum err contents_find(struct source *partition, struct contents *out, bool *found, struct error *e)
{
    uint8_t head[HEAD_SIZE];

    *found = false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (partition->size < kinds[i].at || partition->size - kinds[i].at < sizeof(head))
            continue;
        TRY(source_read(partition, kinds[i].at, head, sizeof(head), e));
        if (memcmp(head + kinds[i].magic, kinds[i].text, kinds[i].len) != 0)
            continue;
        *found = true;
        *out = (struct contents){.kind = kinds[i].kind, .name = kinds[i].name};
        if (kinds[i].describe)
            kinds[i].describe(head, out);
        return kinds[i].describe == swap ? measure_swap(partition, out, e) : OK;
    }
    return OK;
}

enum err contents_read(struct source *partition, struct contents *out, struct error *e)
{
    bool empty, found;

    TRY(contents_find(partition, out, &found, e));
    if (found)
        return OK;
    TRY(is_empty(partition, &empty, e));
    *out = (struct contents){.kind = empty ? CONTENTS_NONE : CONTENTS_UNKNOWN,
                             .name = empty ? "nothing" : "something unknown"};
    return OK;
}
