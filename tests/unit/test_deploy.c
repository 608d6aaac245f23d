#include <string.h>

#include "base/bytes.h"
#include "disks/resector.h"
#include "tests/build/deploy_rig.h"
#include "tests/test.h"

#define SECTORS (RIG_GUEST / 512)

TEST(a_deployed_disk_is_the_guest_disk)
{
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        rig_begin(1, sector, 0);
        rig_plug_in(1, RIG_GUEST / sector, sector);
        CHECK(rig_run() == OK && rig_is_guest(0));
        CHECK(memcmp(rig.disks[0].fake.disk, rig.disks[0].fake.durable, RIG_GUEST) == 0);
        CHECK_HOLDS(fake_port.said, "Proved     boot.vmdk: matches the manifest; 4.1 MB\n");
        CHECK(!fake_port.progress_left);
        rig_unplug(1);
        rig_end();
    }
}

TEST(a_wrong_digest_leaves_nothing_that_starts)
{
    for (size_t count = 1; count <= 2; count++) {
        rig_begin(count, 512, PACKAGE_BAD_DISK);
        rig_plug_in(count, SECTORS, 512);
        CHECK(rig_run() == ERR_UNTRUSTED);
        CHECK_HOLDS(rig.error.text, count == 1 ? "box.ova: boot.vmdk: its SHA-256 is "
                                               : "box.ova: data.vmdk: its SHA-256 is ");
        for (size_t i = 0; i < count; i++) {
            CHECK(!rig_is_bootable(i));
            CHECK(memcmp(rig.disks[i].fake.disk + 512, "EFI PART", 8) != 0);
            CHECK(memcmp(rig.disks[i].fake.disk + RIG_GUEST - 512, "EFI PART", 8) != 0);
        }
        rig_unplug(count);
        rig_end();
    }
}

TEST(bytes_behind_the_image_are_proved_too)
{
    struct vmdk_options in_front = {.capacity = SECTORS, .stored = true, .tables_in_front = true};

    build_guest(rig.guest, RIG_GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    vmdk_build_begin(&rig.image, in_front);
    for (size_t at = 0; at < RIG_GUEST; at += 65536)
        vmdk_build_grain(&rig.image, at / 512, rig.guest + at, 65536);
    vmdk_build_end(&rig.image);
    vmdk_build_append(&rig.image, NULL, DEPLOY_READ_AHEAD + 512);
    rig_plan_images(1, 0);
    rig_plug_in(1, SECTORS, 512);
    CHECK(rig_run() == OK && rig_is_guest(0));
    rig_unplug(1);
    rig.built.tar.at[rig.built.tar.len - 1024 - 1] ^=
        1; /* the file's last byte: two end blocks follow */
    rig_plug_in(1, SECTORS, 512);
    CHECK(rig_run() == ERR_UNTRUSTED && !rig_is_bootable(0));
    rig_unplug(1);
    rig_end();
}

TEST(damage_that_the_manifest_vouches_for_is_found_all_the_same)
{
    rig_make_image(512);
    memset(rig.image.at + rig.image.len / 2, 0xff, 70000);
    rig_plan_images(1, 0);
    rig_plug_in(1, SECTORS, 512);
    CHECK(rig_run() == ERR_DAMAGED);
    CHECK_HOLDS(rig.error.text, "box.ova: boot.vmdk: ");
    CHECK(!rig_is_bootable(0) && !fake_port.progress_left);
    rig_unplug(1);
    rig_end();
}

TEST(a_read_that_fails_leaves_nothing_that_starts)
{
    rig_begin(2, 512, 0);
    for (size_t n = 1;; n++) {
        rig_plug_in(2, SECTORS, 512);
        rig.source.reads = 0;
        rig.source.fail_at = n;
        enum err code = rig_run();
        if (code == OK) {
            CHECK(n > 2 && rig_is_guest(0) && rig_is_guest(1));
            rig_unplug(2);
            break;
        }
        CHECK(code == ERR_IO);
        CHECK_HOLDS(rig.error.text, "box.ova: cannot read byte ");
        CHECK(rig.step_count == 0 || (!rig_is_bootable(0) && !rig_is_bootable(1)));
        rig_unplug(2);
    }
    rig_end();
}

TEST(no_boot_disk_starts_unless_every_disk_is_complete)
{
    size_t last = 0;

    rig_begin(2, 512, 0);
    for (size_t n = 1;; n++) {
        rig_plug_in(2, SECTORS, 512);
        rig.fail_at = n;
        enum err code = rig_run();
        CHECK(code == OK || code == ERR_IO);
        if (code == ERR_IO)
            CHECK_HOLDS(rig.error.text, "box.ova: fake disk: cannot ");
        for (uint32_t seed = 0; seed < 6; seed++) {
            fake_target_cut_power(&rig.disks[0].fake, seed);
            fake_target_cut_power(&rig.disks[1].fake, seed * 7);
            if (rig_is_bootable(0))
                CHECK(rig_is_guest(0) && rig_is_guest(1));
        }
        rig_unplug(2);
        last = n;
        if (code == OK)
            break;
    }
    CHECK(last > 20);
    rig_end();
}

/* The step in which a disk is flushed for the nth time. */
static size_t nth_flush(size_t disk, size_t n)
{
    for (size_t i = 0; i < rig.step_count; i++)
        if (rig.steps[i].disk == disk && rig.steps[i].flush && --n == 0)
            return i;
    return SIZE_MAX;
}

TEST(all_data_is_there_before_a_seal_and_the_boot_disk_is_sealed_last)
{
    rig_begin(2, 512, 0);
    rig_plug_in(2, SECTORS, 512);
    CHECK(rig_run() == OK);
    /* Each disk is flushed twice when erased and once when filled; what follows is its seal. */
    size_t filled[] = {nth_flush(0, 3), nth_flush(1, 3)};
    size_t all_filled = filled[0] > filled[1] ? filled[0] : filled[1];
    size_t zero[2] = {0}, sealed[2] = {SIZE_MAX, SIZE_MAX};

    NEED(all_filled != SIZE_MAX);
    for (size_t i = 0; i < rig.step_count; i++) {
        const struct rig_step *s = &rig.steps[i];
        if (!s->flush && i > filled[s->disk]) {
            CHECK(i > all_filled);
            sealed[s->disk] = sealed[s->disk] == SIZE_MAX ? i : sealed[s->disk];
        }
        if (!s->flush && s->lba == 0 && s->count == 1)
            zero[s->disk] = i;
    }
    CHECK(zero[1] && zero[1] < sealed[0] && sealed[0] < zero[0]);
    CHECK(zero[0] == rig.step_count - 2 && rig.steps[rig.step_count - 1].flush);
    rig_unplug(2);
    rig_end();
}

TEST(a_person_who_stops_leaves_nothing_that_starts)
{
    size_t n;

    rig_begin(2, 512, 0);
    for (n = 1;; n += n / 3 + 1) {
        rig_plug_in(2, SECTORS, 512);
        fake_port_reset();
        fake_port.cancel_at = n;
        enum err code = rig_run();
        CHECK(!fake_port.progress_left);
        CHECK(code == OK || code == ERR_CANCELLED);
        CHECK(code == OK || (!rig_is_bootable(0) && !rig_is_bootable(1)));
        rig_unplug(2);
        if (code == OK)
            break;
        CHECK_HOLDS(rig.error.text, "box.ova: ");
        CHECK_HOLDS(rig.error.text, ": stopped by the person");
    }
    CHECK(n > 4);
    rig_end();
}

TEST(a_target_that_does_not_fit_stops_all_before_any_write)
{
    rig_begin(2, 512, 0);
    rig_plug_in(2, SECTORS, 512);
    rig.disks[1].target.sectors--;
    CHECK(rig_run() == ERR_NO_ROOM && rig.step_count == 0);
    CHECK_HOLDS(rig.error.text, "box.ova: data.vmdk: needs 4.1 MB ");
    rig_unplug(2);
    rig_end();
}

/* What a view of the guest disk on sectors of that size is. */
static bool is_resectored(const uint8_t *disk, uint32_t sector)
{
    static uint8_t memory[8 << 20], wanted[RIG_GUEST];
    struct memory_source source;
    struct resector *view;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "the view");
    memory_source_init(&source, "guest", (struct bytes){rig.guest, RIG_GUEST});
    CHECK(resector_open(&source.source, 0, sector, &a, &view, &rig.error) == OK);
    CHECK(view->source.size == RIG_GUEST);
    CHECK(source_read(&view->source, 0, wanted, RIG_GUEST, &rig.error) == OK);
    return memcmp(disk, wanted, RIG_GUEST) == 0;
}

TEST(a_guest_on_other_sectors_is_proved_before_anything_is_erased_and_then_converted)
{
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        uint32_t other = 4096 + 512 - sector;
        rig_begin(2, sector, 0);
        rig_plug_in(2, RIG_GUEST / other, other);
        CHECK(rig_run() == OK);
        CHECK(is_resectored(rig.disks[0].fake.disk, other));
        CHECK(is_resectored(rig.disks[1].fake.disk, other));
        CHECK_HOLDS(fake_port.said, "Proved     boot.vmdk: matches the manifest; 4.1 MB\n");
        rig_unplug(2);
        rig_end();
        rig_begin(1, sector, PACKAGE_BAD_DISK);
        rig_plug_in(1, RIG_GUEST / other, other);
        CHECK(rig_run() == ERR_UNTRUSTED && rig.step_count == 0);
        rig_unplug(1);
        rig_end();
    }
}

TEST(a_guest_that_cannot_be_had_on_other_sectors_stops_before_any_write)
{
    build_guest(rig.guest, RIG_GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    rig.guest[446 + 16 + 4] = 0x83;
    build_image(&rig.image, rig.guest, RIG_GUEST);
    rig_plan_images(1, 0);
    rig_plug_in(1, SECTORS / 8, 4096);
    CHECK(rig_run() == ERR_UNSUPPORTED && rig.step_count == 0);
    CHECK_HOLDS(rig.error.text, "box.ova: made for sectors of 512 bytes, where ");
    rig_unplug(1);
    rig_end();
}

/* With one byte less than enough it is the last piece taken that does not fit: so when nothing was
 * written by then, nothing is taken after the first write. */
TEST(no_memory_is_taken_after_the_first_write)
{
    size_t enough = RIG_MEMORY, little = 0;

    rig_begin(2, 512, 0);
    rig_plug_in(2, SECTORS, 512);
    for (size_t room = 0; rig_run_within(room) != OK; room += 99991)
        CHECK(rig.error.code == ERR_NO_MEMORY && rig.step_count == 0);
    rig_unplug(2);
    while (enough - little > 1) {
        size_t room = little + (enough - little) / 2;
        rig_plug_in(2, SECTORS, 512);
        enum err code = rig_run_within(room);
        CHECK(code == OK || code == ERR_NO_MEMORY);
        CHECK(code == OK || rig.step_count == 0);
        *(code == OK ? &enough : &little) = room;
        rig_unplug(2);
    }
    rig_plug_in(2, SECTORS, 512);
    CHECK(rig_run_within(enough) == OK && rig_is_guest(0) && rig_is_guest(1));
    rig_unplug(2);
    rig_plug_in(2, SECTORS, 512);
    CHECK(rig_run_within(enough - 1) == ERR_NO_MEMORY && rig.step_count == 0);
    CHECK_HOLDS(rig.error.text, "box.ova: memory for unpacking is used up");
    rig_unplug(2);
    rig_end();
}

TEST(as_many_disks_as_there_may_be_fit)
{
    rig_begin(CONFIG_TARGETS_MAX, 512, 0);
    rig_plug_in(CONFIG_TARGETS_MAX, SECTORS, 512);
    CHECK(rig_run() == OK);
    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        CHECK(rig_is_guest(i));
    rig_unplug(CONFIG_TARGETS_MAX);
    rig_end();
}

#define HUGE (8ull * WRITER_MAP_MAX * 65536) /* bytes of the disk with the largest map */

/* A VMDK without data: a directory that names no table, in front, and the end behind it. */
static void build_huge(struct vmdk_build *b)
{
    vmdk_build_begin(b, (struct vmdk_options){.capacity = 128, .tables_in_front = true});
    uint64_t directory = b->len / 512, sectors = HUGE / (512 * 65536) * 4 / 512;
    put_le64(b->at + 12, HUGE / 512);
    put_le64(b->at + 56, directory);
    put_le64(b->at + 64, directory + sectors);
    vmdk_build_append(b, NULL, (size_t)(sectors + 1) * 512);
}

static void huge_target(struct target *null)
{
    null_target_init(null, HUGE / 512, 512);
    null->zeroed = true;
}

TEST(as_many_disks_of_the_largest_map_fit)
{
    struct build_disk files[CONFIG_TARGETS_MAX];
    struct target *targets[CONFIG_TARGETS_MAX], null;
    static char names[CONFIG_TARGETS_MAX][2];

    build_huge(&rig.image);
    huge_target(&null);
    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++) {
        names[i][0] = (char)('a' + i);
        files[i] = (struct build_disk){.href = names[i], .image = {rig.image.at, rig.image.len}};
        targets[i] = &null;
    }
    rig_plan_files(files, CONFIG_TARGETS_MAX, 0);
    CHECK(rig.plan.disks[0].capacity == HUGE);
    CHECK(rig_run_onto(targets, RIG_MEMORY) == OK);
    rig_end();
}

TEST(a_later_disk_that_needs_more_memory_stops_all_before_any_write)
{
    struct target null, *targets[] = {&rig.disks[0].target, &null};
    struct vmdk_build huge;
    enum err code;

    rig_make_image(512);
    build_huge(&huge);
    huge_target(&null);
    struct build_disk files[] = {{.href = "boot.vmdk", .image = {rig.image.at, rig.image.len}},
                                 {.href = "huge.vmdk", .image = {huge.at, huge.len}}};
    rig_plan_files(files, 2, 0);
    rig_plug_in(1, SECTORS, 512);
    for (size_t room = 1 << 20;; room += 1 << 20) {
        NEED(room <= RIG_MEMORY);
        code = rig_run_onto(targets, room);
        if (code == OK)
            break;
        CHECK(code == ERR_NO_MEMORY && rig.step_count == 0);
    }
    CHECK(rig_is_guest(0));
    rig_unplug(1);
    vmdk_build_release(&huge);
    rig_end();
}

TEST(null_targets_prove_a_package_and_write_nothing)
{
    struct target null;
    struct target *targets[] = {&null};

    for (unsigned bad = 0; bad <= 1; bad++) {
        rig_begin(1, 512, bad ? PACKAGE_BAD_DISK : 0);
        null_target_init(&null, SECTORS, 512);
        CHECK(rig_run_onto(targets, RIG_MEMORY) == (bad ? ERR_UNTRUSTED : OK));
        rig_end();
    }
}
