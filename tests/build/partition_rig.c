#include "tests/build/partition_rig.h"

#include <string.h>

#include "base/bytes.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define HELD (1u << 20)

uint8_t adding_old_disk[8 * MIB], adding_new_disk[24 * MIB];
uint64_t adding_old_size, adding_new_size;
uint32_t adding_sector_size;
const struct partition_new adding_what = {
    .size = 2 * MIB, .name = "cidata", .guid = {1, 2, 3, 4, 5, 6, 7, 8}, .mbr_type = 0x0e};
struct partition_added added;
struct error adding_error;

void adding_begin(uint32_t sector, size_t old_mib, size_t new_mib)
{
    adding_sector_size = sector;
    adding_old_size = old_mib * MIB;
    adding_new_size = new_mib * MIB;
    memset(adding_old_disk, 0x5a, sizeof(adding_old_disk));
}

void adding_build_gpt(uint32_t sector, size_t old_mib, size_t new_mib, size_t end_mib)
{
    struct build_partition parts[] = {{{0}, 64, 127, "ESP"},
                                      {{0}, 128, end_mib * MIB / sector - 1, "root"}};

    adding_begin(sector, old_mib, new_mib);
    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    build_gpt(adding_old_disk, adding_old_size / sector, sector, parts, 2);
}

struct build_partition adding_mbr_part(uint8_t type, uint64_t first, uint64_t end)
{
    return (struct build_partition){{type}, first, end - 1, NULL};
}

enum err adding_run(void)
{
    static uint8_t backup[HELD + 8192];
    uint64_t tail = adding_old_size > 2 * HELD ? adding_old_size - HELD : HELD;
    struct gpt_disk d = {.head = adding_new_disk,
                         .head_len = adding_old_size < HELD ? adding_old_size : HELD,
                         .tail = adding_new_disk + tail,
                         .tail_offset = tail,
                         .tail_len = adding_old_size > tail ? adding_old_size - tail : 0,
                         .sector_size = adding_sector_size,
                         .old_size = adding_old_size,
                         .new_sectors = adding_new_size / adding_sector_size,
                         .anew = true};
    struct fake_source guest;

    memset(adding_new_disk, 0xcc, sizeof(adding_new_disk));
    memcpy(adding_new_disk, adding_old_disk, adding_old_size);
    fake_source_init(&guest, "disk.vmdk", (struct bytes){adding_old_disk, adding_old_size});
    TRY(partition_add(&d, &guest.source, &adding_what, &added, &adding_error));
    for (size_t i = 0; i < added.patch_count; i++)
        memcpy(adding_new_disk + added.patches[i].lba * adding_sector_size, added.patches[i].sector,
               adding_sector_size);
    if (added.gpt == GPT_MOVED) {
        size_t len = gpt_make_backup(adding_new_disk, adding_sector_size, backup);
        memcpy(adding_new_disk + adding_new_size - len, backup, len);
    }
    return OK;
}

void adding_check_refused(enum err code, const char *text)
{
    CHECK(adding_run() == code);
    CHECK_HOLDS(adding_error.text, text);
    CHECK_HOLDS(adding_error.text, "disk.vmdk: ");
}

void adding_build_logical(uint64_t at, uint64_t first, uint64_t count, uint64_t base, uint64_t next)
{
    uint8_t *sector = adding_old_disk + at * adding_sector_size;

    memset(sector, 0, 512);
    if (count) {
        sector[446 + 4] = 0x83;
        put_le32(sector + 446 + 8, (uint32_t)(first - at));
        put_le32(sector + 446 + 12, (uint32_t)count);
    }
    if (next) {
        sector[462 + 4] = 0x05;
        put_le32(sector + 462 + 8, (uint32_t)(next - base));
        put_le32(sector + 462 + 12, 100);
    }
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

void adding_build_extended(size_t old_mib, size_t new_mib, size_t end_mib, uint8_t type)
{
    struct build_partition parts[] = {adding_mbr_part(0x83, 256, 300),
                                      adding_mbr_part(0x83, 300, 400),
                                      adding_mbr_part(0x83, 400, 512),
                                      {{0}, 0, 0, NULL}};

    adding_begin(512, old_mib, new_mib);
    parts[3] = adding_mbr_part(type, 3 * 2048, end_mib * 2048);
    build_mbr(adding_old_disk, parts, 4);
    adding_build_logical(3 * 2048, 3 * 2048 + 63, 1000, 3 * 2048, 4 * 2048);
    adding_build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 0);
}
