/* What is in a FAT volume is in it on other sectors too; refusals: test_fat_view.c. */
#include <string.h>

#include "base/bytes.h"
#include "disks/fat.h"
#include "tests/build/volume_rig.h"
#include "tests/test.h"

static uint8_t again[VOLUME_MAX];

/* Bytes of a file, from the volume in memory; found by other code than the view's. */
static enum err read_file(uint8_t *at, const char *path, uint8_t *out, size_t len,
                          struct fat_entry *entry)
{
    struct memory_source source;
    struct fat_file file;
    struct fat fat;

    memory_source_init(&source, "volume", (struct bytes){at, volume_size});
    TRY(fat_open(&fat, &source.source, &volume_error));
    TRY(fat_find(&fat, path, entry, &volume_error));
    fat_file_open(&file, &fat, entry, path);
    CHECK(entry->kind != FAT_FILE || entry->size == len);
    return entry->kind == FAT_FILE ? source_read(&file.source, 0, out, len, &volume_error) : OK;
}

static void check_file(const char *path, size_t len)
{
    static uint8_t old[32768], new[32768];
    struct fat_entry entry;

    CHECK(read_file(volume_old, path, old, len, &entry) == OK);
    CHECK(read_file(volume_new, path, new, len, &entry) == OK);
    CHECK(memcmp(old, new, len) == 0);
}

TEST(a_fat_of_every_kind_has_the_same_files_on_other_sectors)
{
    static const struct {
        unsigned bits;
        size_t bytes;
    } volumes[] = {{12, 1 << 20}, {16, 4 << 20}, {32, 6 << 20}, {32, 35 << 20}};

    for (size_t i = 0; i < COUNT_OF(volumes); i++)
        for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
            volume_begin(volumes[i].bytes, volumes[i].bits);
            volume_add_all();
            NEED(volume_convert(sector) == OK);
            CHECK(get_le16(volume_new + 11) == sector);
            check_file("\\EFI\\A.TXT", 1);
            check_file("\\EFI\\systemd-and-more\\a long name.efi", 5000);
            check_file("\\EFI\\systemd-and-more\\LARGE.BIN", 20000);
            check_file("\\ROOT.BIN", 512);
            check_file("\\EMPTY.BIN", 0);
        }
}

TEST(a_view_is_the_same_in_whatever_pieces_it_is_read)
{
    static const size_t pieces[] = {1, 3, 500, 512, 513, 4096, 10007};
    struct fake_source source;
    struct source *view;

    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
        volume_begin(bits == 12 ? 600 << 10 : bits == 16 ? 3 << 20 : 4 << 20, bits);
        volume_add_all();
        NEED(volume_convert(512) == OK);
        NEED(volume_view(&source, volume_size, 512, VOLUME_MEMORY, &view) == OK);
        for (size_t i = bits == 12 ? 0 : 2; i < COUNT_OF(pieces); i++) {
            for (size_t at = 0; at < volume_size; at += pieces[i]) {
                size_t len = volume_size - at < pieces[i] ? volume_size - at : pieces[i];
                NEED(source_read(view, at, again + at, len, &volume_error) == OK);
            }
            CHECK(memcmp(again, volume_new, volume_size) == 0);
        }
    }
}

TEST(a_label_its_serial_number_and_entries_stay_and_what_was_deleted_goes)
{
    uint8_t *root, *entry;

    volume_begin(4 << 20, 16);
    memcpy(volume_old + 3, "mkfs.fat", 8);
    volume_old[21] = 0xf8;
    put_le32(volume_old + 28, 2048);
    memcpy(volume_old + 36,
           "\x80\x01\x29\x12\x34\x56\x78"
           "SYSTEM     FAT16   ",
           26);
    root = volume_old + (1 + volume_build.fat_sectors) * 512;
    fat_build_file(&volume_build, 0, "LABEL      ", NULL, 0);
    root[11] = 0x08;
    fat_build_file(&volume_build, 0, "GONE    TXT", NULL, 1);
    root[32] = 0xe5;
    volume_add_file(0, "THERE   TXT", NULL, 10, 1);
    memset(root + 64 + 12, 0x77, 8); /* attributes of Windows NT, times */
    put_le16(root + 64 + 22, 0x1234);
    NEED(volume_convert(4096) == OK);
    CHECK(memcmp(volume_new + 3, "mkfs.fat", 8) == 0 && volume_new[21] == 0xf8);
    CHECK(get_le32(volume_new + 28) == 256);
    /* 4 MiB of 4096 bytes are a FAT12; the flag of a volume in use is gone. */
    CHECK(memcmp(volume_new + 36,
                 "\x80\x00\x29\x12\x34\x56\x78"
                 "SYSTEM     FAT12   ",
                 26) == 0);
    entry = volume_new + (get_le16(volume_new + 14) + 2 * get_le16(volume_new + 22)) * 4096;
    CHECK(memcmp(entry, root, 26) == 0 && get_le16(entry + 26) == 0);
    CHECK(memcmp(entry + 32, root + 64, 20) == 0 && memcmp(entry + 54, root + 86, 4) == 0);
    CHECK(entry[64] == 0);
}

/* Cluster 0 is how ".." names the root, on a FAT32 too, whose root has a cluster. */
TEST(dots_name_the_new_clusters)
{
    struct memory_source source;
    struct fat_entry outer, inner;
    struct fat fat;

    for (size_t bytes = 4; bytes <= 35; bytes += 31) {
        volume_begin(bytes << 20, bytes == 4 ? 16 : 32);
        uint32_t first = fat_build_directory(&volume_build, 0, "OUTER      ", NULL);
        memcpy(volume_cluster(first), ".          \x10", 12);
        memcpy(volume_cluster(first) + 32, "..         \x10", 12);
        uint32_t second = fat_build_directory(&volume_build, first, "INNER      ", NULL);
        memcpy(volume_cluster(second), ".          \x10", 12);
        memcpy(volume_cluster(second) + 32, "..         \x10", 12);
        put_le16(volume_cluster(second) + 32 + 26, (uint16_t)first);
        NEED(volume_convert(bytes == 4 ? 4096 : 512) == OK);
        memory_source_init(&source, "volume", (struct bytes){volume_new, volume_size});
        NEED(fat_open(&fat, &source.source, &volume_error) == OK);
        CHECK(fat.layout.kind == (bytes == 4 ? FAT_12 : FAT_32));
        NEED(fat_find(&fat, "\\OUTER", &outer, &volume_error) == OK);
        NEED(fat_find(&fat, "\\OUTER\\INNER", &inner, &volume_error) == OK);
        const uint8_t *at = volume_new + fat_cluster_offset(&fat.layout, outer.cluster);
        CHECK(get_le16(at + 26) == outer.cluster && get_le16(at + 32 + 26) == 0);
        at = volume_new + fat_cluster_offset(&fat.layout, inner.cluster);
        CHECK(get_le16(at + 26) == inner.cluster && get_le16(at + 32 + 26) == outer.cluster);
    }
}

TEST(what_lies_behind_the_end_of_a_file_is_zeros)
{
    struct fat_entry entry;
    struct fat fat;
    struct memory_source source;

    volume_begin(4 << 20, 16);
    uint32_t first = volume_add_file(0, "A       TXT", NULL, 100, 1);
    memset(volume_cluster(first) + 100, 0xaa, 412);
    NEED(volume_convert(4096) == OK);
    memory_source_init(&source, "volume", (struct bytes){volume_new, volume_size});
    NEED(fat_open(&fat, &source.source, &volume_error) == OK);
    NEED(fat_find(&fat, "\\A.TXT", &entry, &volume_error) == OK);
    const uint8_t *at = volume_new + fat_cluster_offset(&fat.layout, entry.cluster);
    CHECK(at[99] == volume_cluster(first)[99]);
    for (size_t i = 100; i < 4096; i++)
        CHECK(at[i] == 0);
}

TEST(a_file_may_have_more_clusters_than_it_needs)
{
    volume_begin(4 << 20, 16);
    uint32_t first = volume_add_file(0, "MORE    TXT", NULL, 1500, 1);
    put_le32(volume_old + (1 + volume_build.fat_sectors) * 512 + 28, 600);
    CHECK(volume_convert(4096) == OK);
    fat_build_link(&volume_build, first + 1, 0x0fffffff);
    check_file("\\MORE.TXT", 600);
}
