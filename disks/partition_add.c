#include "disks/partition_add.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/logical.h"
#include "parsers/gpt.h"

#define MBR_LDM 0x42 /* a dynamic disk of Windows: its database is behind the partitions */

/* What the parts of the work have in common. */
struct adding {
    struct gpt_disk *disk;
    struct source *guest;
    const struct partition_new *what;
    struct partition_added *out;
    struct mbr_partition mbr[MBR_PARTITIONS];
    uint64_t old_sectors; /* of the guest disk */
};

static enum err no_room(const struct adding *w, const char *why, struct error *e)
{
    return fail(e, ERR_NO_ROOM, "%s: no room for the partition %s: %s", w->guest->name,
                w->what->name, why);
}

static enum err unfit(const struct adding *w, enum err code, const char *why, struct error *e)
{
    return fail(e, code, "%s: %s, so no partition %s can be added", w->guest->name, why,
                w->what->name);
}

/* Where a partition begins that ends before end and does not begin before lowest.  False when
 * there is no such place. */
static bool fit(const struct adding *w, uint64_t lowest, uint64_t end, uint64_t *first)
{
    static const uint32_t alignments[] = {PARTITION_ALIGNMENT, PARTITION_ALIGNED};
    uint32_t sector = w->disk->sector_size;
    uint64_t sectors = w->what->size / sector;

    if (end < sectors)
        return false;
    for (size_t i = 0; i < 2; i++) {
        *first = round_down(end - sectors, alignments[i] / sector);
        if (*first >= lowest && *first > 1)
            return true;
    }
    return false;
}

static bool mbr_used(const struct mbr_partition *p)
{
    /* Linux shows a partition of type 0 that has a size. */
    return p->type || p->count;
}

/* ---- GPT ---- */

/* The end of everything that is in use, and an entry that is not. */
static uint32_t scan_entries(const struct gpt_header *h, const uint8_t *entries, uint64_t *lowest)
{
    uint32_t unused = h->entry_count;

    for (uint32_t i = h->entry_count; i > 0; i--) {
        struct gpt_entry entry;
        if (!gpt_parse_entry(entries + (size_t)(i - 1) * h->entry_size, &entry))
            unused = i - 1;
        else
            *lowest = max_u64(*lowest, max_u64(entry.first, entry.last));
    }
    return unused;
}

/* A hybrid MBR has partitions that the GPT need not know. */
static uint64_t mbr_end(const struct adding *w)
{
    uint64_t end = 0;

    for (size_t i = 0; i < MBR_PARTITIONS; i++)
        if (mbr_used(&w->mbr[i]) && w->mbr[i].type != MBR_PROTECTIVE)
            end = max_u64(end, (uint64_t)w->mbr[i].first + w->mbr[i].count);
    return end;
}

static enum err check_gpt(struct adding *w, struct error *e)
{
    bool is_protected = false;

    for (size_t i = 0; i < MBR_PARTITIONS; i++)
        is_protected |= w->mbr[i].type == MBR_PROTECTIVE;
    if (!is_protected)
        return unfit(w, ERR_UNSUPPORTED, "it has an MBR and what is left of a GPT", e);
    w->out->gpt = gpt_move(w->disk);
    switch (w->out->gpt) {
    case GPT_MOVED:
        return OK;
    case GPT_OTHER_SECTORS:
        return unfit(w, ERR_UNSUPPORTED, "its GPT counts in other sectors than the target's", e);
    case GPT_OUT_OF_REACH:
        return unfit(w, ERR_UNSUPPORTED,
                     "its GPT does not leave room for the backup, or has its "
                     "entries in an unusual place",
                     e);
    case GPT_DAMAGED:
    case GPT_NONE:
    case GPT_IN_PLACE:
    case GPT_NOT_LOOKED:
        break;
    }
    return unfit(w, ERR_DAMAGED, "its GPT is damaged", e);
}

static enum err add_to_gpt(struct adding *w, struct error *e)
{
    uint32_t sector = w->disk->sector_size;
    uint8_t *header = w->disk->head + sector;
    struct gpt_header h;

    TRY(check_gpt(w, e));
    bool valid = gpt_parse_header(header, sector, 1, &h);
    assert(valid);
    uint8_t *entries = w->disk->head + h.entries * sector;
    uint64_t highest = h.first_usable - (h.first_usable > 0), first;
    uint32_t unused = scan_entries(&h, entries, &highest);
    if (unused == h.entry_count)
        return no_room(w, "all entries of its GPT are in use", e);
    highest = max_u64(highest, h.entries + gpt_entry_sectors(&h, sector) - 1);
    if (highest >= h.last_usable ||
        !fit(w, max_u64(highest + 1, mbr_end(w)), h.last_usable + 1, &first))
        return no_room(w, "the last partition reaches too close to the end of the disk", e);

    struct gpt_entry entry = {.first = first, .last = first + w->what->size / sector - 1};
    memcpy(entry.type, gpt_type_data, sizeof(entry.type));
    memcpy(entry.guid, w->what->guid, sizeof(entry.guid));
    while (entry.name_units < GPT_NAME_UNITS && w->what->name[entry.name_units]) {
        entry.name[entry.name_units] = (uint8_t)w->what->name[entry.name_units];
        entry.name_units++;
    }
    memset(entries + (size_t)unused * h.entry_size, 0, h.entry_size);
    gpt_store_entry(entries + (size_t)unused * h.entry_size, &entry);
    h.entries_crc = gpt_crc32(0, entries, h.entries_length);
    gpt_store_header(header, &h);
    w->out->first = first;
    w->out->number = unused + 1;
    return OK;
}

/* ---- MBR ---- */

/* A table that is not fully understood is not changed. */
static enum err check_mbr(const struct adding *w, struct error *e)
{
    size_t used = 0;

    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        const struct mbr_partition *p = &w->mbr[i];
        if (!mbr_used(p))
            continue;
        used++;
        if (p->type == MBR_PROTECTIVE)
            return unfit(w, ERR_DAMAGED, "its GPT is missing", e);
        if (p->type == MBR_LDM)
            return unfit(w, ERR_UNSUPPORTED, "it is a dynamic disk of Windows", e);
        if (p->first == 0 || p->first > w->old_sectors || p->count > w->old_sectors - p->first)
            return unfit(w, ERR_DAMAGED, "its MBR has a partition that is not on the disk", e);
        for (size_t j = 0; j < i; j++)
            if (areas_meet(p->first, (uint64_t)p->first + p->count, w->mbr[j].first,
                           (uint64_t)w->mbr[j].first + w->mbr[j].count))
                return unfit(w, ERR_DAMAGED, "its MBR has partitions that overlap", e);
    }
    return used ? OK : unfit(w, ERR_UNSUPPORTED, "it has no partition table", e);
}

/* LBAs of an MBR have 32 bits.  The last sector stays what it is, as where a GPT's backup would be. */
static uint64_t mbr_limit(const struct adding *w)
{
    return min_u64(w->disk->new_sectors - 1, UINT32_MAX);
}

static enum err add_primary(struct adding *w, size_t index, struct error *e)
{
    uint64_t first;

    if (!fit(w, mbr_end(w), mbr_limit(w), &first))
        return no_room(w, "the last partition reaches too close to the end of the disk", e);
    struct mbr_partition new = {w->what->mbr_type, (uint32_t)first,
                                (uint32_t)(w->what->size / w->disk->sector_size)};
    mbr_store(w->disk->head, index, &new);
    w->out->first = first;
    w->out->number = (uint32_t)index + 1;
    return OK;
}

/* How far the extended partition reaches when it is made as long as may be. */
static uint64_t extended_limit(const struct adding *w, size_t index)
{
    uint64_t limit = mbr_limit(w);

    for (size_t i = 0; i < MBR_PARTITIONS; i++)
        if (w->mbr[i].first > w->mbr[index].first)
            limit = min_u64(limit, w->mbr[i].first);
    return limit;
}

/* A sector of the guest disk that is to be changed. */
static enum err patch(const struct adding *w, uint64_t lba, bool fresh,
                      struct partition_patch **out, struct error *e)
{
    struct partition_patch *p = &w->out->patches[w->out->patch_count++];
    uint32_t sector = w->disk->sector_size;

    *out = p;
    p->lba = lba;
    memset(p->sector, 0, sizeof(p->sector));
    if (!fresh)
        return source_read(w->guest, lba * sector, p->sector, sector, e);
    p->sector[510] = 0x55;
    p->sector[511] = 0xaa;
    return OK;
}

/* Behind the last one: its table in the sector before it, and a link to that. */
static enum err link_logical(struct adding *w, uint32_t base, const struct logical *last,
                             uint64_t first, struct error *e)
{
    uint32_t count = (uint32_t)(w->what->size / w->disk->sector_size);
    struct mbr_partition new = {w->what->mbr_type, 1, count};
    struct partition_patch *p;

    if (last->count == 0) { /* a table without a partition: as a new extended one has it */
        TRY(patch(w, last->table, false, &p, e));
        new.first = (uint32_t)(first - last->table);
        mbr_store(p->sector, 0, &new);
        return OK;
    }
    TRY(patch(w, first - 1, true, &p, e));
    mbr_store(p->sector, 0, &new);
    TRY(patch(w, last->table, false, &p, e));
    mbr_store(p->sector, 1, &(struct mbr_partition){0x05, (uint32_t)(first - 1 - base), count + 1});
    return OK;
}

static enum err add_logical(struct adding *w, size_t index, struct error *e)
{
    struct mbr_partition *extended = &w->mbr[index];
    uint64_t lowest = extended->first + 1ull, first;
    struct logical_chain chain;
    uint32_t number = 5;

    TRY(logical_read(w->guest, w->disk->sector_size, extended, &chain, e));
    for (size_t i = 0; i < chain.count; i++) {
        const struct logical *l = &chain.at[i];
        lowest = max_u64(lowest, max_u64(l->table + 1, l->first + l->count));
        number += l->count > 0;
        if (l->table < 2)
            return unfit(w, ERR_UNSUPPORTED, "its extended partition begins in sector 1", e);
    }
    /* One sector before it is for its table. */
    if (!fit(w, lowest + 1, extended_limit(w, index), &first))
        return no_room(w, "its extended partition reaches too close to the end of the disk", e);
    TRY(link_logical(w, extended->first, &chain.at[chain.count - 1], first, e));
    uint64_t end = first + w->what->size / w->disk->sector_size;
    if (end > (uint64_t)extended->first + extended->count)
        mbr_store_count(w->disk->head, index, (uint32_t)(end - extended->first));
    w->out->first = first;
    w->out->number = number;
    w->out->is_logical = true;
    return OK;
}

static enum err add_to_mbr(struct adding *w, struct error *e)
{
    size_t unused = MBR_PARTITIONS, extended = MBR_PARTITIONS, extended_count = 0;

    TRY(check_mbr(w, e));
    for (size_t i = MBR_PARTITIONS; i > 0; i--) {
        if (!mbr_used(&w->mbr[i - 1]))
            unused = i - 1;
        if (!mbr_is_extended(w->mbr[i - 1].type))
            continue;
        extended = i - 1;
        extended_count++;
    }
    if (unused < MBR_PARTITIONS)
        return add_primary(w, unused, e);
    if (extended_count == 1)
        return add_logical(w, extended, e);
    return no_room(w, "its MBR has four partitions, and not one extended one among them", e);
}

enum err partition_add(struct gpt_disk *disk, struct source *guest,
                       const struct partition_new *what, struct partition_added *out,
                       struct error *e)
{
    struct adding w = {.disk = disk, .guest = guest, .what = what, .out = out};
    size_t sector = disk->sector_size;

    assert(disk->anew && what->size > 0 && what->size % sector == 0);
    assert(sector <= PARTITION_SECTOR_MAX && what->size / sector < UINT32_MAX);
    *out = (struct partition_added){.sectors = what->size / sector, .gpt = GPT_NONE};
    w.old_sectors = disk->old_size / sector;
    if (disk->head_len < 2 * sector || !mbr_parse(disk->head, w.mbr))
        return unfit(&w, ERR_UNSUPPORTED, "it has no partition table", e);
    for (size_t at = 512; at <= 4096; at *= 8)
        if (disk->head_len >= at + 8 && memcmp(disk->head + at, "EFI PART", 8) == 0)
            return add_to_gpt(&w, e);
    return add_to_mbr(&w, e);
}

enum err partition_plan(struct source *guest, uint32_t sector_size, uint64_t new_sectors,
                        const struct partition_new *what, struct arena scratch,
                        struct partition_added *out, struct error *e)
{
    size_t len = (size_t)min_u64(guest->size, PARTITION_HEAD);
    uint8_t *head;

    TRY(arena_take(&scratch, PARTITION_HEAD, 1, 1, (void **)&head, e));
    TRY(source_read(guest, 0, head, len, e));
    struct gpt_disk disk = {.head = head,
                            .head_len = len,
                            .tail = head,
                            .tail_offset = guest->size,
                            .sector_size = sector_size,
                            .old_size = guest->size,
                            .new_sectors = new_sectors,
                            .anew = true};
    return partition_add(&disk, guest, what, out, e);
}

uint64_t partition_target_sectors(uint64_t guest_size, uint64_t partition_size,
                                  uint32_t sector_size)
{
    /* One alignment for the partition, and one for the largest backup of a GPT. */
    uint64_t size = round_up(guest_size, PARTITION_ALIGNMENT) +
                    round_up(partition_size, PARTITION_ALIGNMENT) + 2ull * PARTITION_ALIGNMENT;

    return size / sector_size;
}
