#include "parsers/fat.h"

#include <string.h>

#include "base/bytes.h"

#define ATTRIBUTE_LABEL     0x08
#define ATTRIBUTE_DIRECTORY 0x10
#define ATTRIBUTE_LONG      0x0f
#define CLUSTER_SIZE_MAX    (1u << 20)

static bool power_of_two(uint32_t n)
{
    return n && (n & (n - 1)) == 0;
}

bool fat_parse_boot(const uint8_t sector[512], uint64_t size, struct fat_layout *out)
{
    uint32_t sector_size = get_le16(sector + 11);
    uint32_t cluster_sectors = sector[13];
    uint32_t reserved = get_le16(sector + 14);
    uint32_t fats = sector[16];
    uint32_t root_entries = get_le16(sector + 17);
    uint32_t total = get_le16(sector + 19) ? get_le16(sector + 19) : get_le32(sector + 32);
    bool is_32 = get_le16(sector + 22) == 0;
    uint32_t fat_sectors = is_32 ? get_le32(sector + 36) : get_le16(sector + 22);

    if (get_le16(sector + 510) != 0xaa55 || (sector[0] != 0xeb && sector[0] != 0xe9))
        return false;
    if (!power_of_two(sector_size) || sector_size < 512 || sector_size > 4096 ||
        !power_of_two(cluster_sectors) || cluster_sectors * sector_size > CLUSTER_SIZE_MAX)
        return false;
    if (reserved == 0 || fats == 0 || fat_sectors == 0 || is_32 != (root_entries == 0))
        return false;

    uint64_t root_sectors =
        ((uint64_t)root_entries * FAT_ENTRY_SIZE + sector_size - 1) / sector_size;
    uint64_t root = reserved + (uint64_t)fats * fat_sectors;
    uint64_t data = root + root_sectors;
    if (data >= total || (uint64_t)total * sector_size > size)
        return false;
    uint64_t clusters = (total - data) / cluster_sectors;
    if (clusters == 0 || clusters > 0x0ffffff5)
        return false;
    *out = (struct fat_layout){
        .kind = is_32             ? FAT_32
                : clusters < 4085 ? FAT_12
                                  : FAT_16,
        .sector_size = sector_size,
        .cluster_size = cluster_sectors * sector_size,
        .fat = (uint64_t)reserved * sector_size,
        .fat_size = (uint64_t)fat_sectors * sector_size,
        .root = root * sector_size,
        .root_size = (uint64_t)root_entries * FAT_ENTRY_SIZE,
        .data = data * sector_size,
        .clusters = (uint32_t)clusters,
        .root_cluster = is_32 ? get_le32(sector + 44) & 0x0fffffff : 0,
    };
    return true;
}

static const struct {
    uint32_t bits; /* of an entry */
    uint32_t mask;
    uint32_t last; /* from here on: the chain ends */
} links[] = {
    [FAT_12] = {12, 0xfff, 0xff8},
    [FAT_16] = {16, 0xffff, 0xfff8},
    [FAT_32] = {32, 0x0fffffff, 0x0ffffff8},
};

uint64_t fat_link_offset(enum fat_kind kind, uint32_t cluster)
{
    return (uint64_t)cluster * links[kind].bits / 8;
}

size_t fat_link_size(enum fat_kind kind)
{
    return kind == FAT_32 ? 4 : 2;
}

uint32_t fat_parse_link(enum fat_kind kind, uint32_t cluster, const uint8_t *at)
{
    uint32_t value = kind == FAT_32 ? get_le32(at) : get_le16(at);
    uint32_t next = value >> (uint64_t)cluster * links[kind].bits % 8 & links[kind].mask;

    return next >= links[kind].last ? 0 : next;
}

/* "BOOTX64 EFI" to "BOOTX64.EFI". */
static void short_name(const uint8_t raw[11], char out[13])
{
    size_t base = 8, extension = 3, len;

    while (base && raw[base - 1] == ' ')
        base--;
    while (extension && raw[8 + extension - 1] == ' ')
        extension--;
    memcpy(out, raw, base);
    len = base;
    if (extension) {
        out[len++] = '.';
        memcpy(out + len, raw + 8, extension);
        len += extension;
    }
    out[len] = '\0';
}

static uint8_t short_checksum(const uint8_t raw[11])
{
    uint8_t sum = 0;

    for (size_t i = 0; i < 11; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + raw[i]);
    return sum;
}

static void long_part(const uint8_t *entry, char out[FAT_LONG_PART + 1])
{
    static const uint8_t places[FAT_LONG_PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    size_t len = 0;

    for (; len < FAT_LONG_PART; len++) {
        uint16_t unit = get_le16(entry + places[len]);
        if (unit == 0)
            break;
        out[len] = unit < 0x7f ? (char)unit : 0x7f;
    }
    out[len] = '\0';
}

void fat_parse_entry(const uint8_t entry[FAT_ENTRY_SIZE], enum fat_kind kind, struct fat_entry *out)
{
    uint8_t attributes = entry[11];

    *out = (struct fat_entry){.kind = FAT_EMPTY};
    if (entry[0] == 0) {
        out->kind = FAT_END;
    } else if (entry[0] == 0xe5) {
        return;
    } else if ((attributes & 0x3f) == ATTRIBUTE_LONG) {
        out->kind = FAT_LONG;
        out->order = entry[0] & 0x1f;
        out->is_last = entry[0] & 0x40;
        out->checksum = entry[13];
        long_part(entry, out->part);
    } else if (!(attributes & ATTRIBUTE_LABEL)) {
        out->kind = attributes & ATTRIBUTE_DIRECTORY ? FAT_DIRECTORY : FAT_FILE;
        out->checksum = short_checksum(entry);
        out->cluster = get_le16(entry + 26);
        if (kind == FAT_32)
            out->cluster |= (uint32_t)(get_le16(entry + 20) & 0x0fff) << 16;
        out->size = get_le32(entry + 28);
        out->written = (uint32_t)get_le16(entry + 24) << 16 | get_le16(entry + 22);
        short_name(entry, out->name);
    }
}
