#include "disks/gpt_make.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/utf.h"

#define ENTRY_SIZE   128u
#define MBR_ENTRY_AT 446
#define MBR_MARK_AT  510

static uint64_t sectors_of(const struct gpt_make *m, const struct gpt_make_part *part)
{
    return round_up(part->size, m->sector_size) / m->sector_size;
}

static uint64_t entry_sectors(const struct gpt_make *m)
{
    return GPT_MAKE_ENTRIES * ENTRY_SIZE / m->sector_size;
}

uint64_t gpt_make_place(struct gpt_make *m)
{
    uint64_t alignment = GPT_MAKE_ALIGNMENT / m->sector_size, next = alignment;

    for (size_t i = 0; i < m->count; i++) {
        m->parts[i].first = next;
        next = round_up(next + sectors_of(m, &m->parts[i]), alignment);
    }
    return next + alignment; /* the backup is in the last MiB */
}

/* One partition of all the disk, as far as 32 bits go; its first cylinder, head and sector are told by the
 * specification, the last ones are those that stand for too much. */
static void put_protective(const struct gpt_make *m, uint8_t *mbr)
{
    uint8_t *entry = mbr + MBR_ENTRY_AT;

    mbr_store(
        mbr, 0,
        &(struct mbr_partition){MBR_PROTECTIVE, 1, (uint32_t)min_u64(m->sectors - 1, UINT32_MAX)});
    memcpy(entry + 1, "\x00\x02\x00", 3);
    memcpy(entry + 5, "\xff\xff\xff", 3);
    put_le16(mbr + MBR_MARK_AT, 0xaa55);
}

static void put_entry(const struct gpt_make *m, const struct gpt_make_part *part, uint8_t *out)
{
    struct gpt_entry entry = {.first = part->first, .last = part->first + sectors_of(m, part) - 1};
    uint16_t units[GPT_NAME_UNITS + 1];
    char name[GPT_NAME_TEXT];

    memcpy(entry.type, part->type, sizeof(entry.type));
    memcpy(entry.guid, part->guid, sizeof(entry.guid));
    if (gpt_name_cut(part->name, name) &&
        utf8_to_utf16(name, strlen(name), units, GPT_NAME_UNITS + 1, &entry.name_units))
        memcpy(entry.name, units, entry.name_units * sizeof(*units));
    gpt_store_entry(out, &entry);
}

void gpt_make_head(const struct gpt_make *m, uint8_t *head)
{
    struct gpt_header h = {.self = 1,
                           .alternate = m->sectors - 1,
                           .first_usable = 2 + entry_sectors(m),
                           .last_usable = m->sectors - entry_sectors(m) - 2,
                           .entries = 2,
                           .entry_count = GPT_MAKE_ENTRIES,
                           .entry_size = ENTRY_SIZE,
                           .entries_length = GPT_MAKE_ENTRIES * ENTRY_SIZE};
    uint8_t *entries = head + 2 * m->sector_size;

    assert(m->count <= GPT_MAKE_ENTRIES);
    put_protective(m, head);
    for (size_t i = 0; i < m->count; i++)
        put_entry(m, &m->parts[i], entries + i * ENTRY_SIZE);
    memcpy(h.guid, m->guid, sizeof(h.guid));
    h.entries_crc = gpt_crc32(0, entries, h.entries_length);
    gpt_make_header(head + m->sector_size, &h);
}
