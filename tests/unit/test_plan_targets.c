/* Whether the disks of a package fit their targets: size, and sectors. */
#include <string.h>

#include "loader/deploy.h"
#include "tests/build/disk_build.h"
#include "tests/build/plan_rig.h"
#include "tests/fake_port.h"
#include "tests/test.h"

TEST(a_disk_that_does_not_fit_its_target_is_refused)
{
    struct target target;

    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 1, 0) == OK);
    null_target_init(&target, BOX_DISK / 512, 512);
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == OK);
    target.name = "NVMe";
    target.sectors--;
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == ERR_NO_ROOM);
    CHECK_TEXT(box_error.text, "disk1.vmdk: needs 4.1 MB (4194304 bytes), but NVMe has 4.1 MB "
                               "(4193792 bytes)");
    box_release();
}

TEST(a_guest_that_cannot_be_had_on_the_sectors_of_its_target_is_refused)
{
    struct target target;

    build_guest(box_disk, BOX_DISK, 512, "EFI/BOOT/BOOTX64.EFI");
    box_disk[446 + 16 + 4] = 0x83; /* a partition beside the one that stands for the GPT */
    build_image(&box_image, box_disk, BOX_DISK);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 1, 0) == OK);
    null_target_init(&target, BOX_DISK / 512, 512);
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == OK);
    null_target_init(&target, BOX_DISK / 4096, 4096);
    target.name = "NVMe";
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == ERR_UNSUPPORTED);
    CHECK_TEXT(box_error.text,
               "made for sectors of 512 bytes, where NVMe has sectors of 4096 bytes: "
               "disk1.vmdk: its partitions are in a GPT and in an MBR, which cannot be "
               "changed to sectors of 4096 bytes");
    box_release();
}

TEST(a_guest_that_grows_on_other_sectors_needs_a_target_with_room)
{
    struct build_partition part = {"Hah!IdontNeedEF", 2048, BOX_DISK / 512 - 9, "BIOS"};
    struct target target;

    part.type[15] = 'I';
    memset(box_disk, 0, BOX_DISK);
    build_gpt(box_disk, BOX_DISK / 512, 512, &part, 1);
    build_image(&box_image, box_disk, BOX_DISK);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 1, 0) == OK);
    null_target_init(&target, BOX_DISK / 4096 + 3, 4096);
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == ERR_NO_ROOM);
    target.sectors++; /* the partition leaves out one; the table takes five */
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == OK);
    box_release();
}

TEST(a_guest_goes_to_targets_of_both_sector_sizes)
{
    struct target target;

    box_guest(4096, "EFI/BOOT/BOOTX64.EFI");
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
    NEED(box_make(disks, 1, 0) == OK);
    CHECK(box_plan.disks[0].sector_size == 4096);
    null_target_init(&target, BOX_DISK / 4096, 4096);
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == OK);
    CHECK(!plan_resectors(&box_plan.disks[0], 4096) && plan_resectors(&box_plan.disks[0], 512));
    fake_port_reset();
    deploy_say_sectors(&box_plan.disks[0], &target);
    CHECK_TEXT(fake_port.said, "");
    null_target_init(&target, BOX_DISK / 512, 512);
    deploy_say_sectors(&box_plan.disks[0], &target);
    CHECK_TEXT(fake_port.said,
               "Sectors    disk1.vmdk is made for sectors of 4096 bytes; its partition "
               "table and FAT volumes are rewritten for 512\n");
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == OK);
    arena_init(&box_work, box_work_memory, 100000, "unpacking");
    CHECK(plan_check_target(&box_plan.disks[0], &target, box_work, &box_error) == ERR_NO_MEMORY);
    box_release();
}

TEST(a_disk_without_a_table_goes_to_any_sector_size)
{
    struct target target;

    box_guest(512, "EFI/BOOT/BOOTX64.EFI");
    struct vmdk_build blank;
    vmdk_build_begin(&blank, (struct vmdk_options){.capacity = BOX_DISK / 512});
    vmdk_build_end(&blank);
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()},
                                 {.href = "data.vmdk", .image = {blank.at, blank.len}}};
    CHECK(box_make(disks, 2, 0) == OK);
    NEED(box_plan.count == 2);
    null_target_init(&target, BOX_DISK / 4096, 4096);
    CHECK(plan_check_target(&box_plan.disks[1], &target, box_work, &box_error) == OK);
    vmdk_build_release(&blank);
    box_release();
}
