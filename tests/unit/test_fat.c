#include <string.h>

#include "base/bytes.h"
#include "disks/fat.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

static uint8_t volume[4 << 20];
static struct error error;
static struct fat_entry entry;

static size_t size_for(unsigned bits)
{
    return bits == 12 ? 1 << 20 : 4 << 20;
}

static void build(struct fat_build *b, unsigned bits)
{
    memset(volume, 0, sizeof(volume));
    fat_build_begin(b, volume, size_for(bits), bits);
}

static enum err find(unsigned bits, const char *path)
{
    struct fake_source source;
    struct fat fat;

    fake_source_init(&source, "disk.vmdk", (struct bytes){volume, size_for(bits)});
    TRY(fat_open(&fat, &source.source, &error));
    CHECK(fat.layout.kind == (bits == 12 ? FAT_12 : bits == 16 ? FAT_16 : FAT_32));
    return fat_find(&fat, path, &entry, &error);
}

TEST(files_are_found_in_every_kind_of_fat)
{
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
        struct fat_build b;
        build(&b, bits);
        fat_build_path(&b, "STARTUP.NSH");
        fat_build_path(&b, "EFI/BOOT/BOOTX64.EFI");
        fat_build_path(&b, "EFI/BOOT/GRUBX64.EFI");
        CHECK(find(bits, "\\EFI\\BOOT\\BOOTX64.EFI") == OK);
        CHECK(entry.kind == FAT_FILE && entry.size == 1000);
        CHECK(find(bits, "\\efi\\boot\\grubx64.efi") == OK && entry.kind == FAT_FILE);
        CHECK(find(bits, "\\EFI\\BOOT") == OK && entry.kind == FAT_DIRECTORY);
        CHECK(find(bits, "\\EFI\\BOOT\\BOOTX64.EF") == ERR_NOT_FOUND);
        CHECK_TEXT(error.text, "disk.vmdk: no BOOTX64.EF");
        CHECK(find(bits, "\\STARTUP.NSH\\BOOT") == ERR_NOT_FOUND);
        CHECK(find(bits, "\\EFI\\\\BOOT") == ERR_NOT_FOUND);
        CHECK(find(bits, "\\EFI\\") == ERR_NOT_FOUND);
    }
}

TEST(long_names_are_found_and_short_ones_too)
{
    struct fat_build b;

    build(&b, 16);
    uint32_t efi = fat_build_directory(&b, 0, "EFI        ", NULL);
    uint32_t systemd = fat_build_directory(&b, efi, "SYSTEMD    ", "systemd");
    fat_build_file(&b, systemd, "SYSTEM~1EFI", "systemd-bootx64.efi", 5);
    fat_build_file(&b, systemd, "ALONG~1 TXT", "exactly-26-characters-name", 6);
    CHECK(find(16, "\\EFI\\systemd\\systemd-bootx64.efi") == OK && entry.size == 5);
    CHECK(find(16, "\\EFI\\systemd\\SYSTEM~1.EFI") == OK && entry.size == 5);
    CHECK(find(16, "\\EFI\\systemd\\Exactly-26-Characters-Name") == OK && entry.size == 6);
    CHECK(find(16, "\\EFI\\systemd\\systemd-bootx64") == ERR_NOT_FOUND);
}

TEST(a_long_name_that_belongs_to_another_entry_does_not_count)
{
    struct fat_build b;
    uint8_t *root;

    build(&b, 16);
    root = volume + (1 + b.fat_sectors) * 512;
    fat_build_file(&b, 0, "SYSTEM~1EFI", "systemd-bootx64.efi", 5);
    CHECK(find(16, "\\systemd-bootx64.efi") == OK);
    root[64] = 'T'; /* the alias has another checksum now */
    CHECK(find(16, "\\systemd-bootx64.efi") == ERR_NOT_FOUND);
    CHECK(find(16, "\\TYSTEM~1.EFI") == OK);
    root[64] = 'S';
    root[32 + 13] ^= 1; /* the first part belongs to another */
    CHECK(find(16, "\\systemd-bootx64.efi") == ERR_NOT_FOUND);
    root[32 + 13] ^= 1;
    root[0] = 0x43; /* a third part that is not there */
    CHECK(find(16, "\\systemd-bootx64.efi") == ERR_NOT_FOUND);
    root[0] = 0x42;
    root[32] = 0xe5; /* the first part is deleted */
    CHECK(find(16, "\\systemd-bootx64.efi") == ERR_NOT_FOUND);
    CHECK(find(16, "\\SYSTEM~1.EFI") == OK);
}

TEST(labels_and_deleted_files_are_passed_over)
{
    struct fat_build b;
    uint8_t *root;

    build(&b, 12);
    root = volume + (1 + b.fat_sectors) * 512;
    fat_build_file(&b, 0, "EFI        ", NULL, 5);
    root[11] = 0x08;
    CHECK(find(12, "\\EFI") == ERR_NOT_FOUND);
    root[11] = 0x20;
    CHECK(find(12, "\\EFI") == OK);
    root[0] = 0xe5;
    CHECK(find(12, "\\\xe5"
                   "FI") == ERR_NOT_FOUND);
}

/* Fill a directory of three clusters, so that the wanted file is in the last of them. */
TEST(a_directory_is_followed_over_its_clusters)
{
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
        struct fat_build b;
        build(&b, bits);
        uint32_t efi = fat_build_directory(&b, 0, "EFI        ", NULL);
        char alias[] = "FILE00  EFI";
        for (int i = 0; i < 47; i++) {
            alias[4] = (char)('0' + i / 10);
            alias[5] = (char)('0' + i % 10);
            fat_build_file(&b, efi, alias, NULL, 5);
        }
        CHECK(find(bits, "\\EFI\\FILE46.EFI") == OK);
        fat_build_link(&b, efi + 1, 0x0fffffff); /* the chain ends early */
        CHECK(find(bits, "\\EFI\\FILE46.EFI") == ERR_NOT_FOUND);
        CHECK(find(bits, "\\EFI\\FILE31.EFI") == OK);
        fat_build_link(&b, efi + 1, efi); /* a loop */
        CHECK(find(bits, "\\EFI\\FILE46.EFI") == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "in a loop");
        fat_build_link(&b, efi + 1, 1);
        CHECK(find(bits, "\\EFI\\FILE46.EFI") == ERR_DAMAGED);
        fat_build_link(&b, efi + 1, bits == 12 ? 0xff0 : 0xfff0);
        CHECK(find(bits, "\\EFI\\FILE46.EFI") == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "which there is not");
    }
}

static uint8_t list_memory[64 << 10];
static struct fat_listed *listed;

/* How many there are in a directory; 0 and the error where it cannot be told. */
static size_t list(unsigned bits, const char *path)
{
    struct fake_source source;
    struct arena a;
    struct fat fat;
    size_t count;

    error.code = OK;
    arena_init(&a, list_memory, sizeof(list_memory), "a list");
    fake_source_init(&source, "disk.vmdk", (struct bytes){volume, size_for(bits)});
    CHECK(fat_open(&fat, &source.source, &error) == OK);
    return fat_list(&fat, path, &a, &listed, &count, &error) == OK ? count : 0;
}

TEST(a_directory_is_listed_by_long_names_and_short_ones)
{
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
        struct fat_build b;
        char alias[] = "FILE00~1TXT", name[] = "the-serial-of-machine-00.json";
        build(&b, bits);
        uint32_t logs = fat_build_directory(&b, 0, "LOGS       ", "logs");
        for (int i = 0; i < 18; i++) { /* several clusters of them */
            alias[4] = name[22] = (char)('0' + i / 10);
            alias[5] = name[23] = (char)('0' + i % 10);
            fat_build_file(&b, logs, alias, i % 2 ? name : NULL, (uint32_t)(100 + i));
        }
        CHECK(list(bits, "") == 1);
        CHECK(listed[0].entry.kind == FAT_DIRECTORY && listed[0].entry.cluster == logs);
        CHECK_TEXT(listed[0].name, "logs");
        CHECK(list(bits, "\\logs") == 18);
        for (int i = 0; i < 18; i++)
            CHECK(listed[i].entry.kind == FAT_FILE && listed[i].entry.size == 100u + (uint32_t)i);
        CHECK_TEXT(listed[16].name, "FILE16~1.TXT");
        CHECK_TEXT(listed[17].name, "the-serial-of-machine-17.json");
    }
}

TEST(a_name_does_not_go_over_to_the_next_entry)
{
    struct fat_build b;
    uint8_t *root;

    build(&b, 16);
    root = volume + (1 + b.fat_sectors) * 512;
    fat_build_file(&b, 0, "SYSTEM~1EFI", "systemd-bootx64.efi", 5);
    fat_build_file(&b, 0, "B       EFI", NULL, 6);
    root[64] = 0xe5; /* deleted without its long name */
    CHECK(list(16, "") == 1);
    CHECK_TEXT(listed[0].name, "B.EFI");
}

TEST(what_is_no_directory_is_not_listed)
{
    struct fat_build b;

    build(&b, 16);
    fat_build_path(&b, "EFI/FILE.TXT");
    CHECK(!list(16, "\\EFI\\FILE.TXT") && error.code == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "disk.vmdk: \\EFI\\FILE.TXT is no directory");
    CHECK(!list(16, "\\EFI\\LOGS") && error.code == ERR_NOT_FOUND);
    uint32_t loop = fat_build_directory(&b, 0, "LOOP       ", NULL);
    for (int i = 0; i < 16; i++)
        fat_build_file(&b, loop, "A       TXT", NULL, 5);
    fat_build_link(&b, loop, loop);
    CHECK(!list(16, "\\LOOP") && error.code == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "in a loop");
}

TEST(when_a_file_was_written_is_as_its_entry_says)
{
    uint8_t raw[FAT_ENTRY_SIZE] = "LOG     TXT";

    put_le16(raw + 22, 0x3c07);
    put_le16(raw + 24, 0x5d7c);
    fat_parse_entry(raw, FAT_16, &entry);
    CHECK(entry.kind == FAT_FILE && entry.written == 0x5d7c3c07);
}

/* A file of three clusters from 5 on, as it is linked. */
static enum err place(uint32_t second, uint32_t third, uint64_t *offset)
{
    struct fat_entry file = {.kind = FAT_FILE, .name = "LOG", .cluster = 5, .size = 1200};
    struct fake_source source;
    struct fat_build b;
    struct fat fat;

    build(&b, 16);
    fat_build_link(&b, 5, second);
    fat_build_link(&b, second, third);
    fat_build_link(&b, third, 0xffff);
    fake_source_init(&source, "disk.vmdk", (struct bytes){volume, size_for(16)});
    CHECK(fat_open(&fat, &source.source, &error) == OK);
    enum err err = fat_file_place(&fat, &file, offset, &error);
    CHECK(err != OK || *offset == fat.layout.data + 3 * 512);
    return err;
}

TEST(a_file_has_a_place_when_it_is_in_one_piece)
{
    uint64_t offset;

    CHECK(place(6, 7, &offset) == OK);
    CHECK(place(6, 9, &offset) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: LOG does not lie in one piece");
    CHECK(place(8, 9, &offset) == ERR_UNSUPPORTED);
    CHECK(place(6, 0xffff, &offset) == ERR_DAMAGED);
}

/* A boot sector with one field changed. */
static enum err open_changed(size_t at, size_t len, uint32_t value)
{
    struct fat_build b;

    build(&b, 16);
    for (size_t i = 0; i < len; i++)
        volume[at + i] = (uint8_t)(value >> 8 * i);
    return find(16, "\\");
}

TEST(a_boot_sector_that_makes_no_sense_is_no_fat)
{
    CHECK(open_changed(0, 1, 0xeb) == ERR_NOT_FOUND); /* opened, and "" is no name */
    CHECK(open_changed(0, 1, 0x00) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: no FAT file system");
    CHECK(open_changed(510, 2, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(11, 2, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(11, 2, 513) == ERR_UNSUPPORTED);
    CHECK(open_changed(11, 2, 8192) == ERR_UNSUPPORTED);
    CHECK(open_changed(13, 1, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(13, 1, 3) == ERR_UNSUPPORTED);
    CHECK(open_changed(14, 2, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(16, 1, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(17, 2, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(22, 2, 0) == ERR_UNSUPPORTED);
    CHECK(open_changed(22, 2, 0xffff) == ERR_UNSUPPORTED);
    CHECK(open_changed(32, 4, 0x7fffffff) == ERR_UNSUPPORTED);
    CHECK(open_changed(32, 4, 30) == ERR_UNSUPPORTED);
}
