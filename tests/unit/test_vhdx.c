/* disks/vhdx.c and parsers/vhdx.c; the log is in tests/unit/test_vhdx_log.c. */
#include "disks/vhdx.h"

#include <string.h>

#include "base/checked.h"
#include "tests/build/vhdx_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

#define MIB     (1u << 20)
#define PRESENT 6u
#define UNKNOWN "01234567-89AB-CDEF-0123-456789ABCDEF"
#define ITEMS   (3u * MIB - MIB + 0x10000) /* byte of the file: values of the metadata */

static uint8_t memory[8 << 20];
static uint8_t disk[10 << 20]; /* what the guest disk should be */
static uint8_t read_back[10 << 20];
static struct error error;

static enum err open_source(struct bytes file, struct source **guest)
{
    static struct fake_source source;
    struct arena a;
    bool yes = false;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vhdx", file);
    TRY(map_knows(&source.source, &yes, &error));
    CHECK(yes);
    return image_source_open(&source.source, &a, guest, &error);
}

static struct bytes whole(const struct vhdx_build *b)
{
    return (struct bytes){b->at, b->len};
}

/* Through the tables, in pieces that straddle blocks. */
static enum err read_at_any_offset(const struct vhdx_build *b, size_t piece)
{
    struct source *guest;

    TRY(open_source(whole(b), &guest));
    if (guest->size > sizeof(read_back))
        return fail(&error, ERR_TOO_BIG, "more than is tried here");
    memset(read_back, 0xee, sizeof(read_back));
    for (uint64_t at = 0; at < guest->size; at += piece)
        TRY(source_read(guest, at, read_back + at, (size_t)min_u64(piece, guest->size - at),
                        &error));
    return OK;
}

/* As runs, each of which must begin where the one before ended, or behind a hole. */
static enum err read_runs(const struct vhdx_build *b, const char *format)
{
    struct fake_source source;
    struct image *image;
    uint64_t end = 0;
    struct arena a;
    struct map *map;
    struct run run;

    arena_init(&a, memory, sizeof(memory), "tests");
    memset(read_back, 0, sizeof(read_back));
    fake_source_init(&source, "disk.vhdx", whole(b));
    TRY(map_open(&source.source, &a, &map, &error));
    TRY(map_check(map, &error));
    TRY(map_image_open(map, one_ring(&a), &a, &image, &error));
    CHECK_TEXT(image->format, format);
    CHECK(image->sector_size == b->options.sector_size);
    for (;;) {
        TRY(image_next(image, &run, &error));
        if (!run.length)
            return OK;
        CHECK(run.offset >= end && run.offset % image->granule == 0);
        end = run.offset + run.length;
        CHECK(end <= image->capacity);
        if (run.kind == RUN_STORED)
            memcpy(read_back + run.offset, run.packed.at, (size_t)run.length);
    }
}

static void check_same(const struct vhdx_build *b)
{
    static const size_t pieces[] = {512, 100001, 3 * MIB};
    size_t size = (size_t)b->options.capacity;

    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        CHECK_TEXT(read_at_any_offset(b, pieces[i]) == OK ? "" : error.text, "");
        CHECK(memcmp(disk, read_back, size) == 0);
    }
    CHECK(read_runs(b, b->options.fixed ? "fixed VHDX" : "dynamic VHDX") == OK);
    CHECK(memcmp(disk, read_back, size) == 0);
}

static void begin(struct vhdx_build *b, struct vhdx_options options)
{
    memset(disk, 0, sizeof(disk));
    vhdx_build_begin(b, options);
}

static size_t put_data(struct vhdx_build *b, uint64_t block)
{
    uint64_t start = block * b->options.block_size;
    size_t len = (size_t)min_u64(b->options.block_size, b->options.capacity - start);

    fill_noise(disk + start, len, (uint32_t)block + 1);
    return vhdx_build_data(b, block, disk + start, len);
}

/* Blocks 3, 0 and the last one, which is cut short. */
static void begin_some(struct vhdx_build *b)
{
    begin(b, (struct vhdx_options){.capacity = 5 * MIB - 512});
    put_data(b, 3);
    put_data(b, 0);
    put_data(b, 4);
}

TEST(blocks_of_a_vhdx_read_the_same_in_order_and_at_any_offset)
{
    for (uint32_t block = MIB; block <= 4 * MIB; block *= 2) {
        for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
            struct vhdx_build b;
            begin(&b, (struct vhdx_options){9 * MIB - sector, block, sector, 0, sector == 512});
            put_data(&b, 2);
            put_data(&b, 0);
            if (block == MIB)
                put_data(&b, 8);
            check_same(&b);
            vhdx_build_release(&b);
        }
    }
}

TEST(the_last_block_of_a_vhdx_may_end_with_the_file)
{
    struct vhdx_build b;

    begin_some(&b);
    b.len -= 512;
    check_same(&b);
    b.len -= 1;
    CHECK(read_at_any_offset(&b, MIB) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vhdx: block for sector 8192 lies at byte 6291456, and the file "
                           "ends at byte 7339519");
    vhdx_build_release(&b);
}

TEST(entries_of_another_kind_lie_between_those_of_two_chunks)
{
    static const uint64_t blocks[] = {0, 4095, 4096, 8191, 8192};
    struct source *guest;
    struct vhdx_build b;

    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        uint64_t chunk = 4096ull * (sector / 512);
        vhdx_build_begin(&b, (struct vhdx_options){(2 * chunk + 2) * MIB, 0, sector, 0, false});
        put_le64(b.at + b.bat + 8 * chunk, UINT64_MAX); /* never looked at */
        put_le64(b.at + b.bat + 8 * (2 * chunk + 1), UINT64_MAX);
        for (size_t i = 0; i < COUNT_OF(blocks); i++) {
            fill_noise(disk + i * MIB, MIB, (uint32_t)i + 5);
            vhdx_build_data(&b, blocks[i] * (sector / 512), disk + i * MIB, MIB);
        }
        NEED(open_source(whole(&b), &guest) == OK);
        for (size_t i = 0; i < COUNT_OF(blocks); i++) {
            uint64_t at = blocks[i] * (sector / 512) * MIB;
            CHECK(source_read(guest, at, read_back, MIB, &error) == OK);
            CHECK(memcmp(read_back, disk + i * MIB, MIB) == 0);
        }
        CHECK(source_read(guest, (chunk + 1) * MIB, read_back, 8, &error) == OK);
        CHECK(get_le64(read_back) == 0);
        vhdx_build_release(&b);
    }
}

TEST(a_block_table_that_ends_with_the_last_block_is_long_enough)
{
    struct source *guest;
    struct vhdx_build b;
    /* Entries for 4 MiB less one, among which are 127 of the other kind. */
    uint64_t blocks = 4ull * MIB / 8 - 127;

    vhdx_build_begin(&b, (struct vhdx_options){.capacity = blocks * MIB, .log_size = MIB});
    vhdx_build_region(&b, 0, "2DC27766-F623-4200-9D64-115E9BFD4A08", b.bat, 4 * MIB, 1);
    vhdx_build_sum(&b);
    CHECK(open_source(whole(&b), &guest) == OK);
    put_le64(b.at + ITEMS + 8, (blocks + 1) * MIB);
    CHECK(open_source(whole(&b), &guest) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vhdx: its block table has 4194304 bytes, where the disk needs "
                           "524289 entries");
    vhdx_build_release(&b);
}

TEST(blocks_that_are_not_there_are_zeros_wherever_they_were)
{
    struct vhdx_build b;

    for (unsigned state = 0; state <= 3; state++) {
        begin_some(&b);
        vhdx_build_entry(&b, 1, (uint64_t)b.len | state);
        vhdx_build_entry(&b, 2, UINT64_MAX << 20 | state);
        vhdx_build_entry(&b, 3, get_le64(b.at + vhdx_build_where(&b, 0)) - PRESENT + state);
        memset(disk + 3 * MIB, 0, MIB);
        check_same(&b);
        vhdx_build_release(&b);
    }
}

static void check_refused(enum err got, enum err wanted, const char *text)
{
    CHECK(got == wanted);
    CHECK_TEXT(error.text, text);
    error.text[0] = '\0';
}

static enum err with_entry(uint64_t entry)
{
    struct vhdx_build b;
    enum err code;

    begin_some(&b);
    vhdx_build_entry(&b, 1, entry);
    code = read_at_any_offset(&b, MIB);
    vhdx_build_release(&b);
    return code;
}

TEST(entries_of_a_block_table_that_make_no_sense_are_damage)
{
    const uint64_t free = 7 * MIB;

    check_refused(with_entry(free | 4), ERR_DAMAGED,
                  "disk.vhdx: at byte 3145736: a block has the state 4, which is reserved");
    check_refused(with_entry(free | 5), ERR_DAMAGED,
                  "disk.vhdx: at byte 3145736: a block has the state 5, which is reserved");
    check_refused(with_entry(4 * MIB | 7), ERR_DAMAGED,
                  "disk.vhdx: at byte 3145736: a block is there in part, but no other disk has the "
                  "rest");
    check_refused(with_entry(PRESENT), ERR_DAMAGED,
                  "disk.vhdx: at byte 3145736: a block that is there lies in the header");
    check_refused(with_entry(4 * MIB | 1 << 3 | PRESENT), ERR_DAMAGED,
                  "disk.vhdx: at byte 3145736: entry 000000000040000e of a block table makes no "
                  "sense");
    check_refused(with_entry(4 * MIB | 1 << 19), ERR_DAMAGED,
                  "disk.vhdx: at byte 3145736: entry 0000000000480000 of a block table makes no "
                  "sense");
    check_refused(with_entry(free | PRESENT), ERR_DAMAGED,
                  "disk.vhdx: block for sector 2048 lies at byte 7340032, and the file ends at "
                  "byte 7340032");
    check_refused(with_entry(UINT64_MAX << 20 | PRESENT), ERR_DAMAGED,
                  "disk.vhdx: block for sector 2048 lies at byte 18446744073708503040, and the "
                  "file ends at byte 7340032");
}

TEST(a_block_where_something_else_is_is_damage)
{
    check_refused(with_entry(MIB | PRESENT), ERR_DAMAGED,
                  "disk.vhdx: block for sector 2048, at byte 1048576, overlaps the log");
    check_refused(with_entry(2 * MIB | PRESENT), ERR_DAMAGED,
                  "disk.vhdx: block for sector 2048, at byte 2097152, overlaps the metadata");
    check_refused(with_entry(3 * MIB | PRESENT), ERR_DAMAGED,
                  "disk.vhdx: block for sector 2048, at byte 3145728, overlaps the block table");
}

TEST(what_is_wrong_with_one_block_does_not_keep_the_others_from_being_read)
{
    struct source *guest;
    struct vhdx_build b;

    begin_some(&b);
    vhdx_build_entry(&b, 1, PRESENT);
    NEED(open_source(whole(&b), &guest) == OK);
    CHECK(source_read(guest, 0, read_back, MIB, &error) == OK);
    CHECK(source_read(guest, MIB, read_back, 1, &error) == ERR_DAMAGED);
    CHECK(source_read(guest, 2 * MIB, read_back, 2 * MIB, &error) == OK);
    vhdx_build_release(&b);
}

TEST(a_vhdx_whose_file_fails_is_an_error_at_every_read)
{
    struct vhdx_build b;
    bool read_all = false;

    begin_some(&b);
    for (size_t fail_at = 1; !read_all; fail_at++) {
        struct fake_source source;
        struct source *guest;
        struct arena a;
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&source, "disk.vhdx", whole(&b));
        source.fail_at = fail_at;
        enum err code = image_source_open(&source.source, &a, &guest, &error);
        if (code == OK)
            code = source_read(guest, 0, read_back, (size_t)guest->size, &error);
        read_all = source.reads < fail_at;
        CHECK(code == (read_all ? OK : ERR_IO));
    }
    vhdx_build_release(&b);
}

TEST(a_vhdx_that_ends_early_is_damaged_wherever_it_ends)
{
    struct vhdx_build b;
    size_t len;

    begin_some(&b);
    len = b.len;
    for (b.len = 8; b.len < MIB; b.len += b.len < 100 ? 1 : 10007) {
        CHECK(read_at_any_offset(&b, MIB) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "disk.vhdx: a VHDX that ends at byte ");
    }
    for (b.len = MIB; b.len < 4 * MIB; b.len += 65536 - 512) {
        CHECK(read_at_any_offset(&b, MIB) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "and the file ends at byte ");
    }
    b.len = len;
    vhdx_build_release(&b);
}

TEST(a_huge_vhdx_of_holes_is_measured_block_by_block)
{
    struct fake_source source;
    struct image *image;
    struct vhdx_build b;
    struct arena a;
    struct map *map;
    struct run run;

    begin(&b, (struct vhdx_options){64ull << 40, 256 * MIB, 512, 0, false});
    vhdx_build_entry(&b, 200000, (uint64_t)b.len | PRESENT);
    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vhdx", (struct bytes){b.at, b.len + 256 * MIB});
    NEED(map_open(&source.source, &a, &map, &error) == OK);
    NEED(map_image_open(map, one_ring(&a), &a, &image, &error) == OK);
    fill_noise(b.at + b.len, MIB, 1);
    NEED(image_next(image, &run, &error) == OK);
    CHECK(run.offset == 200000ull * 256 * MIB && run.length == MIB);
    CHECK(memcmp(run.packed.at, b.at + b.len, MIB) == 0);
    CHECK(source.reads < 100);
    vhdx_build_release(&b);
}
