/* A partition is added to a GPT; to an MBR: test_partition_add_mbr.c. */
#include "disks/partition_add.h"

#include <string.h>

#include "base/bytes.h"
#include "disks/partitions.h"
#include "tests/build/partition_rig.h"
#include "tests/test.h"

static uint8_t memory[3 * MIB];

/* The table of the new disk, read by other code. */
static void read_table(struct partitions *out, struct arena *a)
{
    static struct memory_source disk;

    arena_init(a, memory, sizeof(memory), "tests");
    memory_source_init(&disk, "new", (struct bytes){adding_new_disk, adding_new_size});
    CHECK(partitions_read(&disk.source, adding_sector_size, a, out, &adding_error) == OK);
}

static void check_added(uint64_t mib, uint32_t number)
{
    struct partitions before, after;
    struct arena a;

    CHECK(added.first == mib * MIB / adding_sector_size && added.number == number);
    CHECK(added.sectors == adding_what.size / adding_sector_size && !added.is_logical);
    read_table(&after, &a);
    NEED(after.count == 3);
    const struct partition *p = &after.at[number - 1];
    CHECK(p->offset == mib * MIB && p->size == adding_what.size && p->number == number);
    CHECK(memcmp(p->guid, adding_what.guid, 16) == 0 && strcmp(p->label, "cidata") == 0);
    CHECK(p->type[0] == 0xa2 && p->type[15] == 0xc7);
    /* The backup says the same, when the primary is gone. */
    memset(adding_new_disk + adding_sector_size, 0, adding_sector_size);
    struct arena b = a;
    struct memory_source disk;
    memory_source_init(&disk, "new", (struct bytes){adding_new_disk, adding_new_size});
    CHECK(partitions_read(&disk.source, adding_sector_size, &b, &before, &adding_error) == OK);
    CHECK(before.count == 3 && memcmp(before.at, after.at, 3 * sizeof(*after.at)) == 0);
    /* All of the guest's is where it was. */
    CHECK(memcmp(adding_old_disk + 64 * adding_sector_size,
                 adding_new_disk + 64 * adding_sector_size, adding_old_size - 2 * MIB) == 0);
}

TEST(a_partition_is_added_at_the_end_of_a_larger_disk)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        adding_build_gpt(size, 8, 16, 7);
        CHECK(adding_run() == OK);
        check_added(13, 3); /* 13 to 15: the last MiB has the backup */
    }
}

TEST(a_partition_is_added_on_a_disk_of_the_same_size)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        adding_build_gpt(size, 8, 8, 5);
        CHECK(adding_run() == OK);
        check_added(5, 3);
    }
}

TEST(where_a_mib_is_too_coarse_4_kib_are_used)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        adding_build_gpt(size, 8, 8, 5);
        struct build_partition part = {{1}, 100, (5 * MIB + 8192) / size - 1, NULL};
        build_gpt(adding_old_disk, adding_old_size / size, size, &part, 1);
        CHECK(adding_run() == OK);
        uint64_t end = adding_old_size - size - 16384;
        uint64_t wanted = (end - adding_what.size) / 4096 * 4096;
        CHECK(added.first == wanted / size && added.number == 2);
        part.last = wanted / size - 1;
        build_gpt(adding_old_disk, adding_old_size / size, size, &part, 1);
        CHECK(adding_run() == OK && added.first == wanted / size);
        part.last++;
        build_gpt(adding_old_disk, adding_old_size / size, size, &part, 1);
        adding_check_refused(ERR_NO_ROOM,
                             "no room for the partition cidata: the last partition reaches");
    }
}

TEST(the_first_unused_entry_is_taken)
{
    adding_build_gpt(512, 8, 16, 7);
    memset(adding_old_disk + 1024, 0, 16); /* partition 1 is no more */
    put_le32(adding_old_disk + 512 + 88, build_crc32(adding_old_disk + 1024, 16384));
    build_gpt_resum(adding_old_disk + 512);
    CHECK(adding_run() == OK && added.number == 1);
}

/* Entries of another size or number, in both copies or the first one. */
static void rebuild_entries(uint32_t count, uint32_t entry_size)
{
    static uint8_t entries[16384];

    memcpy(entries, adding_old_disk + 2 * adding_sector_size, sizeof(entries));
    memset(adding_old_disk + 2 * adding_sector_size, 0, (size_t)count * entry_size);
    for (uint32_t i = 0; i < count && i < 2; i++)
        memcpy(adding_old_disk + 2 * adding_sector_size + i * entry_size, entries + i * 128, 128);
    put_le32(adding_old_disk + adding_sector_size + 80, count);
    put_le32(adding_old_disk + adding_sector_size + 84, entry_size);
    put_le32(adding_old_disk + adding_sector_size + 88,
             build_crc32(adding_old_disk + 2 * adding_sector_size, (size_t)count * entry_size));
    build_gpt_resum(adding_old_disk + adding_sector_size);
}

TEST(tables_with_fewer_or_larger_entries_are_added_to_or_refused)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        adding_build_gpt(size, 8, 16, 7);
        rebuild_entries(4, 128);
        CHECK(adding_run() == OK);
        check_added(13, 3);
        adding_build_gpt(size, 8, 16, 7);
        rebuild_entries(2, 128);
        adding_check_refused(ERR_NO_ROOM, "all entries of its GPT are in use");
        adding_build_gpt(size, 8, 16, 7);
        rebuild_entries(30, 512);
        CHECK(adding_run() == OK);
        check_added(13, 3);
    }
}

TEST(a_gpt_that_is_not_in_order_is_refused)
{
    adding_build_gpt(512, 8, 16, 7);
    adding_old_disk[512 + 60] ^= 1;
    adding_check_refused(ERR_DAMAGED, "its GPT is damaged, so no partition cidata can be added");
    adding_build_gpt(512, 8, 16, 7);
    adding_old_disk[1024 + 60] ^= 1;
    adding_check_refused(ERR_DAMAGED, "its GPT is damaged");
    adding_build_gpt(4096, 8, 16, 7);
    adding_sector_size = 512;
    adding_check_refused(ERR_UNSUPPORTED, "counts in other sectors");
    adding_build_gpt(512, 8, 16, 7);
    put_le64(adding_old_disk + 512 + 72, 4000);
    build_gpt_resum(adding_old_disk + 512);
    adding_check_refused(ERR_UNSUPPORTED, "unusual place");
    adding_build_gpt(512, 8, 16, 7);
    build_mbr(adding_old_disk, (struct build_partition[]){{{0x83}, 2048, 4095, NULL}}, 1);
    adding_check_refused(ERR_UNSUPPORTED, "it has an MBR and what is left of a GPT");
    CHECK(memcmp(adding_old_disk, adding_new_disk, adding_old_size) == 0);
}

TEST(a_hybrid_mbr_is_kept_and_its_partitions_are_not_covered)
{
    struct build_partition parts[] = {{{0xee}, 1, 63, NULL}, {{0x0c}, 64, 127, NULL}};

    adding_build_gpt(512, 8, 16, 7);
    build_mbr(adding_old_disk, parts, 2);
    CHECK(adding_run() == OK);
    CHECK(memcmp(adding_old_disk, adding_new_disk, 512) == 0);
    check_added(13, 3);
    parts[1].last = 8 * 2048 - 1; /* more than the GPT knows of */
    adding_build_gpt(512, 8, 10, 7);
    build_mbr(adding_old_disk, parts, 2);
    adding_check_refused(ERR_NO_ROOM, "the last partition reaches");
}

TEST(a_protective_mbr_of_an_odd_size_is_set_right)
{
    adding_build_gpt(512, 8, 16, 7);
    for (uint32_t count = 1; count; count = count == 1 ? UINT32_MAX : 0) {
        put_le32(adding_old_disk + 458, count);
        CHECK(adding_run() == OK);
        CHECK(adding_new_disk[450] == 0xee && get_le32(adding_new_disk + 458) == 16 * 2048 - 1);
        check_added(13, 3);
    }
}

TEST(a_plan_says_what_will_be_done)
{
    struct memory_source guest;
    struct arena a;

    adding_build_gpt(512, 8, 16, 7);
    arena_init(&a, memory, sizeof(memory), "tests");
    memory_source_init(&guest, "disk.vmdk", (struct bytes){adding_old_disk, adding_old_size});
    CHECK(partition_plan(&guest.source, 512, 16 * 2048, &adding_what, a, &added, &adding_error) ==
          OK);
    CHECK(added.first == 13 * 2048 && added.number == 3 && added.gpt == GPT_MOVED);
    CHECK(partition_plan(&guest.source, 512, 8 * 2048, &adding_what, a, &added, &adding_error) ==
          ERR_NO_ROOM);
    adding_build_extended(8, 16, 6, 0x05);
    CHECK(partition_plan(&guest.source, 512, 16 * 2048, &adding_what, a, &added, &adding_error) ==
          OK);
    CHECK(added.first == 13 * 2048 && added.number == 7);
}

TEST(a_target_made_to_measure_has_room_whatever_the_table)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        adding_build_gpt(size, 8, 8, 7);
        struct build_partition part = {{1}, 100, (adding_old_size - 16384) / size - 2, NULL};
        build_gpt(adding_old_disk, adding_old_size / size, size, &part, 1);
        adding_check_refused(ERR_NO_ROOM, "no room");
        uint64_t sectors = partition_target_sectors(adding_old_size, adding_what.size, size);
        adding_new_size = sectors * size;
        CHECK(adding_run() == OK && added.first == 9 * MIB / size); /* nothing of the guest disk */
        rebuild_entries(8192, 128);
        put_le64(adding_old_disk + size + 40, 2 + MIB / size);
        build_gpt_resum(adding_old_disk + size);
        adding_check_refused(ERR_UNSUPPORTED, "unusual place"); /* more than is held */
        rebuild_entries(8000, 128);
        CHECK(adding_run() == OK && added.first >= 8 * MIB / size);
        adding_begin(size, 8, 8);
        build_mbr(adding_old_disk,
                  (struct build_partition[]){adding_mbr_part(0x83, 256, 8 * MIB / size)}, 1);
        adding_new_size = sectors * size;
        CHECK(adding_run() == OK && added.first >= 8 * MIB / size);
    }
}
