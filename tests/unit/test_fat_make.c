#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "disks/fat.h"
#include "disks/fat_make.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

static uint8_t memory[80 << 20], contents[1 << 20], back[1 << 20];
static struct error error;
static struct bytes volume;
static struct fat fat;

static enum err make_again(const struct fat_make *make)
{
    static struct memory_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    TRY(fat_make(make, &a, &volume, &error));
    memory_source_init(&source, "volume", volume);
    return fat_open(&fat, &source.source, &error);
}

static struct fat_make basic(const struct fat_make_file *files, size_t count, uint32_t sector_size)
{
    return (struct fat_make){.sector_size = sector_size,
                             .label = "cidata",
                             .serial = 0x1234abcd,
                             .seconds = 1717243200,
                             .files = files,
                             .count = count};
}

static enum err make_of(const struct fat_make_file *files, size_t count, uint32_t sector_size)
{
    struct fat_make make = basic(files, count, sector_size);

    return make_again(&make);
}

/* One file, whose name alone matters. */
static enum err make_name(const char *path)
{
    struct fat_make_file file = {path, {contents, 1}};

    return make_of(&file, 1, 512);
}

static void check_file(const char *path, struct bytes wanted)
{
    struct fat_entry entry;
    struct fat_file file;

    CHECK(fat_find(&fat, path, &entry, &error) == OK && entry.kind == FAT_FILE);
    fat_file_open(&file, &fat, &entry, path);
    NEED(file.source.size == wanted.len);
    CHECK(source_read(&file.source, 0, back, wanted.len, &error) == OK);
    CHECK(wanted.len == 0 || memcmp(back, wanted.at, wanted.len) == 0);
}

TEST(what_is_written_is_read_back)
{
    struct fat_make_file files[] = {
        {"meta-data", {contents, 100}},
        {"user-data", {contents + 5, 70000}},
        {"ovf-env.xml", {contents, 4096}},
        {"README", {contents, 512}},
        {"empty", {contents, 0}},
        {"ovffiles/a/b.txt", {contents + 9, 4097}},
        {"ovffiles/LONG.TXT", {contents, 3}},
        {"ovffiles/a/c.txt", {contents + 1, 1}},
    };

    fill_noise(contents, sizeof(contents), 3);
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        NEED(make_of(files, COUNT_OF(files), size) == OK);
        CHECK(volume.len == 8 << 20 && fat.layout.sector_size == size);
        CHECK(fat.layout.kind == (size == 512 ? FAT_16 : FAT_12));
        check_file("\\meta-data", files[0].bytes);
        check_file("\\user-data", files[1].bytes);
        check_file("\\ovf-env.xml", files[2].bytes);
        check_file("\\README", files[3].bytes);
        check_file("\\empty", files[4].bytes);
        check_file("\\ovffiles\\a\\b.txt", files[5].bytes);
        check_file("\\ovffiles\\LONG.TXT", files[6].bytes);
        check_file("\\ovffiles\\a\\c.txt", files[7].bytes);
        check_file("\\OVFFILES\\A\\B.TXT", files[5].bytes);
        /* Both FATs are the same. */
        CHECK(memcmp(volume.at + fat.layout.fat, volume.at + fat.layout.fat + fat.layout.fat_size,
                     (size_t)fat.layout.fat_size) == 0);
    }
}

TEST(the_label_is_written_as_it_is_in_both_places)
{
    struct fat_make_file file = {"meta-data", {contents, 1}};

    for (uint32_t size = 512; size <= 4096; size *= 8) {
        NEED(make_of(&file, 1, size) == OK);
        const uint8_t *root = volume.at + fat.layout.root;
        CHECK(memcmp(volume.at + 43, "cidata     ", 11) == 0);
        CHECK(memcmp(root, "cidata     \x08", 12) == 0);
        CHECK(get_le32(volume.at + 39) == 0x1234abcd && volume.at[38] == 0x29);
    }
}

static void check_stamp(uint64_t seconds, uint16_t date, uint16_t time)
{
    struct fat_make_file file = {"A", {contents, 1}};
    struct fat_make make = basic(&file, 1, 512);

    make.seconds = seconds;
    NEED(make_again(&make) == OK);
    const uint8_t *entry = volume.at + fat.layout.root + 32;
    CHECK(get_le16(entry + 24) == date && get_le16(entry + 22) == time);
    CHECK(get_le16(entry + 16) == date && get_le16(entry + 14) == time);
    CHECK(get_le16(entry + 18) == date && entry[13] == 0);
}

TEST(a_time_stamp_is_the_one_that_was_given)
{
    check_stamp(1717243200, 44 << 9 | 6 << 5 | 1, 12 << 11); /* 2024-06-01 12:00 */
    check_stamp(951782399, 20 << 9 | 2 << 5 | 28, 23 << 11 | 59 << 5 | 29);
    check_stamp(951782400, 20 << 9 | 2 << 5 | 29, 0);  /* 2000-02-29 */
    check_stamp(4107542400, 120 << 9 | 3 << 5 | 1, 0); /* 2100-03-01 */
    check_stamp(4107542399, 120 << 9 | 2 << 5 | 28, 23 << 11 | 59 << 5 | 29);
    check_stamp(0, 1 << 5 | 1, 0);
    check_stamp(UINT64_MAX, 127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29);
}

TEST(the_same_input_gives_the_same_bytes)
{
    static uint8_t first[8 << 20];
    struct fat_make_file files[] = {{"user-data", {contents, 5000}}, {"a/b", {contents, 9}}};
    struct fat_make_file large[] = {{"large", {contents, sizeof(contents)}}};

    NEED(make_of(files, 2, 512) == OK);
    memcpy(first, volume.at, sizeof(first));
    NEED(make_of(large, 1, 4096) == OK); /* other bytes in the memory, as it may be */
    NEED(make_of(files, 2, 512) == OK);
    CHECK(memcmp(first, volume.at, sizeof(first)) == 0);
}

/* The alias in entry number n of the root. */
static const char *alias(size_t n)
{
    static char text[12];

    memcpy(text, volume.at + fat.layout.root + n * 32, 11);
    return text;
}

TEST(aliases_are_unique_and_keep_out_of_the_way_of_real_names)
{
    struct fat_make_file files[] = {
        {"network-config", {contents, 1}}, /* label; two entries and its own: 1 to 3 */
        {"network-other", {contents, 1}},  /* one and its own: 4, 5 */
        {"NETWOR~2", {contents, 1}},       /* 6 */
        {"ovf-env.xml", {contents, 1}},    /* 7, 8 */
        {"ovf env.xml", {contents, 1}},    /* 9, 10 */
        {".profile", {contents, 1}},       /* 11, 12 */
        {"a+b.tar.gz", {contents, 1}},     /* 13, 14 */
        {"\xc3\xa4.txt", {contents, 1}},   /* 15, 16 */
        {" ..x", {contents, 1}},           /* 17, 18 */
    };

    NEED(make_of(files, COUNT_OF(files), 512) == OK);
    CHECK_TEXT(alias(3), "NETWOR~1   ");
    CHECK_TEXT(alias(5), "NETWOR~3   ");
    CHECK_TEXT(alias(6), "NETWOR~2   ");
    CHECK_TEXT(alias(8), "OVF-ENV XML");
    CHECK_TEXT(alias(10), "OVFENV~1XML");
    CHECK_TEXT(alias(12), "PROFIL~1   ");
    CHECK_TEXT(alias(14), "A_BTAR~1GZ ");
    CHECK_TEXT(alias(16), "_~1     TXT");
    CHECK_TEXT(alias(18), "_~1     X  ");
    CHECK(*alias(19) == 0);
    check_file("\\network-other", (struct bytes){contents, 1});
}

TEST(many_names_with_the_same_beginning_all_get_aliases)
{
    static char paths[400][32];
    static struct fat_make_file files[400];

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        memcpy(paths[i], "folder/a longish name 000", 26);
        for (size_t j = 0, n = i; j < 3; j++, n /= 10)
            paths[i][24 - j] = (char)('0' + n % 10);
        files[i] = (struct fat_make_file){paths[i], {contents + i, 600 + i}};
    }
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        NEED(make_of(files, COUNT_OF(files), size) == OK);
        check_file("\\folder\\a longish name 000", files[0].bytes);
        check_file("\\folder\\ALONGI~1", files[0].bytes);
        check_file("\\folder\\a longish name 399", files[399].bytes);
        check_file("\\folder\\ALON~400", files[399].bytes);
    }
}

TEST(a_volume_grows_with_its_files)
{
    static uint8_t large[62 << 20];
    struct fat_make_file file = {"large", {large, 0}};

    for (uint32_t size = 512; size <= 4096; size *= 8)
        for (size_t mib = 6; mib <= 62; mib += 7) {
            struct fat_make make = basic(&file, 1, size);
            struct arena a;
            uint64_t wanted;
            file.bytes.len = mib << 20;
            arena_init(&a, memory, sizeof(memory), "tests");
            CHECK(fat_make_size(&make, a, &wanted, &error) == OK);
            NEED(make_again(&make) == OK);
            CHECK(volume.len == wanted && volume.len >= 8 << 20);
            CHECK(volume.len <= (mib > 7 ? mib + 2 : 8) << 20);
            /* Whoever counts clusters a little differently comes to the same kind. */
            CHECK(fat.layout.clusters < 4085 - 16 || fat.layout.clusters >= 4085 + 16);
        }
}

TEST(a_size_can_be_asked_for)
{
    struct fat_make_file file = {"A", {contents, 1}};

    for (uint32_t size = 512; size <= 4096; size *= 8)
        for (uint32_t mib = 1; mib <= 64; mib++) {
            struct fat_make make = basic(&file, 1, size);
            make.size = mib << 20;
            NEED(make_again(&make) == OK);
            CHECK(volume.len == mib << 20);
            CHECK(fat.layout.clusters < 4085 - 16 || fat.layout.clusters >= 4085 + 16);
            check_file("\\A", file.bytes);
        }
}

TEST(what_does_not_fit_is_refused_with_its_size)
{
    static uint8_t large[64 << 20];
    struct fat_make_file file = {"large", {large, sizeof(large)}};

    CHECK(make_of(&file, 1, 512) == ERR_TOO_BIG);
    CHECK_TEXT(error.text, "cidata: 67.1 MB of files, which a FAT volume of 64 MiB does not hold");
}

TEST(too_many_files_are_refused)
{
    static struct fat_make_file files[FAT_MAKE_NODES_MAX];
    static char paths[FAT_MAKE_NODES_MAX][8];

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[8] = {'f', '/', (char)('A' + i / 676), (char)('A' + i / 26 % 26),
                        (char)('A' + i % 26)};
        memcpy(paths[i], path, sizeof(path));
        files[i].path = paths[i];
    }
    CHECK(make_of(files, FAT_MAKE_NODES_MAX - 2, 512) == OK);
    CHECK(make_of(files, FAT_MAKE_NODES_MAX - 1, 512) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "more files and directories for a FAT volume than 1023");
    for (size_t i = 0; i < COUNT_OF(files); i++)
        files[i].path += 2;
    CHECK(make_of(files, 511, 512) == OK);
    CHECK(make_of(files, 512, 512) == ERR_TOO_BIG);
    CHECK_TEXT(error.text,
               "cidata: 513 entries in the root of a FAT volume, where at most 512 are possible");
}

TEST(names_that_cannot_be_are_refused)
{
    static const char *const bad[] = {"",      "/a",  "a/",   "a//b", ".",    "..",    "a/../b",
                                      "a.",    "a ",  "a:b",  "a\\b", "a?",   "a*b",   "a|b",
                                      "\"a\"", "<a>", "a\tb", "\x7f", "\xff", "a/\xc3"};
    char longest[258];

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(make_name(bad[i]) == ERR_UNSUPPORTED);
        CHECK_HOLDS(error.text, "no name for a file on a FAT volume");
    }
    memset(longest, 'x', sizeof(longest));
    longest[256] = '\0';
    CHECK(make_name(longest) == ERR_UNSUPPORTED);
    longest[255] = '\0';
    CHECK(make_name(longest) == OK);
}

TEST(a_name_that_is_there_twice_is_refused)
{
    struct fat_make_file files[] = {{"a/b", {contents, 1}}, {"A/B", {contents, 1}}};

    CHECK(make_of(files, 2, 512) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "A/B: there twice, but for upper and lower case");
    files[1].path = "a";
    CHECK(make_of(files, 2, 512) == ERR_UNSUPPORTED);
    files[0].path = "a/b/c";
    files[1].path = "a/b/c/d";
    CHECK(make_of(files, 2, 512) == ERR_UNSUPPORTED);
    files[1].path = "A/b/d";
    CHECK(make_of(files, 2, 512) == OK);
}

TEST(a_volume_that_memory_does_not_hold_is_an_error)
{
    struct fat_make_file file = {"A", {contents, 1}};
    struct fat_make make = basic(&file, 1, 512);
    struct arena a;

    arena_init(&a, memory, 8 << 20, "tests");
    CHECK(fat_make(&make, &a, &volume, &error) == ERR_NO_MEMORY);
    arena_init(&a, memory, 4096, "tests");
    CHECK(fat_make(&make, &a, &volume, &error) == ERR_NO_MEMORY);
}
