#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "disks/gpt_move.h"
#include "tests/build/disk_build.h"
#include "tests/test.h"

#define HELD (1u << 20)

static uint8_t old_disk[8 << 20];
static uint8_t new_disk[16 << 20];

static void build(uint64_t sectors, uint32_t sector_size)
{
    struct build_partition parts[] = {{{0}, 64, 127, "ESP"}, {{0}, 128, sectors - 40, "root"}};

    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    memset(old_disk, 0x5a, sizeof(old_disk));
    build_gpt(old_disk, sectors, sector_size, parts, 2);
}

/* Move the table of old_disk as the writer does it; new_disk is then the target. */
static enum gpt_move_result move(uint64_t old_size, uint64_t new_sectors, uint32_t sector_size)
{
    static uint8_t backup[HELD + 8192];
    uint64_t tail = old_size > 2 * HELD ? old_size - HELD : HELD;
    struct gpt_disk d = {.head = new_disk,
                         .head_len = old_size < HELD ? old_size : HELD,
                         .tail = new_disk + tail,
                         .tail_offset = tail,
                         .tail_len = old_size > tail ? old_size - tail : 0,
                         .sector_size = sector_size,
                         .old_size = old_size,
                         .new_sectors = new_sectors};

    memset(new_disk, 0xcc, sizeof(new_disk));
    memcpy(new_disk, old_disk, old_size);
    enum gpt_move_result result = gpt_move(&d);
    if (result == GPT_MOVED) {
        size_t len = gpt_make_backup(new_disk, sector_size, backup);
        memcpy(new_disk + new_sectors * sector_size - len, backup, len);
    }
    return result;
}

/* One copy: signature, checksums and places, read without parsers/gpt.c. */
static void check_copy(uint64_t self, uint64_t other, uint64_t entries, uint64_t sectors,
                       uint32_t sector_size)
{
    uint8_t header[92];

    memcpy(header, new_disk + self * sector_size, sizeof(header));
    uint32_t crc = get_le32(header + 16);
    put_le32(header + 16, 0);
    CHECK(memcmp(header, "EFI PART", 8) == 0);
    CHECK(build_crc32(header, sizeof(header)) == crc);
    CHECK(get_le64(header + 24) == self && get_le64(header + 32) == other);
    CHECK(get_le64(header + 72) == entries);
    CHECK(get_le64(header + 48) == sectors - 2 - 16384 / sector_size);
    CHECK(get_le32(header + 88) == build_crc32(new_disk + entries * sector_size, 16384));
}

static void check_moved(uint64_t sectors, uint32_t sector_size)
{
    check_copy(1, sectors - 1, 2, sectors, sector_size);
    check_copy(sectors - 1, 1, sectors - 1 - 16384 / sector_size, sectors, sector_size);
    CHECK(new_disk[450] == 0xee && get_le32(new_disk + 454) == 1);
    CHECK(get_le32(new_disk + 458) == sectors - 1);
}

TEST(a_backup_gpt_moves_to_the_end_of_a_larger_disk)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        uint64_t old_sectors = (4 << 20) / size, new_sectors = (9 << 20) / size;
        static const uint8_t zeros[512];
        build(old_sectors, size);
        CHECK(move(4 << 20, new_sectors, size) == GPT_MOVED);
        check_moved(new_sectors, size);
        /* The partitions, and all between the tables, are as they were. */
        CHECK(memcmp(old_disk + 2 * size, new_disk + 2 * size, (4 << 20) - 3 * size - 16384) == 0);
        /* The old backup is gone. */
        CHECK(memcmp(new_disk + (4 << 20) - size, zeros, 512) == 0);
        CHECK(memcmp(new_disk + (4 << 20) - size - 16384, zeros, 512) == 0);
    }
}

TEST(a_backup_gpt_moves_by_a_few_sectors_over_its_old_place)
{
    for (uint64_t more = 1; more < 40; more++) {
        build(8192, 512);
        CHECK(move(4 << 20, 8192 + more, 512) == GPT_MOVED);
        check_moved(8192 + more, 512);
    }
}

TEST(a_small_disk_whose_backup_is_in_the_head_moves_too)
{
    build(1024, 512);
    CHECK(move(1024 * 512, 9000, 512) == GPT_MOVED);
    check_moved(9000, 512);
    CHECK(new_disk[1023 * 512] == 0);
}

TEST(on_a_target_of_the_same_size_nothing_changes)
{
    build(8192, 512);
    CHECK(move(4 << 20, 8192, 512) == GPT_IN_PLACE);
    CHECK(memcmp(old_disk, new_disk, 4 << 20) == 0);
}

/* Moving must be refused, and every byte stay. */
static void check_left(enum gpt_move_result result)
{
    CHECK(move(4 << 20, 20000, 512) == result);
    CHECK(memcmp(old_disk, new_disk, 4 << 20) == 0);
}

TEST(what_is_no_good_gpt_is_left_alone)
{
    build(8192, 512);
    old_disk[512 + 60] ^= 1; /* header */
    check_left(GPT_DAMAGED);
    build(8192, 512);
    old_disk[1024 + 5] ^= 1; /* entries */
    check_left(GPT_DAMAGED);
    build(8192, 512);
    put_le64(old_disk + 512 + 72, 4000); /* entries beyond the head */
    build_gpt_resum(old_disk + 512);
    check_left(GPT_OUT_OF_REACH);
    build(1024, 4096);
    check_left(GPT_OTHER_SECTORS);
    memset(old_disk, 0, sizeof(old_disk));
    build_mbr(old_disk, (struct build_partition[]){{{0x83}, 63, 5000, NULL}}, 1);
    check_left(GPT_NONE);
}

TEST(a_target_without_room_for_the_backup_is_left_alone)
{
    build(8192, 512);
    put_le64(old_disk + 512 + 48, 8189); /* usable nearly to the end */
    build_gpt_resum(old_disk + 512);
    CHECK(move(4 << 20, 8193, 512) == GPT_OUT_OF_REACH);
    CHECK(memcmp(old_disk, new_disk, 4 << 20) == 0);
}

TEST(an_old_backup_that_is_none_is_not_wiped)
{
    build(8192, 512);
    old_disk[8191 * 512 + 60] ^= 1;
    CHECK(move(4 << 20, 20000, 512) == GPT_MOVED);
    check_moved(20000, 512);
    CHECK(memcmp(old_disk + 8000 * 512, new_disk + 8000 * 512, 192 * 512) == 0);
}

TEST(a_hybrid_mbr_keeps_its_other_partitions)
{
    struct build_partition parts[] = {{{0xee}, 1, 63, NULL}, {{0x0c}, 64, 127, NULL}};

    build(8192, 512);
    build_mbr(old_disk, parts, 2);
    CHECK(move(4 << 20, 20000, 512) == GPT_MOVED);
    CHECK(memcmp(old_disk, new_disk, 512) == 0);
}

TEST(a_protective_mbr_of_a_huge_disk_says_all_of_it)
{
    static uint8_t backup[HELD];

    build(8192, 512);
    struct gpt_disk d = {.head = old_disk,
                         .head_len = HELD,
                         .tail = old_disk + (3 << 20),
                         .tail_offset = 3 << 20,
                         .tail_len = HELD,
                         .sector_size = 512,
                         .old_size = 4 << 20,
                         .new_sectors = 1ull << 40};
    CHECK(gpt_move(&d) == GPT_MOVED);
    CHECK(get_le32(old_disk + 458) == UINT32_MAX);
    CHECK(gpt_make_backup(old_disk, 512, backup) == 33 * 512);
    CHECK(get_le64(backup + 32 * 512 + 24) == (1ull << 40) - 1);
}
