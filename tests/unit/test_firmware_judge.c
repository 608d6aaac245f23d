/* The judge of the power cuts is judged on disks whose fate is known. */
#include "tests/build/firmware_judge.h"

#include <string.h>

#include "base/bytes.h"
#include "tests/build/disk_build.h"
#include "tests/test.h"

#define SECTORS 256

static uint8_t disk[SECTORS * 4096];
static uint32_t sector;

static const uint8_t *sector_at(void *context, uint64_t lba)
{
    (void)context;
    return disk + lba * sector;
}

static struct firmware_view look(void)
{
    struct firmware_disk d = {sector_at, NULL, SECTORS, sector};

    return firmware_look(&d);
}

static void make(uint32_t sector_size)
{
    struct build_partition part = {{0}, 40, 100, "a"};

    sector = sector_size;
    memcpy(part.type, build_type_linux, 16);
    memset(disk, 0, sizeof(disk));
    build_gpt(disk, SECTORS, sector, &part, 1);
}

TEST(the_judge_sees_a_gpt_only_behind_a_protective_entry)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        make(size);
        CHECK(look().table == FIRMWARE_GPT && !look().restores && !look().disagree);
        disk[510] = 0; /* EDK2 does not ask */
        CHECK(look().table == FIRMWARE_GPT);
        disk[446 + 8] = 2;
        CHECK(look().table == FIRMWARE_NOTHING);
        memset(disk, 0, sector);
        CHECK(look().table == FIRMWARE_NOTHING && !look().disagree);
    }
}

TEST(the_judge_sees_one_copy_restored_from_the_other)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        make(size);
        disk[2 * size + 5] ^= 1; /* the primary's entries */
        CHECK(look().table == FIRMWARE_GPT && look().restores);
        disk[(SECTORS - 1) * size + 60] ^= 1;
        CHECK(look().table == FIRMWARE_MBR && !look().restores);
        disk[510] = 0;
        CHECK(look().table == FIRMWARE_NOTHING);
        make(size);
        disk[(SECTORS - 1) * size + 60] ^= 1;
        CHECK(look().table == FIRMWARE_GPT && look().restores);
    }
}

TEST(the_judge_sees_copies_that_disagree_even_where_nothing_starts)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        make(size);
        uint8_t *last = disk + (SECTORS - 1) * size;
        last[60] ^= 1;
        build_gpt_resum(last);
        CHECK(look().table == FIRMWARE_GPT && look().disagree);
        memset(disk, 0, sector);
        CHECK(look().table == FIRMWARE_NOTHING && look().disagree);
        put_le64(last + 24, 7); /* now it is no header of this place */
        build_gpt_resum(last);
        CHECK(!look().disagree);
    }
}

TEST(the_judge_sees_an_mbr_only_when_its_partitions_can_be)
{
    struct build_partition parts[] = {{{0x83}, 10, 99, NULL}, {{0x0c}, 100, SECTORS - 1, NULL}};

    sector = 512;
    memset(disk, 0, sizeof(disk));
    build_mbr(disk, parts, 2);
    CHECK(look().table == FIRMWARE_MBR);
    parts[0].last = 100;
    build_mbr(disk, parts, 2);
    CHECK(look().table == FIRMWARE_NOTHING);
    parts[0].last = 99;
    parts[1].last = SECTORS;
    build_mbr(disk, parts, 2);
    CHECK(look().table == FIRMWARE_NOTHING);
    build_mbr(disk, parts, 0);
    CHECK(look().table == FIRMWARE_NOTHING);
}
