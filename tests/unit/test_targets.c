#include <string.h>

#include "loader/boot_disk.h"
#include "loader/occupied.h"
#include "tests/build/disk_build.h"
#include "tests/fake_port.h"
#include "tests/test.h"

static struct error error;
static struct fake_target target;
static struct fake_source source;

#define DISKS 8

/* 0 NVMe, 1 and 2 SATA, 3 USB start medium, 4 USB, 5 read-only SD, 6 virtio without names, 7 NVMe
 * start medium. */
static void machine(struct found_disk disks[DISKS])
{
    static const char *const buses[] = {"nvme", "sata", "sata",   "usb",
                                        "usb",  "sd",   "virtio", "nvme"};
    static const char *const serials[] = {"S1", "ABC 1", "ABC 2", "STICK", "U2", "CARD", "", "S7"};
    static const char *const paths[] = {"PciRoot(0x0)/Pci(0x1,0x0)/NVMe(0x1,00)",
                                        "PciRoot(0x0)/Pci(0x2,0x0)/Sata(0x0,0xFFFF,0x0)",
                                        "PciRoot(0x0)/Pci(0x2,0x0)/Sata(0x1,0xFFFF,0x0)",
                                        "PciRoot(0x0)/Pci(0x3,0x0)/USB(0x0,0x0)",
                                        "PciRoot(0x0)/Pci(0x3,0x0)/USB(0x1,0x0)",
                                        "PciRoot(0x0)/Pci(0x4,0x0)/SD(0x0)",
                                        "PciRoot(0x0)/Pci(0x5,0x0)",
                                        "PciRoot(0x0)/Pci(0x6,0x0)/NVMe(0x1,00)"};

    for (size_t i = 0; i < DISKS; i++) {
        disks[i] = fake_disk(&target, &source, buses[i], serials[i]);
        disks[i].path = paths[i];
    }
    disks[3].start_medium = disks[7].start_medium = true;
    disks[5].read_only = true;
    disks[6].model = "";
}

static enum err choose(const char *rule, size_t *out)
{
    struct found_disk disks[DISKS];

    fake_target_init(&target, 8192, 512);
    machine(disks);
    *out = SIZE_MAX;
    enum err code = target_choose("target", rule, disks, DISKS, out, &error);
    fake_target_release(&target);
    return code;
}

TEST(a_rule_that_fits_one_disk_chooses_it)
{
    static const struct {
        const char *rule;
        size_t disk;
    } cases[] = {
        {"nvme", 0},
        {"NVMe", 0},
        {"virtio", 6},
        {"usb", 4},
        {"serial:ABC 2", 2},
        {"serial:abc 1", 1},
        {"SERIAL:u2", 4},
        {"path:PciRoot(0x0)/Pci(0x2,0x0)/Sata(0x1", 2},
        {"path:pciroot(0X0)/pci(0x5", 6},
        {"Path:PciRoot(0x0)/Pci(0x1,0x0)/NVMe(0x1,00)", 0},
    };
    size_t chosen;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(choose(cases[i].rule, &chosen) == OK);
        CHECK(chosen == cases[i].disk);
    }
}

TEST(a_rule_that_fits_several_disks_lists_them)
{
    size_t chosen;

    CHECK(choose("sata", &chosen) == ERR_SETTING);
    CHECK_TEXT(error.text, "target = sata fits 2 disks: SATA disk Model, serial ABC 1, 4.1 MB; "
                           "SATA disk Model, serial ABC 2, 4.1 MB");
    CHECK(choose("path:PciRoot(0x0)", &chosen) == ERR_SETTING);
    CHECK_HOLDS(error.text, "fits 5 disks: NVMe disk Model, serial S1");
    CHECK(chosen != 3 && chosen != 5 && chosen != 7);
}

TEST(a_rule_that_fits_nothing_lists_what_there_is)
{
    size_t chosen;

    CHECK(choose("scsi", &chosen) == ERR_NOT_FOUND);
    CHECK_HOLDS(error.text, "target = scsi fits no disk; there are: NVMe disk Model, serial S1, ");
    CHECK(!strstr(error.text, "STICK") && !strstr(error.text, "CARD"));
    CHECK(choose("serial:ABC", &chosen) == ERR_NOT_FOUND);
    CHECK(target_choose("target", "nvme", NULL, 0, &chosen, &error) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "target = nvme fits no disk; there are none");
}

TEST(start_media_and_read_only_disks_are_never_chosen)
{
    size_t chosen;

    CHECK(choose("serial:STICK", &chosen) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "target = serial:STICK: USB disk Model, serial STICK, 4.1 MB is the "
                           "medium that ovfboot started from");
    CHECK(choose("serial:CARD", &chosen) == ERR_NOT_FOUND);
    CHECK_HOLDS(error.text, "SD card Model, serial CARD, 4.1 MB is read-only");
    CHECK(choose("sd", &chosen) == ERR_NOT_FOUND);
    CHECK(choose("path:PciRoot(0x0)/Pci(0x6", &chosen) == ERR_NOT_FOUND);
    CHECK(chosen == SIZE_MAX);
}

TEST(a_rule_without_a_text_fits_nothing)
{
    size_t chosen;

    CHECK(choose("serial:", &chosen) == ERR_SETTING);
    CHECK(choose("path:", &chosen) == ERR_SETTING);
    CHECK(chosen == SIZE_MAX);
}

TEST(what_is_no_rule_is_a_wrong_setting)
{
    static const char *const wrong[] = {"", "hd0", "nvme0", "serial", "/dev/sda", "0"};
    size_t chosen;

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK(choose(wrong[i], &chosen) == ERR_SETTING);
        CHECK_HOLDS(error.text, "it must be ram, nvme, ");
    }
    CHECK(target_is_ram("ram") && target_is_ram("RAM"));
    CHECK(!target_is_ram("ramdisk") && !target_is_ram(""));
}

TEST(a_disk_is_told_by_bus_model_serial_and_size)
{
    struct found_disk disks[DISKS];
    char text[TARGET_TEXT_MAX];

    fake_target_init(&target, 8192, 512);
    machine(disks);
    CHECK_TEXT(target_text(&disks[0], text), "NVMe disk Model, serial S1, 4.1 MB");
    CHECK_TEXT(target_text(&disks[6], text), "virtio disk, 4.1 MB");
    disks[0].model = "a model whose name goes on and on, since somebody at the factory filled the "
                     "field with words that have no end, or so it seems to people who read it all";
    CHECK(strlen(target_text(&disks[0], text)) < TARGET_TEXT_MAX);
    fake_target_release(&target);
}

TEST(what_is_on_a_disk_is_told_by_its_partitions)
{
    static uint8_t memory[65536];
    struct build_partition parts[] = {
        {{0}, 64, 99, NULL}, {{0}, 100, 200, "Windows"}, {{1}, 300, 400, NULL}};
    char text[TARGET_TEXT_MAX];
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_target_init(&target, 8192, 512);
    struct found_disk disk = fake_disk(&target, &source, "nvme", "");
    target.disk[510] = 0;
    CHECK_TEXT(target_contents(&disk, a, text), "no partition table");
    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    build_gpt(target.disk, 8192, 512, parts, 3);
    CHECK_TEXT(target_contents(&disk, a, text),
               "GPT with 3 partitions: EFI system, Windows, unnamed");
    build_mbr(target.disk, (struct build_partition[]){{{0x83}, 63, 99, NULL}}, 1);
    CHECK_TEXT(target_contents(&disk, a, text), "MBR with 1 partition");
    source.fail_at = 1;
    CHECK_TEXT(target_contents(&disk, a, text), "a partition table that cannot be read");
    fake_target_release(&target);
}
