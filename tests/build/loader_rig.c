#include "tests/build/loader_rig.h"

#include <string.h>

#define SECTORS (STAND_GUEST / 512)

_Alignas(4096) static uint8_t memory[MEMORY_PACKAGE + MEMORY_WORK];

struct stand stand;

static void plug_in(void)
{
    static const char *const buses[] = {"nvme", "sata", "usb", "sata"};
    static const char *const serials[] = {"N1", "S1", "STICK", "TINY"};
    static const char *const paths[] = {"Pci(0x1)/NVMe(0x1)", "Pci(0x2)/Sata(0x0)", "Pci(0x3)/USB",
                                        "Pci(0x2)/Sata(0x1)"};

    for (size_t i = 0; i < STAND_DISKS; i++) {
        fake_target_init(&stand.targets[i], i == SMALL ? SECTORS - 1 : SECTORS + 1000, 512);
        stand.targets[i].disk[510] = 0;
        fake_port.disks[i] = fake_disk(&stand.targets[i], &stand.reads[i], buses[i], serials[i]);
        fake_port.disks[i].path = paths[i];
    }
    fake_port.disk_count = STAND_DISKS;
}

void stand_begin(size_t count, const char *guest_loader, unsigned faults)
{
    struct build_disk files[2] = {{.href = "boot.vmdk"}, {.href = "data.vmdk"}};
    struct vmdk_build image;

    build_guest(stand.guest, STAND_GUEST, stand.sector_size ? stand.sector_size : 512,
                guest_loader);
    build_image(&image, stand.guest, STAND_GUEST);
    files[0].file_extra = files[1].file_extra = stand.file_extra;
    files[0].image = files[1].image = (struct bytes){image.at, image.len};
    package_build(&stand.built, files, count, faults);
    vmdk_build_release(&image);
    fake_source_init(&stand.archive, "box.ova",
                     (struct bytes){stand.built.tar.at, stand.built.tar.len});
    fake_port_reset();
    fake_port.packages[0] = (struct found_package){.kind = PACKAGE_ARCHIVE,
                                                   .file = "appliances/box.ova",
                                                   .medium = "usb disk Stick, partition 1",
                                                   .path = "Pci(0x3)/USB/HD(1)",
                                                   .source = &stand.archive.source};
    fake_port.package_count = 1;
    plug_in();
}

void stand_end(void)
{
    for (size_t i = 0; i < STAND_DISKS; i++)
        fake_target_release(&stand.targets[i]);
    package_build_release(&stand.built);
}

enum err stand_run(const char *settings)
{
    fake_port.settings = (struct bytes){(const uint8_t *)settings, strlen(settings)};
    stand.loader = (struct loader){0};
    memory_init(&stand.loader.memory, memory);
    stand.error.text[0] = '\0';
    return loader_run(&stand.loader, &stand.error);
}

bool stand_is_guest(size_t disk)
{
    /* All but the table, which moves to the end of a larger disk. */
    return memcmp(stand.targets[disk].disk + 1024, stand.guest + 1024,
                  STAND_GUEST - 1024 - 33 * 512) == 0 &&
           stand.targets[disk].disk[510] == 0x55;
}

bool stand_untouched(void)
{
    return !stand.targets[NVME].done && !stand.targets[SATA].done && !stand.targets[STICK].done &&
           !stand.targets[SMALL].done && !fake_port.started;
}
