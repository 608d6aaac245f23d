#include "tests/build/disk_build.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

#define ENTRIES    128
#define ENTRY_SIZE 128
#define FAT_SECTOR 512
#define FAT_LINKED 3 /* clusters of each directory, so that chains are followed */
#define ROOT_ROOM  64

/* C12A7328-F81F-11D2-BA4B-00A0C93EC93B, 0FC63DAF-8483-4772-8E79-3D69D8477DE4 */
const uint8_t build_type_esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                                    0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
const uint8_t build_type_linux[16] = {0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
                                      0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4};

uint32_t build_crc32(const uint8_t *at, size_t len)
{
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

void build_mbr(uint8_t *disk, const struct build_partition *partitions, size_t count)
{
    memset(disk, 0, 512);
    for (size_t i = 0; i < count; i++) {
        uint8_t *entry = disk + 446 + 16 * i;
        entry[4] = partitions[i].type[0];
        put_le32(entry + 8, (uint32_t)partitions[i].first);
        put_le32(entry + 12, (uint32_t)(partitions[i].last - partitions[i].first + 1));
    }
    disk[510] = 0x55;
    disk[511] = 0xaa;
}

void build_gpt_resum(uint8_t *header)
{
    put_le32(header + 16, 0);
    put_le32(header + 16, build_crc32(header, 92));
}

static void put_header(uint8_t *out, uint64_t self, uint64_t other, uint64_t entries,
                       uint64_t sectors, uint64_t table, uint32_t crc)
{
    memcpy(out, "EFI PART", 8);
    put_le32(out + 8, 0x10000);
    put_le32(out + 12, 92);
    put_le64(out + 24, self);
    put_le64(out + 32, other);
    put_le64(out + 40, 2 + table);
    put_le64(out + 48, sectors - 2 - table);
    memset(out + 56, 0xd1, 16);
    put_le64(out + 72, entries);
    put_le32(out + 80, ENTRIES);
    put_le32(out + 84, ENTRY_SIZE);
    put_le32(out + 88, crc);
    build_gpt_resum(out);
}

void build_gpt(uint8_t *disk, uint64_t sectors, uint32_t sector_size,
               const struct build_partition *partitions, size_t count)
{
    struct build_partition protective = {{0xee}, 1, sectors - 1, NULL};
    uint64_t table = ENTRIES * ENTRY_SIZE / sector_size;
    uint8_t *entries = disk + 2 * (size_t)sector_size;
    uint8_t *last = disk + (size_t)(sectors - 1) * sector_size;

    build_mbr(disk, &protective, 1);
    memset(entries, 0, ENTRIES * ENTRY_SIZE);
    for (size_t i = 0; i < count; i++) {
        uint8_t *entry = entries + i * ENTRY_SIZE;
        memcpy(entry, partitions[i].type, 16);
        memset(entry + 16, 0x10 + (int)i, 16);
        put_le64(entry + 32, partitions[i].first);
        put_le64(entry + 40, partitions[i].last);
        for (size_t j = 0; partitions[i].label && partitions[i].label[j]; j++)
            put_le16(entry + 56 + 2 * j, (uint8_t)partitions[i].label[j]);
    }
    uint32_t crc = build_crc32(entries, ENTRIES * ENTRY_SIZE);
    memcpy(last - ENTRIES * ENTRY_SIZE, entries, ENTRIES * ENTRY_SIZE);
    memset(disk + sector_size, 0, sector_size);
    memset(last, 0, sector_size);
    put_header(disk + sector_size, 1, sectors - 1, 2, sectors, table, crc);
    put_header(last, sectors - 1, 1, sectors - 1 - table, sectors, table, crc);
}

void fat_build_begin(struct fat_build *b, uint8_t *at, size_t size, unsigned bits)
{
    size_t sectors = size / FAT_SECTOR;

    *b = (struct fat_build){.at = at, .size = size, .bits = bits, .next = 2};
    b->fat_sectors = (uint32_t)((sectors + 2) * bits / 8 / FAT_SECTOR + 1);
    b->root_sectors = bits == 32 ? 0 : ROOT_ROOM * 32 / FAT_SECTOR;
    at[0] = 0xeb;
    put_le16(at + 11, FAT_SECTOR);
    at[13] = 1;
    put_le16(at + 14, 1); /* reserved: this sector */
    at[16] = 1;           /* one FAT */
    put_le16(at + 17, bits == 32 ? 0 : ROOT_ROOM);
    put_le32(at + 32, (uint32_t)sectors);
    if (bits == 32)
        put_le32(at + 36, b->fat_sectors);
    else
        put_le16(at + 22, (uint16_t)b->fat_sectors);
    put_le16(at + 510, 0xaa55);
    if (bits == 32) {
        put_le32(at + 44, b->next);
        for (int i = 0; i < FAT_LINKED; i++, b->next++)
            fat_build_link(b, b->next, i == FAT_LINKED - 1 ? 0x0fffffff : b->next + 1);
    }
}

void fat_build_link(struct fat_build *b, uint32_t cluster, uint32_t next)
{
    uint8_t *fat = b->at + FAT_SECTOR;

    if (b->bits == 32) {
        put_le32(fat + 4 * cluster, next);
    } else if (b->bits == 16) {
        put_le16(fat + 2 * cluster, (uint16_t)next);
    } else {
        uint8_t *entry = fat + cluster * 3 / 2;
        uint32_t both = get_le16(entry);
        both = cluster % 2 ? (both & 0xf) | (next & 0xfff) << 4 : (both & 0xf000) | (next & 0xfff);
        put_le16(entry, (uint16_t)both);
    }
}

static uint8_t *cluster_at(const struct fat_build *b, uint32_t cluster)
{
    return b->at + (1 + b->fat_sectors + b->root_sectors + cluster - 2) * FAT_SECTOR;
}

/* The first free entry in a row of count, with at least that many free. */
static uint8_t *free_entries(struct fat_build *b, uint32_t parent, size_t *room)
{
    if (parent == 0 && b->bits == 32)
        parent = get_le32(b->at + 44);
    uint8_t *at = parent ? cluster_at(b, parent) : b->at + (1 + b->fat_sectors) * FAT_SECTOR;
    size_t used = 0, all = parent ? FAT_LINKED * FAT_SECTOR / 32 : ROOT_ROOM;

    while (used < all && at[32 * used])
        used++;
    *room = all - used;
    return at + 32 * used;
}

static uint8_t alias_sum(const char *alias)
{
    unsigned sum = 0;

    for (int i = 0; i < 11; i++)
        sum = ((sum & 1) << 7) + (sum >> 1) + (uint8_t)alias[i], sum &= 0xff;
    return (uint8_t)sum;
}

static void put_long(uint8_t *entry, const char *alias, const char *name, size_t part, size_t parts)
{
    static const uint8_t places[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    size_t len = strlen(name);

    entry[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
    entry[11] = 0x0f;
    entry[13] = alias_sum(alias);
    for (size_t i = 0; i < 13; i++) {
        size_t at = (part - 1) * 13 + i;
        put_le16(entry + places[i], at < len ? (uint8_t)name[at] : at == len ? 0 : 0xffff);
    }
}

static uint32_t add(struct fat_build *b, uint32_t parent, const char *alias, const char *name,
                    uint8_t attributes, uint32_t size, uint32_t cluster)
{
    size_t parts = name ? (strlen(name) + 12) / 13 : 0, room;
    uint8_t *entry = free_entries(b, parent, &room);

    assert(room > parts);
    for (size_t part = parts; part; part--, entry += 32)
        put_long(entry, alias, name, part, parts);
    memcpy(entry, alias, 11);
    entry[11] = attributes;
    put_le16(entry + 20, (uint16_t)(cluster >> 16));
    put_le16(entry + 26, (uint16_t)cluster);
    put_le32(entry + 28, size);
    return cluster;
}

uint32_t fat_build_directory(struct fat_build *b, uint32_t parent, const char *alias,
                             const char *name)
{
    uint32_t cluster = b->next;

    b->next += FAT_LINKED;
    for (uint32_t i = 0; i < FAT_LINKED; i++)
        fat_build_link(b, cluster + i, i == FAT_LINKED - 1 ? 0x0fffffff : cluster + i + 1);
    return add(b, parent, alias, name, 0x10, 0, cluster);
}

uint32_t fat_build_file(struct fat_build *b, uint32_t parent, const char *alias, const char *name,
                        uint32_t size)
{
    uint32_t cluster = b->next, clusters = size / FAT_SECTOR + (size % FAT_SECTOR != 0);

    b->next += clusters ? clusters : 1;
    for (uint32_t i = cluster; i < b->next; i++)
        fat_build_link(b, i, i + 1 == b->next ? 0x0fffffff : i + 1);
    return add(b, parent, alias, name, 0x20, size, cluster);
}

/* The cluster of a directory that is there, or 0. */
static uint32_t existing(struct fat_build *b, uint32_t parent, const char *alias)
{
    size_t room;
    uint8_t *end = free_entries(b, parent, &room);
    size_t all = parent || b->bits == 32 ? FAT_LINKED * FAT_SECTOR / 32 : ROOT_ROOM;

    for (uint8_t *at = end - 32 * (all - room); at < end; at += 32)
        if (memcmp(at, alias, 11) == 0)
            return get_le16(at + 26);
    return 0;
}

void fat_build_path(struct fat_build *b, const char *path)
{
    uint32_t parent = 0;

    for (;;) {
        size_t len = strcspn(path, "/"), at = 0;
        char alias[] = "           ";
        for (size_t i = 0; i < len; i++) {
            if (path[i] == '.')
                at = 8;
            else
                alias[at++] = path[i] >= 'a' && path[i] <= 'z' ? (char)(path[i] - 32) : path[i];
            assert(at <= 11);
        }
        if (!path[len]) {
            fat_build_file(b, parent, alias, NULL, 1000);
            return;
        }
        uint32_t there = existing(b, parent, alias);
        parent = there ? there : fat_build_directory(b, parent, alias, NULL);
        path += len + 1;
    }
}
