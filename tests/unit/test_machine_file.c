#include "parsers/machine_file.h"

#include <string.h>

#include "base/text.h"
#include "tests/test.h"

static uint8_t memory[1 << 16];
static struct machine_file machine;
static struct error error;

static enum err parse(const char *text)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    return machine_file_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &a, &machine,
                              &error);
}

static void refused(const char *text, const char *message)
{
    CHECK(parse(text) == ERR_SETTING);
    CHECK_TEXT(error.text, message);
}

static void is_disk(size_t i, const char *bus, uint64_t size, uint32_t sector, const char *serial)
{
    NEED(i < machine.disk_count);
    CHECK_TEXT(machine.disks[i].bus, bus);
    CHECK_TEXT(machine.disks[i].serial, serial);
    CHECK(machine.disks[i].size == size && machine.disks[i].sector_size == sector);
}

TEST(a_disk_has_a_model_and_a_name)
{
    NEED(parse("disk.1 = nvme 1 TB\ndisk.1.model = Acme SSD 500\ndisk.1.wwn = 0025385b71b0a1c2\n"
               "disk.2 = sata 2 TB\n") == OK);
    CHECK_TEXT(machine.disks[0].model, "Acme SSD 500");
    CHECK_TEXT(machine.disks[0].wwn, "0025385b71b0a1c2");
    CHECK(!*machine.disks[1].model && !*machine.disks[1].wwn);
    refused("disk.1 = nvme 1 TB\ndisk.2.model = x\n", "line 2: disk.2.model comes before disk.2");
    CHECK(parse("disk.1 = nvme 1 TB\ndisk.1.colour = red\n") == ERR_SETTING);
}

TEST(a_machine_file_describes_a_machine)
{
    NEED(parse("# ours\nname = Acme Rack 9000\narch = aarch64\nprocessors = 4\nmemory = 8 GiB\n"
               "ports = 2\ndisk.1 = nvme 512 GB 512 S4EVNX0R\ndisk.2 = sata 2TB\n") == OK);
    CHECK_TEXT(machine.name, "Acme Rack 9000");
    CHECK_TEXT(machine.serial, "");
    CHECK(machine.arch == MACHINE_FILE_AARCH64 && machine.processors == 4);
    CHECK(machine.memory == 8ull << 30 && machine.ports == 2 && machine.disk_count == 2);
    is_disk(0, "nvme", 512000000000, 512, "S4EVNX0R");
    is_disk(1, "sata", 2000000000000, 512, "");
}

TEST(what_a_machine_file_leaves_out_is_unknown)
{
    NEED(parse("") == OK);
    CHECK_TEXT(machine.name, "");
    CHECK(machine.arch == MACHINE_FILE_X86_64 && machine.processors == 0 && machine.memory == 0);
    CHECK(machine.ports == UINT32_MAX && machine.disk_count == 0);
    CHECK(parse("ports = 0\n") == OK && machine.ports == 0);
    CHECK(parse("arch = x86_64\n") == OK && machine.arch == MACHINE_FILE_X86_64);
}

TEST(machine_file_sizes_are_binary_or_decimal_as_spelled)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {
        {"memory = 3 KiB", 3 << 10},
        {"memory = 3MiB", 3 << 20},
        {"memory = 3  GiB", 3ull << 30},
        {"memory = 3 TiB", 3ull << 40},
        {"memory = 3 kB", 3000},
        {"memory = 3 MB", 3000000},
        {"memory = 3 GB", 3000000000},
        {"memory = 3 TB", 3000000000000},
        {"memory = 16383PiB", 0},
        {"memory = 16777215 TiB", 16777215ull << 40},
        {"memory = 16777217 TiB", 0},
        {"memory = 3", 0},
        {"memory = 3 gib", 0},
        {"memory = 1.5 GB", 0},
        {"memory = 0 GB", 0},
        {"memory = GB", 0},
        {"memory = -3 GB", 0},
        {"memory = 3 GB more", 0},
    };

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        enum err err = parse(sizes[i].text);
        CHECK(err == (sizes[i].bytes ? OK : ERR_SETTING));
        CHECK(err != OK || machine.memory == sizes[i].bytes);
    }
    refused("\nmemory = 3 gib\n", "line 2: memory = 3 gib: it must be a whole number and KiB, MiB, "
                                  "GiB, TiB, kB, MB, GB or TB");
}

TEST(machine_file_disks_have_bus_size_sector_and_serial)
{
    NEED(parse("disk.1 = usb 500 GB 4096\ndisk.2 = virtio 1 MiB X\ndisk.3 = scsi 4GiB 4096 Y\n"
               "disk.4 = sd 1000 kB\ndisk.5 = disk 1 TB 4097\n") == OK);
    CHECK(machine.disk_count == 5);
    is_disk(0, "usb", 500000000000 / 4096 * 4096, 4096, "");
    is_disk(1, "virtio", 1 << 20, 512, "X");
    is_disk(2, "scsi", 4ull << 30, 4096, "Y");
    is_disk(3, "sd", 1000000 / 512 * 512, 512, "");
    is_disk(4, "disk", 1000000000000, 512, "4097");
}

TEST(machine_file_lines_that_are_wrong_are_told_by_number)
{
    refused("processors = 0\n", "line 1: processors = 0: it must be a number from 1 to 65536");
    refused("ports = many\n", "line 1: ports = many: it must be a number from 0 to 65536");
    refused("ports = 65537\n", "line 1: ports = 65537: it must be a number from 0 to 65536");
    refused("\narch = arm\n", "line 2: arch = arm: it must be x86_64 or aarch64");
    refused("name =\n", "line 1: name has no value");
    refused("colour = red\n",
            "line 1: a machine has no colour; it has name, arch, processors, memory, ports, "
            "uuid, serial, asset, product, mac, and disk.1 to disk.16, each with disk.1.model and "
            "disk.1.wwn");
    refused("a\n", "line 1: there is no '=' in a");
    refused("ports = 1\nports = 2\n", "line 2: ports is set a second time, first in line 1");
}

TEST(machine_file_disks_that_are_wrong_are_told_by_number)
{
    refused("disk.1 = ide 5 GB\n",
            "line 1: disk.1 = ide 5 GB: it must begin with nvme, sata, usb, virtio, scsi, sd or "
            "disk");
    refused("disk.1 = nvme big\n",
            "line 1: disk.1 = nvme big: a size such as 512 GB must stand behind nvme");
    refused("disk.1 = nvme 5 GB 512 A B\n",
            "line 1: disk.1 = nvme 5 GB 512 A B: only 512 or 4096 and a serial number may stand "
            "behind the size");
    refused("disk.1 = nvme 1 kB 4096\n",
            "line 1: disk.1 = nvme 1 kB 4096: is smaller than one sector");
    refused("disk.2 = nvme 1 GB\n", "line 1: disk.2 comes before disk.1");
    refused("disk.1 = nvme 1 GB\ndisk.01 = nvme 1 GB\n", "line 2: disk.01 is there a second time");
    CHECK(parse("disk.0 = nvme 1 GB\n") == ERR_SETTING);
    CHECK(parse("disk.17 = nvme 1 GB\n") == ERR_SETTING);
    CHECK(parse("disk = nvme 1 GB\n") == ERR_SETTING);
}

TEST(a_machine_file_holds_sixteen_disks)
{
    char text[1024] = "";
    size_t len = 0;

    for (int i = 1; i <= MACHINE_FILE_DISKS_MAX; i++) {
        len += text_format(text + len, sizeof(text) - len, "disk.%d = sd 1 GB\n", i);
    }
    CHECK(parse(text) == OK && machine.disk_count == MACHINE_FILE_DISKS_MAX);
    text_format(text + len, sizeof(text) - len, "disk.17 = sd 1 GB\n");
    CHECK(parse(text) == ERR_SETTING);
    CHECK_HOLDS(error.text, "line 17: a machine has no disk.17;");
}

TEST(a_machine_file_says_who_the_machine_is)
{
    NEED(parse("uuid = 4c4c4544-0036\nserial = SN 42\nasset=IT-7\nproduct = Rack\n"
               "mac = 52:54:00:12:34:56\n") == OK);
    CHECK_TEXT(machine.uuid, "4c4c4544-0036");
    CHECK_TEXT(machine.serial, "SN 42");
    CHECK_TEXT(machine.asset, "IT-7");
    CHECK_TEXT(machine.product, "Rack");
    CHECK_TEXT(machine.mac, "52:54:00:12:34:56");
}
