/* parsers/vhdx.c: headers, regions and metadata that are refused; what is read is in tests/unit/test_vhdx.c. */
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "disks/vhdx.h"
#include "tests/build/vhdx_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define MIB      (1u << 20)
#define FIRST    VHDX_BUILD_HEADER
#define SECOND   (2 * VHDX_BUILD_HEADER) /* the newer header */
#define REGIONS  VHDX_BUILD_REGIONS
#define METADATA (2u * MIB)
#define ITEMS    (METADATA + 0x10000) /* values of the metadata */
#define UNKNOWN  "01234567-89AB-CDEF-0123-456789ABCDEF"
#define BAT      "2DC27766-F623-4200-9D64-115E9BFD4A08"
#define CAPACITY (3 * MIB)

static uint8_t memory[1 << 20];
static struct error error;

static enum err open_build(struct vhdx_build *b)
{
    struct fake_source source;
    struct arena a;
    struct map *map;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vhdx", (struct bytes){b->at, b->len});
    enum err code = vhdx_open(&source.source, &a, &map, &error);
    if (code == OK)
        CHECK(map->capacity == b->options.capacity);
    return code;
}

static void check_opens(struct vhdx_build *b)
{
    CHECK_TEXT(open_build(b) == OK ? "" : error.text, "");
    vhdx_build_release(b);
}

/* Checksums are right, and the sentence begins with the file's name. */
static void check_refused(struct vhdx_build *b, enum err code, const char *text)
{
    CHECK(open_build(b) == code);
    CHECK(strncmp(error.text, "disk.vhdx: ", 11) == 0);
    CHECK_TEXT(error.text + 11, text);
    error.text[0] = '\0';
    vhdx_build_release(b);
}

static struct vhdx_build fresh(void)
{
    struct vhdx_build b;

    vhdx_build_begin(&b, (struct vhdx_options){.capacity = CAPACITY});
    return b;
}

/* One number is changed, in bytes of the file, and in the other header or region table as well. */
static struct vhdx_build changed(size_t at, unsigned size, uint64_t value)
{
    struct vhdx_build b = fresh();

    for (size_t copy = 0; copy < 2; copy++) {
        if (size == 2)
            put_le16(b.at + at, (uint16_t)value);
        else if (size == 4)
            put_le32(b.at + at, (uint32_t)value);
        else
            put_le64(b.at + at, value);
        if (at >= MIB)
            break;
        at += 0x10000;
    }
    vhdx_build_sum(&b);
    return b;
}

#define CHECK_CHANGED(at, size, value, code, text)                                                 \
    do {                                                                                           \
        struct vhdx_build change = changed(at, size, value);                                       \
        check_refused(&change, code, text);                                                        \
    } while (0)

#define CHECK_FINE(at, size, value)                                                                \
    do {                                                                                           \
        struct vhdx_build change = changed(at, size, value);                                       \
        check_opens(&change);                                                                      \
    } while (0)

TEST(the_header_with_the_larger_number_counts)
{
    struct vhdx_build b = fresh();

    put_le16(b.at + FIRST + 66, 9); /* the older one has a version that is not read */
    vhdx_build_sum(&b);
    CHECK(open_build(&b) == OK);
    put_le64(b.at + FIRST + 8, UINT64_MAX);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_UNSUPPORTED, "a VHDX of version 9, which is not read");
}

TEST(a_header_that_is_damaged_does_not_count)
{
    for (size_t which = 0; which < 2; which++) {
        struct vhdx_build b = fresh();
        size_t good = which ? FIRST : SECOND, bad = which ? SECOND : FIRST;
        put_le64(b.at + bad + 8, 1000);
        vhdx_build_sum(&b);
        b.at[bad + 4095] ^= 1;
        CHECK(open_build(&b) == OK);
        b.at[bad + 4095] ^= 1;
        memcpy(b.at + bad, "Head", 4);
        vhdx_build_sum(&b);
        CHECK(open_build(&b) == OK);
        b.at[good + 20] ^= 1;
        check_refused(&b, ERR_DAMAGED, "a VHDX whose headers are both damaged");
    }
}

TEST(two_headers_of_one_number_must_be_the_same)
{
    struct vhdx_build b = fresh();

    put_le64(b.at + FIRST + 8, 8);
    vhdx_build_sum(&b);
    CHECK(open_build(&b) == OK);
    b.at[FIRST + 20] ^= 1;
    vhdx_build_sum(&b);
    check_refused(&b, ERR_DAMAGED, "a VHDX with two headers of number 8 that differ");
}

TEST(a_header_says_which_version_and_which_log_there_are)
{
    struct vhdx_build b = fresh();

    CHECK_CHANGED(FIRST + 66, 2, 0, ERR_UNSUPPORTED, "a VHDX of version 0, which is not read");
    CHECK_FINE(FIRST + 64, 2, 1);    /* version of a log that is not replayed */
    CHECK_FINE(FIRST + 68, 4, 0);    /* no log at all */
    put_le32(b.at + SECOND + 68, 0); /* an empty one is nowhere */
    put_le64(b.at + SECOND + 72, 3 * MIB + 512);
    vhdx_build_sum(&b);
    CHECK(open_build(&b) == OK);
    vhdx_build_release(&b);
    b = fresh();
    vhdx_build_session(&b, 5);
    put_le16(b.at + SECOND + 64, 1);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_UNSUPPORTED, "a VHDX with a log of version 1, which is not read");
    CHECK_CHANGED(FIRST + 68, 4, MIB + 4096, ERR_DAMAGED,
                  "a VHDX whose log has 1052672 bytes at byte 1048576");
    CHECK_CHANGED(FIRST + 72, 8, 0, ERR_DAMAGED, "a VHDX whose log has 1048576 bytes at byte 0");
    CHECK_CHANGED(FIRST + 72, 8, MIB + 4096, ERR_DAMAGED,
                  "a VHDX whose log has 1048576 bytes at byte 1052672");
    CHECK_CHANGED(FIRST + 72, 8, UINT64_MAX << 20, ERR_DAMAGED,
                  "a VHDX whose log has 1048576 bytes at byte 18446744073708503040");
}

TEST(one_region_table_is_enough)
{
    for (size_t which = 0; which < 2; which++) {
        struct vhdx_build b = fresh();
        size_t good = which ? REGIONS : REGIONS + 0x10000,
               bad = which ? REGIONS + 0x10000 : REGIONS;
        b.at[bad + 65535] ^= 1;
        CHECK(open_build(&b) == OK);
        memcpy(b.at + bad, "Regi", 4);
        vhdx_build_sum(&b);
        CHECK(open_build(&b) == OK);
        b.at[good + 20] ^= 1;
        check_refused(&b, ERR_DAMAGED, "a VHDX whose region tables are both damaged");
    }
}

TEST(a_region_that_nobody_knows_is_passed_over_unless_it_must_be_known)
{
    struct vhdx_build b = fresh();

    vhdx_build_region(&b, 2, UNKNOWN, 50 * MIB, MIB, 0);
    vhdx_build_sum(&b);
    CHECK(open_build(&b) == OK);
    vhdx_build_region(&b, 2, UNKNOWN, 50 * MIB, MIB, 1);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_UNSUPPORTED,
                  "at byte 196608: a VHDX with the region " UNKNOWN
                  ", which must be known and is not");
}

TEST(regions_overlap_nothing)
{
    struct vhdx_build b = fresh();

    vhdx_build_region(&b, 2, UNKNOWN, 4 * MIB, MIB, 0);
    vhdx_build_region(&b, 3, UNKNOWN, 5 * MIB, MIB, 0);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_DAMAGED, "at byte 196608: region " UNKNOWN " is there twice");
    b = fresh();
    vhdx_build_region(&b, 2, UNKNOWN, MIB, MIB, 0);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_DAMAGED,
                  "at byte 196608: region " UNKNOWN ", at byte 1048576, overlaps the log");
    b = fresh();
    vhdx_build_region(&b, 2, UNKNOWN, 3 * MIB, MIB, 0);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_DAMAGED,
                  "at byte 196608: region " UNKNOWN ", at byte 3145728, overlaps another");
    b = fresh();
    vhdx_build_region(&b, 0, BAT, MIB, 2 * MIB, 1);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_DAMAGED,
                  "at byte 196608: region " BAT ", at byte 1048576, overlaps the log");
}

TEST(regions_lie_at_whole_mebibytes_inside_of_the_file)
{
    const size_t bat = REGIONS + 16, metadata = bat + 32;

    CHECK_CHANGED(bat + 16, 8, 3 * MIB + 4096, ERR_DAMAGED,
                  "at byte 196608: region " BAT " has 1048576 bytes at byte 3149824");
    CHECK_CHANGED(bat + 16, 8, 0, ERR_DAMAGED,
                  "at byte 196608: region " BAT " has 1048576 bytes at byte 0");
    CHECK_CHANGED(bat + 24, 4, 0, ERR_DAMAGED,
                  "at byte 196608: region " BAT " has 0 bytes at byte 3145728");
    CHECK_CHANGED(bat + 24, 4, MIB + 512, ERR_DAMAGED,
                  "at byte 196608: region " BAT " has 1049088 bytes at byte 3145728");
    CHECK_CHANGED(bat + 16, 8, UINT64_MAX << 20, ERR_DAMAGED,
                  "at byte 196608: region " BAT " has 1048576 bytes at byte 18446744073708503040");
    CHECK_CHANGED(bat + 24, 4, 2 * MIB, ERR_DAMAGED,
                  "its block table of 2097152 bytes is at byte 3145728, and the file ends at byte "
                  "4194304");
    CHECK_CHANGED(metadata + 16, 8, 4 * MIB, ERR_DAMAGED,
                  "its metadata region of 1048576 bytes is at byte 4194304, and the file ends at "
                  "byte 4194304");
    CHECK_CHANGED(REGIONS + 8, 4, 2048, ERR_DAMAGED, "at byte 196608: a VHDX with 2048 regions");
    CHECK_CHANGED(REGIONS + 8, 4, 1, ERR_DAMAGED,
                  "at byte 196608: a VHDX without a region for its metadata");
    CHECK_CHANGED(REGIONS + 8, 4, 0, ERR_DAMAGED,
                  "at byte 196608: a VHDX without a region for its metadata");
    struct vhdx_build b = fresh();
    vhdx_build_region(&b, 0, UNKNOWN, 3 * MIB, MIB, 0);
    vhdx_build_sum(&b);
    check_refused(&b, ERR_DAMAGED, "at byte 196608: a VHDX without a region for its block table");
}

TEST(metadata_that_nobody_knows_are_passed_over_unless_they_must_be_known)
{
    struct vhdx_build b = fresh();

    vhdx_build_item(&b, 5, UNKNOWN, 0x20000, 100, 2);
    vhdx_build_item(&b, 6, UNKNOWN, 0, 0, 3); /* by its user: another one */
    CHECK(open_build(&b) == OK);
    vhdx_build_item(&b, 5, UNKNOWN, 0x20000, 100, 4);
    check_refused(&b, ERR_UNSUPPORTED,
                  "at byte 2097152: a VHDX with the metadata " UNKNOWN
                  ", which must be known and are not");
    b = fresh(); /* a known one, but by its user */
    vhdx_build_item(&b, 5, "CDA348C7-445D-4471-9CC9-E9885251C556", 0x20000, 4, 5);
    check_refused(&b, ERR_UNSUPPORTED,
                  "at byte 2097152: a VHDX with the metadata CDA348C7-445D-4471-9CC9-E9885251C556, "
                  "which must be known and are not");
}

TEST(metadata_lie_in_their_region_and_overlap_nothing)
{
    static const struct {
        uint32_t at, len;
        const char *what;
    } cases[] = {
        {0, 1, " have 1 bytes at byte 0 of their region"},
        {65535, 1, " have 1 bytes at byte 65535 of their region"},
        {0x20000, 0, " have 0 bytes at byte 131072 of their region"},
        {0x10000, MIB + 1, " have 1048577 bytes at byte 65536 of their region"},
        {MIB - 7, 8, " have 8 bytes at byte 1048569 of their region"},
        {UINT32_MAX, 8, " have 8 bytes at byte 4294967295 of their region"},
        {0x10007, 1, ", at byte 65543 of their region, overlap others"},
    };
    char text[200] = "at byte 2097152: metadata " UNKNOWN;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vhdx_build b = fresh();
        vhdx_build_item(&b, 5, UNKNOWN, cases[i].at, cases[i].len, 0);
        strcpy(text + strlen("at byte 2097152: metadata " UNKNOWN), cases[i].what);
        check_refused(&b, ERR_DAMAGED, text);
    }
    struct vhdx_build b = fresh(); /* with room for more */
    memcpy(b.at + b.len, b.at + METADATA, 0x11000);
    vhdx_build_region(&b, 1, "8B7CA206-4790-4B9A-B8FE-575F050F886E", b.len, 3 * MIB, 1);
    b.metadata = b.len;
    b.len += 3 * MIB;
    vhdx_build_sum(&b);
    vhdx_build_item(&b, 5, UNKNOWN, 0x20000, MIB, 0);
    CHECK(open_build(&b) == OK);
    vhdx_build_item(&b, 5, UNKNOWN, 0x20000, MIB + 1, 0);
    check_refused(&b, ERR_DAMAGED,
                  "at byte 4194304: metadata " UNKNOWN
                  " have 1048577 bytes at byte 131072 of their region");
    b = fresh();
    vhdx_build_item(&b, 5, UNKNOWN, 0x20000, 8, 0);
    vhdx_build_item(&b, 6, UNKNOWN, 0x20008, 8, 2);
    check_refused(&b, ERR_DAMAGED, "at byte 2097152: metadata " UNKNOWN " are there twice");
}

TEST(a_metadata_table_has_what_a_disk_needs)
{
    static const char *const names[] = {"file parameters", "virtual disk size", "",
                                        "logical sector size", ""};
    static const unsigned lens[] = {7, 7, 15, 3, 3};
    static const char *const all[] = {"file parameters has 7", "virtual disk size has 7",
                                      "virtual disk ID has 15", "logical sector size has 3",
                                      "physical sector size has 3"};
    char text[200];

    CHECK_CHANGED(METADATA, 8, 0, ERR_DAMAGED, "at byte 2097152: no metadata table of a VHDX");
    CHECK_CHANGED(METADATA + 10, 2, 2048, ERR_DAMAGED,
                  "at byte 2097152: a VHDX with 2048 items of metadata");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const size_t entry = METADATA + 32 + 32 * i;
        strcpy(text, "at byte 2097152: a VHDX whose ");
        strcat(strcat(text, all[i]), " bytes");
        CHECK_CHANGED(entry + 20, 4, lens[i], ERR_DAMAGED, text);
        struct vhdx_build b = fresh();
        vhdx_build_item(&b, (unsigned)i, UNKNOWN, 0, 0, 0);
        if (*names[i]) {
            strcpy(text, "at byte 2097152: a VHDX whose metadata lack its ");
            check_refused(&b, ERR_DAMAGED, strcat(text, names[i]));
        } else {
            check_opens(&b);
        }
    }
}

TEST(metadata_may_be_longer_than_what_is_read_of_them)
{
    static const char *const guids[] = {"CAA16737-FA36-4D43-B3B6-33F0AA44E76B",
                                        "2FA54224-CD1B-4876-B211-5DBED83BF4B8", "",
                                        "8141BF1D-A96F-4709-BA47-F233A8FAAB5F"};
    static const uint32_t at[] = {0, 8, 0, 32};

    for (unsigned i = 0; i < COUNT_OF(guids); i++) {
        struct vhdx_build b = fresh();
        memset(b.at + METADATA + 0x20000, 0x5a, 1000);
        memcpy(b.at + METADATA + 0x20000, b.at + ITEMS + at[i], i == 3 ? 4 : 8);
        if (*guids[i])
            vhdx_build_item(&b, i, guids[i], 0x20000, 1000, 4);
        check_opens(&b);
    }
}

TEST(a_user_has_at_most_1024_items)
{
    struct vhdx_build b = fresh();
    char guid[] = UNKNOWN;

    for (unsigned i = 5; i < 1029; i++) {
        for (unsigned n = 0; n < 3; n++)
            guid[7 - n] = "0123456789ABCDEF"[i >> (4 * n) & 15];
        vhdx_build_item(&b, i, guid, 0, 0, 1);
    }
    CHECK(open_build(&b) == OK);
    guid[0] = 'F';
    vhdx_build_item(&b, 1029, guid, 0, 0, 1);
    check_refused(&b, ERR_DAMAGED,
                  "at byte 2097152: a VHDX with 1025 items of metadata by its user");
}

TEST(a_disk_that_is_not_to_be_had_alone_or_contradicts_itself_is_refused)
{
    CHECK_CHANGED(ITEMS + 4, 4, 2, ERR_UNSUPPORTED,
                  "a differencing VHDX, which needs the disk it was made from");
    CHECK_CHANGED(ITEMS + 4, 4, 3, ERR_UNSUPPORTED,
                  "a differencing VHDX, which needs the disk it was made from");
    CHECK_CHANGED(ITEMS, 4, 0, ERR_DAMAGED, "a VHDX with blocks of 0 bytes");
    CHECK_CHANGED(ITEMS, 4, MIB / 2, ERR_DAMAGED, "a VHDX with blocks of 524288 bytes");
    CHECK_CHANGED(ITEMS, 4, 3 * MIB, ERR_DAMAGED, "a VHDX with blocks of 3145728 bytes");
    CHECK_CHANGED(ITEMS, 4, 512 * MIB, ERR_DAMAGED, "a VHDX with blocks of 536870912 bytes");
    CHECK_CHANGED(ITEMS + 32, 4, 0, ERR_DAMAGED, "a VHDX with sectors of 0 bytes");
    CHECK_CHANGED(ITEMS + 32, 4, 1024, ERR_DAMAGED, "a VHDX with sectors of 1024 bytes");
    CHECK_CHANGED(ITEMS + 8, 8, 0, ERR_DAMAGED, "a VHDX of a disk of 0 bytes, with sectors of 512");
    CHECK_CHANGED(ITEMS + 8, 8, MIB + 1, ERR_DAMAGED,
                  "a VHDX of a disk of 1048577 bytes, with sectors of 512");
    CHECK_CHANGED(ITEMS + 8, 8, (64ull << 40) + 512, ERR_DAMAGED,
                  "a VHDX of a disk of 70368744178176 bytes, with sectors of 512");
    CHECK_FINE(ITEMS, 4, 256 * MIB);
    CHECK_FINE(ITEMS + 32, 4, 4096);
    struct vhdx_build b;
    vhdx_build_begin(&b, (struct vhdx_options){.capacity = MIB + 512, .sector_size = 4096});
    check_refused(&b, ERR_DAMAGED, "a VHDX of a disk of 1049088 bytes, with sectors of 4096");
}
