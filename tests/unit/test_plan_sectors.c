/* What the plan makes of an image that says which sectors its disk has. */
#include <string.h>

#include "tests/build/plan_rig.h"
#include "tests/build/vhdx_build.h"
#include "tests/test.h"

TEST(an_image_that_says_it_has_4096_byte_sectors_wants_such_a_target)
{
    struct target target;

    box_guest(4096, "EFI/BOOT/BOOTX64.EFI");
    struct vhdx_build blank;
    vhdx_build_begin(&blank, (struct vhdx_options){.capacity = BOX_DISK, .sector_size = 4096});
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()},
                                 {.href = "data.vhdx", .image = {blank.at, blank.len}}};
    CHECK(box_make(disks, 2, 0) == OK);
    NEED(box_plan.count == 2);
    CHECK_TEXT(box_plan.disks[1].format, "dynamic VHDX");
    null_target_init(&target, BOX_DISK / 4096, 4096);
    CHECK(plan_check_target(&box_plan.disks[1], &target, box_work, &box_error) == OK);
    null_target_init(&target, BOX_DISK / 512, 512);
    CHECK(plan_check_target(&box_plan.disks[1], &target, box_work, &box_error) == ERR_UNSUPPORTED);
    box_release();
    vhdx_build_release(&blank);
}

/* Their table would be looked for where it is not. */
TEST(an_image_whose_sectors_are_not_those_of_its_table_is_refused)
{
    struct vhdx_build b;

    build_guest(box_disk, BOX_DISK, 512, "EFI/BOOT/BOOTX64.EFI");
    vhdx_build_begin(&b, (struct vhdx_options){BOX_DISK, BOX_DISK, 4096, 0, false});
    vhdx_build_data(&b, 0, box_disk, BOX_DISK);
    struct build_disk disks[] = {{.href = "disk.vhdx", .image = {b.at, b.len}}};
    CHECK(box_make(disks, 1, 0) == ERR_DAMAGED);
    CHECK_TEXT(box_error.text, "box.ova: disk.vhdx: both copies of its GPT are damaged or missing");
    package_build_release(&box_built);
    build_guest(box_disk, BOX_DISK, 4096, "EFI/BOOT/BOOTX64.EFI");
    memcpy(b.at + (4 << 20), box_disk, BOX_DISK);
    CHECK(box_make(disks, 1, 0) == OK);
    CHECK(box_plan.disks[0].sector_size == 4096);
    CHECK(plan_check_loader(&box_plan, &box_error) == OK);
    package_build_release(&box_built);
    vhdx_build_release(&b);
}
