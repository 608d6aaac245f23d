/* A disk of any bytes gets a partition more: whatever is in use before is there afterwards, and the
 * new one meets none of it. */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "disks/logical.h"
#include "disks/partition_add.h"
#include "parsers/gpt.h"
#include "tests/fuzz/repair.h"

#define HEAD_MAX  (1u << 20)
#define PARTITION 8192 /* bytes of the new one: small, so that it fits in a seed */

static uint8_t held[HEAD_MAX + 4096], moved[HEAD_MAX + 4096], target[HEAD_MAX + 4096];

/* What is in use, as LBAs, from the bytes of a table. */
static bool meets_gpt(const uint8_t *disk, uint32_t sector, uint64_t first, uint64_t end,
                      uint32_t but)
{
    struct gpt_header h;

    assert(gpt_parse_header(disk + sector, sector, 1, &h));
    assert(first >= h.first_usable && end - 1 <= h.last_usable);
    assert(!areas_meet(first, end, h.entries, h.entries + gpt_entry_sectors(&h, sector)));
    assert(gpt_crc32(0, disk + h.entries * sector, h.entries_length) == h.entries_crc);
    for (uint32_t i = 0; i < h.entry_count; i++) {
        struct gpt_entry entry;
        if (i + 1 != but &&
            gpt_parse_entry(disk + h.entries * sector + (size_t)i * h.entry_size, &entry) &&
            entry.first <= entry.last && areas_meet(first, end, entry.first, entry.last + 1))
            return true;
    }
    return false;
}

static bool meets_mbr(const uint8_t *disk, uint64_t first, uint64_t end, uint32_t but)
{
    struct mbr_partition p[MBR_PARTITIONS];

    assert(mbr_parse(disk, p));
    for (uint32_t i = 0; i < MBR_PARTITIONS; i++)
        if (i + 1 != but && p[i].type != MBR_PROTECTIVE && !mbr_is_extended(p[i].type) &&
            areas_meet(first, end, p[i].first, (uint64_t)p[i].first + p[i].count))
            return true;
    return false;
}

/* The chain after it was changed still reads, and has one part more. */
static void check_chain(const struct gpt_disk *d, const struct partition_added *added, size_t size)
{
    struct mbr_partition p[MBR_PARTITIONS];
    struct memory_source source;
    struct logical_chain chain;
    struct error error;
    uint32_t number = 4;

    memcpy(target, held, size);
    for (size_t i = 0; i < added->patch_count; i++) {
        uint64_t at = added->patches[i].lba * d->sector_size;
        assert(added->patches[i].lba >= 2);
        if (at + d->sector_size > size) /* behind the guest disk: the new one's own */
            return;
        memcpy(target + at, added->patches[i].sector, d->sector_size);
    }
    memory_source_init(&source, "target", (struct bytes){target, size});
    assert(mbr_parse(target, p));
    for (size_t i = 0; i < MBR_PARTITIONS; i++)
        if (mbr_is_extended(p[i].type)) {
            assert(logical_read(&source.source, d->sector_size, &p[i], &chain, &error) == OK);
            for (size_t j = 0; j < chain.count; j++)
                number += chain.at[j].count > 0;
            assert(number == added->number && chain.at[chain.count - 1].first == added->first);
        }
}

static void check_add(const uint8_t *data, size_t size, uint32_t sector, uint64_t more)
{
    static struct partition_added added;
    struct memory_source guest;
    struct error error = {.code = OK};
    struct partition_new what = {
        .size = PARTITION, .name = "cidata", .guid = {1}, .mbr_type = 0x0e};
    struct gpt_disk d = {.head = held,
                         .head_len = size,
                         .tail = held + size,
                         .tail_offset = size,
                         .sector_size = sector,
                         .old_size = size,
                         .new_sectors = size / sector + more,
                         .anew = true};
    struct gpt_disk alone = d;

    memcpy(held, data, size);
    memcpy(moved, data, size);
    alone.head = moved;
    alone.tail = moved + size;
    memory_source_init(&guest, "guest", (struct bytes){data, size});
    if (partition_add(&d, &guest.source, &what, &added, &error) != OK) {
        assert(error.code != OK);
        assert(memcmp(held, data, size) == 0 ||
               (gpt_move(&alone) == GPT_MOVED && memcmp(held, moved, size) == 0));
        return;
    }
    uint64_t end = added.first + added.sectors;
    uint32_t but = added.is_logical ? 0 : added.number;
    assert(added.first > 1 && added.first * sector % PARTITION_ALIGNED == 0);
    assert(end < d.new_sectors && added.sectors == PARTITION / sector && added.number > 0);
    if (added.gpt == GPT_MOVED)
        assert(!meets_gpt(held, sector, added.first, end, added.number) &&
               !meets_mbr(held, added.first, end, 0));
    else
        assert(!meets_mbr(held, added.first, end, but));
    if (added.is_logical)
        check_chain(&d, &added, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t disk[HEAD_MAX];

    if (size < 512 || size > HEAD_MAX)
        return 0;
    /* The first byte, of the boot code, says how much larger the target is. */
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        uint64_t more = (uint64_t)data[0] * 32 * 512 / sector + data[1];
        check_add(data, size, sector, more);
        memcpy(disk, data, size);
        repair_gpt(disk, size, sector);
        check_add(disk, size, sector, more);
    }
    return 0;
}
