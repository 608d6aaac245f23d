#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "disks/image.h"
#include "disks/partitions.h"
#include "disks/resector.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/pipe.h"
#include "tests/test.h"

#define SIZE   (8u << 20)
#define MEMORY (12u << 20)

static uint8_t disk[SIZE], new_disk[SIZE + 65536], again[SIZE + 65536], memory[MEMORY];
static struct build_partition parts[4];
static struct error error;

/* An ESP from 1 to 3 MiB, and a partition with garbage from 4 to 6 MiB. */
static void build(uint32_t sector)
{
    struct fat_build fat;
    uint64_t mib = (1u << 20) / sector;

    memset(disk, 0, sizeof(disk));
    parts[0] = (struct build_partition){{0}, mib, 3 * mib - 1, "ESP"};
    parts[1] = (struct build_partition){{0}, 4 * mib, 6 * mib - 1, "data"};
    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    fat_build_begin(&fat, disk + (1 << 20), 2 << 20, 12);
    fat_build_path(&fat, "EFI/BOOT/BOOTX64.EFI");
    memset(disk + (5 << 20), 0xda, 1 << 20);
    put_le32(disk + (4 << 20) + 1028, 512); /* an ext4 of 512 blocks */
    put_le32(disk + (4 << 20) + 1048, 2);   /* of 4096 bytes */
    put_le16(disk + (4 << 20) + 1080, 0xef53);
}

static void build_with_gpt(uint32_t sector)
{
    build(sector);
    build_gpt(disk, SIZE / sector, sector, parts, 2);
}

static enum err open_view(struct fake_source *source, uint32_t sector, size_t room,
                          struct resector **view)
{
    struct arena a;

    arena_init(&a, memory, room, "the view");
    fake_source_init(source, "disk.vmdk", (struct bytes){disk, SIZE});
    return resector_open(&source->source, 0, sector, &a, view, &error);
}

static enum err convert(uint32_t sector)
{
    struct fake_source source;
    struct resector *view;

    TRY(open_view(&source, sector, MEMORY, &view));
    CHECK(view->source.size <= sizeof(new_disk) && view->source.size % sector == 0);
    CHECK(view->sector_size == sector);
    return source_read(&view->source, 0, new_disk, view->source.size, &error);
}

TEST(a_gpt_counts_in_the_new_sectors_and_partitions_stay_in_place)
{
    struct memory_source source;
    struct partitions old, new;
    struct arena a;

    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        uint32_t other = 4096 + 512 - sector;
        build_with_gpt(sector);
        arena_init(&a, memory, MEMORY, "tables");
        memory_source_init(&source, "old", (struct bytes){disk, SIZE});
        NEED(partitions_read(&source.source, 0, &a, &old, &error) == OK && old.count == 2);
        struct partition before[2] = {old.at[0], old.at[1]};
        NEED(convert(other) == OK);
        arena_init(&a, memory, MEMORY, "tables");
        memory_source_init(&source, "new", (struct bytes){new_disk, SIZE});
        NEED(partitions_read(&source.source, 0, &a, &new, &error) == OK && new.count == 2);
        CHECK(new.kind == TABLE_GPT &&new.sector_size == other);
        for (size_t i = 0; i < 2; i++)
            CHECK(memcmp(&new.at[i], &before[i], sizeof(before[i])) == 0);
        CHECK(memcmp(new_disk + (4 << 20), disk + (4 << 20), 2 << 20) == 0);
        memset(new_disk, 0, 3 * 4096); /* the backup is whole too */
        memcpy(new_disk, disk, 512);
        arena_init(&a, memory, MEMORY, "tables");
        NEED(partitions_read(&source.source, 0, &a, &new, &error) == OK && new.count == 2);
        CHECK(new.sector_size == other &&new.at[1].offset == before[1].offset);
    }
}

TEST(only_what_has_other_sectors_becomes_a_view)
{
    struct fake_source source;
    struct resector *view;

    build_with_gpt(512);
    NEED(open_view(&source, 4096, MEMORY, &view) == OK);
    CHECK(view->fats == 1);
    build_with_gpt(4096); /* with a FAT of sectors of 512 bytes */
    NEED(open_view(&source, 512, MEMORY, &view) == OK);
    CHECK(view->fats == 0);
}

TEST(a_converted_disk_is_the_same_in_whatever_pieces_it_is_read)
{
    static const size_t pieces[] = {511, 4096, 65536, 100003, 5 << 20};
    struct fake_source source;
    struct resector *view;

    build_with_gpt(512);
    NEED(convert(4096) == OK);
    NEED(open_view(&source, 4096, MEMORY, &view) == OK);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        for (uint64_t at = 0; at < view->source.size; at += pieces[i])
            NEED(source_read(&view->source, at, again + at,
                             (size_t)min_u64(pieces[i], view->source.size - at), &error) == OK);
        CHECK(memcmp(again, new_disk, view->source.size) == 0);
    }
}

TEST(a_source_as_an_image_gives_all_that_is_not_zeros)
{
    struct fake_source source;
    struct image *image;
    struct arena a;
    struct run run;
    uint64_t next = 0;

    build_with_gpt(512);
    for (size_t cut = 0; cut <= 512; cut += 512) {
        arena_init(&a, memory, MEMORY, "the image");
        memset(again, 0, sizeof(again));
        fake_source_init(&source, "disk", (struct bytes){disk, SIZE - cut});
        NEED(source_image_open(&source.source, "raw", 4096, one_ring(&a), &a, &image, &error) ==
             OK);
        CHECK(image->capacity == SIZE - cut && image->sector_size == 4096);
        for (next = 0;; next += run.length) {
            NEED(image_next(image, &run, &error) == OK);
            CHECK(run.offset == next);
            if (!run.length)
                break;
            CHECK(run.offset % image->granule == 0);
            CHECK(run.kind == RUN_ZERO || run.kind == RUN_STORED);
            if (run.kind == RUN_STORED)
                memcpy(again + run.offset, run.packed.at, run.packed.len);
        }
        CHECK(next == SIZE - cut && memcmp(again, disk, SIZE - cut) == 0);
    }
}

static enum err convert_parts(uint64_t first, uint64_t last)
{
    build(512);
    parts[1].first = first;
    parts[1].last = last;
    build_gpt(disk, SIZE / 512, 512, parts, 2);
    return convert(4096);
}

TEST(partitions_that_are_not_on_whole_sectors_are_refused_by_number_and_name)
{
    CHECK(convert_parts(8192, 8199) == OK);
    CHECK(convert_parts(8193, 8199) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text,
               "disk.vmdk: partition 2 (data) begins at byte 4194816, in the middle of a "
               "sector of 4096 bytes");
    CHECK(convert_parts(40, 47) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: partition 2 (data) begins at byte 20480, where the new "
                           "partition table ends at byte 24576");
    CHECK(convert_parts(48, 55) == OK);
    CHECK(convert_parts(8192, 8198) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "partition 2 (data) is smaller than a sector");
    /* 2 MiB of ext4, which end at sector 12288. */
    CHECK(convert_parts(8192, 12290) == OK);
    CHECK(convert_parts(8192, 12286) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "ends in the middle of a sector of 4096 bytes, and the ext4 in it");
    CHECK(convert_parts(8192, 16384) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "partition 2 (data) leaves the disk");
    CHECK(convert_parts(8192, 8191) == ERR_DAMAGED);
    /* Its bytes, counted in 64 bits, would be those of sectors 8192 to 8199. */
    CHECK(convert_parts((1ull << 55) + 8192, (1ull << 55) + 8199) == ERR_DAMAGED);
    CHECK(convert_parts(4096, 8191) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "partition 1 (ESP) and partition 2 (data) share bytes");
}

TEST(a_file_system_of_smaller_sectors_is_refused_by_name)
{
    build_with_gpt(512);
    put_le32(disk + (4 << 20) + 1048, 0);
    CHECK(convert(4096) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "partition 2 (data) holds ext4 for sectors of 1024 bytes");
    memcpy(disk + (4 << 20), "LUKS\xba\xbe", 6);
    CHECK(convert(4096) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "holds LUKS: whether what is inside works");
    build_with_gpt(4096);
    memcpy(disk + (4 << 20), "LUKS\xba\xbe", 6);
    CHECK(convert(512) == OK);
    memcpy(disk + (4 << 20), "\xeb\0\0NTFS    \0\x10", 13);
    CHECK(convert(512) == ERR_UNSUPPORTED);
}

TEST(a_disk_without_a_table_or_with_one_in_those_sectors_is_not_converted)
{
    build_with_gpt(512);
    CHECK(convert(512) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "has no partition table in other sectors than of 512 bytes");
    memset(disk, 0, 512);
    CHECK(convert(4096) == ERR_UNSUPPORTED);
}

TEST(of_two_tables_the_one_in_the_sectors_that_are_named_is_taken)
{
    struct memory_source source;
    struct resector *view;
    struct arena a;

    build_with_gpt(512);
    memcpy(again, disk, 34 * 512);
    build_with_gpt(4096);
    memcpy(disk + 512, again + 512, 4096 - 512); /* a header, and the first entries */
    arena_init(&a, memory, MEMORY, "the view");
    memory_source_init(&source, "disk", (struct bytes){disk, SIZE});
    CHECK(resector_open(&source.source, 4096, 512, &a, &view, &error) == OK);
    CHECK(resector_open(&source.source, 4096, 4096, &a, &view, &error) == ERR_UNSUPPORTED);
}

TEST(a_table_that_is_damaged_or_hybrid_is_refused)
{
    build_with_gpt(512);
    disk[512 + 60] ^= 1;
    CHECK(convert(4096) == OK);
    disk[SIZE - 512 + 60] ^= 1;
    CHECK(convert(4096) == ERR_DAMAGED);
    build_with_gpt(512);
    disk[446 + 16 + 4] = 0xef;
    disk[446 + 16 + 8] = 1;
    disk[446 + 16 + 12] = 1;
    CHECK(convert(4096) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "in a GPT and in an MBR");
    build_with_gpt(512);
    disk[446 + 8] = 2;
    CHECK(convert(4096) == ERR_UNSUPPORTED);
}

TEST(an_mbr_counts_in_the_new_sectors)
{
    build(512);
    parts[0].type[0] = 0xef;
    parts[1].type[0] = 0x83;
    build_mbr(disk, parts, 2);
    disk[446] = 0x80;
    put_le32(disk + 440, 0x12345678);
    NEED(convert(4096) == OK);
    CHECK(get_le32(new_disk + 440) == 0x12345678 && new_disk[446] == 0x80);
    CHECK(new_disk[450] == 0xef && get_le32(new_disk + 454) == 256);
    CHECK(get_le32(new_disk + 458) == 512);
    CHECK(new_disk[466] == 0x83 && get_le32(new_disk + 470) == 1024);
    CHECK(get_le16(new_disk + (1 << 20) + 11) == 4096);
    parts[1].type[0] = 0x0f;
    build_mbr(disk, parts, 2);
    CHECK(convert(4096) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "partition 2 is an extended one");
}

TEST(no_read_that_fails_and_no_lack_of_memory_passes_in_a_conversion)
{
    struct fake_source source;
    struct resector *view;
    struct arena a;
    enum err err = ERR_IO;

    build_with_gpt(512);
    for (size_t n = 1; err != OK && n < 2000; n++) {
        arena_init(&a, memory, MEMORY, "the view");
        fake_source_init(&source, "disk", (struct bytes){disk, SIZE});
        source.fail_at = n;
        err = resector_open(&source.source, 512, 4096, &a, &view, &error);
        if (err == OK)
            err = source_read(&view->source, 0, new_disk, view->source.size, &error);
        CHECK(err == ERR_IO || (err == OK && n > 30));
    }
    CHECK(err == OK);
    err = ERR_NO_MEMORY;
    for (size_t room = 0; err != OK && room < MEMORY; room += 60000) {
        err = open_view(&source, 4096, room, &view);
        CHECK(err == ERR_NO_MEMORY || (err == OK && room > 1000000));
    }
}
