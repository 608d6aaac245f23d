/* FAT volumes that cannot be had on other sectors; what is in those that can: test_fat_view_files.c. */
#include "disks/fat_view.h"

#include <string.h>

#include "base/bytes.h"
#include "disks/fat_tree.h"
#include "tests/build/volume_rig.h"
#include "tests/test.h"

#define LARGE (20u << 20)

/* A chain of three clusters, of which the second one's entry is changed. */
static enum err convert_linked(unsigned bits, uint32_t link, bool directory)
{
    volume_begin(bits == 12 ? 1 << 20 : 4 << 20, bits);
    uint32_t other = volume_add_file(0, "OTHER   TXT", NULL, 1000, 1);
    uint32_t first = directory ? fat_build_directory(&volume_build, 0, "CHAIN      ", NULL)
                               : volume_add_file(0, "CHAIN      ", NULL, 1500, 1);
    fat_build_link(&volume_build, first + 1, link == 1000 ? other : link == 2000 ? first : link);
    return volume_convert(4096);
}

TEST(a_chain_that_is_damaged_is_refused)
{
    for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16)
        for (int directory = 0; directory < 2; directory++) {
            CHECK(convert_linked(bits, 1000, directory) == ERR_DAMAGED);
            CHECK_HOLDS(volume_error.text, "ESP: CHAIN: cluster ");
            CHECK_HOLDS(volume_error.text, "holds something else too, or is in a loop");
            CHECK(convert_linked(bits, 2000, directory) == ERR_DAMAGED);
            CHECK_HOLDS(volume_error.text, "in a loop");
            CHECK(convert_linked(bits, 1, directory) == ERR_DAMAGED);
            CHECK_HOLDS(volume_error.text, "cluster 1, where it begins or goes on, does not exist");
            CHECK(convert_linked(bits, bits == 12 ? 0xff7 : 0xfff7, directory) == ERR_DAMAGED);
            CHECK_HOLDS(volume_error.text, "does not exist");
            /* The end of the chain: too early for a file, but a directory ends where it ends. */
            CHECK(convert_linked(bits, 0x0fffffff, directory) == (directory ? OK : ERR_DAMAGED));
        }
}

TEST(what_begins_nowhere_is_refused)
{
    volume_begin(4 << 20, 16);
    fat_build_directory(&volume_build, 0, "NOWHERE    ", NULL);
    uint8_t *root = volume_old + (1 + volume_build.fat_sectors) * 512;
    put_le16(root + 26, 0);
    CHECK(volume_convert(4096) == ERR_DAMAGED);
    CHECK_HOLDS(volume_error.text, "NOWHERE: cluster 0, where it begins");
    root[11] = 0x20;
    CHECK(volume_convert(4096) == OK); /* an empty file */
    put_le32(root + 28, 1);
    CHECK(volume_convert(4096) == ERR_DAMAGED);
}

TEST(a_root_directory_of_a_fat32_that_is_damaged_is_refused)
{
    volume_begin(6 << 20, 32);
    put_le32(volume_old + 44, 1);
    CHECK(volume_convert(4096) == ERR_DAMAGED);
    CHECK_HOLDS(volume_error.text, "ESP: the root directory: cluster 1");
}

TEST(files_that_do_not_fit_are_refused)
{
    volume_begin(1 << 20, 12);
    uint32_t directory = fat_build_directory(&volume_build, 0, "MANY       ", NULL);
    char alias[] = "A          ";
    /* 255 clusters of 4096 bytes, of which each file takes one. */
    for (char second = 'A'; second <= 'F'; second++) {
        uint32_t inner;
        alias[1] = second;
        inner = fat_build_directory(&volume_build, directory, alias, NULL);
        for (int i = 0; i < 45; i++) {
            char file[] = "F00        ";
            file[1] = (char)('0' + i / 10);
            file[2] = (char)('0' + i % 10);
            volume_add_file(inner, file, NULL, 1, 1);
        }
    }
    CHECK(volume_convert(4096) == ERR_NO_ROOM);
    CHECK_TEXT(volume_error.text,
               "ESP: its files do not fit into a FAT volume of 1048576 bytes with sectors "
               "of 4096 bytes");
    CHECK(volume_convert(512) == OK);
}

/* A directory of that many entries, each in the form of the raw one. */
static void add_entries(uint32_t entries, const uint8_t raw[32])
{
    uint32_t directory = fat_build_directory(&volume_build, 0, "LARGE      ", NULL);
    uint32_t cluster = directory;

    for (uint32_t i = 0; i < entries; i++) {
        if (i && i % 16 == 0) {
            uint32_t next = cluster == directory ? volume_build.next : cluster + 1;
            fat_build_link(&volume_build, cluster, next);
            cluster = next;
        }
        memcpy(volume_cluster(cluster) + i % 16 * 32, raw, 32);
    }
    fat_build_link(&volume_build, cluster, 0x0fffffff);
}

TEST(more_entries_files_and_pieces_than_are_kept_are_refused)
{
    uint8_t label[32] = "LABEL      \x08", file[32] = "FILE       \x20";

    volume_begin(LARGE, 16);
    add_entries(FAT_TREE_ENTRIES_MAX - 1, label);
    CHECK(volume_convert(4096) == OK);
    volume_begin(LARGE, 16);
    add_entries(FAT_TREE_ENTRIES_MAX, label);
    CHECK(volume_convert(4096) == ERR_TOO_BIG);
    CHECK_HOLDS(volume_error.text, "more than 32768 entries");
    volume_begin(LARGE, 16);
    put_le32(file + 28, 1);
    add_entries(FAT_TREE_NODES_MAX - 1, file);
    CHECK(volume_convert(4096) == ERR_TOO_BIG);
    CHECK_HOLDS(volume_error.text, "more than 8192 files and directories");
    volume_begin(LARGE, 16);
    volume_add_file(0, "PIECES     ", NULL, FAT_TREE_EXTENTS_MAX * 512, 2);
    CHECK(volume_convert(4096) == OK);
    volume_begin(LARGE, 16);
    volume_add_file(0, "PIECES     ", NULL, FAT_TREE_EXTENTS_MAX * 512 + 1, 2);
    CHECK(volume_convert(4096) == ERR_TOO_BIG);
    CHECK_HOLDS(volume_error.text, "in more than 16384 pieces");
}

static enum err sparse_read(struct source *s, uint64_t offset, void *to, size_t len,
                            struct error *e)
{
    (void)s, (void)e;
    memset(to, 0, len);
    if (offset == 0)
        memcpy(to, volume_old, len < 512 ? len : 512);
    return OK;
}

TEST(more_clusters_than_are_followed_are_refused)
{
    static const struct source_ops ops = {.read = sparse_read};
    struct source source = {.ops = &ops, .name = "ESP", .size = 16ull << 30};
    struct source *view;
    struct arena a;

    volume_begin(6 << 20, 32);
    put_le32(volume_old + 32, 0x1040000); /* sectors */
    put_le32(volume_old + 36, 0x20400);   /* of the FAT */
    arena_init(&a, volume_memory, VOLUME_MEMORY, "the view");
    CHECK(fat_view_open(&source, source.size, 4096, &a, &view, &volume_error) == ERR_TOO_BIG);
    CHECK_HOLDS(volume_error.text, "at most 16777216");
}

TEST(a_fat_that_does_not_reach_its_clusters_is_refused)
{
    volume_begin(4 << 20, 16);
    volume_build.next = 300;
    volume_add_file(0, "A       TXT", NULL, 2000, 1);
    put_le16(volume_old + 22, 1);
    put_le16(volume_old + 14,
             (uint16_t)volume_build.fat_sectors); /* the clusters stay where they are */
    CHECK(volume_convert(4096) == ERR_DAMAGED);
    CHECK_HOLDS(volume_error.text, "cluster 300 is outside the FAT");
}

TEST(no_read_that_fails_and_no_lack_of_memory_is_passed_over)
{
    struct fake_source source;
    struct source *view;

    volume_begin(4 << 20, 16);
    volume_add_all();
    for (size_t n = 1; n < 1000; n++) {
        struct arena a;
        arena_init(&a, volume_memory, VOLUME_MEMORY, "the view");
        fake_source_init(&source, "ESP", (struct bytes){volume_old, volume_size});
        source.fail_at = n;
        enum err err = fat_view_open(&source.source, volume_size, 4096, &a, &view, &volume_error);
        if (err == OK)
            err = source_read(view, 0, volume_new, volume_size, &volume_error);
        if (err == OK) {
            CHECK(n > 10);
            break;
        }
        CHECK(err == ERR_IO);
    }
    for (size_t room = 0; room < VOLUME_MEMORY; room += 50000) {
        enum err err = volume_view(&source, volume_size, 4096, room, &view);
        if (err == OK) {
            CHECK(room > 1000000);
            break;
        }
        CHECK(err == ERR_NO_MEMORY);
    }
}
