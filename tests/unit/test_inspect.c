#include <string.h>

#include "loader/inspect.h"
#include "tests/test.h"

static struct plan_disk disk(void)
{
    return (struct plan_disk){.name = "disk1.vmdk",
                              .format = "streamOptimized VMDK",
                              .capacity = 8000000000,
                              .is_boot = true,
                              .looked_inside = true,
                              .loader.path = "\\EFI\\BOOT\\BOOTX64.EFI"};
}

TEST(a_disk_is_told_in_one_line)
{
    struct plan_disk d = disk();
    char text[INSPECT_TEXT_MAX], name[500];

    CHECK_TEXT(inspect_disk(&d, text), "disk1.vmdk: 8.0 GB, streamOptimized VMDK");
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    d.name = name;
    CHECK(strlen(inspect_disk(&d, text)) == INSPECT_TEXT_MAX - 1);
}

TEST(a_blank_disk_is_told_as_large_as_is_known)
{
    struct plan_disk d = {.name = "vmdisk2", .format = "blank disk", .is_blank = true};
    char text[INSPECT_TEXT_MAX];

    d.capacity_property = "size";
    CHECK_TEXT(inspect_disk(&d, text), "vmdisk2: as large as the property size says, blank disk");
    d.capacity = 10700000000;
    CHECK_TEXT(inspect_disk(&d, text), "vmdisk2: 10.7 GB, blank disk");
}

TEST(what_starts_is_the_loader_or_why_there_is_none)
{
    struct plan_disk d = disk();

    CHECK_TEXT(inspect_loader(&d), "\\EFI\\BOOT\\BOOTX64.EFI");
    d.no_loader = (struct error){ERR_NO_LOADER, "no EFI system partition"};
    CHECK_TEXT(inspect_loader(&d), "no EFI system partition");
    d.looked_inside = false;
    CHECK_TEXT(inspect_loader(&d), "cannot be known before the disk is written");
}
