#include "disks/fat_put.h"

#include <string.h>

#include "base/checked.h"
#include "parsers/fat.h"

#define MEDIA          0xf8u       /* a fixed disk */
#define LAST           0x0fffffffu /* the end of a chain, of which FAT12 and FAT16 keep what fits */
#define ATTR_LABEL     0x08
#define ATTR_DIRECTORY 0x10
#define ATTR_ARCHIVE   0x20

/* A date and a time of an entry, of 2 seconds each; clocks before 1980 and after 2107 stop. */
static void set_stamp(struct fat_maker *m, uint64_t seconds)
{
    static const uint8_t lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const uint64_t first = 315532800, last = 4354819198; /* of 1980, of 2107 */
    uint64_t left = min_u64(max_u64(seconds, first), last) - first;
    uint64_t days = left / 86400, day = left % 86400;
    uint32_t year = 0, month = 0;

    for (;; year++) { /* of four, from 1980 on, the first is a leap year, but for 2100 */
        uint64_t len = year % 4 == 0 && year != 120 ? 366 : 365;
        if (days < len)
            break;
        days -= len;
    }
    for (;; month++) {
        bool leap = month == 1 && year % 4 == 0 && year != 120;
        if (days < lengths[month] + (leap ? 1u : 0u))
            break;
        days -= lengths[month] + (leap ? 1u : 0u);
    }
    m->date = (uint16_t)(year << 9 | (month + 1) << 5 | (uint32_t)(days + 1));
    m->time = (uint16_t)(day / 3600 << 11 | day / 60 % 60 << 5 | day % 60 / 2);
}

static void put_padded(uint8_t *out, const char *text, size_t room)
{
    memset(out, ' ', room);
    memcpy(out, text, strlen(text));
}

/* What comes after the fields that depend on the kind. */
static void put_identity(const struct fat_maker *m, uint8_t *b, const char *kind)
{
    b[0] = 0x80;
    b[2] = 0x29; /* the three fields that follow are there */
    put_le32(b + 3, m->in->serial);
    put_padded(b + 7, m->in->label, FAT_LABEL_MAX);
    put_padded(b + 18, kind, 8);
}

static void put_boot(const struct fat_maker *m)
{
    uint8_t *b = m->volume;

    memcpy(b, "\xeb\x3c\x90" FAT_MAKER, 11);
    put_le16(b + 11, (uint16_t)m->in->sector_size);
    b[13] = (uint8_t)m->cluster_sectors;
    put_le16(b + 14, (uint16_t)m->reserved);
    b[16] = FAT_COPIES;
    b[21] = MEDIA;
    put_le16(b + 24, 63);  /* sectors of a track, */
    put_le16(b + 26, 255); /* and heads, for the BIOS */
    put_le32(b + 28, m->in->hidden);
    put_le16(b + 510, 0xaa55);
    if (m->in->is_32)
        return;
    put_le16(b + 17, FAT_MAKE_ROOT);
    if (m->total <= UINT16_MAX)
        put_le16(b + 19, (uint16_t)m->total);
    else
        put_le32(b + 32, m->total);
    put_le16(b + 22, (uint16_t)m->fat_sectors);
    put_identity(m, b + 36, m->clusters < FAT_16_FROM ? "FAT12" : "FAT16");
}

/* The rest of a FAT32 boot sector, the sector that says what is free, and a copy of both. */
static void put_boot_32(const struct fat_maker *m)
{
    size_t sector = m->in->sector_size;
    uint8_t *b = m->volume, *info = b + sector;

    b[1] = 0x58;
    put_le32(b + 32, m->total);
    put_le32(b + 36, m->fat_sectors);
    put_le32(b + 44, FAT_32_ROOT);
    put_le16(b + 48, 1); /* the sector of that information, */
    put_le16(b + 50, FAT_32_COPY);
    put_identity(m, b + 64, "FAT32");
    put_le32(info, 0x41615252);
    put_le32(info + 484, 0x61417272);
    put_le32(info + 488, m->clusters - m->used);
    put_le32(info + 492, FAT_32_ROOT + m->used);
    put_le16(info + 510, 0xaa55);
    memcpy(b + FAT_32_COPY * sector, b, 2 * sector);
}

static void link_cluster(const struct fat_maker *m, uint32_t cluster, uint32_t next)
{
    uint8_t *fat = m->volume + (size_t)m->reserved * m->in->sector_size;

    if (m->in->is_32) {
        put_le32(fat + 4 * (size_t)cluster, next);
        return;
    }
    if (m->clusters >= FAT_16_FROM) {
        put_le16(fat + 2 * (size_t)cluster, (uint16_t)next);
        return;
    }
    uint8_t *entry = fat + (size_t)cluster * 3 / 2;
    uint32_t both = get_le16(entry);
    both = cluster % 2 ? (both & 0xf) | (next & 0xfff) << 4 : (both & 0xf000) | (next & 0xfff);
    put_le16(entry, (uint16_t)both);
}

static void put_fats(const struct fat_maker *m)
{
    size_t len = (size_t)m->fat_sectors * m->in->sector_size;
    uint8_t *first = m->volume + (size_t)m->reserved * m->in->sector_size;

    link_cluster(m, 0, (LAST & ~0xffu) | MEDIA);
    link_cluster(m, 1, LAST);
    for (size_t i = 0; i < m->count; i++) {
        const struct fat_node *n = &m->nodes[i];
        for (uint32_t j = 0; j < n->clusters; j++)
            link_cluster(m, n->cluster + j, j + 1 < n->clusters ? n->cluster + j + 1 : LAST);
    }
    memcpy(first + len, first, len);
}

static uint8_t *data_of(const struct fat_maker *m, const struct fat_node *n)
{
    if (n == m->nodes && m->root_sectors)
        return m->volume + (uint64_t)(m->data - m->root_sectors) * m->in->sector_size;
    return m->volume + (uint64_t)m->data * m->in->sector_size +
           (uint64_t)(n->cluster - 2) * m->cluster_size;
}

static uint8_t *put_entry(const struct fat_maker *m, uint8_t *entry,
                          const uint8_t name[FAT_ALIAS_SIZE], uint8_t attributes,
                          const struct fat_node *n)
{
    memcpy(entry, name, FAT_ALIAS_SIZE);
    entry[11] = attributes;
    if (attributes != ATTR_LABEL) {
        put_le16(entry + 14, m->time); /* made, */
        put_le16(entry + 16, m->date);
        put_le16(entry + 18, m->date); /* read */
    }
    put_le16(entry + 22, m->time); /* and written then */
    put_le16(entry + 24, m->date);
    if (n && n != m->nodes) { /* the root is cluster 0, wherever it lies */
        put_le16(entry + 20, (uint16_t)(n->cluster >> 16));
        put_le16(entry + 26, (uint16_t)n->cluster);
        put_le32(entry + 28, n->is_directory ? 0 : (uint32_t)n->bytes.len);
    }
    return entry + FAT_ENTRY_SIZE;
}

static void put_tree(struct fat_maker *m)
{
    uint8_t label[FAT_ALIAS_SIZE];

    put_padded(label, m->in->label, FAT_LABEL_MAX);
    m->nodes[0].next = put_entry(m, data_of(m, m->nodes), label, ATTR_LABEL, NULL);
    for (size_t i = 1; i < m->count; i++) { /* a directory comes before what is in it */
        struct fat_node *n = &m->nodes[i], *parent = &m->nodes[n->parent];
        parent->next = fat_name_store(&n->name, parent->next);
        parent->next = put_entry(m, parent->next, n->name.alias,
                                 n->is_directory ? ATTR_DIRECTORY : ATTR_ARCHIVE, n);
        if (n->is_directory) {
            n->next =
                put_entry(m, data_of(m, n), (const uint8_t *)".          ", ATTR_DIRECTORY, n);
            n->next = put_entry(m, n->next, (const uint8_t *)"..         ", ATTR_DIRECTORY, parent);
        } else if (n->bytes.len) {
            memcpy(data_of(m, n), n->bytes.at, n->bytes.len);
        }
    }
}

void fat_put(struct fat_maker *m)
{
    set_stamp(m, m->in->seconds);
    put_boot(m);
    if (m->in->is_32)
        put_boot_32(m);
    put_fats(m);
    put_tree(m);
}
