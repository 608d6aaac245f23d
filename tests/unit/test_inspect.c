#include <string.h>

#include "loader/inspect.h"
#include "tests/fake_port.h"
#include "tests/test.h"

static struct fake_source source = {.source = {.name = "disk1.vmdk", .size = 300000000}};

static struct plan_disk disk(void)
{
    return (struct plan_disk){.name = "disk1.vmdk",
                              .source = &source.source,
                              .format = "streamOptimized VMDK",
                              .capacity = 8000000000,
                              .is_boot = true,
                              .looked_inside = true,
                              .loader.path = "\\EFI\\BOOT\\BOOTX64.EFI"};
}

TEST(a_disk_is_told_in_one_line)
{
    struct plan_disk d = disk();
    char text[INSPECT_TEXT_MAX];

    CHECK_TEXT(inspect_disk(&d, text), "disk1.vmdk: 8.0 GB, from 300 MB of streamOptimized VMDK, "
                                       "starts \\EFI\\BOOT\\BOOTX64.EFI");
    d.no_loader.code = ERR_NO_LOADER;
    CHECK_TEXT(inspect_disk(&d, text),
               "disk1.vmdk: 8.0 GB, from 300 MB of streamOptimized VMDK");
    d.looked_inside = false;
    CHECK_HOLDS(inspect_disk(&d, text), "; cannot be looked into beforehand");
    d.is_boot = false;
    CHECK_TEXT(inspect_disk(&d, text),
               "disk1.vmdk: 8.0 GB, from 300 MB of streamOptimized VMDK");
    char name[500];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    d.name = name;
    CHECK(strlen(inspect_disk(&d, text)) == INSPECT_TEXT_MAX - 1);
}

TEST(a_package_is_told_whole)
{
    struct ovf_item items[] = {{.type = OVF_PROCESSOR, .quantity = 4},
                               {.type = OVF_MEMORY, .quantity = 2000000000}};
    struct ovf_hardware hardware = {.items = items, .item_count = 2};
    struct ovf_product product = {.vendor.text = "Tests", .version = "7"};
    struct ovf_system system = {
        .products = &product, .product_count = 1, .hardware = &hardware, .hardware_count = 1};
    struct package package = {.name = "box.ova", .descriptor = "box.ovf"};
    struct plan_disk disks[] = {disk(), disk()};
    struct plan plan = {
        .package = &package, .system = &system, .title = "Box", .disks = disks, .count = 2};

    for (size_t i = 0; i < 2; i++)
        items[i].instance = items[i].name = "";
    disks[1].is_boot = false;
    disks[1].name = "data.vmdk";
    disks[0].no_loader.code = ERR_NO_LOADER;
    strcpy(disks[0].no_loader.text, "no EFI system partition");
    fake_port_reset();
    inspect_show(&plan);
    CHECK_TEXT(fake_port.said,
               "Package    box.ova\n"
               "Appliance  Box\n"
               "Vendor     Tests\n"
               "Version    7\n"
               "Made for   4 processors, 2.0 GB of memory\n"
               "Descriptor box.ovf: not proved: the package has no manifest\n"
               "Boot disk  disk1.vmdk: 8.0 GB, from 300 MB of streamOptimized VMDK\n"
               "           no EFI system partition\n"
               "Disk       data.vmdk: 8.0 GB, from 300 MB of streamOptimized VMDK\n"
               "The disks' contents are proved when they are read: ovfboot verify does it now.\n");
}
