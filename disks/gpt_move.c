#include "disks/gpt_move.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "parsers/gpt.h"

/* len bytes of the guest disk at offset, when they are in memory; else NULL. */
static uint8_t *held(const struct gpt_disk *d, uint64_t offset, uint64_t len)
{
    if (offset <= d->head_len && len <= d->head_len - offset)
        return d->head + offset;
    if (offset < d->tail_offset)
        return NULL;
    offset -= d->tail_offset;
    return offset <= d->tail_len && len <= d->tail_len - offset ? d->tail + offset : NULL;
}

static uint8_t *held_sectors(const struct gpt_disk *d, uint64_t lba, uint64_t count)
{
    uint64_t limit = d->old_size / d->sector_size;

    if (lba > limit || count > limit - lba)
        return NULL;
    return held(d, lba * d->sector_size, count * d->sector_size);
}

static bool entries_check(const struct gpt_disk *d, const struct gpt_header *h)
{
    uint8_t *entries = held_sectors(d, h->entries, gpt_entry_sectors(h, d->sector_size));

    return entries && gpt_crc32(0, entries, h->entries_length) == h->entries_crc;
}

/* Zero the old backup, unless it is no valid one, or what it says of itself reaches into the
 * partitions, or it is not in memory. */
static void wipe_backup(const struct gpt_disk *d, const struct gpt_header *primary)
{
    uint8_t *header = held_sectors(d, primary->alternate, 1);
    struct gpt_header old;

    if (!header || primary->alternate <= primary->last_usable ||
        !gpt_parse_header(header, d->sector_size, primary->alternate, &old))
        return;
    uint64_t count = gpt_entry_sectors(&old, d->sector_size);
    uint8_t *entries = held_sectors(d, old.entries, count);
    if (entries && old.entries > primary->last_usable)
        memset(entries, 0, (size_t)(count * d->sector_size));
    memset(header, 0, d->sector_size);
}

/* A protective MBR says how large the disk is, as far as 32 bits go.  A hybrid one has other
 * partitions besides, which stay. */
static void grow_protective(uint8_t *mbr, uint64_t new_sectors)
{
    struct mbr_partition partitions[MBR_PARTITIONS];

    if (!mbr_parse(mbr, partitions))
        return;
    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        uint64_t old_end = (uint64_t)partitions[i].first + partitions[i].count;
        bool hybrid = false;
        for (size_t j = 0; j < MBR_PARTITIONS; j++)
            hybrid |= partitions[j].type && partitions[j].first >= old_end;
        if (partitions[i].type != MBR_PROTECTIVE || hybrid)
            continue;
        uint64_t count = new_sectors - min_u64(new_sectors, partitions[i].first);
        mbr_store_count(mbr, i, (uint32_t)min_u64(count, UINT32_MAX));
    }
}

/* True when there is a GPT header's signature where one would be in sectors of that size. */
static bool signature_at(const struct gpt_disk *d, size_t offset)
{
    return d->head_len >= offset + 8 && memcmp(d->head + offset, "EFI PART", 8) == 0;
}

enum gpt_move_result gpt_move(struct gpt_disk *d)
{
    struct gpt_header h;

    if (!signature_at(d, d->sector_size))
        return signature_at(d, 512) || signature_at(d, 4096) ? GPT_OTHER_SECTORS : GPT_NONE;
    if (!d->anew && d->old_size == d->new_sectors * d->sector_size)
        return GPT_IN_PLACE;
    if (d->head_len < 2ull * d->sector_size ||
        !gpt_parse_header(d->head + d->sector_size, d->sector_size, 1, &h))
        return GPT_DAMAGED;

    uint64_t count = gpt_entry_sectors(&h, d->sector_size);
    uint64_t head_sectors = d->head_len / d->sector_size;
    if (h.entries > head_sectors || count > head_sectors - h.entries)
        return GPT_OUT_OF_REACH;
    if (!entries_check(d, &h))
        return GPT_DAMAGED;
    if (d->new_sectors < count + 2 || d->new_sectors - count - 2 < h.last_usable)
        return GPT_OUT_OF_REACH;

    wipe_backup(d, &h);
    h.alternate = d->new_sectors - 1;
    h.last_usable = d->new_sectors - count - 2;
    gpt_store_header(d->head + d->sector_size, &h);
    grow_protective(d->head, d->new_sectors);
    return GPT_MOVED;
}

size_t gpt_make_backup(const uint8_t *head, uint32_t sector_size, uint8_t *out)
{
    const uint8_t *primary = head + sector_size;
    struct gpt_header h;
    bool valid = gpt_parse_header(primary, sector_size, 1, &h);

    assert(valid);
    size_t entries_len = (size_t)gpt_entry_sectors(&h, sector_size) * sector_size;
    memcpy(out, head + h.entries * sector_size, entries_len);
    memcpy(out + entries_len, primary, sector_size);
    h.self = h.alternate;
    h.alternate = 1;
    h.entries = h.self - entries_len / sector_size;
    gpt_store_header(out + entries_len, &h);
    return entries_len + sector_size;
}
