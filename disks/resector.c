#include "disks/resector.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "base/utf.h"
#include "disks/contents.h"
#include "disks/fat.h"
#include "disks/fat_view.h"
#include "disks/gpt_move.h"
#include "disks/partitions.h"

#define NAME_MAX 160 /* bytes: "partition 128 (", a GPT's name, ")" */

struct resector_part {
    uint64_t offset; /* bytes of the new disk */
    uint64_t size;   /* bytes */
    struct source *from;
    struct slice_source slice;   /* of the old disk, or */
    struct memory_source memory; /* a table */
};

/* A partition while it moves from sectors to sectors. */
struct move {
    char name[NAME_MAX]; /* for messages */
    uint64_t start, end; /* bytes, old and then new */
    bool is_unread;      /* nothing reads it on a machine with UEFI: its ends may be cut off */
};

struct mover {
    struct resector *new;
    struct source *old;
    uint32_t old_sector; /* bytes, */
    uint32_t sector;     /* and of the new disk */
    uint64_t first;      /* byte where partitions can begin; in front of it is the table */
    uint64_t end;        /* byte behind the last partition */
    struct arena *arena;
};

/* ---- One partition --------------------------------------------------------------------------------- */

static enum err PRINTF_LIKE(4, 5)
    refuse(const struct mover *m, const struct move *p, struct error *e, const char *why, ...)
{
    char text[200];
    va_list args;

    va_start(args, why);
    text_format_va(text, sizeof(text), why, args);
    va_end(args);
    return fail(e, ERR_UNSUPPORTED, "%s: %s %s", m->old->name, p->name, text);
}

/* Where it begins; its end is cut to whole sectors, which what is in it must allow. */
static enum err fit_ends(const struct mover *m, struct move *p, struct error *e)
{
    if (p->is_unread)
        p->start = max_u64(round_up(p->start, m->sector), m->first);
    if (p->start % m->sector)
        return refuse(m, p, e, "begins at byte %llu, in the middle of a sector of %u bytes",
                      (unsigned long long)p->start, m->sector);
    if (p->start < m->first)
        return refuse(m, p, e,
                      "begins at byte %llu, where the new partition table ends at byte %llu",
                      (unsigned long long)p->start, (unsigned long long)m->first);
    p->end = round_down(p->end, m->sector);
    if (p->end <= p->start)
        return refuse(m, p, e, "is smaller than a sector of %u bytes", m->sector);
    return OK;
}

/* What it holds works on the new sectors, and in what is left of it. */
static enum err check_contents(const struct mover *m, const struct move *p, struct source *whole,
                               struct error *e)
{
    bool cut = p->end - p->start < whole->size, works = false;
    struct contents c;

    TRY(contents_read(whole, &c, e));
    switch (c.kind) {
    case CONTENTS_NONE:
        return OK;
    case CONTENTS_UNIT:
        works = c.unit >= m->sector;
        break;
    case CONTENTS_EXACT:
        works = c.unit == m->sector;
        break;
    case CONTENTS_CLOSED:
    case CONTENTS_UNKNOWN:
        works = m->sector < m->old_sector;
        if (!works)
            return refuse(m, p, e,
                          "holds %s: whether what is inside works on sectors of %u bytes cannot be "
                          "known",
                          c.name, m->sector);
        break;
    }
    if (!works)
        return refuse(m, p, e,
                      "holds %s for sectors of %u bytes, which is none on sectors of %u bytes",
                      c.name, c.unit, m->sector);
    if (cut && (c.size == 0 || c.size > p->end - p->start))
        return refuse(
            m, p, e,
            "ends in the middle of a sector of %u bytes, and the %s in it may need that end",
            m->sector, c.name);
    return OK;
}

/* A volume of other sectors becomes a view; *out stays as it is when there is none. */
static enum err convert_fat(struct mover *m, const struct move *p, struct source *whole,
                            struct source **out, bool *is_fat, struct error *e)
{
    struct fat_layout layout;
    uint8_t boot[512];

    *is_fat = false;
    if (whole->size < sizeof(boot))
        return OK;
    TRY(source_read(whole, 0, boot, sizeof(boot), e));
    if (!fat_parse_boot(boot, whole->size, &layout))
        return OK;
    *is_fat = true;
    if (layout.sector_size != m->sector) {
        m->new->fats++;
        if (fat_view_open(whole, p->end - p->start, m->sector, m->arena, out, e) != OK)
            return within(e, "%s", m->old->name);
        return OK;
    }
    if (!fat_parse_boot(boot, p->end - p->start, &layout))
        return refuse(m, p, e,
                      "ends in the middle of a sector of %u bytes, and its FAT needs that end",
                      m->sector);
    return OK;
}

static enum err add_part(struct mover *m, uint64_t offset, uint64_t size,
                         struct resector_part **out, struct error *e)
{
    TRY(TAKE(m->arena, 1, out, e));
    (*out)->offset = offset;
    (*out)->size = size;
    m->new->parts[m->new->part_count++] = *out;
    return OK;
}

/* Add the partition to the new disk. */
static enum err move_partition(struct mover *m, struct move *p, struct error *e)
{
    struct resector_part *part;
    uint64_t old_start = p->start, old_end = p->end;
    struct slice_source *whole;
    const char *name;
    bool is_fat;

    if (p->end > m->old->size || p->start >= p->end)
        return fail(e, ERR_DAMAGED, "%s: %s leaves the disk", m->old->name, p->name);
    TRY(fit_ends(m, p, e));
    TRY(arena_text(m->arena, p->name, strlen(p->name), &name, e));
    TRY(TAKE(m->arena, 1, &whole, e));
    TRY(slice_source_init(whole, name, m->old, old_start, old_end - old_start, e));
    TRY(add_part(m, p->start, p->end - p->start, &part, e));
    TRY(slice_source_init(&part->slice, name, m->old, part->offset, part->size, e));
    part->from = &part->slice.source;
    m->end = max_u64(m->end, p->end);
    if (p->is_unread)
        return OK;
    TRY(convert_fat(m, p, &whole->source, &part->from, &is_fat, e));
    return is_fat ? OK : check_contents(m, p, &whole->source, e);
}

/* ---- Tables ---------------------------------------------------------------------------------------- */

static enum err add_table(struct mover *m, uint64_t offset, const uint8_t *at, size_t len,
                          struct error *e)
{
    struct resector_part *part;

    TRY(add_part(m, offset, len, &part, e));
    memory_source_init(&part->memory, "the partition table", (struct bytes){at, len});
    part->from = &part->memory.source;
    return OK;
}

/* The disk stays as large as it was, in whole sectors, unless its partitions and behind bytes of table
 * need more. */
static void set_size(struct mover *m, uint64_t behind)
{
    struct source *s = &m->new->source;

    s->size = max_u64(round_down(m->old->size, m->sector), m->end + behind);
}

static void name_entry(struct move *p, uint32_t number, const struct gpt_entry *entry)
{
    char label[GPT_NAME_UNITS * 3 + 1] = "";
    size_t len = 0;

    if (!utf16_to_utf8(entry->name, entry->name_units, label, sizeof(label), &len) || len == 0)
        text_format(p->name, NAME_MAX, "partition %u", number);
    else
        text_format(p->name, NAME_MAX, "partition %u (%s)", number, label);
}

/* entries: of the new table, which still counts in old sectors. */
static enum err move_entries(struct mover *m, const struct gpt_header *h, uint8_t *entries,
                             struct error *e)
{
    struct gpt_entry entry;
    size_t used = 0;

    for (uint32_t i = 0; i < h->entry_count; i++) {
        uint8_t *at = entries + (size_t)i * h->entry_size;
        struct move p = {.is_unread = false};
        if (!gpt_parse_entry(at, &entry))
            continue;
        name_entry(&p, i + 1, &entry);
        if (++used > RESECTOR_PARTITIONS_MAX)
            return fail(e, ERR_TOO_BIG, "%s: has more than %u partitions", m->old->name,
                        RESECTOR_PARTITIONS_MAX);
        if (entry.first > entry.last || entry.last >= m->old->size / m->old_sector)
            return fail(e, ERR_DAMAGED, "%s: %s leaves the disk", m->old->name, p.name);
        p.start = entry.first * m->old_sector;
        p.end = (entry.last + 1) * m->old_sector;
        p.is_unread = memcmp(entry.type, gpt_type_bios, sizeof(gpt_type_bios)) == 0;
        TRY(move_partition(m, &p, e));
        gpt_store_place(at, p.start / m->sector, p.end / m->sector - 1);
    }
    return OK;
}

/* The first sector: its boot code, and one partition that stands for all of the disk. */
static enum err make_protective(struct mover *m, uint8_t *head, struct error *e)
{
    struct mbr_partition mbr[MBR_PARTITIONS];
    uint64_t sectors = m->new->source.size / m->sector;
    size_t used = 0;

    TRY(source_read(m->old, 0, head, MBR_SIZE, e));
    if (!mbr_parse(head, mbr))
        return fail(e, ERR_DAMAGED, "%s: no partition table in its first sector", m->old->name);
    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        if (mbr[i].type == 0)
            continue;
        if (used++ || mbr[i].type != MBR_PROTECTIVE || mbr[i].first != 1)
            return fail(e, ERR_UNSUPPORTED,
                        "%s: its partitions are in a GPT and in an MBR, which cannot be changed to "
                        "sectors of %u bytes",
                        m->old->name, m->sector);
        mbr_store_count(head, i, (uint32_t)min_u64(sectors - 1, UINT32_MAX));
    }
    return OK;
}

static enum err move_gpt(struct mover *m, struct error *e)
{
    struct gpt_table table;
    uint8_t *head, *tail;
    bool found;

    TRY(gpt_find(m->old, m->old_sector, m->arena, &table, &found, e));
    if (!found)
        return fail(e, ERR_DAMAGED, "%s: both copies of its GPT are damaged or missing",
                    m->old->name);
    struct gpt_header h = table.header;
    uint64_t count = gpt_entry_sectors(&h, m->sector);
    size_t len = (size_t)(2 + count) * m->sector;
    TRY(arena_take(m->arena, len, 1, 8, (void **)&head, e));
    TRY(arena_take(m->arena, len, 1, 8, (void **)&tail, e));
    memcpy(head + 2 * (size_t)m->sector, table.entries, h.entries_length);
    m->first = len;
    m->end = m->first + m->sector;
    TRY(move_entries(m, &h, head + 2 * (size_t)m->sector, e));

    set_size(m, (1 + count) * m->sector);
    uint64_t sectors = m->new->source.size / m->sector;
    h.self = 1;
    h.alternate = sectors - 1;
    h.first_usable = h.entries = 2;
    h.first_usable += count;
    h.last_usable = sectors - 2 - count;
    h.entries_crc = gpt_crc32(0, head + 2 * (size_t)m->sector, h.entries_length);
    TRY(make_protective(m, head, e));
    gpt_make_header(head + m->sector, &h);
    TRY(add_table(m, 0, head, len, e));
    size_t tail_len = gpt_make_backup(head, m->sector, tail);
    return add_table(m, m->new->source.size - tail_len, tail, tail_len, e);
}

static enum err move_mbr(struct mover *m, struct error *e)
{
    struct mbr_partition mbr[MBR_PARTITIONS];
    uint8_t *head;

    TRY(arena_take(m->arena, m->sector, 1, 8, (void **)&head, e));
    TRY(source_read(m->old, 0, head, MBR_SIZE, e));
    if (!mbr_parse(head, mbr))
        return fail(e, ERR_DAMAGED, "%s: no partition table in its first sector", m->old->name);
    m->first = m->end = m->sector;
    for (uint32_t i = 0; i < MBR_PARTITIONS; i++) {
        struct move p = {.start = (uint64_t)mbr[i].first * m->old_sector,
                         .end = ((uint64_t)mbr[i].first + mbr[i].count) * m->old_sector};
        if (mbr[i].type == 0 || mbr[i].count == 0)
            continue;
        text_format(p.name, NAME_MAX, "partition %u", i + 1);
        if (mbr_is_extended(mbr[i].type))
            return refuse(m, &p, e,
                          "is an extended one, whose partitions cannot be changed to sectors of %u "
                          "bytes",
                          m->sector);
        TRY(move_partition(m, &p, e));
        if (p.end / m->sector > UINT32_MAX)
            return refuse(m, &p, e, "ends at byte %llu, further than an MBR counts",
                          (unsigned long long)p.end);
        mbr_store_place(head, i, (uint32_t)(p.start / m->sector),
                        (uint32_t)((p.end - p.start) / m->sector));
    }
    set_size(m, 0);
    return add_table(m, 0, head, m->sector, e);
}

/* ---- The new disk ---------------------------------------------------------------------------------- */

/* In the order of the disk, and none over another. */
static enum err sort_parts(struct mover *m, struct error *e)
{
    struct resector *r = m->new;

    for (size_t i = 1; i < r->part_count; i++)
        for (size_t j = i; j > 0 && r->parts[j]->offset < r->parts[j - 1]->offset; j--) {
            struct resector_part *part = r->parts[j];
            r->parts[j] = r->parts[j - 1];
            r->parts[j - 1] = part;
        }
    for (size_t i = 1; i < r->part_count; i++) {
        const struct resector_part *before = r->parts[i - 1], *part = r->parts[i];
        if (part->offset < before->offset + before->size)
            return fail(e, ERR_DAMAGED, "%s: %s and %s share bytes", m->old->name,
                        before->from->name, part->from->name);
    }
    return OK;
}

static enum err resector_read(struct source *s, uint64_t offset, void *to, size_t len,
                              struct error *e)
{
    struct resector *r = (struct resector *)s;
    uint8_t *at = to;

    for (size_t i = 0; i < r->part_count && len; i++) {
        struct resector_part *part = r->parts[i];
        if (offset >= part->offset + part->size)
            continue;
        size_t gap = (size_t)min_u64(len, part->offset - min_u64(offset, part->offset));
        memset(at, 0, gap);
        size_t n = (size_t)min_u64(len - gap, part->offset + part->size - (offset + gap));
        if (n)
            TRY(source_read(part->from, offset + gap - part->offset, at + gap, n, e));
        at += gap + n;
        offset += gap + n;
        len -= gap + n;
    }
    memset(at, 0, len);
    return OK;
}

enum err resector_open(struct source *disk, uint32_t old_sector, uint32_t sector_size,
                       struct arena *a, struct resector **out, struct error *e)
{
    static const struct source_ops ops = {.read = resector_read};
    struct mover m = {.old = disk, .sector = sector_size, .arena = a};
    struct arena scratch = *a;
    struct partitions table;

    TRY(partitions_read(disk, old_sector, &scratch, &table, e));
    if (table.kind == TABLE_NONE || table.sector_size == sector_size)
        return fail(e, ERR_UNSUPPORTED,
                    "%s: has no partition table in other sectors than of %u bytes", disk->name,
                    sector_size);
    m.old_sector = table.sector_size;
    TRY(TAKE(a, 1, &m.new, e));
    *m.new =
        (struct resector){.source = {.ops = &ops, .name = disk->name}, .sector_size = sector_size};
    TRY(TAKE(a, RESECTOR_PARTITIONS_MAX + 2, &m.new->parts, e));
    TRY(table.kind == TABLE_GPT ? move_gpt(&m, e) : move_mbr(&m, e));
    TRY(sort_parts(&m, e));
    *out = m.new;
    return OK;
}
