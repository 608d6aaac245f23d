#include "tests/build/vhdx_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32c.h"

#define ROOM  (40u << 20) /* bytes of an image at most */
#define MIB   (1u << 20)
#define TABLE (64u << 10) /* bytes of a region table, and of the metadata table */

/* A GUID as people write it, to the bytes of the file. */
static void put_guid(uint8_t *at, const char *text)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    for (size_t i = 0; i < 16; i++) {
        char digits[3] = {0};
        text += *text == '-';
        memcpy(digits, text, 2);
        at[order[i]] = (uint8_t)strtol(digits, NULL, 16);
        text += 2;
    }
}

static size_t add(struct vhdx_build *b, size_t len)
{
    size_t at = b->len;

    len = (size_t)round_up(len, MIB);
    if (len > ROOM - at)
        abort();
    b->len = at + len;
    return at;
}

static void put_header(uint8_t *at, uint64_t sequence, uint32_t log_size)
{
    memcpy(at, "head", 4);
    put_le64(at + 8, sequence);
    memset(at + 16, 0x11, 32); /* GUIDs that nobody reads */
    put_le16(at + 66, 1);
    put_le32(at + 68, log_size);
    put_le64(at + 72, VHDX_BUILD_LOG);
}

void vhdx_build_region(struct vhdx_build *b, unsigned number, const char *guid, uint64_t at,
                       uint32_t len, uint32_t required)
{
    for (uint8_t *table = b->at + VHDX_BUILD_REGIONS; table <= b->at + 0x40000; table += TABLE) {
        uint8_t *entry = table + 16 + (size_t)32 * number;
        memcpy(table, "regi", 4);
        if (number >= get_le32(table + 8))
            put_le32(table + 8, number + 1);
        put_guid(entry, guid);
        put_le64(entry + 16, at);
        put_le32(entry + 24, len);
        put_le32(entry + 28, required);
    }
}

void vhdx_build_item(struct vhdx_build *b, unsigned number, const char *guid, uint32_t at,
                     uint32_t len, uint32_t flags)
{
    uint8_t *table = b->at + b->metadata, *entry = table + 32 + (size_t)32 * number;

    memcpy(table, "metadata", 8);
    if (number >= get_le16(table + 10))
        put_le16(table + 10, (uint16_t)(number + 1));
    put_guid(entry, guid);
    put_le32(entry + 16, at);
    put_le32(entry + 20, len);
    put_le32(entry + 24, flags);
}

static void put_metadata(struct vhdx_build *b)
{
    uint8_t *items = b->at + b->metadata + TABLE;

    vhdx_build_item(b, 0, "CAA16737-FA36-4D43-B3B6-33F0AA44E76B", TABLE, 8, 4);
    put_le32(items, b->options.block_size);
    put_le32(items + 4, b->options.fixed);
    vhdx_build_item(b, 1, "2FA54224-CD1B-4876-B211-5DBED83BF4B8", TABLE + 8, 8, 6);
    put_le64(items + 8, b->options.capacity);
    vhdx_build_item(b, 2, "BECA12AB-B2E6-4523-93EF-C309E000C746", TABLE + 16, 16, 6);
    memset(items + 16, 0x22, 16);
    vhdx_build_item(b, 3, "8141BF1D-A96F-4709-BA47-F233A8FAAB5F", TABLE + 32, 4, 6);
    put_le32(items + 32, b->options.sector_size);
    vhdx_build_item(b, 4, "CDA348C7-445D-4471-9CC9-E9885251C556", TABLE + 36, 4, 6);
    put_le32(items + 36, 4096);
}

static uint64_t blocks_in_chunk(const struct vhdx_build *b)
{
    return (1ull << 23) * b->options.sector_size / b->options.block_size;
}

void vhdx_build_begin(struct vhdx_build *b, struct vhdx_options options)
{
    if (!options.block_size)
        options.block_size = MIB;
    if (!options.sector_size)
        options.sector_size = 512;
    if (!options.log_size)
        options.log_size = MIB;
    *b = (struct vhdx_build){.options = options, .at = calloc(ROOM, 1)};
    if (!b->at)
        abort();
    uint64_t blocks = (options.capacity + options.block_size - 1) / options.block_size;
    add(b, VHDX_BUILD_LOG);
    add(b, options.log_size);
    b->metadata = add(b, MIB);
    b->bat = add(b, (size_t)(blocks + blocks / blocks_in_chunk(b) + 1) * 8);
    memcpy(b->at, "vhdxfile", 8);
    put_header(b->at + VHDX_BUILD_HEADER, 7, options.log_size);
    put_header(b->at + 2 * VHDX_BUILD_HEADER, 8, options.log_size);
    vhdx_build_region(b, 0, "2DC27766-F623-4200-9D64-115E9BFD4A08", b->bat,
                      (uint32_t)(b->len - b->bat), 1);
    vhdx_build_region(b, 1, "8B7CA206-4790-4B9A-B8FE-575F050F886E", b->metadata, MIB, 1);
    put_metadata(b);
    vhdx_build_sum(b);
}

void vhdx_build_release(struct vhdx_build *b)
{
    free(b->at);
}

void vhdx_build_sum(struct vhdx_build *b)
{
    for (size_t i = 0; i < 2; i++) {
        uint8_t *header = b->at + VHDX_BUILD_HEADER * (i + 1);
        uint8_t *table = b->at + VHDX_BUILD_REGIONS + TABLE * i;
        put_le32(header + 4, crc32c_without(header, 4096, 4));
        put_le32(table + 4, crc32c_without(table, TABLE, 4));
    }
}

size_t vhdx_build_where(const struct vhdx_build *b, uint64_t block)
{
    return b->bat + (size_t)(block + block / blocks_in_chunk(b)) * 8;
}

void vhdx_build_entry(struct vhdx_build *b, uint64_t block, uint64_t entry)
{
    put_le64(b->at + vhdx_build_where(b, block), entry);
}

size_t vhdx_build_data(struct vhdx_build *b, uint64_t block, const uint8_t *data, size_t len)
{
    size_t at = add(b, b->options.block_size);

    memcpy(b->at + at, data, len);
    vhdx_build_entry(b, block, at | 6);
    return at;
}

void vhdx_build_session(struct vhdx_build *b, uint8_t guid)
{
    for (size_t i = 1; i <= 2; i++)
        memset(b->at + VHDX_BUILD_HEADER * i + 48, guid, 16);
    vhdx_build_sum(b);
}

uint8_t *vhdx_build_in_log(struct vhdx_build *b, uint32_t at, uint32_t n)
{
    return b->at + VHDX_BUILD_LOG + (at + n) % b->options.log_size;
}

void vhdx_build_sum_log(struct vhdx_build *b, uint32_t at)
{
    uint32_t len = get_le32(vhdx_build_in_log(b, at, 8)), crc = 0;

    memset(vhdx_build_in_log(b, at, 4), 0, 4);
    for (uint32_t n = 0; n + VHDX_BUILD_SECTOR <= len; n += VHDX_BUILD_SECTOR)
        crc = crc32c(crc, vhdx_build_in_log(b, at, n), VHDX_BUILD_SECTOR);
    put_le32(vhdx_build_in_log(b, at, 4), crc);
}

/* A descriptor, and the data sector that it has. */
static void log_put(struct vhdx_build *b, uint32_t at, uint32_t descriptor, uint32_t data,
                    uint64_t sequence, const struct vhdx_put *put)
{
    uint8_t *to = vhdx_build_in_log(b, at, descriptor);
    uint8_t *sector = vhdx_build_in_log(b, at, data);

    memcpy(to, put->data ? "desc" : "zero", 4);
    put_le64(to + 16, put->at);
    put_le64(to + 24, sequence);
    if (!put->data) {
        put_le64(to + 8, put->len);
        return;
    }
    memcpy(to + 4, put->data + 4092, 4);
    memcpy(to + 8, put->data, 8);
    memcpy(sector, put->data, 4096);
    memcpy(sector, "data", 4);
    put_le32(sector + 4, (uint32_t)(sequence >> 32));
    put_le32(sector + 4092, (uint32_t)sequence);
}

uint32_t vhdx_build_log(struct vhdx_build *b, struct vhdx_log log, const struct vhdx_put *puts,
                        size_t count)
{
    uint32_t data = (uint32_t)round_up(64 + 32 * count, VHDX_BUILD_SECTOR), len = data;

    for (size_t i = 0; i < count; i++)
        len += puts[i].data ? VHDX_BUILD_SECTOR : 0;
    len += log.padding * VHDX_BUILD_SECTOR;
    for (uint32_t n = 0; n < len; n += VHDX_BUILD_SECTOR)
        memset(vhdx_build_in_log(b, log.at, n), 0, VHDX_BUILD_SECTOR);
    uint8_t *head = vhdx_build_in_log(b, log.at, 0);
    memcpy(head, "loge", 4);
    put_le32(head + 8, len);
    put_le32(head + 12, log.tail);
    put_le64(head + 16, log.sequence);
    put_le32(head + 24, (uint32_t)count);
    memcpy(head + 32, b->at + 2 * VHDX_BUILD_HEADER + 48, 16);
    put_le64(head + 48, log.flushed ? log.flushed : b->len);
    put_le64(head + 56, log.last ? log.last : b->len);
    for (size_t i = 0; i < count; i++) {
        log_put(b, log.at, (uint32_t)(64 + 32 * i), data, log.sequence, &puts[i]);
        data += puts[i].data ? VHDX_BUILD_SECTOR : 0;
    }
    vhdx_build_sum_log(b, log.at);
    return (log.at + len) % b->options.log_size;
}
