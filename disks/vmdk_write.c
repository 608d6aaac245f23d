#include "disks/vmdk_write.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"

#define GRAIN_SECTORS    (VMDK_WRITE_GRAIN / VMDK_SECTOR)
#define DESCRIPTOR_AT    1u  /* sector; it has the rest of the front, ... */
#define DESCRIPTOR_MAX   20u /* ... of which that many sectors count */
#define HEADS            255u
#define TRACK            63u
#define CYLINDERS_MAX    65535u
#define HARDWARE_VERSION 13u

enum err vmdk_write_start(struct vmdk_write *w, uint64_t capacity, struct arena *a, struct error *e)
{
    const uint64_t per_table = (uint64_t)GRAIN_SECTORS * VMDK_WRITE_ENTRIES;

    assert(capacity);
    *w = (struct vmdk_write){.capacity = (capacity - 1) / VMDK_SECTOR + 1,
                             .next = VMDK_WRITE_FRONT / VMDK_SECTOR};
    if (w->capacity > VMDK_CAPACITY_MAX)
        return fail(e, ERR_TOO_BIG, "disk of %llu sectors, more than the %llu (64 TiB) allowed",
                    (unsigned long long)w->capacity, (unsigned long long)VMDK_CAPACITY_MAX);
    w->tables = (w->capacity - 1) / per_table + 1;
    return TAKE(a, (size_t)w->tables, &w->directory, e);
}

size_t vmdk_write_grain(uint8_t *at, uint64_t number, size_t packed_len)
{
    size_t len = VMDK_GRAIN_HEAD + packed_len, padded = (size_t)round_up(len, VMDK_SECTOR);

    put_le64(at, number * GRAIN_SECTORS);
    put_le32(at + 8, (uint32_t)packed_len);
    memset(at + len, 0, padded - len);
    return padded;
}

/* Room for so many bytes where 32 bits name a sector; *at is where. */
static enum err place(struct vmdk_write *w, size_t size, uint32_t *at, struct error *e)
{
    uint64_t sectors = size / VMDK_SECTOR;

    if (w->next > UINT32_MAX - sectors)
        return fail(e, ERR_TOO_BIG, "compressed to more than the 2 TiB that a VMDK can have");
    *at = (uint32_t)w->next;
    w->next += sectors;
    return OK;
}

enum err vmdk_write_place(struct vmdk_write *w, uint64_t number, size_t size, struct error *e)
{
    assert(number / VMDK_WRITE_ENTRIES == w->done);
    w->table_used = true;
    return place(w, size, &w->table[number % VMDK_WRITE_ENTRIES], e);
}

static void put_marker(uint8_t to[VMDK_SECTOR], enum vmdk_marker_kind kind, uint64_t sectors)
{
    memset(to, 0, VMDK_SECTOR);
    put_le64(to, sectors);
    put_le32(to + 12, kind);
}

enum err vmdk_write_table(struct vmdk_write *w, uint8_t to[VMDK_WRITE_TABLE], size_t *len,
                          struct error *e)
{
    uint32_t at;

    assert(w->done < w->tables);
    *len = 0;
    if (w->table_used) {
        *len = VMDK_WRITE_TABLE;
        put_marker(to, VMDK_TABLE, VMDK_WRITE_TABLE / VMDK_SECTOR - 1);
        for (size_t i = 0; i < VMDK_WRITE_ENTRIES; i++)
            put_le32(to + VMDK_SECTOR + 4 * i, w->table[i]);
        TRY(place(w, VMDK_WRITE_TABLE, &at, e));
        w->directory[w->done] = at + 1; /* behind the marker */
        memset(w->table, 0, sizeof(w->table));
        w->table_used = false;
    }
    w->done++;
    return OK;
}

static void put_header(uint64_t sectors, uint64_t directory, uint8_t to[VMDK_SECTOR])
{
    memset(to, 0, VMDK_SECTOR);
    memcpy(to, "KDMV", 4);
    put_le32(to + 4, 3);
    put_le32(to + 8, VMDK_NEWLINES | VMDK_COMPRESSED | VMDK_MARKERS);
    put_le64(to + 12, sectors);
    put_le64(to + 20, GRAIN_SECTORS);
    put_le64(to + 28, DESCRIPTOR_AT);
    put_le64(to + 36, DESCRIPTOR_MAX);
    put_le32(to + 44, VMDK_WRITE_ENTRIES);
    put_le64(to + 56, directory);
    put_le64(to + 64, VMDK_WRITE_FRONT / VMDK_SECTOR);
    memcpy(to + 73, "\n \r\n", 4);
    put_le16(to + 77, VMDK_ALGORITHM);
}

enum err vmdk_write_end(const struct vmdk_write *w, struct arena *a, struct bytes *out,
                        struct error *e)
{
    size_t len = (size_t)round_up(4 * w->tables, VMDK_SECTOR);
    uint64_t directory = w->next + 1; /* behind its marker */
    uint8_t *at, *footer;

    assert(w->done == w->tables);
    TRY(arena_take(a, len + (size_t)4 * VMDK_SECTOR, 1, 1, (void **)&at, e));
    put_marker(at, VMDK_DIRECTORY, len / VMDK_SECTOR);
    for (uint64_t i = 0; i < w->tables; i++)
        put_le32(at + VMDK_SECTOR + 4 * i, w->directory[i]);
    footer = at + VMDK_SECTOR + len;
    put_marker(footer, VMDK_FOOTER, 1);
    put_header(w->capacity, directory, footer + VMDK_SECTOR);
    put_marker(footer + (size_t)2 * VMDK_SECTOR, VMDK_END, 0);
    *out = (struct bytes){at, len + (size_t)4 * VMDK_SECTOR};
    return OK;
}

bool vmdk_write_can_name(const char *name)
{
    size_t len = strlen(name);

    for (const char *p = name; *p; p++)
        if ((uint8_t)*p < ' ' || *p == '"' || *p == '\\' || *p == 0x7f)
            return false;
    return len && len <= VMDK_WRITE_NAME_MAX && text_whole(name, len) == len;
}

void vmdk_write_front(uint64_t sectors, const char *name, uint32_t id, uint8_t to[VMDK_WRITE_FRONT])
{
    uint64_t cylinders = min_u64(sectors / (HEADS * TRACK), CYLINDERS_MAX);

    assert(vmdk_write_can_name(name));
    memset(to, 0, VMDK_WRITE_FRONT);
    put_header(sectors, VMDK_AT_END, to);
    text_format((char *)to + DESCRIPTOR_AT * VMDK_SECTOR, (size_t)DESCRIPTOR_MAX * VMDK_SECTOR,
                "# Disk DescriptorFile\n"
                "version=1\n"
                "CID=%08x\n"
                "parentCID=ffffffff\n"
                "createType=\"streamOptimized\"\n\n"
                "# Extent description\n"
                "RDONLY %llu SPARSE \"%s\"\n\n"
                "# The Disk Data Base\n"
                "#DDB\n\n"
                "ddb.adapterType = \"lsilogic\"\n"
                "ddb.geometry.cylinders = \"%llu\"\n"
                "ddb.geometry.heads = \"%u\"\n"
                "ddb.geometry.sectors = \"%u\"\n"
                "ddb.virtualHWVersion = \"%u\"\n",
                id >= 0xfffffffe ? id - 2 : id, (unsigned long long)sectors, name,
                (unsigned long long)max_u64(cylinders, 1), HEADS, TRACK, HARDWARE_VERSION);
}
