#include "parsers/gpt.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/utf.h"

#define MBR_DISK_AT       440 /* the disk's signature */
#define MBR_TABLE_AT      446
#define MBR_SIGNATURE_AT  510 /* 0x55 0xaa */
#define MBR_ENTRY_SIZE    16
#define GPT_REVISION      0x00010000u
#define GPT_CRC_AT        16
#define GPT_SELF_AT       24
#define GPT_ALTERNATE_AT  32
#define GPT_LAST_AT       48
#define GPT_ENTRIES_AT    72
#define GPT_ENTRIES_CRC   88
#define GPT_ENTRY_SIZE    128u
#define GPT_ENTRY_NAME_AT 56

/* C12A7328-F81F-11D2-BA4B-00A0C93EC93B: UEFI 2.10, "Defined GPT Partition Entry - Partition Type
 * GUIDs"; the first three parts are little-endian. */
const uint8_t gpt_type_esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                                  0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};

/* EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, likewise. */
const uint8_t gpt_type_data[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                   0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};

/* 21686148-6449-6E6F-744E-656564454649, likewise: "Hah!IdontNeedEFI". */
const uint8_t gpt_type_bios[16] = {0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6f, 0x6e,
                                   0x74, 0x4e, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49};

/* 6F766662-6F6F-7431-8A0E-4F56417061CB, made with uuidgen. */
const uint8_t gpt_type_archive[16] = {0x62, 0x66, 0x76, 0x6f, 0x6f, 0x6f, 0x31, 0x74,
                                      0x8a, 0x0e, 0x4f, 0x56, 0x41, 0x70, 0x61, 0xcb};

bool mbr_parse(const uint8_t sector[MBR_SIZE], struct mbr_partition out[MBR_PARTITIONS])
{
    if (sector[MBR_SIGNATURE_AT] != 0x55 || sector[MBR_SIGNATURE_AT + 1] != 0xaa)
        return false;
    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        const uint8_t *entry = sector + MBR_TABLE_AT + i * MBR_ENTRY_SIZE;
        if (entry[0] != 0 && entry[0] != 0x80)
            return false;
        out[i] = (struct mbr_partition){entry[4], get_le32(entry + 8), get_le32(entry + 12)};
    }
    return true;
}

uint32_t mbr_signature(const uint8_t sector[MBR_SIZE])
{
    return get_le32(sector + MBR_DISK_AT);
}

void mbr_store_count(uint8_t sector[MBR_SIZE], size_t index, uint32_t count)
{
    put_le32(sector + MBR_TABLE_AT + index * MBR_ENTRY_SIZE + 12, count);
}

void mbr_store_place(uint8_t sector[MBR_SIZE], size_t index, uint32_t first, uint32_t count)
{
    static const uint8_t nowhere[3] = {0xfe, 0xff, 0xff};
    uint8_t *entry = sector + MBR_TABLE_AT + index * MBR_ENTRY_SIZE;

    memcpy(entry + 1, nowhere, sizeof(nowhere));
    memcpy(entry + 5, nowhere, sizeof(nowhere));
    put_le32(entry + 8, first);
    put_le32(entry + 12, count);
}

void mbr_store(uint8_t sector[MBR_SIZE], size_t index, const struct mbr_partition *p)
{
    uint8_t *entry = sector + MBR_TABLE_AT + index * MBR_ENTRY_SIZE;

    entry[0] = 0;
    entry[4] = p->type;
    mbr_store_place(sector, index, p->first, p->count);
}

bool mbr_is_extended(uint8_t type)
{
    return type == 0x05 || type == 0x0f || type == 0x85;
}

uint32_t gpt_crc32(uint32_t crc, const uint8_t *at, size_t len)
{
    /* The reflected polynomial 0xEDB88320. */
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };

    return crc32_by(table, crc, at, len);
}

/* The checksum of a header, counted as if its own field held 0. */
static uint32_t header_crc(const uint8_t *sector, size_t header_size)
{
    static const uint8_t zeros[4];
    uint32_t crc = gpt_crc32(0, sector, GPT_CRC_AT);

    crc = gpt_crc32(crc, zeros, sizeof(zeros));
    return gpt_crc32(crc, sector + GPT_CRC_AT + 4, header_size - GPT_CRC_AT - 4);
}

/* The sizes must allow arithmetic on them; whether areas fit the disk is the caller's to say. */
static bool header_makes_sense(const struct gpt_header *h, uint64_t lba)
{
    return h->self == lba && h->self != h->alternate && h->first_usable <= h->last_usable &&
           h->entries >= 2 && h->entry_size >= GPT_ENTRY_SIZE &&
           h->entry_size % GPT_ENTRY_SIZE == 0 && (h->entry_size & (h->entry_size - 1)) == 0 &&
           h->entry_count > 0 && h->entry_count <= GPT_ENTRIES_MAX / h->entry_size;
}

bool gpt_parse_header(const uint8_t *sector, size_t sector_size, uint64_t lba,
                      struct gpt_header *out)
{
    struct bytes in = {sector, sector_size};
    const uint8_t *signature = take(&in, 8);
    struct gpt_header h = {0};

    if (!signature || memcmp(signature, "EFI PART", 8) != 0 || take_le32(&in) != GPT_REVISION)
        return false;
    h.header_size = take_le32(&in);
    uint32_t crc = take_le32(&in);
    if (h.header_size < GPT_HEADER_MIN || h.header_size > sector_size ||
        crc != header_crc(sector, h.header_size))
        return false;
    take(&in, 4); /* reserved */
    h.self = take_le64(&in);
    h.alternate = take_le64(&in);
    h.first_usable = take_le64(&in);
    h.last_usable = take_le64(&in);
    const uint8_t *guid = take(&in, sizeof(h.guid));
    h.entries = take_le64(&in);
    h.entry_count = take_le32(&in);
    h.entry_size = take_le32(&in);
    h.entries_crc = take_le32(&in);
    if (!bytes_ok(&in) || !header_makes_sense(&h, lba))
        return false;
    memcpy(h.guid, guid, sizeof(h.guid));
    h.entries_length = (size_t)h.entry_count * h.entry_size;
    *out = h;
    return true;
}

void gpt_store_header(uint8_t *sector, const struct gpt_header *h)
{
    put_le64(sector + GPT_SELF_AT, h->self);
    put_le64(sector + GPT_ALTERNATE_AT, h->alternate);
    put_le64(sector + GPT_LAST_AT, h->last_usable);
    put_le64(sector + GPT_ENTRIES_AT, h->entries);
    put_le32(sector + GPT_ENTRIES_CRC, h->entries_crc);
    put_le32(sector + GPT_CRC_AT, header_crc(sector, h->header_size));
}

void gpt_make_header(uint8_t *sector, const struct gpt_header *h)
{
    struct gpt_header new = *h;

    new.header_size = GPT_HEADER_MIN;
    memcpy(sector, "EFI PART", 8);
    put_le32(sector + 8, GPT_REVISION);
    put_le32(sector + 12, new.header_size);
    put_le64(sector + 40, h->first_usable);
    memcpy(sector + 56, h->guid, sizeof(h->guid));
    put_le32(sector + 80, h->entry_count);
    put_le32(sector + 84, h->entry_size);
    gpt_store_header(sector, &new);
}

uint64_t gpt_entry_sectors(const struct gpt_header *h, size_t sector_size)
{
    return (h->entries_length + sector_size - 1) / sector_size;
}

bool gpt_parse_entry(const uint8_t entry[128], struct gpt_entry *out)
{
    static const uint8_t unused[16];

    *out = (struct gpt_entry){0};
    memcpy(out->type, entry, 16);
    memcpy(out->guid, entry + 16, 16);
    out->first = get_le64(entry + 32);
    out->last = get_le64(entry + 40);
    while (out->name_units < GPT_NAME_UNITS) {
        uint16_t unit = get_le16(entry + GPT_ENTRY_NAME_AT + 2 * out->name_units);
        if (unit == 0)
            break;
        out->name[out->name_units++] = unit;
    }
    return memcmp(out->type, unused, sizeof(unused)) != 0;
}

void gpt_store_place(uint8_t entry[128], uint64_t first, uint64_t last)
{
    put_le64(entry + 32, first);
    put_le64(entry + 40, last);
}

void gpt_store_entry(uint8_t entry[128], const struct gpt_entry *e)
{
    memset(entry, 0, GPT_ENTRY_SIZE);
    memcpy(entry, e->type, 16);
    memcpy(entry + 16, e->guid, 16);
    gpt_store_place(entry, e->first, e->last);
    for (size_t i = 0; i < e->name_units; i++)
        put_le16(entry + GPT_ENTRY_NAME_AT + 2 * i, e->name[i]);
}

bool gpt_name_cut(const char *text, char out[GPT_NAME_TEXT])
{
    size_t len = strlen(text), at = 0, units = 0;

    while (at < len) {
        size_t n = utf8_char(text + at, len - at);
        if (!n)
            return false;
        units += n == 4 ? 2 : 1; /* such a one is a pair of surrogates */
        if (units > GPT_NAME_UNITS)
            break;
        at += n;
    }
    memcpy(out, text, at);
    out[at] = '\0';
    return utf8_valid(text + at, len - at);
}
