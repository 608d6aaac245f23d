#include <string.h>

#include "disks/fat.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define CLUSTER 512u
#define SIZE    (6 * CLUSTER + 100) /* bytes of the file: seven clusters */

static uint8_t volume[1 << 20], contents[SIZE], out[SIZE];
static struct error error;
static struct fake_source source;
static struct fat fat;
static struct fat_entry entry;
static struct fat_file file;

/* A file in clusters in that order, as steps from the first; 0 ends the list. */
static void build(const uint32_t *steps)
{
    struct fat_build b;

    memset(volume, 0, sizeof(volume));
    for (size_t i = 0; i < SIZE; i++)
        contents[i] = (uint8_t)(i / 3 + i / CLUSTER);
    fat_build_begin(&b, volume, sizeof(volume), 12);
    uint32_t first = fat_build_file(&b, 0, "LOADER  EFI", NULL, SIZE), at = first;
    fake_source_init(&source, "disk.vmdk", (struct bytes){volume, sizeof(volume)});
    CHECK(fat_open(&fat, &source.source, &error) == OK);
    memcpy(volume + fat.layout.data + (at - 2) * CLUSTER, contents, CLUSTER);
    for (size_t i = 1; *steps; i++, steps++) {
        fat_build_link(&b, at, first + *steps);
        at = first + *steps;
        fat_build_link(&b, at, 0xfff);
        if (i * CLUSTER < SIZE)
            memcpy(volume + fat.layout.data + (at - 2) * CLUSTER, contents + i * CLUSTER,
                   SIZE - i * CLUSTER < CLUSTER ? SIZE - i * CLUSTER : CLUSTER);
    }
    CHECK(fat_find(&fat, "\\LOADER.EFI", &entry, &error) == OK);
    fat_file_open(&file, &fat, &entry, "\\LOADER.EFI");
    CHECK(file.source.size == SIZE);
}

static const uint32_t in_order[] = {1, 2, 3, 4, 5, 6, 0};
static const uint32_t scattered[] = {1, 2, 9, 8, 12, 13, 0};

TEST(a_file_is_read_whole_wherever_its_clusters_lie)
{
    static const uint32_t *const orders[] = {in_order, scattered};

    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        build(orders[i]);
        memset(out, 0, sizeof(out));
        CHECK(source_read(&file.source, 0, out, SIZE, &error) == OK);
        CHECK(memcmp(out, contents, SIZE) == 0);
    }
}

TEST(a_file_is_read_from_any_place_forwards_and_backwards)
{
    build(scattered);
    for (size_t len = 1; len < SIZE; len += 257)
        for (size_t at = SIZE - len;; at -= 97) {
            memset(out, 0, len);
            CHECK(source_read(&file.source, at, out, len, &error) == OK);
            CHECK(memcmp(out, contents + at, len) == 0);
            if (at < 97)
                break;
        }
    CHECK(source_read(&file.source, SIZE - 1, out, 2, &error) == ERR_DAMAGED);
}

TEST(clusters_in_a_row_are_read_at_once)
{
    build(in_order);
    size_t before = source.reads;
    CHECK(source_read(&file.source, 0, out, SIZE, &error) == OK);
    CHECK(source.reads - before == 6 + 1); /* six entries of the FAT, and the data */
}

TEST(a_chain_that_is_too_short_or_leads_astray_is_damaged)
{
    static const uint32_t cut[] = {1, 2, 3, 0};

    build(cut);
    CHECK(source_read(&file.source, 0, out, SIZE, &error) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "LOADER.EFI: its chain of clusters ends");
    CHECK(source_read(&file.source, 0, out, 4 * CLUSTER, &error) == OK);
    build(in_order);
    entry.cluster = 0;
    fat_file_open(&file, &fat, &entry, "\\LOADER.EFI");
    CHECK(source_read(&file.source, 0, out, 1, &error) == ERR_DAMAGED);
}
