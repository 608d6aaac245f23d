#include "disks/blank.h"

#include <string.h>

#include "tests/build/deploy_rig.h"
#include "tests/test.h"

#define SECTORS (RIG_GUEST / 512)

static uint8_t memory[1024];
static struct error error;

TEST(a_blank_image_has_a_size_and_no_runs)
{
    struct image *image;
    struct arena a;
    struct run run = {.length = 1};

    arena_init(&a, memory, sizeof(memory), "tests");
    NEED(blank_open("data", 1234567, &a, &image, &error) == OK);
    CHECK_TEXT(image->name, "data");
    CHECK_TEXT(image->format, "blank disk");
    CHECK(image->capacity == 1234567 && image->granule == RUN_MAX);
    CHECK(image_next(image, &run, &error) == OK && run.length == 0);
    arena_init(&a, memory, 8, "tests");
    CHECK(blank_open("data", 1234567, &a, &image, &error) == ERR_NO_MEMORY);
}

/* A package of a boot disk and a blank one of so many bytes. */
static void begin_blank(uint64_t capacity, uint32_t sector_size)
{
    rig_make_image(sector_size);
    struct build_disk files[] = {{.href = "boot.vmdk", .image = {rig.image.at, rig.image.len}},
                                 {0}};
    rig_plan_files(files, 2, 0);
    NEED(rig.plan.count == 2 && rig.plan.disks[1].is_blank);
    rig.plan.disks[1].capacity = capacity;
}

static bool is_zeros(size_t disk, uint64_t len)
{
    for (uint64_t i = 0; i < len; i++)
        if (rig.disks[disk].fake.disk[i])
            return false;
    return true;
}

TEST(a_blank_disk_reads_as_zeros_whatever_was_there)
{
    static const uint64_t sizes[] = {1,       511,           513,     1 << 20,  (1 << 20) + 1,
                                     1200000, (2 << 20) - 1, 3000001, RIG_GUEST};

    for (uint32_t sector = 512; sector <= 4096; sector *= 8)
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            begin_blank(sizes[i], sector);
            rig_plug_in(2, RIG_GUEST / sector, sector);
            CHECK(rig_run() == OK && rig_is_guest(0));
            CHECK(is_zeros(1, (sizes[i] + sector - 1) / sector * sector));
            CHECK(memcmp(rig.disks[1].fake.disk, rig.disks[1].fake.durable, RIG_GUEST) == 0);
            /* What is behind it, and in front of the target's last MiB, is left. */
            CHECK(sizes[i] > 2 << 20 || !is_zeros(1, (2 << 20) + 8192));
            rig_unplug(2);
            rig_end();
        }
    CHECK_HOLDS(fake_port.said, "Blank      vmdisk2: 4.1 MB of zeros\n");
    CHECK(!fake_port.progress_left);
}

TEST(zeros_over_a_blank_disk_show_how_far_they_are)
{
    begin_blank(RIG_GUEST, 512);
    rig_plug_in(2, SECTORS, 512);
    fake_port.step_ms = 1000;
    NEED(rig_run() == OK);
    size_t lines = fake_port.progress_lines;
    rig.plan.count = 1;
    fake_port.progress_lines = 0;
    CHECK(rig_run() == OK && fake_port.progress_lines < lines);
    rig_unplug(2);
    rig_end();
}

TEST(a_blank_disk_on_a_zeroed_target_is_not_written)
{
    begin_blank(RIG_GUEST, 512);
    rig_plug_in(2, SECTORS, 512);
    memset(rig.disks[1].fake.disk, 0, RIG_GUEST);
    rig.disks[1].target.zeroed = true;
    CHECK(rig_run() == OK && rig_is_guest(0));
    CHECK(rig.disks[1].fake.count == 0 && is_zeros(1, RIG_GUEST));
    rig_unplug(2);
    rig_end();
}

TEST(no_power_cut_leaves_a_boot_disk_with_half_a_blank_one)
{
    size_t last = 0;

    begin_blank(RIG_GUEST - 5000, 512);
    for (enum err code = ERR_IO; code != OK; last++) {
        rig_plug_in(2, SECTORS, 512);
        memcpy(rig.disks[1].fake.disk, rig.guest, RIG_GUEST); /* the old system's disk */
        memcpy(rig.disks[1].fake.durable, rig.guest, RIG_GUEST);
        rig.fail_at = last + 1;
        code = rig_run();
        CHECK(code == OK || code == ERR_IO);
        bool erased = rig.disks[1].fake.flushes > 0;
        for (uint32_t seed = 0; seed < 4; seed++) {
            fake_target_cut_power(&rig.disks[0].fake, seed);
            fake_target_cut_power(&rig.disks[1].fake, seed * 7);
            CHECK(!erased || !rig_is_bootable(1));
            if (rig_is_bootable(0))
                CHECK(rig_is_guest(0) && is_zeros(1, RIG_GUEST - 5000));
        }
        rig_unplug(2);
    }
    CHECK(last > 15);
    rig_end();
}

TEST(a_blank_disk_whose_size_is_not_known_stops_all_before_any_write)
{
    begin_blank(0, 512);
    rig.plan.disks[1].capacity_property = "size";
    rig_plug_in(2, SECTORS, 512);
    CHECK(rig_run() == ERR_SETTING && rig.step_count == 0);
    CHECK_TEXT(rig.error.text,
               "box.ova: vmdisk2: how large this blank disk is, by the property size, "
               "is not set");
    rig.plan.disks[1].capacity = RIG_GUEST + 1;
    CHECK(rig_run() == ERR_NO_ROOM && rig.step_count == 0);
    rig_unplug(2);
    rig_end();
}

TEST(a_blank_disk_of_128_tib_needs_no_more_than_the_largest_map)
{
    struct target null, *targets[] = {&rig.disks[0].target, &null};
    const uint64_t most = 8ull * WRITER_MAP_MAX * RUN_MAX;

    begin_blank(most, 512);
    null_target_init(&null, most / 512 + 1, 512);
    null.zeroed = true;
    for (uint64_t more = 0; more <= 1; more++) {
        rig.plan.disks[1].capacity = most + more;
        rig_plug_in(1, SECTORS, 512);
        CHECK(rig_run_onto(targets, RIG_MEMORY) == (more ? ERR_TOO_BIG : OK));
        CHECK(more == 0 || rig.step_count == 0);
        rig_unplug(1);
    }
    CHECK_HOLDS(rig.error.text, "box.ova: vmdisk2: disk of 134217729 blocks");
    rig_end();
}
