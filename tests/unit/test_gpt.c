#include <string.h>

#include "base/bytes.h"
#include "parsers/gpt.h"
#include "tests/build/disk_build.h"
#include "tests/test.h"

static uint8_t disk[2048 * 512];

static void fresh(void)
{
    struct build_partition parts[] = {{{0}, 64, 127, "ESP"}, {{0}, 128, 1000, "root"}};

    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    memset(disk, 0, sizeof(disk));
    build_gpt(disk, 2048, 512, parts, 2);
}

TEST(crc32_has_the_known_check_value)
{
    /* The check value of CRC-32/ISO-HDLC, from the catalogue of parametrised CRC algorithms. */
    CHECK(gpt_crc32(0, (const uint8_t *)"123456789", 9) == 0xcbf43926);
    CHECK(gpt_crc32(gpt_crc32(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5) ==
          0xcbf43926);
}

TEST(a_gpt_header_and_its_entries_are_read)
{
    struct gpt_header h;
    struct gpt_entry entry;

    fresh();
    CHECK(gpt_parse_header(disk + 512, 512, 1, &h));
    CHECK(h.alternate == 2047 && h.first_usable == 34 && h.last_usable == 2014);
    CHECK(h.entries == 2 && h.entry_count == 128 && h.entries_length == 16384);
    CHECK(gpt_entry_sectors(&h, 512) == 32 && gpt_entry_sectors(&h, 4096) == 4);
    CHECK(gpt_crc32(0, disk + 1024, h.entries_length) == h.entries_crc);
    CHECK(gpt_parse_entry(disk + 1024, &entry));
    CHECK(entry.first == 64 && entry.last == 127 && entry.name_units == 3);
    CHECK(memcmp(entry.type, gpt_type_esp, 16) == 0);
    CHECK(!gpt_parse_entry(disk + 1024 + 256, &entry));
    CHECK(gpt_parse_header(disk + 2047 * 512, 512, 2047, &h) && h.entries == 2015);
}

TEST(any_changed_bit_of_a_gpt_header_is_noticed)
{
    struct gpt_header h;

    fresh();
    for (size_t bit = 0; bit < 92 * 8; bit++) {
        disk[512 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!gpt_parse_header(disk + 512, 512, 1, &h));
        disk[512 + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(gpt_parse_header(disk + 512, 512, 1, &h));
    CHECK(!gpt_parse_header(disk + 512, 512, 2, &h));
}

/* A header that is wrong in one field, with a right checksum. */
static bool accepts(size_t at, size_t len, uint64_t value)
{
    struct gpt_header h;

    fresh();
    for (size_t i = 0; i < len; i++)
        disk[512 + at + i] = (uint8_t)(value >> 8 * i);
    build_gpt_resum(disk + 512);
    return gpt_parse_header(disk + 512, 512, 1, &h);
}

TEST(a_gpt_header_that_makes_no_sense_is_refused_with_a_right_checksum_too)
{
    CHECK(accepts(32, 8, 5000));    /* the alternate may be anywhere */
    CHECK(!accepts(8, 4, 0x20000)); /* revision */
    CHECK(!accepts(12, 4, 91));     /* header size */
    CHECK(!accepts(12, 4, 513));
    CHECK(!accepts(24, 8, 2));  /* own place */
    CHECK(!accepts(32, 8, 1));  /* alternate: itself */
    CHECK(!accepts(48, 8, 33)); /* last usable before first */
    CHECK(!accepts(72, 8, 1));  /* entries over the header */
    CHECK(!accepts(80, 4, 0));  /* number of entries */
    CHECK(!accepts(80, 4, 0xffffffff));
    CHECK(!accepts(84, 4, 64)); /* size of an entry */
    CHECK(!accepts(84, 4, 384));
    CHECK(!accepts(84, 4, 0x80000000));
}

TEST(an_mbr_is_told_from_other_boot_sectors)
{
    struct build_partition parts[] = {{{0x83}, 63, 1000, NULL}, {{0xef}, 1001, 2000, NULL}};
    struct mbr_partition mbr[MBR_PARTITIONS];

    build_mbr(disk, parts, 2);
    disk[446] = 0x80;
    CHECK(mbr_parse(disk, mbr));
    CHECK(mbr[0].type == 0x83 && mbr[0].first == 63 && mbr[0].count == 938);
    CHECK(mbr[1].type == MBR_ESP && mbr[2].type == 0);
    disk[446 + 32] = 0x0f; /* code, where a third partition would be */
    CHECK(!mbr_parse(disk, mbr));
    disk[446 + 32] = 0;
    disk[511] = 0;
    CHECK(!mbr_parse(disk, mbr));
}
