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

/* Only the front is made; what is behind it may hold anything. */
static enum err make_32(const struct fat_make *make, uint64_t *size)
{
    static struct memory_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    TRY(fat_make_size(make, a, size, &error));
    TRY(fat_make(make, &a, &volume, &error));
    memory_source_init(&source, "volume", (struct bytes){volume.at, *size});
    return fat_open(&fat, &source.source, &error);
}

static struct fat_make basic_32(const struct fat_make_file *files, size_t count, uint32_t sector)
{
    return (struct fat_make){.sector_size = sector,
                             .label = "cidata",
                             .serial = 0x1234abcd,
                             .seconds = 1717243200,
                             .files = files,
                             .count = count,
                             .is_32 = true};
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

TEST(a_fat32_volume_is_read_back)
{
    struct fat_make_file files[] = {
        {"EFI/BOOT/BOOTX64.EFI", {contents, 900000}},
        {"EFI/ovfboot/ovfboot.conf", {contents + 3, 77}},
        {"top", {contents + 9, 4097}},
    };
    struct fat_entry entry;

    fill_noise(contents, sizeof(contents), 3);
    struct fat_make make = basic_32(files, COUNT_OF(files), 512);
    make.hidden = 2048;
    make.folder = "EFI/ovfboot/logs";
    uint64_t size;
    NEED(make_32(&make, &size) == OK);
    CHECK(fat.layout.kind == FAT_32 && fat.layout.root_cluster == 2);
    CHECK(volume.len < 2 << 20 && size > 32 << 20);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[64] = "\\";
        strcpy(path + 1, files[i].path);
        for (char *c = path; *c; c++)
            *c = *c == '/' ? '\\' : *c;
        check_file(path, files[i].bytes);
    }
    CHECK(fat_find(&fat, "\\EFI\\ovfboot\\logs", &entry, &error) == OK);
    CHECK(entry.kind == FAT_DIRECTORY);
}

TEST(a_fat32_boot_sector_has_what_the_specification_wants)
{
    struct fat_make_file file = {"dir/A", {contents, 5000}};
    struct fat_make make = basic_32(&file, 1, 512);

    make.hidden = 2048;
    uint64_t size;
    NEED(make_32(&make, &size) == OK);
    const uint8_t *b = volume.at, *info = b + 512, *first = b + 32 * 512;
    uint32_t fat_len = get_le32(b + 36) * 512;
    CHECK(get_le16(b + 14) == 32 && b[16] == 2 && get_le16(b + 17) == 0 && get_le16(b + 19) == 0);
    CHECK(get_le16(b + 22) == 0 && get_le32(b + 28) == 2048 && get_le32(b + 32) == size / 512);
    CHECK(get_le32(b + 44) == 2 && get_le16(b + 48) == 1 && get_le16(b + 50) == 6);
    CHECK(memcmp(b + 82, "FAT32   ", 8) == 0 && memcmp(b + 71, "cidata     ", 11) == 0);
    CHECK(memcmp(b, b + 6 * 512, 1024) == 0);
    CHECK(get_le32(info) == 0x41615252 && get_le32(info + 484) == 0x61417272);
    /* Clusters: root, directory, ten of the file. */
    CHECK(get_le32(info + 488) == fat.layout.clusters - 12 && get_le32(info + 492) == 14);
    CHECK(get_le32(first) == 0x0ffffff8 && get_le32(first + 4) == 0x0fffffff);
    CHECK(get_le32(first + 8) == 0x0fffffff && get_le32(first + 16) == 5);
    CHECK(get_le32(first + 13 * 4) == 0x0fffffff && get_le32(first + 14 * 4) == 0);
    CHECK(memcmp(first, first + fat_len, fat_len) == 0);
    /* ".." of a directory in the root is cluster 0, wherever the root is. */
    const uint8_t *dir = first + 2 * fat_len + 512;
    CHECK(memcmp(dir + 32, "..         ", 11) == 0 && get_le16(dir + 32 + 26) == 0);
    CHECK(get_le16(dir + 26) == 3);
}

TEST(a_fat32_volume_has_clusters_enough_and_the_room_that_was_asked_for)
{
    struct fat_make_file file = {"A", {contents, 100000}};

    for (uint32_t sector = 512; sector <= 4096; sector *= 8)
        for (uint32_t mib = 0; mib <= 1024; mib = mib * 2 + 1) {
            struct fat_make make = basic_32(&file, 1, sector);
            uint64_t size;
            make.room = mib << 20;
            NEED(make_32(&make, &size) == OK);
            CHECK(fat.layout.kind == FAT_32 && fat.layout.clusters >= 65525 + 16);
            CHECK(fat.layout.cluster_size <= 4096);
            uint64_t unused = get_le32(volume.at + sector + 488);
            CHECK(unused * fat.layout.cluster_size >= make.room);
            CHECK(size % (1 << 20) == 0);
            CHECK(size <= max_u64(make.room + (8 << 20), sector == 512 ? 34 << 20 : 258 << 20));
        }
}

TEST(a_fat32_volume_has_an_end_too)
{
    struct fat_make_file file = {"A", {contents, 1}};
    struct fat_make make = basic_32(&file, 1, 512);
    uint64_t size;

    make.room = FAT_MAKE_32_MAX;
    CHECK(make_32(&make, &size) == ERR_TOO_BIG);
    CHECK_TEXT(error.text, "cidata: 2.1 GB of files and room, which a FAT volume of 2048 MiB does "
                           "not hold");
}

TEST(a_root_of_fat32_is_as_long_as_it_has_to_be)
{
    static struct fat_make_file files[800];
    static char paths[800][8];
    uint64_t size;

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[8] = {'F', (char)('A' + i / 676), (char)('A' + i / 26 % 26),
                        (char)('A' + i % 26)};
        memcpy(paths[i], path, sizeof(path));
        files[i] = (struct fat_make_file){.path = paths[i], .bytes = {contents + i, 3}};
    }
    struct fat_make make = basic_32(files, COUNT_OF(files), 512);
    NEED(make_32(&make, &size) == OK);
    check_file("\\FAAA", files[0].bytes);
    check_file("\\FBET", files[799].bytes);
}
