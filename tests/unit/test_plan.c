/* What the plan makes of a package; whether its disks fit: test_plan_targets.c. */
#include "loader/plan.h"

#include <stdio.h>
#include <string.h>

#include "tests/build/disk_build.h"
#include "tests/build/plan_rig.h"
#include "tests/test.h"

TEST(a_plan_tells_what_the_image_itself_says)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    CHECK(box_make(disks, 1, 0) == OK);
    CHECK_TEXT(box_plan.title, "Test Box");
    NEED(box_plan.count == 1);
    CHECK_TEXT(box_plan.disks[0].name, "disk1.vmdk");
    CHECK_TEXT(box_plan.disks[0].id, "vmdisk1");
    CHECK_TEXT(box_plan.disks[0].format, "streamOptimized VMDK");
    CHECK(box_plan.disks[0].capacity == BOX_DISK && box_plan.disks[0].sector_size == 512);
    CHECK(box_plan.disks[0].is_boot && box_plan.disks[0].looked_inside);
    CHECK(box_plan.disks[0].parts.at[0].expected.count == 1 && box_plan.descriptor.count == 1);
    CHECK_TEXT(box_plan.disks[0].loader.path, "\\EFI\\BOOT\\BOOTX64.EFI");
    CHECK(plan_check_loader(&box_plan, &box_error) == OK);
    box_release();
}

TEST(the_boot_disk_is_first_and_the_others_follow)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "a.vmdk", .image = box_image_bytes()},
                                 {.href = "b.vmdk", .image = box_image_bytes()},
                                 {.href = "c.vmdk", .image = box_image_bytes()}};
    CHECK(box_make(disks, 3, 0) == OK);
    NEED(box_plan.count == 3);
    CHECK_TEXT(box_plan.disks[0].name, "a.vmdk");
    CHECK_TEXT(box_plan.disks[1].name, "b.vmdk");
    CHECK_TEXT(box_plan.disks[2].name, "c.vmdk");
    CHECK(box_plan.disks[0].is_boot && !box_plan.disks[1].is_boot && !box_plan.disks[2].is_boot);
    box_release();
}

TEST(a_guest_for_bios_machines_is_planned_but_not_started)
{
    build_guest(box_disk, BOX_DISK, 512, "EFI/BOOT/BOOTX64.EFI");
    build_mbr(box_disk, (struct build_partition[]){{{0x83}, 2048, 4000, NULL}}, 1);
    memset(box_disk + 512, 0, 512);
    memset(box_disk + BOX_DISK - 512, 0, 512);
    build_image(&box_image, box_disk, BOX_DISK);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    CHECK(box_make(disks, 1, 0) == OK);
    CHECK(plan_check_loader(&box_plan, &box_error) == ERR_NO_LOADER);
    CHECK_HOLDS(box_error.text, "box.ova: disk1.vmdk: ");
    CHECK_HOLDS(box_error.text, "starts only on BIOS machines");
    box_release();
    box_guest(512, "EFI/BOOT/BOOTAA64.EFI");
    disks[0].image = box_image_bytes();
    CHECK(box_make(disks, 1, 0) == OK);
    CHECK(plan_check_loader(&box_plan, &box_error) == ERR_NO_LOADER);
    CHECK_HOLDS(box_error.text, "another processor");
    box_release();
}

static void check_refused(struct build_disk disk, unsigned faults, enum err code,
                          const char *message)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    if (disk.href && !disk.image.len)
        disk.image = box_image_bytes();
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}, disk};
    CHECK(box_make(disks, 2, faults) == code);
    CHECK_TEXT(box_error.text, message);
    box_release();
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

    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {
        {.href = "disk1.vmdk", .image = box_image_bytes()},
        {.capacity = "1000001"},
        {.capacity = "${size}", .disk_extra = "ovf:capacityAllocationUnits=\"byte * 2^30\""}};
    CHECK(box_make(disks, 3, 0) == OK);
    NEED(box_plan.count == 3);
    const struct plan_disk *blank = &box_plan.disks[1], *later = &box_plan.disks[2];
    CHECK(blank->is_blank && !blank->image && !blank->is_boot && blank->looked_inside);
    CHECK(blank->capacity == 1000001 && blank->sector_size == 0 && blank->parts.count == 0);
    CHECK_TEXT(blank->name, "vmdisk2");
    CHECK_TEXT(blank->format, "blank disk");
    CHECK(!blank->capacity_property && !box_plan.disks[0].is_blank);
    null_target_init(&target, 244, 4096);
    CHECK(plan_check_target(blank, &target, box_work, &box_error) == ERR_NO_ROOM);
    target.sectors++;
    CHECK(plan_check_target(blank, &target, box_work, &box_error) == OK);
    CHECK(later->is_blank && later->capacity == 0 && later->capacity_unit == 1 << 30);
    CHECK_TEXT(later->capacity_property, "size");
    CHECK(plan_check_target(later, &target, box_work, &box_error) == ERR_SETTING);
    box_release();
}

TEST(a_shared_disk_of_one_machine_is_an_ordinary_one)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {
        {.href = "disk1.vmdk", .image = box_image_bytes()},
        {.href = "disk2.vmdk", .image = box_image_bytes(), .shared = true}};
    CHECK(box_make(disks, 2, 0) == OK);
    NEED(box_plan.count == 2 && box_plan.ovf.disks[1].shared);
    CHECK_TEXT(box_plan.disks[1].name, "disk2.vmdk");
    box_release();
}

TEST(a_size_that_is_not_the_files_is_noted_where_a_manifest_proves_it)
{
    char text[200];

    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {
        {.href = "disk1.vmdk", .image = box_image_bytes(), .file_extra = "ovf:size=\"5\""}};
    CHECK(box_make(disks, 1, 0) == OK);
    NEED(box_plan.note_count == 1);
    snprintf(text, sizeof(text), "disk1.vmdk has %zu bytes, although the descriptor says 5",
             box_image.len);
    CHECK_TEXT(box_plan.notes[0], text);
    package_build_release(&box_built);

    CHECK(box_make_for(disks, 1, PACKAGE_NO_MANIFEST, "verify = none\n") == ERR_DAMAGED);
    snprintf(text, sizeof(text), "box.ova: disk1.vmdk has %zu bytes, where the descriptor says 5",
             box_image.len);
    CHECK_TEXT(box_error.text, text);
    package_build_release(&box_built);

    snprintf(text, sizeof(text), "ovf:size=\"%zu\"", box_image.len);
    disks[0].file_extra = text;
    CHECK(box_make_for(disks, 1, PACKAGE_NO_MANIFEST, "verify = none\n") == OK &&
          box_plan.note_count == 0);
    box_release();
}

TEST(a_note_beyond_the_last_is_dropped)
{
    static struct plan many;
    struct arena small;

    arena_init(&box_arena, box_memory, sizeof(box_memory), "the package");
    for (size_t i = 0; i <= PLAN_NOTES_MAX; i++)
        plan_note(&many, &box_arena, "note %zu", i);
    CHECK(many.note_count == PLAN_NOTES_MAX);
    CHECK_TEXT(many.notes[0], "note 0");
    CHECK_TEXT(many.notes[PLAN_NOTES_MAX - 1], "note 31");
    many.note_count = 0;
    arena_init(&small, box_memory, 3, "the package");
    plan_note(&many, &small, "no memory");
    CHECK(many.note_count == 0);
}

TEST(the_first_disk_with_a_loader_is_started_where_the_package_does_not_say)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct vmdk_build empty;
    build_guest(box_disk, BOX_DISK, 512, NULL);
    build_image(&empty, box_disk, BOX_DISK);
    struct build_disk disks[] = {{0},
                                 {.href = "data.vmdk", .image = {empty.at, empty.len}},
                                 {.href = "boot.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 3, 0) == OK && box_plan.count == 3);
    CHECK_TEXT(box_plan.disks[0].name, "boot.vmdk");
    CHECK(box_plan.disks[0].is_boot && !box_plan.disks[1].is_boot);
    CHECK_TEXT(box_plan.disks[1].name, "vmdisk1");
    CHECK_TEXT(box_plan.disks[2].name, "data.vmdk");
    CHECK(plan_check_loader(&box_plan, &box_error) == OK);
    NEED(box_plan.note_count == 1);
    CHECK_TEXT(box_plan.notes[0],
               "boot.vmdk is started from: vmdisk1 in front of it holds no loader");
    vmdk_build_release(&empty);
    box_release();
}

TEST(a_blank_disk_alone_cannot_be_started)
{
    box_guest(512, NULL);
    struct build_disk disks[] = {{0}, {.href = "data.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 2, 0) == OK);
    CHECK(plan_check_loader(&box_plan, &box_error) == ERR_NO_LOADER);
    CHECK_TEXT(box_error.text, "box.ova: vmdisk1: is a blank disk: there is nothing to start");
    box_release();
}

TEST(a_disk_that_two_systems_share_is_refused)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "boot.vmdk", .image = box_image_bytes()},
                                 {.shared = true}};
    CHECK(box_make_for(disks, 2, PACKAGE_TWO_SYSTEMS, "system = vm1\n") == ERR_UNSUPPORTED);
    CHECK_TEXT(box_error.text,
               "box.ova: disk vmdisk2 is shared by the virtual systems vm1 and vm2, "
               "which cannot run on one machine");
    box_release();
}

TEST(a_descriptor_that_is_not_proved_is_never_decoded)
{
    box_guest(512, NULL);
    struct build_disk disks[] = {
        {.href = "d.vmdk", .image = box_image_bytes(), .file_extra = "this is no XML"}};
    CHECK(box_make(disks, 1, 0) == ERR_DAMAGED);
    CHECK_HOLDS(box_error.text, "box.ova: box.ovf: ");
    package_build_release(&box_built);
    CHECK(box_make(disks, 1, PACKAGE_BAD_DESCRIPTOR) == ERR_UNTRUSTED);
    package_build_release(&box_built);
    CHECK(box_make(disks, 1, PACKAGE_NO_MANIFEST) == ERR_UNTRUSTED);
    box_release();
}

TEST(more_disks_than_targets_are_refused)
{
    static char names[CONFIG_TARGETS_MAX + 1][8];
    struct build_disk disks[CONFIG_TARGETS_MAX + 1];

    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    for (size_t i = 0; i < COUNT_OF(disks); i++) {
        names[i][0] = (char)('a' + i);
        disks[i] = (struct build_disk){.href = names[i], .image = box_image_bytes()};
    }
    CHECK(box_make(disks, CONFIG_TARGETS_MAX, 0) == OK && box_plan.count == CONFIG_TARGETS_MAX);
    package_build_release(&box_built);
    CHECK(box_make(disks, COUNT_OF(disks), 0) == ERR_TOO_BIG);
    CHECK_TEXT(box_error.text, "box.ova: has more than 16 disks");
    box_release();
}

TEST(every_read_that_fails_while_planning_is_told)
{
    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 1, 0) == OK);
    for (size_t n = 1;; n++) {
        arena_init(&box_arena, box_memory, sizeof(box_memory), "the package");
        fake_source_init(&box_source, "box.ova",
                         (struct bytes){box_built.tar.at, box_built.tar.len});
        box_source.fail_at = n;
        enum err code =
            package_open_archive(&box_package, &box_source.source, &box_arena, &box_error);
        if (code == OK)
            code = build_plan(&box_package, "unattended = yes\n", &box_arena, box_work, &box_plan,
                              &box_error);
        CHECK(code == (box_source.reads >= n ? ERR_IO : OK));
        if (code == OK)
            break;
        CHECK_HOLDS(box_error.text, "box.ova: ");
    }
    box_release();
}
