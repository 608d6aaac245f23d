#include "tests/build/firmware_judge.h"

#include <string.h>

#include "base/bytes.h"

#define HEADER_MIN  92   /* bytes */
#define SECTOR_MAX  4096 /* bytes */
#define ENTRIES_MAX (1u << 20)

/* CRC-32, a byte at a time. */
static uint32_t crc_add(uint32_t crc, const uint8_t *at, size_t len)
{
    static uint32_t table[256];

    for (uint32_t i = 0; !table[255] && i < 256; i++) {
        uint32_t x = i;
        for (int bit = 0; bit < 8; bit++)
            x = x & 1 ? x >> 1 ^ 0xedb88320u : x >> 1;
        table[i] = x;
    }
    for (size_t i = 0; i < len; i++)
        crc = crc >> 8 ^ table[(crc ^ at[i]) & 0xff];
    return crc;
}

struct table {
    bool valid;
    uint64_t self, alternate, first_usable, last_usable;
    uint8_t guid[16];
    uint32_t count, entry_size, entries_crc;
};

static bool entries_check(const struct firmware_disk *d, uint64_t lba, const struct table *t)
{
    uint64_t len = (uint64_t)t->count * t->entry_size;
    uint32_t crc = 0xffffffffu;

    if (!len || len > ENTRIES_MAX)
        return false;
    for (; len; lba++) {
        size_t piece = (size_t)(len < d->sector_size ? len : d->sector_size);
        if (lba >= d->sectors)
            return false;
        crc = crc_add(crc, d->sector(d->context, lba), piece);
        len -= piece;
    }
    return ~crc == t->entries_crc;
}

static bool header_checks(const uint8_t *header, uint32_t sector_size)
{
    uint8_t copy[SECTOR_MAX];
    uint32_t size = get_le32(header + 12);

    if (memcmp(header, "EFI PART", 8) != 0 || size < HEADER_MIN || size > sector_size)
        return false;
    memcpy(copy, header, size);
    put_le32(copy + 16, 0);
    return ~crc_add(0xffffffffu, copy, size) == get_le32(header + 16);
}

static struct table look_at(const struct firmware_disk *d, uint64_t lba)
{
    struct table t = {.valid = false};

    if (lba >= d->sectors)
        return t;
    const uint8_t *header = d->sector(d->context, lba);
    if (!header_checks(header, d->sector_size))
        return t;
    t.self = get_le64(header + 24);
    t.alternate = get_le64(header + 32);
    t.first_usable = get_le64(header + 40);
    t.last_usable = get_le64(header + 48);
    memcpy(t.guid, header + 56, 16);
    t.count = get_le32(header + 80);
    t.entry_size = get_le32(header + 84);
    t.entries_crc = get_le32(header + 88);
    t.valid = t.self == lba && t.entry_size >= 128 && entries_check(d, get_le64(header + 72), &t);
    return t;
}

static bool are_copies(const struct table *a, const struct table *b)
{
    return a->alternate == b->self && b->alternate == a->self &&
           a->first_usable == b->first_usable && a->last_usable == b->last_usable &&
           memcmp(a->guid, b->guid, 16) == 0 && a->count == b->count &&
           a->entry_size == b->entry_size && a->entries_crc == b->entries_crc;
}

static bool is_protective(const uint8_t *mbr)
{
    for (const uint8_t *entry = mbr + 446; entry < mbr + 510; entry += 16)
        if (entry[4] == 0xee && get_le32(entry + 8) == 1)
            return true;
    return false;
}

static bool is_mbr(const uint8_t *mbr, uint64_t sectors)
{
    bool any = false;

    if (mbr[510] != 0x55 || mbr[511] != 0xaa)
        return false;
    for (const uint8_t *a = mbr + 446; a < mbr + 510; a += 16) {
        uint64_t first = get_le32(a + 8), count = get_le32(a + 12);
        if (!a[4] || !count)
            continue;
        any = true;
        if (first + count > sectors)
            return false;
        for (const uint8_t *b = a + 16; b < mbr + 510; b += 16) {
            uint64_t other = get_le32(b + 8), others = get_le32(b + 12);
            if (b[4] && others && other < first + count && first < other + others)
                return false;
        }
    }
    return any;
}

struct firmware_view firmware_look(const struct firmware_disk *d)
{
    struct firmware_view view = {.table = FIRMWARE_NOTHING};
    struct table primary = look_at(d, 1), last = look_at(d, d->sectors - 1);
    const uint8_t *mbr = d->sector(d->context, 0);

    view.disagree = primary.valid && last.valid && !are_copies(&primary, &last);
    if (is_protective(mbr) && (primary.valid || last.valid)) {
        struct table other = primary.valid ? look_at(d, primary.alternate) : primary;
        view.table = FIRMWARE_GPT;
        view.restores = !other.valid;
        view.disagree |= other.valid && !are_copies(&primary, &other);
    } else if (is_mbr(mbr, d->sectors)) {
        view.table = FIRMWARE_MBR;
    }
    return view;
}
