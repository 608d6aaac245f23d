#include "disks/partition_add.h"

#include <string.h>

#include "base/bytes.h"
#include "disks/partitions.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define HELD (1u << 20)
#define MIB  (1u << 20)

static uint8_t old_disk[8 * MIB], new_disk[24 * MIB], memory[3 * MIB];
static struct error error;
static struct partition_added added;
static uint64_t old_size, new_size;
static uint32_t sector_size;
static struct partition_new what = {
    .size = 2 * MIB, .name = "cidata", .guid = {1, 2, 3, 4, 5, 6, 7, 8}, .mbr_type = 0x0e};

/* Sizes in MiB. */
static void begin(uint32_t sector, size_t old_mib, size_t new_mib)
{
    sector_size = sector;
    old_size = old_mib * MIB;
    new_size = new_mib * MIB;
    memset(old_disk, 0x5a, sizeof(old_disk));
}

/* A GPT with two partitions; the second one ends at that MiB. */
static void build(uint32_t sector, size_t old_mib, size_t new_mib, size_t end_mib)
{
    struct build_partition parts[] = {{{0}, 64, 127, "ESP"},
                                      {{0}, 128, end_mib * MIB / sector - 1, "root"}};

    begin(sector, old_mib, new_mib);
    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    build_gpt(old_disk, old_size / sector, sector, parts, 2);
}

static struct build_partition mbr_part(uint8_t type, uint64_t first, uint64_t end)
{
    return (struct build_partition){{type}, first, end - 1, NULL};
}

/* An MBR with that many primary partitions of a MiB each, in sectors of 512 bytes. */
static void build_primaries(size_t count, size_t new_mib)
{
    struct build_partition parts[4];

    begin(512, 8, new_mib);
    for (size_t i = 0; i < count; i++)
        parts[i] = mbr_part(0x83, 2048 * (i + 1), 2048 * (i + 2));
    build_mbr(old_disk, parts, count);
}

/* Add the partition to the old disk; new_disk is then the target, but for the volume. */
static enum err add(void)
{
    static uint8_t backup[HELD + 8192];
    uint64_t tail = old_size > 2 * HELD ? old_size - HELD : HELD;
    struct gpt_disk d = {.head = new_disk,
                         .head_len = old_size < HELD ? old_size : HELD,
                         .tail = new_disk + tail,
                         .tail_offset = tail,
                         .tail_len = old_size > tail ? old_size - tail : 0,
                         .sector_size = sector_size,
                         .old_size = old_size,
                         .new_sectors = new_size / sector_size,
                         .anew = true};
    struct fake_source guest;

    memset(new_disk, 0xcc, sizeof(new_disk));
    memcpy(new_disk, old_disk, old_size);
    fake_source_init(&guest, "disk.vmdk", (struct bytes){old_disk, old_size});
    TRY(partition_add(&d, &guest.source, &what, &added, &error));
    for (size_t i = 0; i < added.patch_count; i++)
        memcpy(new_disk + added.patches[i].lba * sector_size, added.patches[i].sector, sector_size);
    if (added.gpt == GPT_MOVED) {
        size_t len = gpt_make_backup(new_disk, sector_size, backup);
        memcpy(new_disk + new_size - len, backup, len);
    }
    return OK;
}

static void check_refused(enum err code, const char *text)
{
    CHECK(add() == code);
    CHECK_HOLDS(error.text, text);
    CHECK_HOLDS(error.text, "disk.vmdk: ");
}

/* The table of the new disk, read by other code. */
static void read_table(struct partitions *out, struct arena *a)
{
    static struct memory_source disk;

    arena_init(a, memory, sizeof(memory), "tests");
    memory_source_init(&disk, "new", (struct bytes){new_disk, new_size});
    CHECK(partitions_read(&disk.source, sector_size, a, out, &error) == OK);
}

static void check_added(uint64_t mib, uint32_t number)
{
    struct partitions before, after;
    struct arena a;

    CHECK(added.first == mib * MIB / sector_size && added.number == number);
    CHECK(added.sectors == what.size / sector_size && !added.is_logical);
    read_table(&after, &a);
    NEED(after.count == 3);
    const struct partition *p = &after.at[number - 1];
    CHECK(p->offset == mib * MIB && p->size == what.size && p->number == number);
    CHECK(memcmp(p->guid, what.guid, 16) == 0 && strcmp(p->label, "cidata") == 0);
    CHECK(p->type[0] == 0xa2 && p->type[15] == 0xc7);
    /* The backup says the same, when the primary is gone. */
    memset(new_disk + sector_size, 0, sector_size);
    struct arena b = a;
    struct memory_source disk;
    memory_source_init(&disk, "new", (struct bytes){new_disk, new_size});
    CHECK(partitions_read(&disk.source, sector_size, &b, &before, &error) == OK);
    CHECK(before.count == 3 && memcmp(before.at, after.at, 3 * sizeof(*after.at)) == 0);
    /* All of the guest's is where it was. */
    CHECK(memcmp(old_disk + 64 * sector_size, new_disk + 64 * sector_size, old_size - 2 * MIB) ==
          0);
}

TEST(a_partition_is_added_at_the_end_of_a_larger_disk)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        build(size, 8, 16, 7);
        CHECK(add() == OK);
        check_added(13, 3); /* 13 to 15: the last MiB has the backup */
    }
}

TEST(a_partition_is_added_on_a_disk_of_the_same_size)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        build(size, 8, 8, 5);
        CHECK(add() == OK);
        check_added(5, 3);
    }
}

TEST(where_a_mib_is_too_coarse_4_kib_are_used)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        build(size, 8, 8, 5);
        struct build_partition part = {{1}, 100, (5 * MIB + 8192) / size - 1, NULL};
        build_gpt(old_disk, old_size / size, size, &part, 1);
        CHECK(add() == OK);
        uint64_t end = old_size - size - 16384;
        uint64_t wanted = (end - what.size) / 4096 * 4096;
        CHECK(added.first == wanted / size && added.number == 2);
        part.last = wanted / size - 1;
        build_gpt(old_disk, old_size / size, size, &part, 1);
        CHECK(add() == OK && added.first == wanted / size);
        part.last++;
        build_gpt(old_disk, old_size / size, size, &part, 1);
        check_refused(ERR_NO_ROOM, "no room for the partition cidata: the last partition reaches");
    }
}

TEST(the_first_unused_entry_is_taken)
{
    build(512, 8, 16, 7);
    memset(old_disk + 1024, 0, 16); /* partition 1 is no more */
    put_le32(old_disk + 512 + 88, build_crc32(old_disk + 1024, 16384));
    build_gpt_resum(old_disk + 512);
    CHECK(add() == OK && added.number == 1);
}

/* Entries of another size or number, in both copies or the first one. */
static void rebuild_entries(uint32_t count, uint32_t entry_size)
{
    static uint8_t entries[16384];

    memcpy(entries, old_disk + 2 * sector_size, sizeof(entries));
    memset(old_disk + 2 * sector_size, 0, (size_t)count * entry_size);
    for (uint32_t i = 0; i < count && i < 2; i++)
        memcpy(old_disk + 2 * sector_size + i * entry_size, entries + i * 128, 128);
    put_le32(old_disk + sector_size + 80, count);
    put_le32(old_disk + sector_size + 84, entry_size);
    put_le32(old_disk + sector_size + 88,
             build_crc32(old_disk + 2 * sector_size, (size_t)count * entry_size));
    build_gpt_resum(old_disk + sector_size);
}

TEST(tables_with_fewer_or_larger_entries_are_added_to_or_refused)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        build(size, 8, 16, 7);
        rebuild_entries(4, 128);
        CHECK(add() == OK);
        check_added(13, 3);
        build(size, 8, 16, 7);
        rebuild_entries(2, 128);
        check_refused(ERR_NO_ROOM, "all entries of its GPT are in use");
        build(size, 8, 16, 7);
        rebuild_entries(30, 512);
        CHECK(add() == OK);
        check_added(13, 3);
    }
}

TEST(a_gpt_that_is_not_in_order_is_refused)
{
    build(512, 8, 16, 7);
    old_disk[512 + 60] ^= 1;
    check_refused(ERR_DAMAGED, "its GPT is damaged, so no partition cidata can be added");
    build(512, 8, 16, 7);
    old_disk[1024 + 60] ^= 1;
    check_refused(ERR_DAMAGED, "its GPT is damaged");
    build(4096, 8, 16, 7);
    sector_size = 512;
    check_refused(ERR_UNSUPPORTED, "counts in other sectors");
    build(512, 8, 16, 7);
    put_le64(old_disk + 512 + 72, 4000);
    build_gpt_resum(old_disk + 512);
    check_refused(ERR_UNSUPPORTED, "unusual place");
    build(512, 8, 16, 7);
    build_mbr(old_disk, (struct build_partition[]){{{0x83}, 2048, 4095, NULL}}, 1);
    check_refused(ERR_UNSUPPORTED, "it has an MBR and what is left of a GPT");
    CHECK(memcmp(old_disk, new_disk, old_size) == 0);
}

TEST(a_hybrid_mbr_is_kept_and_its_partitions_are_not_covered)
{
    struct build_partition parts[] = {{{0xee}, 1, 63, NULL}, {{0x0c}, 64, 127, NULL}};

    build(512, 8, 16, 7);
    build_mbr(old_disk, parts, 2);
    CHECK(add() == OK);
    CHECK(memcmp(old_disk, new_disk, 512) == 0);
    check_added(13, 3);
    parts[1].last = 8 * 2048 - 1; /* more than the GPT knows of */
    build(512, 8, 10, 7);
    build_mbr(old_disk, parts, 2);
    check_refused(ERR_NO_ROOM, "the last partition reaches");
}

TEST(a_protective_mbr_of_an_odd_size_is_set_right)
{
    build(512, 8, 16, 7);
    for (uint32_t count = 1; count; count = count == 1 ? UINT32_MAX : 0) {
        put_le32(old_disk + 458, count);
        CHECK(add() == OK);
        CHECK(new_disk[450] == 0xee && get_le32(new_disk + 458) == 16 * 2048 - 1);
        check_added(13, 3);
    }
}

TEST(an_mbr_gets_a_primary_partition)
{
    static const uint8_t entry[] = {0, 0xfe, 0xff, 0xff, 0x0e, 0xfe, 0xff, 0xff};

    for (size_t count = 1; count < 4; count++) {
        build_primaries(count, 16);
        memset(old_disk, 0xeb, 440); /* boot code, and the disk's signature */
        CHECK(add() == OK);
        uint8_t *at = new_disk + 446 + 16 * count;
        CHECK(added.first == 13 * 2048 && added.number == count + 1 && added.gpt == GPT_NONE);
        CHECK(memcmp(at, entry, 8) == 0 && added.patch_count == 0);
        CHECK(get_le32(at + 8) == 13 * 2048 && get_le32(at + 12) == 2 * 2048);
        memset(at, 0, 16);
        CHECK(memcmp(old_disk, new_disk, old_size) == 0); /* nothing else */
    }
}

TEST(an_mbr_in_large_sectors_gets_one_too)
{
    begin(4096, 8, 16);
    build_mbr(old_disk, (struct build_partition[]){mbr_part(0x83, 256, 1024)}, 1);
    CHECK(add() == OK);
    CHECK(added.first == 13 * 256 && get_le32(new_disk + 462 + 12) == 512);
}

TEST(an_mbr_with_a_gap_gets_it_in_the_unused_entry)
{
    build_primaries(4, 16);
    memset(old_disk + 446 + 16, 0, 16);
    CHECK(add() == OK && added.number == 2);
    put_le32(old_disk + 446 + 16 + 12, 5); /* Linux shows it in spite of type 0 */
    put_le32(old_disk + 446 + 16 + 8, 5);
    check_refused(ERR_NO_ROOM, "four partitions, and not one extended one");
    CHECK(memcmp(old_disk, new_disk, old_size) == 0);
}

TEST(an_mbr_that_makes_no_sense_is_left_alone)
{
    static const struct {
        struct build_partition parts[2];
        const char *why;
    } cases[] = {
        {{{{0x83}, 2048, 16384, NULL}}, "partition that is not on the disk"},
        {{{{0x83}, 0, 100, NULL}}, "partition that is not on the disk"},
        {{{{0x83}, 64, 1000, NULL}, {{0x83}, 1000, 2000, NULL}}, "partitions that overlap"},
        {{{{0x42}, 64, 1000, NULL}}, "a dynamic disk of Windows"},
        {{{{0xee}, 1, 16383, NULL}}, "its GPT is missing"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(512, 8, 16);
        build_mbr(old_disk, cases[i].parts, cases[i].parts[1].type[0] ? 2 : 1);
        CHECK(add() != OK);
        CHECK_HOLDS(error.text, cases[i].why);
        CHECK(memcmp(old_disk, new_disk, old_size) == 0);
    }
    begin(512, 8, 16);
    check_refused(ERR_UNSUPPORTED, "it has no partition table"); /* no signature */
    build_mbr(old_disk, NULL, 0);
    check_refused(ERR_UNSUPPORTED, "it has no partition table"); /* no partition */
}

TEST(an_mbr_partition_stays_below_the_32_bit_limit)
{
    struct build_partition parts[] = {mbr_part(0x83, 2048, 4096)};

    begin(512, 8, 16);
    build_mbr(old_disk, parts, 1);
    new_size = (5ull << 40);
    CHECK(add() == OK);
    CHECK(added.first + added.sectors <= UINT32_MAX && added.first % 2048 == 0);
    CHECK(added.first + added.sectors > UINT32_MAX - 2048);
}

/* A table of a logical partition: the partition and the next table, both relative; 0: none. */
static void build_logical(uint64_t at, uint64_t first, uint64_t count, uint64_t base, uint64_t next)
{
    uint8_t *sector = old_disk + at * sector_size;

    memset(sector, 0, 512);
    if (count) {
        sector[446 + 4] = 0x83;
        put_le32(sector + 446 + 8, (uint32_t)(first - at));
        put_le32(sector + 446 + 12, (uint32_t)count);
    }
    if (next) {
        sector[462 + 4] = 0x05;
        put_le32(sector + 462 + 8, (uint32_t)(next - base));
        put_le32(sector + 462 + 12, 100);
    }
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

/* Three primary ones, and an extended one from 3 MiB to that end; the fourth entry is it. */
static void build_extended(size_t old_mib, size_t new_mib, size_t end_mib, uint8_t type)
{
    struct build_partition parts[] = {mbr_part(0x83, 256, 300),
                                      mbr_part(0x83, 300, 400),
                                      mbr_part(0x83, 400, 512),
                                      {{0}, 0, 0, NULL}};

    begin(512, old_mib, new_mib);
    parts[3] = mbr_part(type, 3 * 2048, end_mib * 2048);
    build_mbr(old_disk, parts, 4);
    build_logical(3 * 2048, 3 * 2048 + 63, 1000, 3 * 2048, 4 * 2048);
    build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 0);
}

TEST(with_four_primaries_a_logical_partition_is_added)
{
    static const uint8_t types[] = {0x05, 0x0f, 0x85};

    for (size_t i = 0; i < sizeof(types); i++) {
        build_extended(8, 16, 6, types[i]);
        CHECK(add() == OK);
        CHECK(added.is_logical && added.number == 7 && added.first == 13 * 2048);
        /* The chain leads to it. */
        const uint8_t *link = new_disk + 4 * MIB + 462;
        CHECK(link[4] == 0x05 && get_le32(link + 8) == 10 * 2048 - 1);
        CHECK(get_le32(link + 12) == 2 * 2048 + 1);
        const uint8_t *table = new_disk + (13 * 2048 - 1) * 512 + 446;
        CHECK(table[4] == 0x0e && get_le32(table + 8) == 1 && get_le32(table + 12) == 2 * 2048);
        CHECK(get_le16(table + 64) == 0xaa55 && table[20] == 0);
        /* The extended one reaches to its end; all else is as it was. */
        CHECK(get_le32(new_disk + 494 + 12) == 12 * 2048);
        put_le32(new_disk + 494 + 12, 3 * 2048);
        memcpy(new_disk + 4 * MIB + 462, old_disk + 4 * MIB + 462, 16);
        CHECK(memcmp(new_disk, old_disk, old_size) == 0);
    }
}

TEST(an_extended_partition_that_has_room_stays_as_long_as_it_is)
{
    build_extended(8, 8, 8, 0x05);
    CHECK(add() == OK && added.first == 5 * 2048);
    CHECK(memcmp(new_disk, old_disk, 512) == 0);
    build_logical(4 * 2048, 4 * 2048 + 63, 2 * 2048, 3 * 2048, 0); /* into where it was */
    check_refused(ERR_NO_ROOM, "its extended partition reaches too close");
}

TEST(an_empty_extended_partition_gets_its_first_one)
{
    build_extended(8, 16, 6, 0x05);
    build_logical(3 * 2048, 0, 0, 3 * 2048, 0);
    CHECK(add() == OK && added.number == 5 && added.patch_count == 1);
    const uint8_t *table = new_disk + 3 * MIB + 446;
    CHECK(table[4] == 0x0e && get_le32(table + 8) == 10 * 2048 && get_le32(table + 12) == 4096);
}

TEST(an_extended_partition_without_room_is_refused)
{
    build_extended(8, 16, 6, 0x05);
    /* A primary one behind it bounds it. */
    put_le32(old_disk + 446 + 8, 6 * 2048);
    check_refused(ERR_NO_ROOM, "its extended partition reaches too close");
    CHECK(memcmp(old_disk, new_disk, old_size) == 0);
    build_extended(8, 16, 6, 0x05);
    old_disk[446 + 4] = 0x0f; /* two of them */
    check_refused(ERR_NO_ROOM, "not one extended one");
}

TEST(a_chain_that_is_not_understood_is_refused)
{
    build_extended(8, 16, 6, 0x05);
    build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 3 * 2048 + 1); /* into a partition */
    check_refused(ERR_DAMAGED, "its logical partitions: sector 6145 holds no partition table");
    build_extended(8, 16, 6, 0x05);
    build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 4 * 2048); /* a loop */
    check_refused(ERR_DAMAGED, "sector 8192 holds a partition that overlaps another");
    build_extended(8, 16, 6, 0x05);
    build_logical(4 * 2048, 0, 0, 3 * 2048, 4 * 2048); /* without a partition */
    check_refused(ERR_DAMAGED, "sector 8192 holds a partition that overlaps another");
    build_extended(8, 16, 6, 0x05);
    build_logical(4 * 2048, 4 * 2048 + 63, 5000, 3 * 2048, 0);
    check_refused(ERR_DAMAGED, "sector 8192 holds a partition that leaves the extended one");
    build_extended(8, 16, 6, 0x05);
    build_logical(4 * 2048, 4 * 2048 + 63, 1000, 3 * 2048, 7 * 2048);
    check_refused(ERR_DAMAGED, "sector 14336 is outside the extended partition");
    build_extended(8, 16, 6, 0x05);
    old_disk[4 * MIB + 478 + 12] = 1; /* a third entry, as OS/2 has them */
    check_refused(ERR_DAMAGED, "sector 8192 has an unusual form");
    build_extended(8, 16, 6, 0x05);
    old_disk[4 * MIB + 446 + 4] = 0x05; /* the link first, as DR-DOS has it */
    check_refused(ERR_DAMAGED, "sector 8192 has an unusual form");
    CHECK(memcmp(old_disk, new_disk, old_size) == 0);
}

TEST(a_plan_says_what_will_be_done)
{
    struct memory_source guest;
    struct arena a;

    build(512, 8, 16, 7);
    arena_init(&a, memory, sizeof(memory), "tests");
    memory_source_init(&guest, "disk.vmdk", (struct bytes){old_disk, old_size});
    CHECK(partition_plan(&guest.source, 512, 16 * 2048, &what, a, &added, &error) == OK);
    CHECK(added.first == 13 * 2048 && added.number == 3 && added.gpt == GPT_MOVED);
    CHECK(partition_plan(&guest.source, 512, 8 * 2048, &what, a, &added, &error) == ERR_NO_ROOM);
    build_extended(8, 16, 6, 0x05);
    CHECK(partition_plan(&guest.source, 512, 16 * 2048, &what, a, &added, &error) == OK);
    CHECK(added.first == 13 * 2048 && added.number == 7);
}

TEST(a_target_made_to_measure_has_room_whatever_the_table)
{
    for (uint32_t size = 512; size <= 4096; size *= 8) {
        build(size, 8, 8, 7);
        struct build_partition part = {{1}, 100, (old_size - 16384) / size - 2, NULL};
        build_gpt(old_disk, old_size / size, size, &part, 1);
        check_refused(ERR_NO_ROOM, "no room");
        uint64_t sectors = partition_target_sectors(old_size, what.size, size);
        new_size = sectors * size;
        CHECK(add() == OK && added.first == 9 * MIB / size); /* nothing of the guest disk */
        rebuild_entries(8192, 128);
        put_le64(old_disk + size + 40, 2 + MIB / size);
        build_gpt_resum(old_disk + size);
        check_refused(ERR_UNSUPPORTED, "unusual place"); /* more than is held */
        rebuild_entries(8000, 128);
        CHECK(add() == OK && added.first >= 8 * MIB / size);
        begin(size, 8, 8);
        build_mbr(old_disk, (struct build_partition[]){mbr_part(0x83, 256, 8 * MIB / size)}, 1);
        new_size = sectors * size;
        CHECK(add() == OK && added.first >= 8 * MIB / size);
    }
}
