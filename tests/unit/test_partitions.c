#include <string.h>

#include "base/bytes.h"
#include "disks/partitions.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define SIZE (4u << 20)

static uint8_t memory[1 << 16];
static uint8_t disk[SIZE];
static struct partitions found;
static struct error error;

static enum err read_table(uint32_t sector_size)
{
    struct fake_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vmdk", (struct bytes){disk, SIZE});
    return partitions_read(&source.source, sector_size, &a, &found, &error);
}

static void build(uint32_t sector_size)
{
    struct build_partition parts[] = {{{0}, 40, 63, "EFI System"}, {{0}, 64, 1000, NULL}};

    if (sector_size == 4096)
        parts[1].last = 900;
    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    memset(disk, 0, SIZE);
    build_gpt(disk, SIZE / sector_size, sector_size, parts, 2);
}

static void check_found(uint32_t sector_size)
{
    CHECK(found.kind == TABLE_GPT && found.sector_size == sector_size && found.count == 2);
    CHECK(found.at[0].number == 1 && found.at[0].is_esp);
    CHECK(found.at[0].offset == 40ull * sector_size && found.at[0].size == 24ull * sector_size);
    CHECK(found.at[0].guid[0] == 0x10 && found.at[0].guid[15] == 0x10);
    CHECK_TEXT(found.at[0].label, "EFI System");
    CHECK(found.at[1].number == 2 && !found.at[1].is_esp);
    CHECK_TEXT(found.at[1].label, "");
}

TEST(a_gpt_is_read_in_both_sector_sizes)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        build(size);
        CHECK(read_table(0) == OK);
        check_found(size);
        CHECK(read_table(size) == OK);
        check_found(size);
        CHECK(read_table(size == 512 ? 4096 : 512) == ERR_DAMAGED);
    }
}

TEST(the_backup_stands_in_for_a_damaged_primary)
{
    build(512);
    disk[512 + 40] ^= 1;
    CHECK(read_table(0) == OK);
    check_found(512);
    build(512);
    disk[1024 + 3] ^= 1; /* the entries */
    CHECK(read_table(0) == OK);
    check_found(512);
    disk[SIZE - 512 + 40] ^= 1;
    CHECK(read_table(0) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vmdk: both copies of its GPT are damaged or missing");
}

TEST(a_gpt_counts_only_behind_a_protective_mbr)
{
    build(512);
    memset(disk, 0, 512);
    CHECK(read_table(0) == OK && found.kind == TABLE_NONE && found.count == 0);
}

TEST(an_mbr_is_read_and_what_leaves_the_disk_is_passed_over)
{
    struct build_partition parts[] = {
        {{0x83}, 63, 1000, NULL}, {{0xef}, 1001, 2000, NULL}, {{0x83}, 2001, SIZE / 512, NULL}};

    memset(disk, 0, SIZE);
    build_mbr(disk, parts, 3);
    put_le32(disk + 440, 0x12345678);
    CHECK(read_table(0) == OK);
    CHECK(found.kind == TABLE_MBR && found.count == 2 && found.sector_size == 512);
    CHECK(found.at[0].type[0] == 0x83 && !found.at[0].is_esp);
    CHECK(found.at[1].number == 2 && found.at[1].is_esp && found.at[1].offset == 1001 * 512);
    CHECK(found.at[1].size == 1000 * 512 && found.signature == 0x12345678);
}

TEST(an_mbr_counts_in_the_sectors_of_the_fat_volumes_in_it)
{
    struct build_partition parts[] = {{{0x83}, 8, 15, NULL}, {{0xef}, 16, 527, NULL}};
    struct fat_build fat;

    memset(disk, 0, SIZE);
    fat_build_begin(&fat, disk + 16 * 4096, 512 * 4096, 12);
    build_mbr(disk, parts, 2);
    CHECK(read_table(0) == OK && found.sector_size == 512); /* the volume has sectors of 512 */
    disk[16 * 4096 + 12] = 4096 >> 8;
    disk[16 * 4096 + 33] = 512 >> 8; /* as many of them */
    CHECK(read_table(0) == OK && found.kind == TABLE_MBR && found.sector_size == 4096);
    CHECK(found.count == 2 && found.at[1].offset == 16 * 4096 && found.at[1].size == 512 * 4096);
    CHECK(read_table(512) == OK && found.sector_size == 512 && found.at[1].offset == 16 * 512);
    parts[1].last = SIZE / 4096; /* leaves the disk, in such sectors */
    build_mbr(disk, parts, 2);
    CHECK(read_table(0) == OK && found.sector_size == 512);
}

TEST(a_disk_without_a_table_is_no_error)
{
    memset(disk, 0, SIZE);
    CHECK(read_table(0) == OK && found.kind == TABLE_NONE);
    build_mbr(disk, NULL, 0);
    CHECK(read_table(0) == OK && found.kind == TABLE_NONE);
    struct fat_build fat;
    memset(disk, 0, SIZE);
    fat_build_begin(&fat, disk, SIZE, 16);
    CHECK(read_table(0) == OK && found.kind == TABLE_NONE);
}

TEST(gpt_entries_outside_the_usable_area_are_passed_over)
{
    static const uint64_t bad[][2] = {{10, 63}, {40, 39}, {40, 8190}, {40, UINT64_MAX}};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct build_partition part = {{0}, bad[i][0], bad[i][1], NULL};
        memcpy(part.type, build_type_esp, 16);
        memset(disk, 0, SIZE);
        build_gpt(disk, SIZE / 512, 512, &part, 1);
        CHECK(read_table(0) == OK && found.kind == TABLE_GPT && found.count == 0);
    }
}

TEST(a_table_of_many_entries_meets_the_arena_and_not_more)
{
    struct fake_source source;
    struct arena a;

    build(512);
    arena_init(&a, memory, 10000, "partitions");
    fake_source_init(&source, "disk.vmdk", (struct bytes){disk, SIZE});
    CHECK(partitions_read(&source.source, 0, &a, &found, &error) == ERR_NO_MEMORY);
    for (size_t n = 1; n <= 3; n++) {
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&source, "disk.vmdk", (struct bytes){disk, SIZE});
        source.fail_at = n;
        CHECK(partitions_read(&source.source, 0, &a, &found, &error) == ERR_IO);
    }
}
