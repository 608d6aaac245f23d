#include <string.h>

#include "base/bytes.h"
#include "loader/boot_disk.h"
#include "parsers/hd_path.h"
#include "parsers/load_option.h"
#include "tests/build/disk_build.h"
#include "tests/fake_port.h"
#include "tests/test.h"

#define DISKS   3
#define SECTORS 8192

static struct fake_target targets[DISKS];
static struct fake_source sources[DISKS];
static struct found_disk disks[DISKS];
static uint8_t nodes[DISKS][8] = {{1, 1, 8, 0, 0}, {1, 1, 8, 0, 1}, {1, 1, 8, 0, 2}};

/* Each has a GPT with one partition; the first is the stick. */
static void plug_in(void)
{
    struct build_partition part = {{0}, 64, 99, "a"};

    memcpy(part.type, build_type_esp, 16);
    fake_port_reset();
    for (size_t i = 0; i < DISKS; i++) {
        fake_target_init(&targets[i], SECTORS, 512);
        build_gpt(targets[i].disk, SECTORS, 512, &part, 1);
        disks[i] = fake_disk(&targets[i], &sources[i], "nvme", "");
        disks[i].nodes = (struct bytes){nodes[i], sizeof(nodes[i])};
    }
    disks[0].start_medium = true;
}

static void unplug(void)
{
    for (size_t i = 0; i < DISKS; i++)
        fake_target_release(&targets[i]);
}

static void put_entry(const char *name, struct bytes path, uint32_t attributes)
{
    struct load_option option = {
        .attributes = attributes, .description = {(const uint8_t *)"a", 2}, .path = path};
    uint8_t value[1024];

    load_option_store(&option, value);
    fake_variable_put(name, (struct bytes){value, load_option_size(&option)});
}

static size_t find(const uint8_t *order, size_t len)
{
    static uint8_t memory[1 << 18];
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_variable_put("BootOrder", (struct bytes){order, len});
    for (size_t i = 0; i < DISKS; i++)
        disks[i].starts = false;
    CHECK(boot_disk_mark(disks, DISKS, a, &error) == OK);
    for (size_t i = 0; i < DISKS; i++)
        if (disks[i].starts)
            return i;
    return DISKS;
}

TEST(the_boot_disk_is_the_first_in_the_boot_order_that_is_a_disk_and_not_the_stick)
{
    static const uint8_t network[8] = {3, 11, 8, 0}, all[] = {0, 0, 1, 0, 2, 0, 3, 0, 4, 0};

    plug_in();
    put_entry("Boot0000", (struct bytes){network, 8}, LOAD_OPTION_IS_ACTIVE);
    put_entry("Boot0001", disks[0].nodes, LOAD_OPTION_IS_ACTIVE);
    put_entry("Boot0002", disks[1].nodes, 0);
    put_entry("Boot0004", disks[2].nodes, LOAD_OPTION_IS_ACTIVE);
    CHECK(find(all, sizeof(all)) == 2);
    CHECK(find(all, 8) == DISKS);
    CHECK(find(all, 0) == DISKS);
    put_entry("Boot0002", disks[1].nodes, LOAD_OPTION_IS_ACTIVE);
    CHECK(find(all, sizeof(all)) == 1);
    unplug();
}

TEST(the_boot_disk_is_known_by_its_partition)
{
    static const uint8_t order[] = {7, 0};
    struct hd_path path = {.table = HD_GPT, .number = 1, .file = "\\EFI\\BOOT\\BOOTX64.EFI"};
    uint8_t stored[HD_PATH_SIZE_MAX];

    plug_in();
    memset(targets[0].disk, 0, 512);
    memset(targets[1].disk, 0, 512);
    memcpy(path.signature, targets[2].disk + 1024 + 16, 16);
    put_entry("Boot0007", (struct bytes){stored, hd_path_store(&path, stored)},
              LOAD_OPTION_IS_ACTIVE);
    CHECK(find(order, sizeof(order)) == 2);
    memset(targets[2].disk, 0, 512);
    CHECK(find(order, sizeof(order)) == DISKS);
    unplug();
}
