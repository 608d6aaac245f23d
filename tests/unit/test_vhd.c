/* disks/vhd.c and parsers/vhd.c; the other half is tests/tools/test_vhd.py. */
#include "disks/vhd.h"

#include <string.h>

#include "parsers/vhd.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define BLOCK  8192u
#define BLOCKS 5
#define SIZE   (BLOCKS * BLOCK - VHD_SECTOR) /* bytes of the disk; the last block is cut short */
#define TABLE  1536                          /* byte of the file; the header is behind the footer */
#define DATA   2048

static uint8_t memory[1 << 20];
static uint8_t file[DATA + BLOCKS * (BLOCK + VHD_SECTOR) + VHD_FOOTER];
static uint8_t disk[SIZE];
static uint8_t read_back[SIZE];
static struct error error;

static void put_be32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put_checksum(uint8_t *at, size_t len, size_t checksum_at)
{
    uint32_t sum = 0;

    put_be32(at + checksum_at, 0);
    for (size_t i = 0; i < len; i++)
        sum += at[i];
    put_be32(at + checksum_at, ~sum);
}

static void put_footer(uint8_t *at, uint32_t type, const char *creator, uint64_t size, uint32_t chs)
{
    memset(at, 0, VHD_FOOTER);
    memcpy(at, "conectix", 8);
    put_be32(at + 20, type == VHD_FIXED ? UINT32_MAX : VHD_FOOTER);
    if (type == VHD_FIXED)
        put_be32(at + 16, UINT32_MAX);
    memcpy(at + 28, creator, 4);
    put_be32(at + 48, (uint32_t)(size >> 32));
    put_be32(at + 52, (uint32_t)size);
    put_be32(at + 56, chs);
    put_be32(at + 60, type);
    put_checksum(at, VHD_FOOTER, 64);
}

static void put_header(uint8_t *at, uint32_t version, uint32_t entries, uint32_t block)
{
    memset(at, 0, VHD_HEADER);
    memcpy(at, "cxsparse", 8);
    put_be32(at + 20, TABLE);
    put_be32(at + 24, version);
    put_be32(at + 28, entries);
    put_be32(at + 32, block);
    put_checksum(at, VHD_HEADER, 36);
}

/* Blocks 3, 0 and 4 have data, in that order; the footer is at both ends. */
static void build_dynamic(void)
{
    static const size_t order[] = {3, 0, 4};
    uint8_t *at = file + DATA;

    memset(file, 0, sizeof(file));
    memset(disk, 0, sizeof(disk));
    put_footer(file, VHD_DYNAMIC, "win ", SIZE, 0);
    put_header(file + VHD_FOOTER, 1 << 16, BLOCKS, BLOCK);
    memset(file + TABLE, 0xff, DATA - TABLE);
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        size_t start = order[i] * BLOCK, len = order[i] == 4 ? BLOCK - VHD_SECTOR : BLOCK;
        put_be32(file + TABLE + 4 * order[i], (uint32_t)((at - file) / VHD_SECTOR));
        memset(at, 0xff, VHD_SECTOR);
        fill_noise(at + VHD_SECTOR, BLOCK, (uint32_t)i + 1);
        memcpy(disk + start, at + VHD_SECTOR, len);
        at += VHD_SECTOR + BLOCK;
    }
    memcpy(file + sizeof(file) - VHD_FOOTER, file, VHD_FOOTER);
}

static enum err open_file(size_t len, struct source **out)
{
    static struct fake_source source;
    struct arena a;
    bool yes = false;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vhd", (struct bytes){file, len});
    TRY(vhd_knows(&source.source, &yes, &error));
    CHECK(yes);
    return image_source_open(&source.source, &a, out, &error);
}

static void check_reads(size_t len)
{
    struct source *guest;

    memset(read_back, 0xee, sizeof(read_back));
    NEED(open_file(len, &guest) == OK);
    NEED(guest->size == SIZE);
    CHECK(source_read(guest, 0, read_back, 700, &error) == OK);
    CHECK(source_read(guest, 700, read_back + 700, SIZE - 700, &error) == OK);
    CHECK(memcmp(read_back, disk, SIZE) == 0);
}

static void check_refused(enum err code, const char *text)
{
    struct source *guest;

    CHECK(open_file(sizeof(file), &guest) == code);
    CHECK_TEXT(error.text, text);
}

TEST(a_dynamic_vhd_is_read_block_by_block)
{
    build_dynamic();
    check_reads(sizeof(file));
}

TEST(a_vhd_whose_footer_in_front_is_damaged_is_read_by_the_one_at_the_end)
{
    build_dynamic();
    file[100] ^= 1;
    check_reads(sizeof(file));
    memset(file, 0, VHD_FOOTER);
    check_reads(sizeof(file));
}

TEST(a_vhd_whose_footer_at_the_end_is_missing_is_read_by_the_one_in_front)
{
    build_dynamic();
    check_reads(sizeof(file) - VHD_FOOTER);
}

TEST(the_last_byte_of_a_footer_is_not_summed)
{
    build_dynamic();
    file[VHD_FOOTER - 1] = 9;
    check_reads(sizeof(file) - VHD_FOOTER);
}

TEST(the_bitmap_of_a_block_of_4_mib_takes_two_sectors)
{
    struct source *guest;

    build_dynamic();
    put_footer(file, VHD_DYNAMIC, "win ", 1024, 0);
    put_header(file + VHD_FOOTER, 1 << 16, 1, 4 << 20);
    put_be32(file + TABLE, DATA / VHD_SECTOR);
    NEED(open_file(sizeof(file), &guest) == OK);
    CHECK(guest->size == 1024 && source_read(guest, 0, read_back, 1024, &error) == OK);
    CHECK(memcmp(read_back, file + DATA + 1024, 1024) == 0);
}

TEST(a_vhd_without_a_good_footer_is_damaged)
{
    build_dynamic();
    file[100] ^= 1;
    file[sizeof(file) - VHD_FOOTER + 100] ^= 1;
    check_refused(ERR_DAMAGED, "disk.vhd: VHD footer with a bad checksum");
}

TEST(a_footer_of_511_bytes_is_a_footer)
{
    build_dynamic();
    memset(file, 0, VHD_FOOTER);
    check_reads(sizeof(file) - 1);
}

/* As many bytes of data in front of a footer of so many bytes. */
static size_t build_fixed(size_t footer_len)
{
    fill_noise(file, SIZE, 7);
    memcpy(disk, file, SIZE);
    put_footer(file + SIZE, VHD_FIXED, "win ", SIZE, 0);
    return SIZE + footer_len;
}

TEST(a_fixed_vhd_is_its_data_and_a_footer_of_512_or_511_bytes)
{
    check_reads(build_fixed(512));
    check_reads(build_fixed(511));
}

TEST(a_fixed_vhd_that_is_too_short_is_damaged)
{
    struct source *guest;

    build_fixed(512);
    memmove(file + SIZE - VHD_SECTOR, file + SIZE, VHD_FOOTER);
    CHECK(open_file(SIZE, &guest) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vhd: a fixed VHD of 40448 bytes, in a file of 40448");
}

TEST(a_dynamic_disk_header_has_a_checksum_and_a_version)
{
    build_dynamic();
    file[VHD_FOOTER + 200] ^= 1;
    check_refused(ERR_DAMAGED,
                  "disk.vhd: at byte 512: VHD dynamic disk header with a bad checksum");
    memcpy(file + VHD_FOOTER, "cxsparsE", 8);
    check_refused(ERR_DAMAGED, "disk.vhd: at byte 512: no VHD dynamic disk header");
    put_header(file + VHD_FOOTER, 2 << 16, BLOCKS, BLOCK);
    check_refused(ERR_UNSUPPORTED, "disk.vhd: at byte 512: VHD of version 2");
}

TEST(a_dynamic_disk_header_outside_of_the_file_is_damaged)
{
    build_dynamic();
    put_be32(file + 16, UINT32_MAX);
    put_be32(file + 20, UINT32_MAX);
    put_checksum(file, VHD_FOOTER, 64);
    check_refused(ERR_DAMAGED, "disk.vhd: ends at byte 46080, inside its dynamic disk header, "
                               "which reaches to byte 18446744073709551615");
}

TEST(blocks_of_a_vhd_are_a_power_of_two_and_not_too_large)
{
    static const uint32_t sizes[] = {0, 512, 2048, 12288, 512u << 20, 1u << 31};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        build_dynamic();
        put_header(file + VHD_FOOTER, 1 << 16, UINT32_MAX, sizes[i]);
        struct source *guest;
        CHECK(open_file(sizeof(file), &guest) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "VHD with blocks of ");
    }
}

TEST(a_block_table_that_is_too_short_for_the_disk_is_damaged)
{
    build_dynamic();
    put_header(file + VHD_FOOTER, 1 << 16, BLOCKS - 1, BLOCK);
    check_refused(ERR_DAMAGED, "disk.vhd: its table has 4 entries, for blocks of 8192 bytes, where "
                               "the disk has 40448 bytes");
}

TEST(a_block_table_behind_the_end_of_the_file_is_damaged_when_it_is_read)
{
    struct source *guest;

    build_dynamic();
    put_be32(file + VHD_FOOTER + 20, sizeof(file) - 8);
    put_checksum(file + VHD_FOOTER, VHD_HEADER, 36);
    NEED(open_file(sizeof(file), &guest) == OK);
    CHECK(source_read(guest, 2 * BLOCK, read_back, 1, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vhd: ends at byte 46080, inside its block table, which reaches to "
                           "byte 46084");
    put_be32(file + VHD_FOOTER + 16, UINT32_MAX);
    put_be32(file + VHD_FOOTER + 20, UINT32_MAX);
    put_checksum(file + VHD_FOOTER, VHD_HEADER, 36);
    check_refused(ERR_DAMAGED, "disk.vhd: its block table is at byte 18446744073709551615");
}

TEST(a_block_outside_of_the_file_is_damaged)
{
    struct source *guest;

    build_dynamic();
    put_be32(file + TABLE + 4, UINT32_MAX - 1);
    NEED(open_file(sizeof(file), &guest) == OK);
    CHECK(source_read(guest, 0, read_back, BLOCK, &error) == OK);
    CHECK(source_read(guest, BLOCK, read_back, 1, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vhd: block for sector 16 lies at byte 2199023255040, and the file "
                           "ends at byte 46080");
}

TEST(differencing_and_unknown_vhds_are_refused)
{
    build_dynamic();
    put_footer(file, VHD_DIFFERENCING, "win ", SIZE, 0);
    check_refused(ERR_UNSUPPORTED,
                  "disk.vhd: a differencing VHD, which needs the disk it was made from");
    put_footer(file, 6, "win ", SIZE, 0);
    check_refused(ERR_UNSUPPORTED, "disk.vhd: a VHD of type 6");
}

static uint64_t size_of(const char *creator, uint64_t size, uint32_t chs)
{
    struct vhd_footer footer = {0};
    uint8_t at[VHD_FOOTER];

    put_footer(at, VHD_DYNAMIC, creator, size, chs);
    CHECK(vhd_parse_footer(at, &footer, &error) == OK);
    return footer.capacity;
}

TEST(the_size_of_a_vhd_is_its_geometry_only_where_virtual_pc_or_an_old_qemu_wrote_it)
{
    const uint32_t chs = 10 << 16 | 4 << 8 | 17, largest = 0xffff10ffu;

    CHECK(size_of("vpc ", 1 << 20, chs) == 10 * 4 * 17 * 512);
    CHECK(size_of("qemu", 1 << 20, chs) == 10 * 4 * 17 * 512);
    CHECK(size_of("qemu", 1ull << 40, largest) == 1ull << 40);
    CHECK(size_of("vpc ", 1 << 20, 0) == 1 << 20);
    for (const char *c = "win qem2d2v\0tap\0CTXSwa\0\0vbox"; *c; c += 4)
        CHECK(size_of(c, 1 << 20, chs) == 1 << 20);
}

TEST(a_vhd_of_no_size_or_an_odd_one_is_damaged)
{
    static const uint64_t sizes[] = {0, 1, 511, 513, 1ull << 63, UINT64_MAX};
    struct vhd_footer footer;
    uint8_t at[VHD_FOOTER];

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        put_footer(at, VHD_DYNAMIC, "win ", sizes[i], 0);
        CHECK(vhd_parse_footer(at, &footer, &error) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "VHD of a disk of ");
    }
}

TEST(a_file_that_cannot_be_read_is_no_damaged_vhd)
{
    struct fake_source source;
    struct source *guest;

    build_dynamic();
    for (size_t fail_at = 1;; fail_at++) {
        struct arena a;
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&source, "disk.vhd", (struct bytes){file, sizeof(file)});
        source.fail_at = fail_at;
        enum err code = image_source_open(&source.source, &a, &guest, &error);
        if (code == OK)
            code = source_read(guest, 0, read_back, SIZE, &error);
        if (code == OK)
            break;
        CHECK(code == ERR_IO);
        CHECK(fail_at < 20);
    }
}
