/* A partition is added to an MBR: a primary or a logical one. */
#include <string.h>

#include "base/bytes.h"
#include "tests/build/partition_rig.h"
#include "tests/test.h"

/* An MBR with that many primary partitions of a MiB each, in sectors of 512 bytes. */
static void build_primaries(size_t count, size_t new_mib)
{
    struct build_partition parts[4];

    adding_begin(512, 8, new_mib);
    for (size_t i = 0; i < count; i++)
        parts[i] = adding_mbr_part(0x83, 2048 * (i + 1), 2048 * (i + 2));
    build_mbr(adding_old_disk, parts, count);
}

TEST(an_mbr_gets_a_primary_partition)
{
    static const uint8_t entry[] = {0, 0xfe, 0xff, 0xff, 0x0e, 0xfe, 0xff, 0xff};

    for (size_t count = 1; count < 4; count++) {
        build_primaries(count, 16);
        memset(adding_old_disk, 0xeb, 440); /* boot code, and the disk's signature */
        CHECK(adding_run() == OK);
        uint8_t *at = adding_new_disk + 446 + 16 * count;
        CHECK(added.first == 13 * 2048 && added.number == count + 1 && added.gpt == GPT_NONE);
        CHECK(memcmp(at, entry, 8) == 0 && added.patch_count == 0);
        CHECK(get_le32(at + 8) == 13 * 2048 && get_le32(at + 12) == 2 * 2048);
        memset(at, 0, 16);
        CHECK(memcmp(adding_old_disk, adding_new_disk, adding_old_size) == 0); /* nothing else */
    }
}

TEST(an_mbr_in_large_sectors_gets_one_too)
{
    adding_begin(4096, 8, 16);
    build_mbr(adding_old_disk, (struct build_partition[]){adding_mbr_part(0x83, 256, 1024)}, 1);
    CHECK(adding_run() == OK);
    CHECK(added.first == 13 * 256 && get_le32(adding_new_disk + 462 + 12) == 512);
}

TEST(an_mbr_with_a_gap_gets_it_in_the_unused_entry)
{
    build_primaries(4, 16);
    memset(adding_old_disk + 446 + 16, 0, 16);
    CHECK(adding_run() == OK && added.number == 2);
    put_le32(adding_old_disk + 446 + 16 + 12, 5); /* Linux shows it in spite of type 0 */
    put_le32(adding_old_disk + 446 + 16 + 8, 5);
    adding_check_refused(ERR_NO_ROOM, "four partitions, and not one extended one");
    CHECK(memcmp(adding_old_disk, adding_new_disk, adding_old_size) == 0);
}

TEST(an_mbr_that_makes_no_sense_is_left_alone)
{
    static const struct {
        struct build_partition parts[2];
        const char *why;
    } cases[] = {
        {{{{0x83}, 2048, 16384, NULL}}, "partition that is not on the disk"},
        {{{{0x83}, 0, 100, NULL}}, "partition that is not on the disk"},
        {{{{0x83}, 64, 1000, NULL}, {{0x83}, 1000, 2000, NULL}}, "partitions that overlap"},
        {{{{0x42}, 64, 1000, NULL}}, "a dynamic disk of Windows"},
        {{{{0xee}, 1, 16383, NULL}}, "its GPT is missing"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        adding_begin(512, 8, 16);
        build_mbr(adding_old_disk, cases[i].parts, cases[i].parts[1].type[0] ? 2 : 1);
        CHECK(adding_run() != OK);
        CHECK_HOLDS(adding_error.text, cases[i].why);
        CHECK(memcmp(adding_old_disk, adding_new_disk, adding_old_size) == 0);
    }
    adding_begin(512, 8, 16);
    adding_check_refused(ERR_UNSUPPORTED, "it has no partition table"); /* no signature */
    build_mbr(adding_old_disk, NULL, 0);
    adding_check_refused(ERR_UNSUPPORTED, "it has no partition table"); /* no partition */
}

TEST(an_mbr_partition_stays_below_the_32_bit_limit)
{
    struct build_partition parts[] = {adding_mbr_part(0x83, 2048, 4096)};

    adding_begin(512, 8, 16);
    build_mbr(adding_old_disk, parts, 1);
    adding_new_size = (5ull << 40);
    CHECK(adding_run() == OK);
    CHECK(added.first + added.sectors <= UINT32_MAX && added.first % 2048 == 0);
    CHECK(added.first + added.sectors > UINT32_MAX - 2048);
}

TEST(with_four_primaries_a_logical_partition_is_added)
{
    static const uint8_t types[] = {0x05, 0x0f, 0x85};

    for (size_t i = 0; i < sizeof(types); i++) {
        adding_build_extended(8, 16, 6, types[i]);
        CHECK(adding_run() == OK);
        CHECK(added.is_logical && added.number == 7 && added.first == 13 * 2048);
        /* The chain leads to it. */
        const uint8_t *link = adding_new_disk + 4 * MIB + 462;
        CHECK(link[4] == 0x05 && get_le32(link + 8) == 10 * 2048 - 1);
        CHECK(get_le32(link + 12) == 2 * 2048 + 1);
        const uint8_t *table = adding_new_disk + (13 * 2048 - 1) * 512 + 446;
        CHECK(table[4] == 0x0e && get_le32(table + 8) == 1 && get_le32(table + 12) == 2 * 2048);
        CHECK(get_le16(table + 64) == 0xaa55 && table[20] == 0);
        /* The extended one reaches to its end; all else is as it was. */
        CHECK(get_le32(adding_new_disk + 494 + 12) == 12 * 2048);
        put_le32(adding_new_disk + 494 + 12, 3 * 2048);
        memcpy(adding_new_disk + 4 * MIB + 462, adding_old_disk + 4 * MIB + 462, 16);
        CHECK(memcmp(adding_new_disk, adding_old_disk, adding_old_size) == 0);
    }
}

TEST(an_extended_partition_that_has_room_stays_as_long_as_it_is)
{
    adding_build_extended(8, 8, 8, 0x05);
    CHECK(adding_run() == OK && added.first == 5 * 2048);
    CHECK(memcmp(adding_new_disk, adding_old_disk, 512) == 0);
    adding_build_logical(4 * 2048, 4 * 2048 + 63, 2 * 2048, 3 * 2048, 0); /* into where it was */
    adding_check_refused(ERR_NO_ROOM, "its extended partition reaches too close");
}

TEST(an_empty_extended_partition_gets_its_first_one)
{
    adding_build_extended(8, 16, 6, 0x05);
    adding_build_logical(3 * 2048, 0, 0, 3 * 2048, 0);
    CHECK(adding_run() == OK && added.number == 5 && added.patch_count == 1);
    const uint8_t *table = adding_new_disk + 3 * MIB + 446;
    CHECK(table[4] == 0x0e && get_le32(table + 8) == 10 * 2048 && get_le32(table + 12) == 4096);
}

TEST(an_extended_partition_without_room_is_refused)
{
    adding_build_extended(8, 16, 6, 0x05);
    /* A primary one behind it bounds it. */
    put_le32(adding_old_disk + 446 + 8, 6 * 2048);
    adding_check_refused(ERR_NO_ROOM, "its extended partition reaches too close");
    CHECK(memcmp(adding_old_disk, adding_new_disk, adding_old_size) == 0);
    adding_build_extended(8, 16, 6, 0x05);
    adding_old_disk[446 + 4] = 0x0f; /* two of them */
    adding_check_refused(ERR_NO_ROOM, "not one extended one");
}

TEST(a_chain_that_is_not_understood_is_refused)
{
    adding_build_extended(8, 16, 6, 0x05);
    adding_build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048,
                         3 * 2048 + 1); /* into a partition */
    adding_check_refused(ERR_DAMAGED,
                         "its logical partitions: sector 6145 holds no partition table");
    adding_build_extended(8, 16, 6, 0x05);
    adding_build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 4 * 2048); /* a loop */
    adding_check_refused(ERR_DAMAGED, "sector 8192 holds a partition that overlaps another");
    adding_build_extended(8, 16, 6, 0x05);
    adding_build_logical(4 * 2048, 0, 0, 3 * 2048, 4 * 2048); /* without a partition */
    adding_check_refused(ERR_DAMAGED, "sector 8192 holds a partition that overlaps another");
    adding_build_extended(8, 16, 6, 0x05);
    adding_build_logical(4 * 2048, 4 * 2048 + 63, 5000, 3 * 2048, 0);
    adding_check_refused(ERR_DAMAGED, "sector 8192 holds a partition that leaves the extended one");
    adding_build_extended(8, 16, 6, 0x05);
    adding_build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 7 * 2048);
    adding_check_refused(ERR_DAMAGED, "sector 14336 is outside the extended partition");
    adding_build_extended(8, 16, 6, 0x05);
    adding_old_disk[4 * MIB + 478 + 12] = 1; /* a third entry, as OS/2 has them */
    adding_check_refused(ERR_DAMAGED, "sector 8192 has an unusual form");
    adding_build_extended(8, 16, 6, 0x05);
    adding_old_disk[4 * MIB + 446 + 4] = 0x05; /* the link first, as DR-DOS has it */
    adding_check_refused(ERR_DAMAGED, "sector 8192 has an unusual form");
    CHECK(memcmp(adding_old_disk, adding_new_disk, adding_old_size) == 0);
}
