#include <string.h>

#include "disks/guest.h"
#include "tests/build/disk_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define SIZE (8u << 20)

static uint8_t memory[1 << 16];
static uint8_t disk[SIZE];
static struct error error;
static struct guest_loader loader;

/* Two ESPs of 2 MiB and a root partition. */
static void build(struct fat_build *first, struct fat_build *second)
{
    struct build_partition parts[] = {
        {{0}, 2048, 6143, "ESP"}, {{0}, 6144, 10239, "ESP 2"}, {{0}, 10240, 12000, "root"}};

    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_esp, 16);
    memcpy(parts[2].type, build_type_linux, 16);
    memset(disk, 0, SIZE);
    build_gpt(disk, SIZE / 512, 512, parts, 3);
    fat_build_begin(first, disk + 2048 * 512, 2 << 20, 12);
    fat_build_begin(second, disk + 6144 * 512, 2 << 20, 32);
}

static enum err find(enum guest_arch arch)
{
    struct fake_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vmdk", (struct bytes){disk, SIZE});
    return guest_find_loader(&source.source, arch, a, &loader, &error);
}

TEST(the_removable_media_path_comes_first)
{
    struct fat_build first, second;

    build(&first, &second);
    fat_build_path(&first, "EFI/DEBIAN/SHIMX64.EFI");
    fat_build_path(&first, "EFI/BOOT/BOOTX64.EFI");
    CHECK(find(GUEST_X86_64) == OK);
    CHECK_TEXT(loader.path, "\\EFI\\BOOT\\BOOTX64.EFI");
    CHECK(loader.table == TABLE_GPT && loader.partition.number == 1);
    CHECK(loader.partition.offset == 2048 * 512);
}

TEST(known_systems_are_found_and_shim_before_grub)
{
    struct fat_build first, second;

    build(&first, &second);
    fat_build_path(&second, "EFI/UBUNTU/GRUBX64.EFI");
    CHECK(find(GUEST_X86_64) == OK && loader.partition.number == 2);
    CHECK_TEXT(loader.path, "\\EFI\\ubuntu\\grubx64.efi");
    fat_build_path(&second, "EFI/UBUNTU/SHIMX64.EFI");
    CHECK(find(GUEST_X86_64) == OK);
    CHECK_TEXT(loader.path, "\\EFI\\ubuntu\\shimx64.efi");
    build(&first, &second);
    fat_build_path(&first, "EFI/OPENSUSE/SHIM.EFI");
    CHECK(find(GUEST_X86_64) == OK);
    CHECK_TEXT(loader.path, "\\EFI\\opensuse\\shim.efi");
    build(&first, &second);
    uint32_t efi = fat_build_directory(&first, 0, "EFI        ", NULL);
    uint32_t systemd = fat_build_directory(&first, efi, "SYSTEMD    ", NULL);
    fat_build_file(&first, systemd, "SYSTEM~1EFI", "systemd-bootaa64.efi", 7);
    CHECK(find(GUEST_AARCH64) == OK);
    CHECK_TEXT(loader.path, "\\EFI\\systemd\\systemd-bootaa64.efi");
}

TEST(a_directory_or_an_empty_file_is_no_loader)
{
    struct fat_build first, second;

    build(&first, &second);
    uint32_t efi = fat_build_directory(&first, 0, "EFI        ", NULL);
    uint32_t boot = fat_build_directory(&first, efi, "BOOT       ", NULL);
    fat_build_directory(&first, boot, "BOOTX64 EFI", NULL);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    fat_build_file(&first, boot, "GRUBX64 EFI", NULL, 0);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    fat_build_file(&first, boot, "SHIMX64 EFI", NULL, 1);
    CHECK(find(GUEST_X86_64) == OK);
    CHECK_TEXT(loader.path, "\\EFI\\BOOT\\shimx64.efi");
}

TEST(an_esp_without_a_loader_says_what_was_looked_for)
{
    struct fat_build first, second;

    build(&first, &second);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    CHECK_TEXT(error.text,
               "disk.vmdk: its EFI system partition, number 1, holds no boot loader: "
               "looked for \\EFI\\BOOT\\BOOTX64.EFI and for those of the known systems");
    fat_build_path(&first, "EFI/BOOT/BOOTAA64.EFI");
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    CHECK_TEXT(error.text,
               "disk.vmdk: holds \\EFI\\BOOT\\BOOTAA64.EFI: it is made for another processor");
    CHECK(find(GUEST_AARCH64) == OK);
    memset(disk + 2048 * 512, 0, 512);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    CHECK_TEXT(error.text, "disk.vmdk: its EFI system partition, number 1, holds no FAT");
}

TEST(a_disk_for_bios_machines_is_named_so)
{
    struct build_partition parts[] = {{{0x83}, 63, 1000, NULL}, {{0x82}, 1001, 2000, NULL}};

    memset(disk, 0, SIZE);
    build_mbr(disk, parts, 2);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    CHECK_TEXT(error.text, "disk.vmdk: no EFI system partition (MBR with 2 partitions): this disk "
                           "starts only on BIOS machines");
    build_gpt(disk, SIZE / 512, 512, (struct build_partition[]){{{1}, 2048, 4000, NULL}}, 1);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    CHECK_HOLDS(error.text, "(GPT with 1 partition):");
    memset(disk, 0, SIZE);
    CHECK(find(GUEST_X86_64) == ERR_NO_LOADER);
    CHECK_TEXT(error.text, "disk.vmdk: no partition table, so no EFI system partition");
}

TEST(an_mbr_with_an_esp_starts_too)
{
    struct build_partition parts[] = {{{0x83}, 63, 1000, NULL}, {{0xef}, 2048, 6143, NULL}};
    struct fat_build fat;

    memset(disk, 0, SIZE);
    build_mbr(disk, parts, 2);
    memcpy(disk + 440, "\x78\x56\x34\x12", 4);
    fat_build_begin(&fat, disk + 2048 * 512, 2 << 20, 12);
    fat_build_path(&fat, "EFI/FEDORA/SHIMX64.EFI");
    CHECK(find(GUEST_X86_64) == OK && loader.table == TABLE_MBR);
    CHECK(loader.partition.number == 2 && loader.signature == 0x12345678);
    CHECK_TEXT(loader.path, "\\EFI\\fedora\\shimx64.efi");
}

TEST(a_read_that_fails_is_told_and_not_taken_for_no_loader)
{
    struct fat_build first, second;
    struct fake_source source;
    struct arena a;

    build(&first, &second);
    fat_build_path(&second, "EFI/BOOT/BOOTX64.EFI");
    for (size_t n = 1;; n++) {
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&source, "disk.vmdk", (struct bytes){disk, SIZE});
        source.fail_at = n;
        enum err code = guest_find_loader(&source.source, GUEST_X86_64, a, &loader, &error);
        CHECK(code == (source.reads >= n ? ERR_IO : OK));
        if (code == OK)
            break;
    }
}
