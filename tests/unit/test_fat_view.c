#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "disks/fat.h"
#include "disks/fat_tree.h"
#include "disks/fat_view.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define LARGE      (20u << 20)
#define VOLUME_MAX (35u << 20) /* a FAT32 of clusters of 512 bytes is no smaller */
#define MEMORY     (8u << 20)

static uint8_t volume[VOLUME_MAX], new_volume[VOLUME_MAX], again[VOLUME_MAX];
static uint8_t memory[MEMORY];
static struct error error;
static struct fat_build b;
static size_t size; /* of the volume that was begun, bytes */

static void begin(size_t bytes, unsigned bits)
{
    memset(volume, 0, sizeof(volume));
    size = bytes;
    fat_build_begin(&b, volume, bytes, bits);
}

static enum err open_view(struct fake_source *source, uint64_t new_size, uint32_t sector,
                          size_t room, struct source **view)
{
    struct arena a;

    arena_init(&a, memory, room, "the view");
    error = (struct error){.code = OK};
    fake_source_init(source, "ESP", (struct bytes){volume, size});
    return fat_view_open(&source->source, new_size, sector, &a, view, &error);
}

static enum err convert(uint32_t sector)
{
    struct fake_source source;
    struct source *view;

    TRY(open_view(&source, size, sector, MEMORY, &view));
    CHECK(view->size == size);
    return source_read(view, 0, new_volume, size, &error);
}

/* Bytes of a file, from the volume in memory; found by other code than the view's. */
static enum err read_file(uint8_t *at, const char *path, uint8_t *out, size_t len,
                          struct fat_entry *entry)
{
    struct memory_source source;
    struct fat_file file;
    struct fat fat;

    memory_source_init(&source, "volume", (struct bytes){at, size});
    TRY(fat_open(&fat, &source.source, &error));
    TRY(fat_find(&fat, path, entry, &error));
    fat_file_open(&file, &fat, entry, path);
    CHECK(entry->kind != FAT_FILE || entry->size == len);
    return entry->kind == FAT_FILE ? source_read(&file.source, 0, out, len, &error) : OK;
}

static uint8_t *cluster_of(uint32_t cluster)
{
    return volume + (1 + b.fat_sectors + b.root_sectors + cluster - 2) * 512;
}

/* A file of many clusters, each behind the one before and step clusters further on. */
static uint32_t add_file(uint32_t parent, const char *alias, const char *name, uint32_t bytes,
                         uint32_t step)
{
    uint32_t first = fat_build_file(&b, parent, alias, name, bytes), cluster = first;

    for (uint32_t i = 0; i < bytes; i++) {
        if (i && i % 512 == 0) {
            fat_build_link(&b, cluster, cluster + step);
            cluster += step;
        }
        cluster_of(cluster)[i % 512] = (uint8_t)(i * 7 + i / 512);
    }
    fat_build_link(&b, cluster, 0x0fffffff);
    b.next = cluster + 1;
    return first;
}

static void add_all(void)
{
    uint32_t efi = fat_build_directory(&b, 0, "EFI        ", NULL);
    uint32_t inner = fat_build_directory(&b, efi, "SYSTEM~1   ", "systemd-and-more");

    add_file(efi, "A       TXT", NULL, 1, 1);
    add_file(inner, "LONGNA~1EFI", "a long name.efi", 5000, 3);
    add_file(0, "ROOT    BIN", NULL, 512, 1);
    add_file(0, "EMPTY   BIN", NULL, 0, 1);
    add_file(inner, "LARGE   BIN", NULL, 20000, 1);
}

static void check_file(const char *path, size_t len)
{
    static uint8_t old[32768], new[32768];
    struct fat_entry entry;

    CHECK(read_file(volume, path, old, len, &entry) == OK);
    CHECK(read_file(new_volume, path, new, len, &entry) == OK);
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
            begin(volumes[i].bytes, volumes[i].bits);
            add_all();
            NEED(convert(sector) == OK);
            CHECK(get_le16(new_volume + 11) == sector);
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
        begin(bits == 12 ? 600 << 10 : bits == 16 ? 3 << 20 : 4 << 20, bits);
        add_all();
        NEED(convert(512) == OK);
        NEED(open_view(&source, size, 512, MEMORY, &view) == OK);
        for (size_t i = bits == 12 ? 0 : 2; i < COUNT_OF(pieces); i++) {
            for (size_t at = 0; at < size; at += pieces[i]) {
                size_t len = size - at < pieces[i] ? size - at : pieces[i];
                NEED(source_read(view, at, again + at, len, &error) == OK);
            }
            CHECK(memcmp(again, new_volume, size) == 0);
        }
    }
}

TEST(a_label_its_serial_number_and_entries_stay_and_what_was_deleted_goes)
{
    uint8_t *root, *entry;

    begin(4 << 20, 16);
    memcpy(volume + 3, "mkfs.fat", 8);
    volume[21] = 0xf8;
    put_le32(volume + 28, 2048);
    memcpy(volume + 36,
           "\x80\x01\x29\x12\x34\x56\x78"
           "SYSTEM     FAT16   ",
           26);
    root = volume + (1 + b.fat_sectors) * 512;
    fat_build_file(&b, 0, "LABEL      ", NULL, 0);
    root[11] = 0x08;
    fat_build_file(&b, 0, "GONE    TXT", NULL, 1);
    root[32] = 0xe5;
    add_file(0, "THERE   TXT", NULL, 10, 1);
    memset(root + 64 + 12, 0x77, 8); /* attributes of Windows NT, times */
    put_le16(root + 64 + 22, 0x1234);
    NEED(convert(4096) == OK);
    CHECK(memcmp(new_volume + 3, "mkfs.fat", 8) == 0 && new_volume[21] == 0xf8);
    CHECK(get_le32(new_volume + 28) == 256);
    /* 4 MiB of 4096 bytes are a FAT12; the flag of a volume in use is gone. */
    CHECK(memcmp(new_volume + 36,
                 "\x80\x00\x29\x12\x34\x56\x78"
                 "SYSTEM     FAT12   ",
                 26) == 0);
    entry = new_volume + (get_le16(new_volume + 14) + 2 * get_le16(new_volume + 22)) * 4096;
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
        begin(bytes << 20, bytes == 4 ? 16 : 32);
        uint32_t first = fat_build_directory(&b, 0, "OUTER      ", NULL);
        memcpy(cluster_of(first), ".          \x10", 12);
        memcpy(cluster_of(first) + 32, "..         \x10", 12);
        uint32_t second = fat_build_directory(&b, first, "INNER      ", NULL);
        memcpy(cluster_of(second), ".          \x10", 12);
        memcpy(cluster_of(second) + 32, "..         \x10", 12);
        put_le16(cluster_of(second) + 32 + 26, (uint16_t)first);
        NEED(convert(bytes == 4 ? 4096 : 512) == OK);
        memory_source_init(&source, "volume", (struct bytes){new_volume, size});
        NEED(fat_open(&fat, &source.source, &error) == OK);
        CHECK(fat.layout.kind == (bytes == 4 ? FAT_12 : FAT_32));
        NEED(fat_find(&fat, "\\OUTER", &outer, &error) == OK);
        NEED(fat_find(&fat, "\\OUTER\\INNER", &inner, &error) == OK);
        const uint8_t *at = new_volume + fat_cluster_offset(&fat.layout, outer.cluster);
        CHECK(get_le16(at + 26) == outer.cluster && get_le16(at + 32 + 26) == 0);
        at = new_volume + fat_cluster_offset(&fat.layout, inner.cluster);
        CHECK(get_le16(at + 26) == inner.cluster && get_le16(at + 32 + 26) == outer.cluster);
    }
}

TEST(what_lies_behind_the_end_of_a_file_is_zeros)
{
    struct fat_entry entry;
    struct fat fat;
    struct memory_source source;

    begin(4 << 20, 16);
    uint32_t first = add_file(0, "A       TXT", NULL, 100, 1);
    memset(cluster_of(first) + 100, 0xaa, 412);
    NEED(convert(4096) == OK);
    memory_source_init(&source, "volume", (struct bytes){new_volume, size});
    NEED(fat_open(&fat, &source.source, &error) == OK);
    NEED(fat_find(&fat, "\\A.TXT", &entry, &error) == OK);
    const uint8_t *at = new_volume + fat_cluster_offset(&fat.layout, entry.cluster);
    CHECK(at[99] == cluster_of(first)[99]);
    for (size_t i = 100; i < 4096; i++)
        CHECK(at[i] == 0);
}

/* A chain of three clusters, of which the second one's entry is changed. */
static enum err convert_linked(unsigned bits, uint32_t link, bool directory)
{
    begin(bits == 12 ? 1 << 20 : 4 << 20, bits);
    uint32_t other = add_file(0, "OTHER   TXT", NULL, 1000, 1);
    uint32_t first = directory ? fat_build_directory(&b, 0, "CHAIN      ", NULL)
                               : add_file(0, "CHAIN      ", NULL, 1500, 1);
    fat_build_link(&b, first + 1, link == 1000 ? other : link == 2000 ? first : link);
    return convert(4096);
}

TEST(a_chain_that_is_damaged_is_refused)
{
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16)
        for (int directory = 0; directory < 2; directory++) {
            CHECK(convert_linked(bits, 1000, directory) == ERR_DAMAGED);
            CHECK_HOLDS(error.text, "ESP: CHAIN: cluster ");
            CHECK_HOLDS(error.text, "holds something else too, or is in a loop");
            CHECK(convert_linked(bits, 2000, directory) == ERR_DAMAGED);
            CHECK_HOLDS(error.text, "in a loop");
            CHECK(convert_linked(bits, 1, directory) == ERR_DAMAGED);
            CHECK_HOLDS(error.text, "cluster 1, where it begins or goes on, does not exist");
            CHECK(convert_linked(bits, bits == 12 ? 0xff7 : 0xfff7, directory) == ERR_DAMAGED);
            CHECK_HOLDS(error.text, "does not exist");
            /* The end of the chain: too early for a file, but a directory ends where it ends. */
            CHECK(convert_linked(bits, 0x0fffffff, directory) == (directory ? OK : ERR_DAMAGED));
        }
}

TEST(what_begins_nowhere_is_refused)
{
    begin(4 << 20, 16);
    fat_build_directory(&b, 0, "NOWHERE    ", NULL);
    uint8_t *root = volume + (1 + b.fat_sectors) * 512;
    put_le16(root + 26, 0);
    CHECK(convert(4096) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "NOWHERE: cluster 0, where it begins");
    root[11] = 0x20;
    CHECK(convert(4096) == OK); /* an empty file */
    put_le32(root + 28, 1);
    CHECK(convert(4096) == ERR_DAMAGED);
}

TEST(a_root_directory_of_a_fat32_that_is_damaged_is_refused)
{
    begin(6 << 20, 32);
    put_le32(volume + 44, 1);
    CHECK(convert(4096) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "ESP: the root directory: cluster 1");
}

TEST(a_file_may_have_more_clusters_than_it_needs)
{
    begin(4 << 20, 16);
    uint32_t first = add_file(0, "MORE    TXT", NULL, 1500, 1);
    put_le32(volume + (1 + b.fat_sectors) * 512 + 28, 600);
    CHECK(convert(4096) == OK);
    fat_build_link(&b, first + 1, 0x0fffffff);
    check_file("\\MORE.TXT", 600);
}

TEST(files_that_do_not_fit_are_refused)
{
    begin(1 << 20, 12);
    uint32_t directory = fat_build_directory(&b, 0, "MANY       ", NULL);
    char alias[] = "A          ";
    /* 255 clusters of 4096 bytes, of which each file takes one. */
    for (char second = 'A'; second <= 'F'; second++) {
        uint32_t inner;
        alias[1] = second;
        inner = fat_build_directory(&b, directory, alias, NULL);
        for (int i = 0; i < 45; i++) {
            char file[] = "F00        ";
            file[1] = (char)('0' + i / 10);
            file[2] = (char)('0' + i % 10);
            add_file(inner, file, NULL, 1, 1);
        }
    }
    CHECK(convert(4096) == ERR_NO_ROOM);
    CHECK_TEXT(error.text,
               "ESP: its files do not fit into a FAT volume of 1048576 bytes with sectors "
               "of 4096 bytes");
    CHECK(convert(512) == OK);
}

/* A directory of that many entries, each in the form of the raw one. */
static void add_entries(uint32_t entries, const uint8_t raw[32])
{
    uint32_t directory = fat_build_directory(&b, 0, "LARGE      ", NULL);
    uint32_t cluster = directory;

    for (uint32_t i = 0; i < entries; i++) {
        if (i && i % 16 == 0) {
            uint32_t next = cluster == directory ? b.next : cluster + 1;
            fat_build_link(&b, cluster, next);
            cluster = next;
        }
        memcpy(cluster_of(cluster) + i % 16 * 32, raw, 32);
    }
    fat_build_link(&b, cluster, 0x0fffffff);
}

TEST(more_entries_files_and_pieces_than_are_kept_are_refused)
{
    uint8_t label[32] = "LABEL      \x08", file[32] = "FILE       \x20";

    begin(LARGE, 16);
    add_entries(FAT_TREE_ENTRIES_MAX - 1, label);
    CHECK(convert(4096) == OK);
    begin(LARGE, 16);
    add_entries(FAT_TREE_ENTRIES_MAX, label);
    CHECK(convert(4096) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "more than 32768 entries");
    begin(LARGE, 16);
    put_le32(file + 28, 1);
    add_entries(FAT_TREE_NODES_MAX - 1, file);
    CHECK(convert(4096) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "more than 8192 files and directories");
    begin(LARGE, 16);
    add_file(0, "PIECES     ", NULL, FAT_TREE_EXTENTS_MAX * 512, 2);
    CHECK(convert(4096) == OK);
    begin(LARGE, 16);
    add_file(0, "PIECES     ", NULL, FAT_TREE_EXTENTS_MAX * 512 + 1, 2);
    CHECK(convert(4096) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "in more than 16384 pieces");
}

static enum err sparse_read(struct source *s, uint64_t offset, void *to, size_t len,
                            struct error *e)
{
    (void)s, (void)e;
    memset(to, 0, len);
    if (offset == 0)
        memcpy(to, volume, len < 512 ? len : 512);
    return OK;
}

TEST(more_clusters_than_are_followed_are_refused)
{
    static const struct source_ops ops = {.read = sparse_read};
    struct source source = {.ops = &ops, .name = "ESP", .size = 16ull << 30};
    struct source *view;
    struct arena a;

    begin(6 << 20, 32);
    put_le32(volume + 32, 0x1040000); /* sectors */
    put_le32(volume + 36, 0x20400);   /* of the FAT */
    arena_init(&a, memory, MEMORY, "the view");
    CHECK(fat_view_open(&source, source.size, 4096, &a, &view, &error) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "at most 16777216");
}

TEST(a_fat_that_does_not_reach_its_clusters_is_refused)
{
    begin(4 << 20, 16);
    b.next = 300;
    add_file(0, "A       TXT", NULL, 2000, 1);
    put_le16(volume + 22, 1);
    put_le16(volume + 14, (uint16_t)b.fat_sectors); /* the clusters stay where they are */
    CHECK(convert(4096) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "cluster 300 is outside the FAT");
}

TEST(no_read_that_fails_and_no_lack_of_memory_is_passed_over)
{
    struct fake_source source;
    struct source *view;

    begin(4 << 20, 16);
    add_all();
    for (size_t n = 1; n < 1000; n++) {
        struct arena a;
        arena_init(&a, memory, MEMORY, "the view");
        fake_source_init(&source, "ESP", (struct bytes){volume, size});
        source.fail_at = n;
        enum err err = fat_view_open(&source.source, size, 4096, &a, &view, &error);
        if (err == OK)
            err = source_read(view, 0, new_volume, size, &error);
        if (err == OK) {
            CHECK(n > 10);
            break;
        }
        CHECK(err == ERR_IO);
    }
    for (size_t room = 0; room < MEMORY; room += 50000) {
        enum err err = open_view(&source, size, 4096, room, &view);
        if (err == OK) {
            CHECK(room > 1000000);
            break;
        }
        CHECK(err == ERR_NO_MEMORY);
    }
}
