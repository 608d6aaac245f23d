/* disks/vmdk_extents.c and parsers/vmdk_extents.c; the other half is tests/tools/test_forms.py. */
#include "disks/vmdk_extents.h"

#include <stdio.h>
#include <string.h>

#include "parsers/vmdk_extents.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define GRAIN  8u /* sectors */
#define SPARSE 16384
#define TEXT   "# Disk DescriptorFile\nversion=1\ncreateType=\"custom\"\n"

static uint8_t memory[4 << 20], file[65536], to[65536];
static struct arena arena;
static struct error error;
static struct vmdk_extent extent;

static enum err next(const char *text)
{
    struct bytes rest = {(const uint8_t *)text, strlen(text)};

    return vmdk_next_extent(&rest, &extent, &error);
}

TEST(vmdk_extents_are_read_as_real_files_write_them)
{
    CHECK(next("RW 4192256 SPARSE \"a disk-s001.vmdk\"\r\n") == OK);
    CHECK(extent.sectors == 4192256 && extent.kind == VMDK_EXTENT_SPARSE && extent.offset == 0);
    CHECK_TEXT(extent.file, "a disk-s001.vmdk");
    CHECK(next("# x\nddb.y = \"RW\"\n RDONLY 63 FLAT \"x-flat.vmdk\" 128") == OK);
    CHECK(extent.sectors == 63 && extent.kind == VMDK_EXTENT_FLAT && extent.offset == 128);
    CHECK(next("NOACCESS\t7\tZERO\t\n") == OK && extent.kind == VMDK_EXTENT_ZERO);
    CHECK(extent.sectors == 7 && !*extent.file);
    CHECK(next("RW 9 VMFS \"v\"\n") == OK && extent.kind == VMDK_EXTENT_FLAT);
    CHECK(next("RWX 9 VMFS \"v\"\nRW\0RW 9 ZERO") == ERR_DAMAGED);
    CHECK(next("no extent here\n\n") == OK && !extent.sectors);
    CHECK(next("") == OK && !extent.sectors);
}

TEST(vmdk_extents_that_are_wrong_are_shown)
{
    static const char *const bad[] = {"RW",
                                      "RW x FLAT \"a\"",
                                      "RW 0 FLAT \"a\"",
                                      "RW 137438953473 FLAT \"a\"",
                                      "RW 5",
                                      "RW 5 FLAT",
                                      "RW 5 FLAT a",
                                      "RW 5 FLAT \"a",
                                      "RW 5 FLAT \"\"",
                                      "RW 5 FLAT \"a\" x",
                                      "RW 5 FLAT \"a\" 999999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(next(bad[i]) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, bad[i]);
    }
    CHECK(next("RW 5 VMFSSPARSE \"a-delta.vmdk\"") == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "VMFSSPARSE");
    CHECK(next("RW 5 SESPARSE \"a-sesparse.vmdk\"") == ERR_UNSUPPORTED);
}

static void put_le(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* A sparse file of 4 grains at byte base: directory in sector 1, table in sector 2, grain 1 in sector 8,
 * grain 3 of zeros. */
static void put_sparse(uint8_t *base)
{
    memset(base, 0, SPARSE);
    memcpy(base, "KDMV", 4);
    put_le(base + 4, 1, 4);
    put_le(base + 8, VMDK_ZEROED, 4);
    put_le(base + 12, 4 * GRAIN, 8);
    put_le(base + 20, GRAIN, 8);
    put_le(base + 44, 512, 4);
    put_le(base + 56, 1, 8);
    put_le(base + 64, 8, 8);
    put_le(base + 512, 2, 4);
    put_le(base + 1024 + 4, 8, 4);
    put_le(base + 1024 + 12, 1, 4);
    memset(base + 8 * 512, 0x77, GRAIN * 512);
}

static enum err read_all(size_t size, const uint64_t *seams, size_t seam_count,
                         struct source **disk)
{
    static struct fake_source source;
    struct map *map;
    bool yes;

    arena_init(&arena, memory, sizeof(memory), "a test");
    fake_source_init(&source, "disk.vmdk", (struct bytes){file, size});
    source.source.seams = seams;
    source.source.seam_count = seam_count;
    TRY(map_knows(&source.source, &yes, &error));
    CHECK(yes);
    TRY(map_open(&source.source, &arena, &map, &error));
    TRY(map_check(map, &error));
    TRY(map_source_open(map, &arena, disk, &error));
    return source_read(*disk, 0, to, (size_t)(*disk)->size, &error);
}

static bool is_all(const uint8_t *at, uint8_t value, size_t len)
{
    return at[0] == value && !memcmp(at, at + 1, len - 1);
}

TEST(vmdk_sparse_grains_that_are_not_there_and_those_of_zeros_are_zeros)
{
    struct source *disk;

    put_sparse(file);
    NEED(read_all(SPARSE, NULL, 0, &disk) == OK);
    CHECK(disk->size == 4 * GRAIN * 512);
    CHECK(is_all(to, 0, 4096) && is_all(to + 4096, 0x77, 4096) && is_all(to + 8192, 0, 8192));
    put_le(file + 512, 0, 4); /* no table at all */
    NEED(read_all(SPARSE, NULL, 0, &disk) == OK);
    CHECK(is_all(to, 0, 4 * 4096));
}

static void refuses_sparse(size_t at, uint64_t value, size_t bytes, enum err code,
                           const char *words)
{
    struct source *disk;

    put_sparse(file);
    put_le(file + at, value, bytes);
    CHECK(read_all(SPARSE, NULL, 0, &disk) == code);
    CHECK_HOLDS(error.text, words);
    CHECK_HOLDS(error.text, "disk.vmdk: ");
}

TEST(vmdk_sparse_that_is_damaged_is_refused_before_anything_is_read)
{
    refuses_sparse(56, 1u << 20, 8, ERR_DAMAGED,
                   "grain directory is at sector 1048576 of the file");
    refuses_sparse(56, UINT64_MAX / 512 + 1, 8, ERR_DAMAGED, "grain directory");
    refuses_sparse(512, UINT32_MAX, 4, ERR_DAMAGED, "grain table is at sector 4294967295");
    refuses_sparse(1024, SPARSE / 512 - GRAIN + 1, 4, ERR_DAMAGED,
                   "ends at byte 16384, before the data");
    refuses_sparse(12, 0, 8, ERR_DAMAGED, "0 sectors");
    refuses_sparse(20, 3, 8, ERR_DAMAGED, "bad grain size");
    refuses_sparse(4, 9, 4, ERR_UNSUPPORTED, "version 9");
}

/* Three extents in two files: half of a sparse one, zeros, and a flat one behind 2 sectors. */
static enum err read_three(const char *extents, size_t seam_count, struct source **disk)
{
    static uint64_t seams[2];
    int len = snprintf((char *)file, 1024, TEXT "%s", extents);

    seams[0] = (uint64_t)len;
    seams[1] = (uint64_t)len + SPARSE;
    put_sparse(file + len);
    memset(file + len + SPARSE, 0x11, 1024);
    memset(file + len + SPARSE + 1024, 0x22, 512);
    return read_all((size_t)len + SPARSE + 1536, seams, seam_count, disk);
}

#define THREE "RW 16 SPARSE \"s\"\nRW 3 ZERO\nRW 1 FLAT \"f\" 2\n"

TEST(vmdk_extents_follow_one_another_whatever_their_sizes)
{
    struct source *disk;

    NEED(read_three(THREE, 2, &disk) == OK);
    CHECK(disk->size == 20 * 512);
    CHECK(is_all(to, 0, 4096) && is_all(to + 4096, 0x77, 4096));
    CHECK(is_all(to + 8192, 0, 3 * 512) && is_all(to + 19 * 512, 0x22, 512));
    NEED(read_three("RW 1 FLAT \"f\" 1\nRW 8 SPARSE \"s\"\nRW 1 FLAT \"f\" 0\n", 2, &disk) ==
         ERR_DAMAGED);
}

TEST(vmdk_extents_that_reach_out_of_their_files_are_refused)
{
    struct source *disk;

    CHECK(read_three("RW 16 SPARSE \"s\"\nRW 2 FLAT \"f\" 2\n", 2, &disk) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "f ends at byte 1536, before the data of it at byte 1024");
    CHECK(read_three("RW 40 SPARSE \"s\"\n", 2, &disk) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "s: extent of 32 sectors, where 40 are needed");
    CHECK(read_three(THREE, 1, &disk) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "the descriptor of a custom VMDK, whose data is in other files");
    CHECK(read_three("parentCID=12345678\n" THREE, 2, &disk) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "delta");
    CHECK(read_three("# nothing\n", 0, &disk) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "lists no extent");
    CHECK(read_three("RW 137438953472 ZERO\nRW 1 ZERO\n", 0, &disk) == ERR_TOO_BIG);
}
