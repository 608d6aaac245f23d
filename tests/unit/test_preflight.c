#include <string.h>

#include "disks/fat.h"
#include "loader/preflight.h"
#include "tests/build/disk_build.h"
#include "tests/build/package_build.h"
#include "tests/build/shared.h"
#include "tests/fake_port.h"
#include "tests/test.h"

#define GUEST (4u << 20)
#define ESP   (512u << 10) /* where build_guest() puts it; 1 MiB */

static uint8_t guest[GUEST], work_memory[8 << 20], database[4096];
static struct error error;
static struct fake_source source;
static struct package package = {.name = "box.ova"};
static struct plan_disk disk;
static struct plan plan = {.package = &package, .disks = &disk, .count = 1};

/* Put a file of the corpus on the guest's ESP as its loader. */
static bool put_loader(const char *path)
{
    struct memory_source volume;
    struct fat_build b;
    struct bytes file;
    struct fat fat;

    if (!seed_read(path, &file))
        return false;
    build_guest(guest, GUEST, 512, NULL);
    memset(guest + ESP, 0, 1 << 20);
    fat_build_begin(&b, guest + ESP, 1 << 20, 12);
    uint32_t efi = fat_build_directory(&b, 0, "EFI        ", NULL);
    uint32_t boot = fat_build_directory(&b, efi, "BOOT       ", NULL);
    uint32_t at = fat_build_file(&b, boot, "BOOTX64 EFI", NULL, (uint32_t)file.len);
    for (size_t done = 512; done < file.len; done += 512, at++)
        fat_build_link(&b, at, at + 1);
    fat_build_link(&b, at, 0xfff);
    memory_source_init(&volume, "guest", (struct bytes){guest + ESP, 1 << 20});
    if (fat_open(&fat, &volume.source, &error) != OK)
        return false;
    at -= (uint32_t)((file.len - 1) / 512);
    memcpy(guest + ESP + fat.layout.data + (at - 2) * 512, file.at, file.len);
    return true;
}

/* db holds that certificate of the corpus; Secure Boot is enforced. */
static bool begin(const char *loader, const char *certificate)
{
    struct bytes file;

    fake_port_reset();
    if (!put_loader(loader) || !seed_read(certificate, &file))
        return false;
    memcpy(database, "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72", 16);
    put_le32(database + 16, (uint32_t)(44 + file.len));
    put_le32(database + 20, 0);
    put_le32(database + 24, (uint32_t)(16 + file.len));
    memcpy(database + 44, file.at, file.len);
    fake_port.secure_boot = (struct secure_boot){true, {{database, 44 + file.len}, {0}}};
    fake_source_init(&source, "boot.img", (struct bytes){guest, GUEST});
    disk = (struct plan_disk){.name = "boot.img", .image = &source.source, .looked_inside = true};
    disk.loader = (struct guest_loader){.partition = {.offset = ESP, .size = 1 << 20},
                                        .path = "\\EFI\\BOOT\\BOOTX64.EFI"};
    return true;
}

static enum err check(void)
{
    struct arena work;

    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    return preflight(&plan, work, &error);
}

#define SIGNED   "tests/corpus/pe/signed.efi"
#define UNSIGNED "tests/corpus/pe/unsigned.efi"
#define CA       "tests/corpus/pe/ca.der"
#define OTHER    "tests/corpus/pe/other.der"

TEST(without_secure_boot_nothing_is_asked)
{
    NEED(begin(UNSIGNED, CA));
    fake_port.secure_boot.enforced = false;
    fake_port.would_start_code = ERR_SECURE_BOOT;
    CHECK(check() == OK && fake_port.would_start_count == 0 && source.reads == 0);
    CHECK_TEXT(fake_port.said, "");
}

TEST(a_guest_that_db_and_firmware_allow_goes_on)
{
    NEED(begin(SIGNED, CA));
    CHECK(check() == OK);
    CHECK(fake_port.would_start_count == 1 && memcmp(fake_port.would_start, "MZ", 2) == 0);
    CHECK_TEXT(fake_port.said,
               "Allowed    \\EFI\\BOOT\\BOOTX64.EFI is signed by Test Signer, which "
               "db trusts\n");
}

TEST(a_guest_that_nobody_allows_is_refused_with_the_reason)
{
    NEED(begin(UNSIGNED, CA));
    fake_port.would_start_code = ERR_SECURE_BOOT;
    CHECK(check() == ERR_SECURE_BOOT);
    CHECK_TEXT(error.text,
               "box.ova: boot.img: \\EFI\\BOOT\\BOOTX64.EFI: Secure Boot on this machine "
               "does not allow it: it is not signed, and db does not list its digest");
    NEED(begin(SIGNED, OTHER));
    fake_port.would_start_code = ERR_SECURE_BOOT;
    CHECK(check() == ERR_SECURE_BOOT);
    CHECK_HOLDS(error.text, "is signed by Test Signer, which db does not know");
}

TEST(the_firmwares_word_counts_more_than_ours)
{
    NEED(begin(UNSIGNED, CA));
    CHECK(check() == OK);
    CHECK_HOLDS(fake_port.said, "by the firmware, although it is not signed");
    NEED(begin(SIGNED, CA));
    fake_port.would_start_code = ERR_SECURE_BOOT;
    CHECK(check() == ERR_SECURE_BOOT);
    CHECK_HOLDS(error.text, "although it is signed by Test Signer");
}

TEST(where_the_firmware_cannot_be_asked_our_own_verdict_counts)
{
    NEED(begin(UNSIGNED, CA));
    fake_port.would_start_code = ERR_NO_MEMORY;
    CHECK(check() == ERR_SECURE_BOOT);
    NEED(begin(SIGNED, CA));
    fake_port.would_start_code = ERR_NO_MEMORY;
    CHECK(check() == OK);
    CHECK_HOLDS(fake_port.said, "the firmware could not be asked: the firmware says no");
}

TEST(an_image_that_cannot_be_read_ahead_is_warned_of)
{
    NEED(begin(UNSIGNED, CA));
    disk.looked_inside = false;
    CHECK(check() == OK && source.reads == 0);
    CHECK_HOLDS(fake_port.said, "Secure Boot is enforced, and boot.img cannot be read ahead");
}

TEST(a_loader_that_cannot_be_read_is_not_taken_for_an_allowed_one)
{
    size_t n = 0;

    NEED(begin(SIGNED, CA));
    do {
        fake_source_init(&source, "boot.img", (struct bytes){guest, GUEST});
        source.fail_at = ++n;
    } while (check() == ERR_IO);
    CHECK(n > 10 && fake_port.would_start_count <= n);
    CHECK_HOLDS(fake_port.said, "is signed by Test Signer");
}
