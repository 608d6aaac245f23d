#include "tests/build/vmdk_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/build/zlib_build.h"

#define SECTOR   512
#define OVERHEAD 128 /* sectors before the first grain, when the tables are elsewhere */

static const char usual[] = "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n"
                            "createType=\"streamOptimized\"\n\nRDONLY 1 SPARSE \"other.vmdk\"\n";

void vmdk_build_append(struct vmdk_build *b, const void *bytes, size_t len)
{
    while (b->room - b->len < len) {
        b->room = b->room * 2 + 65536;
        b->at = realloc(b->at, b->room);
        assert(b->at);
    }
    if (bytes)
        memcpy(b->at + b->len, bytes, len);
    else
        memset(b->at + b->len, 0, len);
    b->len += len;
}

/* Zeros up to a sector. */
static void pad(struct vmdk_build *b)
{
    vmdk_build_append(b, NULL, (SECTOR - b->len % SECTOR) % SECTOR);
}

static void marker(struct vmdk_build *b, uint32_t type, uint64_t sectors)
{
    uint8_t sector[SECTOR] = {0};

    put_le64(sector, sectors);
    put_le32(sector + 12, type);
    vmdk_build_append(b, sector, sizeof(sector));
}

static void header(const struct vmdk_build *b, uint64_t directory, uint64_t overhead, uint8_t *out)
{
    const struct vmdk_options *o = &b->options;

    memset(out, 0, SECTOR);
    memcpy(out, "KDMV", 4);
    put_le32(out + 4, o->version);
    put_le32(out + 8, 0x30001u | o->more_flags);
    put_le64(out + 12, o->capacity);
    put_le64(out + 20, o->grain);
    put_le64(out + 28, 1);
    put_le64(out + 36, 2);
    put_le32(out + 44, o->table_entries);
    put_le64(out + 56, directory);
    put_le64(out + 64, overhead);
    memcpy(out + 73, "\n \r\n", 4);
    out[77] = 1;
}

static size_t table_sectors(const struct vmdk_build *b)
{
    return b->options.table_entries * 4 / SECTOR;
}

static size_t directory_sectors(const struct vmdk_build *b)
{
    return (b->tables * 4 + SECTOR - 1) / SECTOR;
}

void vmdk_build_begin(struct vmdk_build *b, struct vmdk_options options)
{
    uint8_t sector[SECTOR], text[2 * SECTOR] = {0};

    options.grain = options.grain ? options.grain : 128;
    options.table_entries = options.table_entries ? options.table_entries : 512;
    options.version = options.version ? options.version : 3;
    *b = (struct vmdk_build){.options = options};
    uint64_t per_table = (uint64_t)options.grain * options.table_entries;
    b->tables = (size_t)((options.capacity + per_table - 1) / per_table);
    b->grains = b->tables * options.table_entries;
    b->entries = calloc(b->grains, sizeof(*b->entries));
    assert(b->entries);

    size_t in_front = directory_sectors(b) + b->tables * table_sectors(b);
    b->directory = 3;
    if (options.tables_in_front)
        header(b, b->directory, b->directory + in_front, sector);
    else
        header(b, UINT64_MAX, OVERHEAD, sector);
    vmdk_build_append(b, sector, SECTOR);
    strncpy((char *)text, options.descriptor ? options.descriptor : usual, sizeof(text) - 1);
    vmdk_build_append(b, text, sizeof(text));
    vmdk_build_append(b, NULL, (options.tables_in_front ? in_front : OVERHEAD - 3) * SECTOR);
}

size_t vmdk_build_packed(struct vmdk_build *b, uint64_t sector, const uint8_t *packed, size_t len)
{
    uint8_t head[12];

    if (b->options.progress) {
        marker(b, 4, 1);
        vmdk_build_append(b, NULL, SECTOR);
    }
    size_t at = b->len;
    if (sector / b->options.grain < b->grains)
        b->entries[sector / b->options.grain] = (uint32_t)(at / SECTOR);
    put_le64(head, sector);
    put_le32(head + 8, (uint32_t)len);
    vmdk_build_append(b, head, sizeof(head));
    vmdk_build_append(b, packed, len);
    pad(b);
    return at;
}

size_t vmdk_build_grain(struct vmdk_build *b, uint64_t sector, const uint8_t *data, size_t len)
{
    uint8_t *packed = malloc(ZLIB_ROOM(len));
    assert(packed);
    size_t packed_len = (b->options.stored ? zlib_stored : zlib_fixed)(data, len, packed);
    size_t at = vmdk_build_packed(b, sector, packed, packed_len);

    free(packed);
    return at;
}

/* All grain tables, then the directory, each behind its marker or in the place kept for it. */
static size_t put_tables(struct vmdk_build *b)
{
    size_t table_size = table_sectors(b) * SECTOR,
           front = (b->directory + directory_sectors(b)) * SECTOR;
    uint8_t *directory = calloc(directory_sectors(b), SECTOR), *table = malloc(table_size);
    bool in_front = b->options.tables_in_front;

    assert(directory && table);
    for (size_t i = 0; i < b->tables; i++) {
        for (size_t j = 0; j < b->options.table_entries; j++)
            put_le32(table + 4 * j, b->entries[i * b->options.table_entries + j]);
        if (!in_front)
            marker(b, 1, table_sectors(b));
        size_t at = in_front ? front + i * table_size : b->len;
        put_le32(directory + 4 * i, (uint32_t)(at / SECTOR));
        if (in_front)
            memcpy(b->at + at, table, table_size);
        else
            vmdk_build_append(b, table, table_size);
    }
    if (!in_front)
        marker(b, 2, directory_sectors(b));
    size_t at = in_front ? b->directory * SECTOR : b->len;
    if (in_front)
        memcpy(b->at + at, directory, directory_sectors(b) * SECTOR);
    else
        vmdk_build_append(b, directory, directory_sectors(b) * SECTOR);
    free(directory);
    free(table);
    return at / SECTOR;
}

void vmdk_build_end(struct vmdk_build *b)
{
    uint8_t footer[SECTOR];
    size_t directory = put_tables(b);

    if (!b->options.tables_in_front) {
        marker(b, 3, 1);
        header(b, directory, OVERHEAD, footer);
        vmdk_build_append(b, footer, SECTOR);
    }
    if (!b->options.no_end)
        marker(b, 0, 0);
}

void vmdk_build_release(struct vmdk_build *b)
{
    free(b->at);
    free(b->entries);
}
