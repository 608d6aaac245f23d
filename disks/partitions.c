#include "disks/partitions.h"

#include <string.h>

#include "base/checked.h"
#include "base/utf.h"
#include "parsers/fat.h"
#include "parsers/gpt.h"

/* One copy of a GPT, header and entries, when all of it checks.  The entries stay in the arena. */
static enum err read_copy(struct source *disk, uint64_t lba, uint32_t sector_size, struct arena *a,
                          struct gpt_table *out, bool *found, struct error *e)
{
    struct arena before = *a, scratch = *a;
    struct gpt_header h;
    uint8_t *sector;

    *found = false;
    if (disk->size / sector_size < 4)
        return OK;
    TRY(arena_take(&scratch, sector_size, 1, 1, (void **)&sector, e));
    TRY(source_read(disk, lba * sector_size, sector, sector_size, e));
    if (!gpt_parse_header(sector, sector_size, lba, &h))
        return OK;
    uint64_t sectors = disk->size / sector_size;
    if (h.entries > sectors || gpt_entry_sectors(&h, sector_size) > sectors - h.entries)
        return OK;
    *out = (struct gpt_table){.header = h, .sector_size = sector_size};
    TRY(arena_take(a, h.entries_length, 1, 1, (void **)&out->entries, e));
    TRY(source_read(disk, h.entries * sector_size, out->entries, h.entries_length, e));
    *found = gpt_crc32(0, out->entries, h.entries_length) == h.entries_crc;
    if (!*found)
        *a = before;
    return OK;
}

enum err gpt_find(struct source *disk, uint32_t sector_size, struct arena *a, struct gpt_table *out,
                  bool *found, struct error *e)
{
    static const uint32_t sizes[] = {512, 4096};

    *found = false;
    for (size_t backup = 0; backup < 2 && !*found; backup++)
        for (size_t i = 0; i < COUNT_OF(sizes) && !*found; i++) {
            uint64_t last = disk->size / sizes[i] - (disk->size >= sizes[i]);
            if (sector_size == 0 || sector_size == sizes[i])
                TRY(read_copy(disk, backup ? last : 1, sizes[i], a, out, found, e));
        }
    return OK;
}

static void fill_in(struct partition *p, uint32_t number, const struct gpt_entry *entry,
                    uint32_t sector_size)
{
    size_t len;

    *p = (struct partition){.number = number,
                            .offset = entry->first * sector_size,
                            .size = (entry->last - entry->first + 1) * sector_size};
    memcpy(p->type, entry->type, sizeof(p->type));
    memcpy(p->guid, entry->guid, sizeof(p->guid));
    p->is_esp = memcmp(entry->type, gpt_type_esp, sizeof(gpt_type_esp)) == 0;
    if (!utf16_to_utf8(entry->name, entry->name_units, p->label, sizeof(p->label), &len))
        p->label[0] = '\0';
}

/* Firmware passes over entries that leave the usable area, and so does this. */
static bool usable(const struct gpt_table *t, const struct gpt_entry *entry, uint64_t sectors)
{
    return entry->first >= t->header.first_usable && entry->first <= entry->last &&
           entry->last <= t->header.last_usable && entry->last < sectors;
}

static enum err take_gpt(struct source *disk, const struct gpt_table *t, struct arena *a,
                         struct partitions *out, struct error *e)
{
    uint64_t sectors = disk->size / t->sector_size;
    struct gpt_entry entry;
    size_t used = 0;

    out->kind = TABLE_GPT;
    out->sector_size = t->sector_size;
    for (uint32_t i = 0; i < t->header.entry_count; i++)
        used += gpt_parse_entry(t->entries + (size_t)i * t->header.entry_size, &entry) &&
                usable(t, &entry, sectors);
    TRY(TAKE(a, used, &out->at, e));
    for (uint32_t i = 0; i < t->header.entry_count; i++)
        if (gpt_parse_entry(t->entries + (size_t)i * t->header.entry_size, &entry) &&
            usable(t, &entry, sectors))
            fill_in(&out->at[out->count++], i + 1, &entry, t->sector_size);
    return OK;
}

/* The sectors that an MBR counts in, which it does not tell: the FAT volumes in its partitions do. */
static enum err mbr_sector_size(struct source *disk, const struct mbr_partition mbr[MBR_PARTITIONS],
                                uint32_t *out, struct error *e)
{
    struct fat_layout fat;
    uint8_t boot[512];

    *out = 512;
    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        uint64_t at = (uint64_t)mbr[i].first * 4096, size = (uint64_t)mbr[i].count * 4096;
        if (mbr[i].type == 0 || size == 0 || at >= disk->size || size > disk->size - at)
            continue;
        TRY(source_read(disk, at, boot, sizeof(boot), e));
        if (fat_parse_boot(boot, size, &fat) && fat.sector_size == 4096) {
            *out = 4096;
            return OK;
        }
    }
    return OK;
}

static enum err take_mbr(struct source *disk, const struct mbr_partition mbr[MBR_PARTITIONS],
                         uint32_t sector_size, struct arena *a, struct partitions *out,
                         struct error *e)
{
    uint64_t sectors = disk->size / sector_size;

    TRY(TAKE(a, MBR_PARTITIONS, &out->at, e));
    out->sector_size = sector_size;
    for (uint32_t i = 0; i < MBR_PARTITIONS; i++) {
        const struct mbr_partition *m = &mbr[i];
        if (m->type == 0 || m->count == 0 || m->first >= sectors || m->count > sectors - m->first)
            continue;
        out->at[out->count++] = (struct partition){.number = i + 1,
                                                   .offset = (uint64_t)m->first * sector_size,
                                                   .size = (uint64_t)m->count * sector_size,
                                                   .type = {m->type},
                                                   .is_esp = m->type == MBR_ESP};
    }
    /* A sector with the signature and no partition is some other boot sector. */
    if (out->count)
        out->kind = TABLE_MBR;
    return OK;
}

enum err partitions_read(struct source *disk, uint32_t sector_size, struct arena *a,
                         struct partitions *out, struct error *e)
{
    struct mbr_partition mbr[MBR_PARTITIONS];
    uint8_t sector[MBR_SIZE];
    bool is_protective = false, found;
    struct gpt_table table;

    *out = (struct partitions){.kind = TABLE_NONE};
    if (disk->size < sizeof(sector))
        return OK;
    TRY(source_read(disk, 0, sector, sizeof(sector), e));
    if (!mbr_parse(sector, mbr))
        return OK;
    for (size_t i = 0; i < MBR_PARTITIONS; i++)
        is_protective |= mbr[i].type == MBR_PROTECTIVE;
    if (!is_protective) {
        out->signature = mbr_signature(sector);
        if (!sector_size)
            TRY(mbr_sector_size(disk, mbr, &sector_size, e));
        return take_mbr(disk, mbr, sector_size, a, out, e);
    }
    TRY(gpt_find(disk, sector_size, a, &table, &found, e));
    if (!found)
        return fail(e, ERR_DAMAGED, "%s: both copies of its GPT are damaged or missing",
                    disk->name);
    return take_gpt(disk, &table, a, out, e);
}
