#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "loader/deploy.h"
#include "loader/memory.h"
#include "tests/build/package_build.h"
#include "tests/fake_port.h"
#include "tests/test.h"

#define GUEST   (4u << 20)
#define SECTORS (GUEST / 512)

static uint8_t package_memory[MEMORY_PACKAGE], work_memory[MEMORY_WORK];
static uint8_t guest[GUEST];
static struct error error;
static struct vmdk_build image;
static struct package_build built;
static struct fake_source source;
static struct package package;
static struct plan plan;
static struct proved proved[CONFIG_TARGETS_MAX];

/* Disks whose operations stand in one row. */
struct logged {
    struct target target;
    struct fake_target fake;
};
static struct logged disks[CONFIG_TARGETS_MAX];
static struct step {
    size_t disk;
    bool flush;
    uint64_t lba;
    size_t count;
} steps[FAKE_WRITES_MAX];
static size_t step_count;
static size_t fail_at; /* which of the steps fails, and all after it; 0: none */

static void log_step(struct logged *l, struct step step)
{
    step.disk = (size_t)(l - disks);
    steps[step_count++] = step;
    if (fail_at && step_count >= fail_at)
        l->fake.fail_at = l->fake.done + 1;
}

static enum err log_write(struct target *t, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    struct logged *l = (struct logged *)t;

    log_step(l, (struct step){.lba = lba, .count = count});
    return l->fake.target.ops->write(&l->fake.target, lba, from, count, e);
}

static enum err log_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    struct logged *l = (struct logged *)t;

    return l->fake.target.ops->read(&l->fake.target, lba, to, count, e);
}

static enum err log_flush(struct target *t, struct error *e)
{
    struct logged *l = (struct logged *)t;

    log_step(l, (struct step){.flush = true});
    return l->fake.target.ops->flush(&l->fake.target, e);
}

static void plug_in(size_t count, uint64_t sectors, uint32_t sector_size)
{
    static const struct target_ops ops = {log_write, log_read, log_flush};

    step_count = fail_at = 0;
    for (size_t i = 0; i < count; i++) {
        fake_target_init(&disks[i].fake, sectors, sector_size);
        disks[i].target = disks[i].fake.target;
        disks[i].target.ops = &ops;
    }
}

static void unplug(size_t count)
{
    for (size_t i = 0; i < count; i++)
        fake_target_release(&disks[i].fake);
}

/* A package of these disks, and its plan. */
static void plan_files(const struct build_disk *files, size_t count, unsigned faults)
{
    struct arena a, work;

    fake_port_reset();
    arena_init(&a, package_memory, sizeof(package_memory), "the package");
    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    package_build(&built, files, count, faults);
    fake_source_init(&source, "box.ova", (struct bytes){built.tar.at, built.tar.len});
    CHECK(package_open_archive(&package, &source.source, &a, &error) == OK);
    CHECK(build_plan(&package, "unattended = yes\n", &a, work, &plan, &error) == OK);
    source.reads = 0;
}

/* A package of count copies of one guest disk, and its plan. */
static void make_plan(size_t count, unsigned faults)
{
    static const char *const names[] = {"boot.vmdk", "data.vmdk", "c", "d", "e", "f", "g", "h",
                                        "i",         "j",         "k", "l", "m", "n", "o", "p"};
    struct build_disk files[CONFIG_TARGETS_MAX] = {{.href = NULL}};

    for (size_t i = 0; i < count; i++)
        files[i] = (struct build_disk){.href = names[i], .image = {image.at, image.len}};
    plan_files(files, count, faults);
}

static void begin(size_t count, uint32_t sector_size, unsigned faults)
{
    build_guest(guest, GUEST, sector_size, "EFI/BOOT/BOOTX64.EFI");
    build_image(&image, guest, GUEST);
    make_plan(count, faults);
}

static void end(void)
{
    package_build_release(&built);
    vmdk_build_release(&image);
}

static enum err run_within(size_t room)
{
    struct target *targets[CONFIG_TARGETS_MAX];
    struct arena work;

    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        targets[i] = &disks[i].target;
    arena_init(&work, work_memory, room, "unpacking");
    return deploy(&plan, targets, work, proved, &error);
}

static enum err run(void)
{
    return run_within(sizeof(work_memory));
}

static bool is_bootable(const struct logged *l)
{
    return l->fake.disk[510] == 0x55 && l->fake.disk[511] == 0xaa;
}

static bool is_guest(const struct logged *l)
{
    return memcmp(l->fake.disk, guest, GUEST) == 0;
}

TEST(a_deployed_disk_is_the_guest_disk)
{
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        begin(1, sector, 0);
        plug_in(1, GUEST / sector, sector);
        CHECK(run() == OK && is_guest(&disks[0]));
        CHECK(memcmp(disks[0].fake.disk, disks[0].fake.durable, GUEST) == 0);
        CHECK_HOLDS(fake_port.said, "Proved     boot.vmdk: matches the manifest; 4.1 MB\n");
        CHECK(!fake_port.progress_left);
        unplug(1);
        end();
    }
}

TEST(a_wrong_digest_leaves_nothing_that_starts)
{
    for (size_t count = 1; count <= 2; count++) {
        begin(count, 512, PACKAGE_BAD_DISK);
        plug_in(count, SECTORS, 512);
        CHECK(run() == ERR_UNTRUSTED);
        CHECK_HOLDS(error.text, count == 1 ? "box.ova: boot.vmdk: its SHA-256 is "
                                           : "box.ova: data.vmdk: its SHA-256 is ");
        for (size_t i = 0; i < count; i++) {
            CHECK(!is_bootable(&disks[i]));
            CHECK(memcmp(disks[i].fake.disk + 512, "EFI PART", 8) != 0);
            CHECK(memcmp(disks[i].fake.disk + GUEST - 512, "EFI PART", 8) != 0);
        }
        unplug(count);
        end();
    }
}

TEST(bytes_behind_the_image_are_proved_too)
{
    struct vmdk_options in_front = {.capacity = SECTORS, .stored = true, .tables_in_front = true};

    build_guest(guest, GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    vmdk_build_begin(&image, in_front);
    for (size_t at = 0; at < GUEST; at += 65536)
        vmdk_build_grain(&image, at / 512, guest + at, 65536);
    vmdk_build_end(&image);
    vmdk_build_append(&image, NULL, DEPLOY_READ_AHEAD + 512);
    make_plan(1, 0);
    plug_in(1, SECTORS, 512);
    CHECK(run() == OK && is_guest(&disks[0]));
    unplug(1);
    built.tar.at[built.tar.len - 1024 - 1] ^= 1; /* the file's last byte: two end blocks follow */
    plug_in(1, SECTORS, 512);
    CHECK(run() == ERR_UNTRUSTED && !is_bootable(&disks[0]));
    unplug(1);
    end();
}

TEST(damage_that_the_manifest_vouches_for_is_found_all_the_same)
{
    build_guest(guest, GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    build_image(&image, guest, GUEST);
    memset(image.at + image.len / 2, 0xff, 70000);
    make_plan(1, 0);
    plug_in(1, SECTORS, 512);
    CHECK(run() == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "box.ova: boot.vmdk: ");
    CHECK(!is_bootable(&disks[0]) && !fake_port.progress_left);
    unplug(1);
    end();
}

TEST(a_read_that_fails_leaves_nothing_that_starts)
{
    begin(2, 512, 0);
    for (size_t n = 1;; n++) {
        plug_in(2, SECTORS, 512);
        source.reads = 0;
        source.fail_at = n;
        enum err code = run();
        if (code == OK) {
            CHECK(n > 2 && is_guest(&disks[0]) && is_guest(&disks[1]));
            unplug(2);
            break;
        }
        CHECK(code == ERR_IO);
        CHECK_HOLDS(error.text, "box.ova: cannot read byte ");
        CHECK(step_count == 0 || (!is_bootable(&disks[0]) && !is_bootable(&disks[1])));
        unplug(2);
    }
    end();
}

TEST(no_boot_disk_starts_unless_every_disk_is_complete)
{
    size_t last = 0;

    begin(2, 512, 0);
    for (size_t n = 1;; n++) {
        plug_in(2, SECTORS, 512);
        fail_at = n;
        enum err code = run();
        CHECK(code == OK || code == ERR_IO);
        if (code == ERR_IO)
            CHECK_HOLDS(error.text, "box.ova: fake disk: cannot ");
        for (uint32_t seed = 0; seed < 6; seed++) {
            fake_target_cut_power(&disks[0].fake, seed);
            fake_target_cut_power(&disks[1].fake, seed * 7);
            if (is_bootable(&disks[0]))
                CHECK(is_guest(&disks[0]) && is_guest(&disks[1]));
        }
        unplug(2);
        last = n;
        if (code == OK)
            break;
    }
    CHECK(last > 20);
    end();
}

/* The step in which a disk is flushed for the nth time. */
static size_t nth_flush(size_t disk, size_t n)
{
    for (size_t i = 0; i < step_count; i++)
        if (steps[i].disk == disk && steps[i].flush && --n == 0)
            return i;
    return SIZE_MAX;
}

TEST(all_data_is_there_before_a_seal_and_the_boot_disk_is_sealed_last)
{
    begin(2, 512, 0);
    plug_in(2, SECTORS, 512);
    CHECK(run() == OK);
    /* Each disk is flushed when erased and when filled; what follows is its seal. */
    size_t filled[] = {nth_flush(0, 2), nth_flush(1, 2)};
    size_t all_filled = filled[0] > filled[1] ? filled[0] : filled[1];
    size_t zero[2] = {0}, sealed[2] = {SIZE_MAX, SIZE_MAX};

    NEED(all_filled != SIZE_MAX);
    for (size_t i = 0; i < step_count; i++) {
        const struct step *s = &steps[i];
        if (!s->flush && i > filled[s->disk]) {
            CHECK(i > all_filled);
            sealed[s->disk] = sealed[s->disk] == SIZE_MAX ? i : sealed[s->disk];
        }
        if (!s->flush && s->lba == 0 && s->count == 1)
            zero[s->disk] = i;
    }
    CHECK(zero[1] && zero[1] < sealed[0] && sealed[0] < zero[0]);
    CHECK(zero[0] == step_count - 2 && steps[step_count - 1].flush);
    unplug(2);
    end();
}

TEST(a_person_who_stops_leaves_nothing_that_starts)
{
    size_t n;

    begin(2, 512, 0);
    for (n = 1;; n += n / 3 + 1) {
        plug_in(2, SECTORS, 512);
        fake_port_reset();
        fake_port.cancel_at = n;
        enum err code = run();
        CHECK(!fake_port.progress_left);
        CHECK(code == OK || code == ERR_CANCELLED);
        CHECK(code == OK || (!is_bootable(&disks[0]) && !is_bootable(&disks[1])));
        unplug(2);
        if (code == OK)
            break;
        CHECK_HOLDS(error.text, "box.ova: ");
        CHECK_HOLDS(error.text, ": stopped by the person");
    }
    CHECK(n > 10);
    end();
}

TEST(a_target_that_does_not_fit_stops_all_before_any_write)
{
    begin(2, 512, 0);
    plug_in(2, SECTORS, 512);
    disks[1].target.sectors--;
    CHECK(run() == ERR_NO_ROOM && step_count == 0);
    CHECK_HOLDS(error.text, "box.ova: data.vmdk: needs 4.1 MB ");
    unplug(2);
    plug_in(2, SECTORS / 8, 4096);
    CHECK(run() == ERR_UNSUPPORTED && step_count == 0);
    unplug(2);
    end();
}

/* With one byte less than enough it is the last piece taken that does not fit: so when nothing was
 * written by then, nothing is taken after the first write. */
TEST(no_memory_is_taken_after_the_first_write)
{
    size_t enough = sizeof(work_memory), little = 0;

    begin(2, 512, 0);
    plug_in(2, SECTORS, 512);
    for (size_t room = 0; run_within(room) != OK; room += 99991)
        CHECK(error.code == ERR_NO_MEMORY && step_count == 0);
    unplug(2);
    while (enough - little > 1) {
        size_t room = little + (enough - little) / 2;
        plug_in(2, SECTORS, 512);
        enum err code = run_within(room);
        CHECK(code == OK || code == ERR_NO_MEMORY);
        CHECK(code == OK || step_count == 0);
        *(code == OK ? &enough : &little) = room;
        unplug(2);
    }
    plug_in(2, SECTORS, 512);
    CHECK(run_within(enough) == OK && is_guest(&disks[0]) && is_guest(&disks[1]));
    unplug(2);
    plug_in(2, SECTORS, 512);
    CHECK(run_within(enough - 1) == ERR_NO_MEMORY && step_count == 0);
    CHECK_HOLDS(error.text, "box.ova: memory for unpacking is used up");
    unplug(2);
    end();
}

TEST(as_many_disks_as_there_may_be_fit)
{
    begin(CONFIG_TARGETS_MAX, 512, 0);
    plug_in(CONFIG_TARGETS_MAX, SECTORS, 512);
    CHECK(run() == OK);
    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        CHECK(is_guest(&disks[i]));
    unplug(CONFIG_TARGETS_MAX);
    end();
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
    struct arena work;

    build_huge(&image);
    huge_target(&null);
    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++) {
        names[i][0] = (char)('a' + i);
        files[i] = (struct build_disk){.href = names[i], .image = {image.at, image.len}};
        targets[i] = &null;
    }
    plan_files(files, CONFIG_TARGETS_MAX, 0);
    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    CHECK(plan.disks[0].capacity == HUGE);
    CHECK(deploy(&plan, targets, work, proved, &error) == OK);
    end();
}

TEST(a_later_disk_that_needs_more_memory_stops_all_before_any_write)
{
    struct target null, *targets[] = {&disks[0].target, &null};
    struct vmdk_build huge;
    struct arena work;
    enum err code;

    build_guest(guest, GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    build_image(&image, guest, GUEST);
    build_huge(&huge);
    huge_target(&null);
    struct build_disk files[] = {{.href = "boot.vmdk", .image = {image.at, image.len}},
                                 {.href = "huge.vmdk", .image = {huge.at, huge.len}}};
    plan_files(files, 2, 0);
    plug_in(1, SECTORS, 512);
    for (size_t room = 1 << 20;; room += 1 << 20) {
        NEED(room <= sizeof(work_memory));
        arena_init(&work, work_memory, room, "unpacking");
        code = deploy(&plan, targets, work, proved, &error);
        if (code == OK)
            break;
        CHECK(code == ERR_NO_MEMORY && step_count == 0);
    }
    CHECK(is_guest(&disks[0]));
    unplug(1);
    vmdk_build_release(&huge);
    end();
}

/* A package of a boot disk and a blank one of so many bytes. */
static void begin_blank(uint64_t capacity, uint32_t sector_size)
{
    build_guest(guest, GUEST, sector_size, "EFI/BOOT/BOOTX64.EFI");
    build_image(&image, guest, GUEST);
    struct build_disk files[] = {{.href = "boot.vmdk", .image = {image.at, image.len}}, {0}};
    plan_files(files, 2, 0);
    NEED(plan.count == 2 && plan.disks[1].is_blank);
    plan.disks[1].capacity = capacity;
}

static bool is_zeros(const struct logged *l, uint64_t len)
{
    for (uint64_t i = 0; i < len; i++)
        if (l->fake.disk[i])
            return false;
    return true;
}

TEST(a_blank_disk_reads_as_zeros_whatever_was_there)
{
    static const uint64_t sizes[] = {1,       511,           513,     1 << 20, (1 << 20) + 1,
                                     1200000, (2 << 20) - 1, 3000001, GUEST};

    for (uint32_t sector = 512; sector <= 4096; sector *= 8)
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            begin_blank(sizes[i], sector);
            plug_in(2, GUEST / sector, sector);
            CHECK(run() == OK && is_guest(&disks[0]));
            CHECK(is_zeros(&disks[1], (sizes[i] + sector - 1) / sector * sector));
            CHECK(memcmp(disks[1].fake.disk, disks[1].fake.durable, GUEST) == 0);
            /* What is behind it, and in front of the target's last MiB, is left. */
            CHECK(sizes[i] > 2 << 20 || !is_zeros(&disks[1], (2 << 20) + 8192));
            unplug(2);
            end();
        }
    CHECK_HOLDS(fake_port.said, "Blank      vmdisk2: 4.1 MB of zeros\n");
    CHECK(!fake_port.progress_left);
}

TEST(zeros_over_a_blank_disk_show_how_far_they_are)
{
    begin_blank(GUEST, 512);
    plug_in(2, SECTORS, 512);
    fake_port.step_ms = 1000;
    NEED(run() == OK);
    size_t lines = fake_port.progress_lines;
    plan.count = 1;
    fake_port.progress_lines = 0;
    CHECK(run() == OK && fake_port.progress_lines < lines);
    unplug(2);
    end();
}

TEST(a_blank_disk_on_a_zeroed_target_is_not_written)
{
    begin_blank(GUEST, 512);
    plug_in(2, SECTORS, 512);
    memset(disks[1].fake.disk, 0, GUEST);
    disks[1].target.zeroed = true;
    CHECK(run() == OK && is_guest(&disks[0]));
    CHECK(disks[1].fake.count == 0 && is_zeros(&disks[1], GUEST));
    unplug(2);
    end();
}

TEST(no_power_cut_leaves_a_boot_disk_with_half_a_blank_one)
{
    size_t last = 0;

    begin_blank(GUEST - 5000, 512);
    for (enum err code = ERR_IO; code != OK; last++) {
        plug_in(2, SECTORS, 512);
        memcpy(disks[1].fake.disk, guest, GUEST); /* the old system's disk */
        memcpy(disks[1].fake.durable, guest, GUEST);
        fail_at = last + 1;
        code = run();
        CHECK(code == OK || code == ERR_IO);
        bool erased = disks[1].fake.flushes > 0;
        for (uint32_t seed = 0; seed < 4; seed++) {
            fake_target_cut_power(&disks[0].fake, seed);
            fake_target_cut_power(&disks[1].fake, seed * 7);
            CHECK(!erased || !is_bootable(&disks[1]));
            if (is_bootable(&disks[0]))
                CHECK(is_guest(&disks[0]) && is_zeros(&disks[1], GUEST - 5000));
        }
        unplug(2);
    }
    CHECK(last > 15);
    end();
}

TEST(a_blank_disk_whose_size_is_not_known_stops_all_before_any_write)
{
    begin_blank(0, 512);
    plan.disks[1].capacity_property = "size";
    plug_in(2, SECTORS, 512);
    CHECK(run() == ERR_SETTING && step_count == 0);
    CHECK_TEXT(error.text, "box.ova: vmdisk2: how large this blank disk is, by the property size, "
                           "is not set");
    plan.disks[1].capacity = GUEST + 1;
    CHECK(run() == ERR_NO_ROOM && step_count == 0);
    unplug(2);
    end();
}

TEST(a_blank_disk_of_128_tib_needs_no_more_than_the_largest_map)
{
    struct target null, *targets[] = {&disks[0].target, &null};
    const uint64_t most = 8ull * WRITER_MAP_MAX * RUN_MAX;
    struct arena work;

    begin_blank(most, 512);
    null_target_init(&null, most / 512 + 1, 512);
    null.zeroed = true;
    for (uint64_t more = 0; more <= 1; more++) {
        plan.disks[1].capacity = most + more;
        plug_in(1, SECTORS, 512);
        arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
        CHECK(deploy(&plan, targets, work, proved, &error) == (more ? ERR_TOO_BIG : OK));
        CHECK(more == 0 || step_count == 0);
        unplug(1);
    }
    CHECK_HOLDS(error.text, "box.ova: vmdisk2: disk of 134217729 blocks");
    end();
}

TEST(null_targets_prove_a_package_and_write_nothing)
{
    struct target null;
    struct target *targets[] = {&null};
    struct arena work;

    for (unsigned bad = 0; bad <= 1; bad++) {
        begin(1, 512, bad ? PACKAGE_BAD_DISK : 0);
        null_target_init(&null, SECTORS, 512);
        arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
        CHECK(deploy(&plan, targets, work, proved, &error) == (bad ? ERR_UNTRUSTED : OK));
        end();
    }
}
