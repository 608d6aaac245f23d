#include <string.h>

#include "base/bytes.h"
#include "disks/gpt_make.h"
#include "disks/gpt_move.h"
#include "disks/partitions.h"
#include "tests/build/disk_build.h"
#include "tests/test.h"

#define MIB 1048576u

static uint8_t disk[16 * MIB], backup[64 << 10], memory[256 << 10];
static struct error error;
static struct gpt_make_part parts[GPT_MAKE_ENTRIES];
static struct partitions found;

/* Both copies on the disk; what is needed of it. */
static uint64_t make(uint32_t sector_size, size_t count, uint64_t sectors)
{
    struct gpt_make m = {.sector_size = sector_size, .parts = parts, .count = count};
    uint64_t needed = gpt_make_place(&m);

    m.sectors = sectors ? sectors : needed;
    memset(m.guid, 0x11, sizeof(m.guid));
    memset(disk, 0, sizeof(disk));
    gpt_make_head(&m, disk);
    size_t len = gpt_make_backup(disk, sector_size, backup);
    if (m.sectors * sector_size <= sizeof(disk))
        memcpy(disk + m.sectors * sector_size - len, backup, len);
    return needed;
}

static struct gpt_make_part part(const uint8_t *type, const char *name, uint64_t size)
{
    struct gpt_make_part p = {.type = type, .name = name, .size = size};

    memset(p.guid, name[0], sizeof(p.guid));
    return p;
}

static enum err read_disk(uint64_t size, uint32_t sector_size)
{
    static struct memory_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    memory_source_init(&source, "disk", (struct bytes){disk, size});
    return partitions_read(&source.source, sector_size, &a, &found, &error);
}

TEST(gpt_make_partitions_are_found_where_they_were_placed)
{
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        parts[0] = part(gpt_type_esp, "OVFBOOT", 2 * MIB);
        parts[1] = part(gpt_type_archive, "one.ova", 1);
        parts[2] = part(gpt_type_archive, "two.ova", MIB + 1);
        uint64_t needed = make(sector, 3, 0) * sector;
        CHECK(needed == 7 * MIB);
        for (int copy = 0; copy < 2; copy++) { /* then from the backup alone */
            NEED(read_disk(needed, sector) == OK && found.kind == TABLE_GPT && found.count == 3);
            CHECK(found.at[0].is_esp && found.at[0].offset == MIB && found.at[0].size == 2 * MIB);
            CHECK(found.at[1].offset == 3 * MIB && found.at[1].size == sector);
            CHECK(found.at[2].offset == 4 * MIB && found.at[2].size == MIB + sector);
            CHECK(memcmp(found.at[2].type, gpt_type_archive, 16) == 0);
            CHECK(found.at[1].guid[0] == 'o' && found.at[1].guid[15] == 'o');
            CHECK_TEXT(found.at[0].label, "OVFBOOT");
            CHECK_TEXT(found.at[2].label, "two.ova");
            memset(disk + sector, 0, sector);
        }
    }
}

/* Read without parsers/gpt.c. */
TEST(gpt_make_header_is_what_the_specification_says)
{
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        parts[0] = part(gpt_type_esp, "E", MIB);
        uint64_t sectors = make(sector, 1, 0), entries = 16384 / sector;
        uint8_t header[92];
        memcpy(header, disk + sector, sizeof(header));
        put_le32(header + 16, 0);
        CHECK(get_le32(disk + sector + 16) == build_crc32(header, sizeof(header)));
        CHECK(get_le32(header + 88) == build_crc32(disk + 2 * sector, 16384));
        CHECK(memcmp(header, "EFI PART\0\0\1\0\x5c\0\0\0", 16) == 0);
        CHECK(get_le64(header + 24) == 1 && get_le64(header + 32) == sectors - 1);
        CHECK(get_le64(header + 40) == 2 + entries);
        CHECK(get_le64(header + 48) == sectors - entries - 2);
        CHECK(header[56] == 0x11 && header[71] == 0x11 && get_le64(header + 72) == 2);
        CHECK(get_le32(header + 80) == 128 && get_le32(header + 84) == 128);
        CHECK(memcmp(disk + (sectors - 1 - entries) * sector, disk + 2 * sector, 16384) == 0);
    }
}

TEST(gpt_make_the_mbr_protects_as_much_as_it_can)
{
    static const uint8_t small[16] = {0,    0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff,
                                      0x01, 0x00, 0x00, 0x00, 0xff, 0x17, 0x00, 0x00};

    parts[0] = part(gpt_type_esp, "E", MIB);
    CHECK(make(512, 1, 0) == 0x1800);
    CHECK(memcmp(disk + 446, small, 16) == 0);
    CHECK(bytes_are_zero((struct bytes){disk + 462, 48}) && get_le16(disk + 510) == 0xaa55);
    CHECK(bytes_are_zero((struct bytes){disk, 446}));
    make(512, 1, 1ull << 40);
    CHECK(get_le32(disk + 446 + 12) == UINT32_MAX);
}

TEST(gpt_make_has_room_for_every_entry)
{
    for (size_t i = 0; i < GPT_MAKE_ENTRIES; i++)
        parts[i] = part(gpt_type_archive, "x", 1 + i);
    CHECK(make(512, GPT_MAKE_ENTRIES, 0) == (2 + GPT_MAKE_ENTRIES) * 2048);
    CHECK(get_le64(disk + 1024 + 127 * 128 + 32) == 128 * 2048);
}

TEST(gpt_names_are_cut_at_a_whole_character)
{
    static const char long_name[] = "VMware-vCenter-Server-Appliance-8.0.2.00000-22385739.ova";
    char out[GPT_NAME_TEXT], text[200];

    CHECK(gpt_name_cut("my.ova", out));
    CHECK_TEXT(out, "my.ova");
    CHECK(gpt_name_cut(long_name, out) && strlen(out) == 36 && memcmp(out, long_name, 36) == 0);
    CHECK(gpt_name_cut("", out) && !*out);
    /* Three bytes, one unit; four bytes, two units, of which 35 leave room for only one. */
    for (size_t i = 0; i < 40; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 4);
    CHECK(gpt_name_cut(text, out) && strlen(out) == 36 * 3);
    memset(text, 'a', 35);
    memcpy(text + 35, "\xf0\x9f\x98\x80", 5);
    CHECK(gpt_name_cut(text, out) && strlen(out) == 35);
    memcpy(text + 34, "\xf0\x9f\x98\x80", 5);
    CHECK(gpt_name_cut(text, out) && strlen(out) == 38);
    CHECK(!gpt_name_cut("a\xff", out));
    memset(text, 'a', 50);
    memcpy(text + 50, "\xff", 2);
    CHECK(!gpt_name_cut(text, out));
}

TEST(gpt_make_names_are_stored_as_they_are_cut)
{
    parts[0] = part(gpt_type_archive, "0123456789012345678901234567890123456789.ova", 1);
    parts[1] = part(gpt_type_archive, "\xc3\xa4.ova", 1);
    uint64_t needed = make(512, 2, 0) * 512;
    NEED(read_disk(needed, 512) == OK && found.count == 2);
    CHECK_TEXT(found.at[0].label, "012345678901234567890123456789012345");
    CHECK_TEXT(found.at[1].label, "\xc3\xa4.ova");
}
