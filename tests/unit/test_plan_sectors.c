/* What the plan makes of an image that says which sectors its disk has. */
#include <string.h>

#include "loader/plan.h"
#include "tests/build/package_build.h"
#include "tests/build/vhdx_build.h"
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
static struct arena work;

static enum err make(const struct build_disk *disks, size_t count)
{
    struct arena arena;

    arena_init(&arena, package_memory, sizeof(package_memory), "the package");
    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    package_build(&built, disks, count, 0);
    fake_source_init(&source, "box.ova", (struct bytes){built.tar.at, built.tar.len});
    TRY(package_open_archive(&package, &source.source, &arena, &error));
    return build_plan(&package, "unattended = yes\n", &arena, work, &plan, &error);
}

TEST(an_image_that_says_it_has_4096_byte_sectors_wants_such_a_target)
{
    struct target target;

    build_guest(guest, GUEST, 4096, "EFI/BOOT/BOOTX64.EFI");
    build_image(&image, guest, GUEST);
    struct vhdx_build blank;
    vhdx_build_begin(&blank, (struct vhdx_options){.capacity = GUEST, .sector_size = 4096});
    struct build_disk disks[] = {{.href = "disk1.vmdk", .image = {image.at, image.len}},
                                 {.href = "data.vhdx", .image = {blank.at, blank.len}}};
    CHECK(make(disks, 2) == OK);
    NEED(plan.count == 2);
    CHECK_TEXT(plan.disks[1].format, "dynamic VHDX");
    null_target_init(&target, GUEST / 4096, 4096);
    CHECK(plan_check_target(&plan.disks[1], &target, work, &error) == OK);
    null_target_init(&target, GUEST / 512, 512);
    CHECK(plan_check_target(&plan.disks[1], &target, work, &error) == ERR_UNSUPPORTED);
    package_build_release(&built);
    vmdk_build_release(&image);
    vhdx_build_release(&blank);
}

/* Their table would be looked for where it is not. */
TEST(an_image_whose_sectors_are_not_those_of_its_table_is_refused)
{
    struct vhdx_build b;

    build_guest(guest, GUEST, 512, "EFI/BOOT/BOOTX64.EFI");
    vhdx_build_begin(&b, (struct vhdx_options){GUEST, GUEST, 4096, 0, false});
    vhdx_build_data(&b, 0, guest, GUEST);
    struct build_disk disks[] = {{.href = "disk.vhdx", .image = {b.at, b.len}}};
    CHECK(make(disks, 1) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "box.ova: disk.vhdx: both copies of its GPT are damaged or missing");
    package_build_release(&built);
    build_guest(guest, GUEST, 4096, "EFI/BOOT/BOOTX64.EFI");
    memcpy(b.at + (4 << 20), guest, GUEST);
    CHECK(make(disks, 1) == OK);
    CHECK(plan.disks[0].sector_size == 4096);
    CHECK(plan_check_loader(&plan, &error) == OK);
    package_build_release(&built);
    vhdx_build_release(&b);
}
