#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/deploy.h"
#include "loader/plan.h"
#include "tests/build/disk_build.h"
#include "tests/build/package_build.h"
#include "tests/fake_port.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define GUEST (4u << 20)

static uint8_t package_memory[4 << 20], work_memory[24 << 20];
static uint8_t guest[GUEST];
static struct error error;
static struct vmdk_build image;
static struct package_build built;
static struct fake_source source;
static struct package package;
static struct plan plan;
static struct arena arena, work;

static struct bytes image_bytes(void)
{
    return (struct bytes){image.at, image.len};
}

/* Plan an OVA of these disks with those settings; release() afterwards. */
static enum err make_for(const struct build_disk *disks, size_t count, unsigned faults,
                         const char *settings)
{
    arena_init(&arena, package_memory, sizeof(package_memory), "the package");
    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    package_build(&built, disks, count, faults);
    fake_source_init(&source, "box.ova", (struct bytes){built.tar.at, built.tar.len});
    TRY(package_open_archive(&package, &source.source, &arena, &error));
    return build_plan(&package, settings, &arena, work, &plan, &error);
}

static enum err make(const struct build_disk *disks, size_t count, unsigned faults)
{
    return make_for(disks, count, faults, "unattended = yes\n");
}

static void release(void)
{
    package_build_release(&built);
    vmdk_build_release(&image);
}

static void guest_image(uint32_t sector_size, const char *loader)
{
    build_guest(guest, GUEST, sector_size, loader);
    build_image(&image, guest, GUEST);
}

TEST(a_plan_tells_what_the_image_itself_says)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    CHECK(make(disks, 1, 0) == OK);
    CHECK_TEXT(plan.title, "Test Box");
    NEED(plan.count == 1);
    CHECK_TEXT(plan.disks[0].name, "disk1.vmdk");
    CHECK_TEXT(plan.disks[0].id, "vmdisk1");
    CHECK_TEXT(plan.disks[0].format, "streamOptimized VMDK");
    CHECK(plan.disks[0].capacity == GUEST && plan.disks[0].sector_size == 512);
    CHECK(plan.disks[0].is_boot && plan.disks[0].looked_inside);
    CHECK(plan.disks[0].parts.at[0].expected.count == 1 && plan.descriptor.count == 1);
    CHECK_TEXT(plan.disks[0].loader.path, "\\EFI\\BOOT\\BOOTX64.EFI");
    CHECK(plan_check_loader(&plan, &error) == OK);
    release();
}

TEST(the_boot_disk_is_first_and_the_others_follow)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "a.vmdk", .image = image_bytes()},
                                 {.href = "b.vmdk", .image = image_bytes()},
                                 {.href = "c.vmdk", .image = image_bytes()}};
    CHECK(make(disks, 3, 0) == OK);
    NEED(plan.count == 3);
    CHECK_TEXT(plan.disks[0].name, "a.vmdk");
    CHECK_TEXT(plan.disks[1].name, "b.vmdk");
    CHECK_TEXT(plan.disks[2].name, "c.vmdk");
    CHECK(plan.disks[0].is_boot && !plan.disks[1].is_boot && !plan.disks[2].is_boot);
    release();
}

TEST(a_disk_that_does_not_fit_its_target_is_refused)
{
    struct target target;

    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    NEED(make(disks, 1, 0) == OK);
    null_target_init(&target, GUEST / 512, 512);
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == OK);
    target.name = "NVMe";
    target.sectors--;
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == ERR_NO_ROOM);
    CHECK_TEXT(error.text, "disk1.vmdk: needs 4.1 MB (4194304 bytes), but NVMe has 4.1 MB "
                           "(4193792 bytes)");
    release();
}

TEST(a_guest_that_cannot_be_had_on_the_sectors_of_its_target_is_refused)
{
    struct target target;

    build_guest(guest, GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    guest[446 + 16 + 4] = 0x83; /* a partition beside the one that stands for the GPT */
    build_image(&image, guest, GUEST);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    NEED(make(disks, 1, 0) == OK);
    null_target_init(&target, GUEST / 512, 512);
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == OK);
    null_target_init(&target, GUEST / 4096, 4096);
    target.name = "NVMe";
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "made for sectors of 512 bytes, where NVMe has sectors of 4096 bytes: "
                           "disk1.vmdk: its partitions are in a GPT and in an MBR, which cannot be "
                           "changed to sectors of 4096 bytes");
    release();
}

TEST(a_guest_that_grows_on_other_sectors_needs_a_target_with_room)
{
    struct build_partition part = {"Hah!IdontNeedEF", 2048, GUEST / 512 - 9, "BIOS"};
    struct target target;

    part.type[15] = 'I';
    memset(guest, 0, GUEST);
    build_gpt(guest, GUEST / 512, 512, &part, 1);
    build_image(&image, guest, GUEST);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    NEED(make(disks, 1, 0) == OK);
    null_target_init(&target, GUEST / 4096 + 3, 4096);
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == ERR_NO_ROOM);
    target.sectors++; /* the partition leaves out one; the table takes five */
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == OK);
    release();
}

TEST(a_guest_goes_to_targets_of_both_sector_sizes)
{
    struct target target;

    guest_image(4096, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    NEED(make(disks, 1, 0) == OK);
    CHECK(plan.disks[0].sector_size == 4096);
    null_target_init(&target, GUEST / 4096, 4096);
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == OK);
    CHECK(!plan_resectors(&plan.disks[0], 4096) && plan_resectors(&plan.disks[0], 512));
    fake_port_reset();
    deploy_say_sectors(&plan.disks[0], &target);
    CHECK_TEXT(fake_port.said, "");
    null_target_init(&target, GUEST / 512, 512);
    deploy_say_sectors(&plan.disks[0], &target);
    CHECK_TEXT(fake_port.said,
               "Sectors    disk1.vmdk is made for sectors of 4096 bytes; its partition "
               "table and FAT volumes are rewritten for 512\n");
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == OK);
    arena_init(&work, work_memory, 100000, "unpacking");
    CHECK(plan_check_target(&plan.disks[0], &target, work, &error) == ERR_NO_MEMORY);
    release();
}

TEST(a_disk_without_a_table_goes_to_any_sector_size)
{
    struct target target;

    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct vmdk_build blank;
    vmdk_build_begin(&blank, (struct vmdk_options){.capacity = GUEST / 512});
    vmdk_build_end(&blank);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()},
                                 {.href = "data.vmdk", .image = {blank.at, blank.len}}};
    CHECK(make(disks, 2, 0) == OK);
    NEED(plan.count == 2);
    null_target_init(&target, GUEST / 4096, 4096);
    CHECK(plan_check_target(&plan.disks[1], &target, work, &error) == OK);
    vmdk_build_release(&blank);
    release();
}

TEST(a_guest_for_bios_machines_is_planned_but_not_started)
{
    build_guest(guest, GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    build_mbr(guest, (struct build_partition[]){{{0x83}, 2048, 4000, NULL}}, 1);
    memset(guest + 512, 0, 512);
    memset(guest + GUEST - 512, 0, 512);
    build_image(&image, guest, GUEST);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    CHECK(make(disks, 1, 0) == OK);
    CHECK(plan_check_loader(&plan, &error) == ERR_NO_LOADER);
    CHECK_HOLDS(error.text, "box.ova: disk1.vmdk: ");
    CHECK_HOLDS(error.text, "starts only on BIOS machines");
    release();
    guest_image(512, "EFI/BOOT/BOOTAA64.EFI");
    disks[0].image = image_bytes();
    CHECK(make(disks, 1, 0) == OK);
    CHECK(plan_check_loader(&plan, &error) == ERR_NO_LOADER);
    CHECK_HOLDS(error.text, "another processor");
    release();
}

static void check_refused(struct build_disk disk, unsigned faults, enum err code,
                          const char *message)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    if (disk.href && !disk.image.len)
        disk.image = image_bytes();
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}, disk};
    CHECK(make(disks, 2, faults) == code);
    CHECK_TEXT(error.text, message);
    release();
}

TEST(what_is_not_done_is_refused_by_name)
{
    check_refused((struct build_disk){.href = "d.vmdk", .file_extra = "ovf:compression=\"bzip2\""},
                  0, ERR_UNSUPPORTED,
                  "box.ova: d.vmdk is compressed by bzip2, which is not read here");
    check_refused((struct build_disk){.href = "d.vmdk", .disk_extra = "ovf:parentRef=\"vmdisk1\""},
                  0, ERR_UNSUPPORTED, "box.ova: disk vmdisk2 is a difference to disk vmdisk1");
    check_refused((struct build_disk){.capacity = "0"}, 0, ERR_DAMAGED,
                  "box.ova: box.ovf: line 10: disk vmdisk2: neither a file nor a capacity");
    check_refused((struct build_disk){.href = "d.vmdk"}, PACKAGE_TWO_SYSTEMS, ERR_SETTING,
                  "box.ova: box.ovf: describes 2 virtual systems (vm1, vm2), and one machine runs "
                  "one: system = ID says which");
    check_refused((struct build_disk){.href = "../d.vmdk"}, 0, ERR_UNSUPPORTED,
                  "box.ova: the file reference ../d.vmdk leaves the package");
    check_refused((struct build_disk){.href = "d.vmdk", .image = {(const uint8_t *)"<html>", 6}}, 0,
                  ERR_UNSUPPORTED,
                  "box.ova: d.vmdk: no disk format that is known, and no boot sector");
}

TEST(a_disk_without_a_file_is_planned_as_a_blank_one)
{
    struct target target;

    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {
        {.href = "disk1.vmdk", .image = image_bytes()},
        {.capacity = "1000001"},
        {.capacity = "${size}", .disk_extra = "ovf:capacityAllocationUnits=\"byte * 2^30\""}};
    CHECK(make(disks, 3, 0) == OK);
    NEED(plan.count == 3);
    const struct plan_disk *blank = &plan.disks[1], *later = &plan.disks[2];
    CHECK(blank->is_blank && !blank->image && !blank->is_boot && blank->looked_inside);
    CHECK(blank->capacity == 1000001 && blank->sector_size == 0 && blank->parts.count == 0);
    CHECK_TEXT(blank->name, "vmdisk2");
    CHECK_TEXT(blank->format, "blank disk");
    CHECK(!blank->capacity_property && !plan.disks[0].is_blank);
    null_target_init(&target, 244, 4096);
    CHECK(plan_check_target(blank, &target, work, &error) == ERR_NO_ROOM);
    target.sectors++;
    CHECK(plan_check_target(blank, &target, work, &error) == OK);
    CHECK(later->is_blank && later->capacity == 0 && later->capacity_unit == 1 << 30);
    CHECK_TEXT(later->capacity_property, "size");
    CHECK(plan_check_target(later, &target, work, &error) == ERR_SETTING);
    release();
}

TEST(a_shared_disk_of_one_machine_is_an_ordinary_one)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()},
                                 {.href = "disk2.vmdk", .image = image_bytes(), .shared = true}};
    CHECK(make(disks, 2, 0) == OK);
    NEED(plan.count == 2 && plan.ovf.disks[1].shared);
    CHECK_TEXT(plan.disks[1].name, "disk2.vmdk");
    release();
}

TEST(a_size_that_is_not_the_files_is_noted_where_a_manifest_proves_it)
{
    char text[200];

    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {
        {.href = "disk1.vmdk", .image = image_bytes(), .file_extra = "ovf:size=\"5\""}};
    CHECK(make(disks, 1, 0) == OK);
    NEED(plan.note_count == 1);
    snprintf(text, sizeof(text), "disk1.vmdk has %zu bytes, although the descriptor says 5",
             image.len);
    CHECK_TEXT(plan.notes[0], text);
    package_build_release(&built);

    CHECK(make_for(disks, 1, PACKAGE_NO_MANIFEST, "verify = none\n") == ERR_DAMAGED);
    snprintf(text, sizeof(text), "box.ova: disk1.vmdk has %zu bytes, where the descriptor says 5",
             image.len);
    CHECK_TEXT(error.text, text);
    package_build_release(&built);

    snprintf(text, sizeof(text), "ovf:size=\"%zu\"", image.len);
    disks[0].file_extra = text;
    CHECK(make_for(disks, 1, PACKAGE_NO_MANIFEST, "verify = none\n") == OK && plan.note_count == 0);
    release();
}

TEST(a_note_beyond_the_last_is_dropped)
{
    static struct plan many;
    struct arena small;

    arena_init(&arena, package_memory, sizeof(package_memory), "the package");
    for (size_t i = 0; i <= PLAN_NOTES_MAX; i++)
        plan_note(&many, &arena, "note %zu", i);
    CHECK(many.note_count == PLAN_NOTES_MAX);
    CHECK_TEXT(many.notes[0], "note 0");
    CHECK_TEXT(many.notes[PLAN_NOTES_MAX - 1], "note 31");
    many.note_count = 0;
    arena_init(&small, package_memory, 3, "the package");
    plan_note(&many, &small, "no memory");
    CHECK(many.note_count == 0);
}

TEST(the_first_disk_with_a_loader_is_started_where_the_package_does_not_say)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct vmdk_build empty;
    build_guest(guest, GUEST, 512, NULL);
    build_image(&empty, guest, GUEST);
    struct build_disk disks[] = {{0},
                                 {.href = "data.vmdk", .image = {empty.at, empty.len}},
                                 {.href = "boot.vmdk", .image = image_bytes()}};
    NEED(make(disks, 3, 0) == OK && plan.count == 3);
    CHECK_TEXT(plan.disks[0].name, "boot.vmdk");
    CHECK(plan.disks[0].is_boot && !plan.disks[1].is_boot);
    CHECK_TEXT(plan.disks[1].name, "vmdisk1");
    CHECK_TEXT(plan.disks[2].name, "data.vmdk");
    CHECK(plan_check_loader(&plan, &error) == OK);
    NEED(plan.note_count == 1);
    CHECK_TEXT(plan.notes[0], "boot.vmdk is started from: vmdisk1 in front of it holds no loader");
    vmdk_build_release(&empty);
    release();
}

TEST(a_blank_disk_alone_cannot_be_started)
{
    guest_image(512, NULL);
    struct build_disk disks[] = {{0}, {.href = "data.vmdk", .image = image_bytes()}};
    NEED(make(disks, 2, 0) == OK);
    CHECK(plan_check_loader(&plan, &error) == ERR_NO_LOADER);
    CHECK_TEXT(error.text, "box.ova: vmdisk1: is a blank disk: there is nothing to start");
    release();
}

TEST(a_disk_that_two_systems_share_is_refused)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "boot.vmdk", .image = image_bytes()}, {.shared = true}};
    CHECK(make_for(disks, 2, PACKAGE_TWO_SYSTEMS, "system = vm1\n") == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "box.ova: disk vmdisk2 is shared by the virtual systems vm1 and vm2, "
                           "which cannot run on one machine");
    release();
}

TEST(a_descriptor_that_is_not_proved_is_never_decoded)
{
    guest_image(512, NULL);
    struct build_disk disks[] = {
        {.href = "d.vmdk", .image = image_bytes(), .file_extra = "this is no XML"}};
    CHECK(make(disks, 1, 0) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "box.ova: box.ovf: ");
    package_build_release(&built);
    CHECK(make(disks, 1, PACKAGE_BAD_DESCRIPTOR) == ERR_UNTRUSTED);
    package_build_release(&built);
    CHECK(make(disks, 1, PACKAGE_NO_MANIFEST) == ERR_UNTRUSTED);
    release();
}

TEST(more_disks_than_targets_are_refused)
{
    static char names[CONFIG_TARGETS_MAX + 1][8];
    struct build_disk disks[CONFIG_TARGETS_MAX + 1];

    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    for (size_t i = 0; i < COUNT_OF(disks); i++) {
        names[i][0] = (char)('a' + i);
        disks[i] = (struct build_disk){.href = names[i], .image = image_bytes()};
    }
    CHECK(make(disks, CONFIG_TARGETS_MAX, 0) == OK && plan.count == CONFIG_TARGETS_MAX);
    package_build_release(&built);
    CHECK(make(disks, COUNT_OF(disks), 0) == ERR_TOO_BIG);
    CHECK_TEXT(error.text, "box.ova: has more than 16 disks");
    release();
}

TEST(every_read_that_fails_while_planning_is_told)
{
    guest_image(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = image_bytes()}};
    NEED(make(disks, 1, 0) == OK);
    for (size_t n = 1;; n++) {
        arena_init(&arena, package_memory, sizeof(package_memory), "the package");
        fake_source_init(&source, "box.ova", (struct bytes){built.tar.at, built.tar.len});
        source.fail_at = n;
        enum err code = package_open_archive(&package, &source.source, &arena, &error);
        if (code == OK)
            code = build_plan(&package, "unattended = yes\n", &arena, work, &plan, &error);
        CHECK(code == (source.reads >= n ? ERR_IO : OK));
        if (code == OK)
            break;
        CHECK_HOLDS(error.text, "box.ova: ");
    }
    release();
}
