#include "loader/loader.h"

#include <string.h>

#include "parsers/anchor_list.h"
#include "tests/build/loader_rig.h"
#include "tests/test.h"

TEST(a_note_of_the_plan_is_said_behind_the_disks)
{
    stand.file_extra = "ovf:size=\"5\"";
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    stand.file_extra = NULL;
    CHECK(stand_run("verify = manifest\ntarget = nvme\n") == OK);
    const char *disk = strstr(fake_port.said, "Disk       boot.vmdk");
    NEED(disk);
    const char *note = strstr(disk, "\nNote       boot.vmdk has ");
    CHECK(note != NULL);
    stand_end();
}

TEST(a_configured_target_is_written_and_started_without_a_question)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target = nvme\n") == OK);
    CHECK_TEXT(stand.error.text, "");
    CHECK(stand_is_guest(NVME) && !stand.targets[SATA].done && !stand.targets[STICK].done);
    CHECK(fake_port.asked == 0);
    NEED(fake_port.started);
    CHECK(fake_port.started->target == &stand.targets[NVME].target);
    CHECK_TEXT(fake_port.started_loader.path, "\\EFI\\BOOT\\BOOTX64.EFI");
    CHECK_HOLDS(fake_port.said, "Package    appliances/box.ova on usb disk Stick, partition 1, ");
    CHECK_HOLDS(fake_port.said, "\nDescriptor box.ovf: matches the manifest\n");
    CHECK_HOLDS(fake_port.said, "\nAppliance  Test Box\n");
    CHECK_HOLDS(fake_port.said, "\nTarget     NVMe disk Model, serial N1, 4.7 MB: no partition");
    stand_end();
}

TEST(what_the_machine_is_stands_above_the_package)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_port.machine.name = "Acme";
    fake_port.machine.processors = 2;
    fake_port.machine.memory = 1u << 30;
    fake_port.machine.ports = 1;
    CHECK(stand_run("target = nvme\n") == OK);
    CHECK_HOLDS(fake_port.said,
                "Machine    Acme: 2 processors, 1.0 GB of memory, 1 network port\nSettings ");
    stand_end();
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target = nvme\n") == OK);
    CHECK(!strstr(fake_port.said, "Machine "));
    stand_end();
}

/* The partition of build_guest(): 1 MiB at 512 KiB. */
TEST(no_more_processors_are_used_than_the_settings_say)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.workers = 9;
    CHECK(stand_run("target = nvme\n") == OK && fake_port.workers == 0);
    stand_end();
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target = nvme\nworkers = 3\n") == OK && fake_port.workers == 3);
    stand_end();
}

TEST(a_boot_entry_is_made_before_the_guest_starts_whatever_comes_after)
{
    static const char *const settings[] = {
        "target = nvme\n", "target = nvme\non-success = poweroff\nboot-entry = first\n",
        "target = usb\nboot-entry = add\n"};

    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
        fake_port.packages[0].path = "Pci(0x9)";
        fake_variable_put("BootOrder", (struct bytes){(const uint8_t *)"\x07\0", 2});
        CHECK(stand_run(settings[i]) == OK);
        struct bytes entry = fake_variable("Boot0000");
        NEED(entry.len > 100 && fake_variable("BootOrder").len == 4);
        const uint8_t *hd = entry.at + 6 + 2 * sizeof("Test Box (ovfboot)");
        CHECK(get_le32(hd + 4) == 1 && get_le64(hd + 8) == 1024 && get_le64(hd + 16) == 2048);
        CHECK(hd[24] == 0x10 && hd[39] == 0x10 && hd[40] == 2 && hd[41] == 2);
        CHECK_HOLDS(fake_port.said, i == 1
                                        ? "\nBoot entry Boot0000 \"Test Box (ovfboot)\", first in "
                                          "the boot order\nDone "
                                        : "\nBoot entry Boot0000 \"Test Box (ovfboot)\", place 2 "
                                          "of 2 in the boot order\n");
        stand_end();
    }
}

TEST(no_boot_entry_is_made_for_a_ram_disk_or_when_none_is_wanted)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target = nvme\nboot-entry = none\n") == OK && fake_port.started);
    CHECK(!fake_variables.count && !strstr(fake_port.said, "oot entry"));
    fake_port.ram = fake_port.disks[SATA];
    fake_port.ram.bus = "ram";
    CHECK(stand_run("target = ram\nenvironment = none\nboot-entry = first\n") == OK);
    CHECK(!fake_variables.count && !strstr(fake_port.said, "oot entry"));
    stand_end();
}

TEST(a_disk_that_was_not_deployed_gets_no_boot_entry)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", PACKAGE_BAD_DISK);
    CHECK(stand_run("target = nvme\n") == ERR_UNTRUSTED && !fake_variables.writes);
    stand_end();
}

TEST(full_nvram_does_not_keep_the_guest_from_starting)
{
    for (size_t n = 1; n <= 2; n++) {
        stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
        fake_variables.fail_at = n;
        CHECK(stand_run("target = nvme\n") == OK && fake_port.started && stand_is_guest(NVME));
        CHECK_HOLDS(fake_port.said, "\nWarning    ");
        CHECK_HOLDS(fake_port.said, "\n           Remove entries that nobody needs ");
        stand_end();
    }
}

TEST(a_guest_that_does_not_start_is_told)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.start_code = ERR_IO;
    CHECK(stand_run("target = nvme\n") == ERR_IO);
    CHECK_TEXT(stand.error.text, "the guest came back");
    stand_end();
}

TEST(nothing_is_started_when_the_settings_say_so)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target = nvme\non-success = poweroff\non-failure = reboot\n") == OK);
    CHECK(stand_is_guest(NVME) && !fake_port.started);
    CHECK(stand.loader.config.on_success == AFTER_POWEROFF &&
          stand.loader.config.on_failure == AFTER_REBOOT);
    CHECK_HOLDS(fake_port.said, "Done       Test Box is ready on ");
    stand_end();
}

TEST(without_a_target_a_person_chooses_and_confirms)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.answers[0] = "0";
    fake_port.answers[1] = "second";
    fake_port.answers[2] = "4";
    fake_port.answers[3] = "2";
    fake_port.answers[4] = "YES";
    CHECK(stand_run("") == OK);
    CHECK(fake_port.asked == 5 && stand_is_guest(SATA) && !stand.targets[NVME].done);
    CHECK_HOLDS(fake_port.said, "Disks of this machine:\n"
                                "  1  NVMe disk Model, serial N1, 4.7 MB\n"
                                "     no partition table\n"
                                "  2  SATA disk Model, serial S1, 4.7 MB\n"
                                "     no partition table\n"
                                "  3  SATA disk Model, serial TINY, 4.1 MB\n");
    CHECK_HOLDS(fake_port.said, "Type a number from 1 to 3, or press Escape to stop.\n");
    CHECK_HOLDS(fake_port.said, "boot.vmdk needs 4.1 MB. The disk chosen is erased.\n");
    CHECK(!strstr(fake_port.said, "STICK"));
    CHECK(fake_port.started && fake_port.started->target == &stand.targets[SATA].target);
    stand_end();
}

static void check_untouched(const char *settings, const char *const *answers, size_t count,
                            enum err code, const char *part)
{
    for (size_t i = 0; i < count; i++)
        fake_port.answers[i] = answers[i];
    CHECK(stand_run(settings) == code);
    CHECK_HOLDS(stand.error.text, part);
    CHECK(stand_untouched());
    CHECK(stand.loader.config.on_failure == AFTER_WAIT);
    stand_end();
}

TEST(nothing_is_written_unless_the_person_says_yes)
{
    static const char *const answers[] = {"no", "", "y", "yes please", NULL};

    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
        check_untouched("", (const char *const[]){"1", answers[i]}, 2, ERR_CANCELLED,
                        answers[i] ? "the answer was not yes" : "Escape");
    }
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("", NULL, 0, ERR_CANCELLED, "Escape");
}

TEST(nothing_is_written_when_anything_is_wrong_beforehand)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.package_count = 0;
    check_untouched("target = nvme\n", NULL, 0, ERR_NOT_FOUND, "no package: no medium holds");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = nvme\nsource = x.ova\n", NULL, 0, ERR_NOT_FOUND,
                    "source = x.ova: no medium holds it; there is appliances/box.ova");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", PACKAGE_BAD_DESCRIPTOR);
    check_untouched("target = nvme\n", NULL, 0, ERR_UNTRUSTED, "box.ova: box.ovf: its SHA-256");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", PACKAGE_NO_MANIFEST);
    check_untouched("target = nvme\n", NULL, 0, ERR_UNTRUSTED, "box.ova: has no manifest");
    stand_begin(1, NULL, 0);
    check_untouched("target = nvme\n", NULL, 0, ERR_NO_LOADER, "box.ova: boot.vmdk: ");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = serial:TINY\n", NULL, 0, ERR_NO_ROOM, "boot.vmdk: needs 4.1 MB ");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = scsi\n", NULL, 0, ERR_NOT_FOUND, "target = scsi fits no disk");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = sata\n", NULL, 0, ERR_SETTING, "target = sata fits 2 disks");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = nvme\nverify = perhaps\n", NULL, 0, ERR_SETTING,
                    "ovfboot.conf: line 2: ");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    stand.archive.source.size -= 70000;
    check_untouched("target = nvme\n", NULL, 0, ERR_DAMAGED, "box.ova: header at byte ");
}

TEST(the_medium_of_the_package_is_never_a_target)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = usb\n", NULL, 0, ERR_NOT_FOUND, "is the medium that ovfboot");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[0].path = "Pci(0x2)/Sata(0x0)";
    check_untouched("target = serial:S1\n", NULL, 0, ERR_NOT_FOUND, "is the medium that ovfboot");
    /* "Sata(0x0)" is no part of "Sata(0x0)1". */
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[0].path = "Pci(0x2)/Sata(0x0)1";
    CHECK(stand_run("target = serial:S1\n") == OK && stand_is_guest(SATA));
    stand_end();
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.disk_count = 0;
    check_untouched("", NULL, 0, ERR_NOT_FOUND, "there is no disk that may be written");
}

TEST(of_several_packages_the_settings_or_a_person_choose_one)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[1] = fake_port.packages[0];
    fake_port.packages[0].file = "broken.ova";
    fake_port.packages[0].source = &stand.reads[STICK].source;
    fake_port.package_count = 2;
    CHECK(stand_run("target = nvme\nsource = BOX.ova\n") == OK);
    CHECK(stand_is_guest(NVME) && fake_port.asked == 0);
    fake_port.answers[0] = "2";
    CHECK(stand_run("target = serial:S1\n") == OK);
    CHECK(stand_is_guest(SATA) && fake_port.asked == 1);
    CHECK_HOLDS(fake_port.said, "  1  broken.ova on usb disk Stick, partition 1\n"
                                "  2  appliances/box.ova on usb disk Stick, partition 1\n");
    stand_end();
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[1] = fake_port.packages[0];
    fake_port.package_count = 2;
    check_untouched("source = box.ova\n", NULL, 0, ERR_SETTING, "is on 2 media");
}

TEST(a_raw_partition_is_called_by_its_source)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[0].file = "";
    CHECK(stand_run("target = nvme\nsource = box.ova\n") == OK && stand_is_guest(NVME));
    CHECK_HOLDS(fake_port.said, "Package    box.ova on usb disk");
    stand_end();
}

/* It holds 36 characters of a longer name; of a file all of its name counts. */
TEST(a_raw_partition_is_found_by_a_name_that_it_has_no_room_for)
{
    static const char settings[] =
        "target = nvme\nsource = 012345678901234567890123456789012345-much-longer.ova\n";

    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[0].file = "";
    fake_port.packages[0].source->name = "012345678901234567890123456789012345";
    CHECK(stand_run(settings) == OK && stand_is_guest(NVME));
    stand_end();
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.packages[0].file = "012345678901234567890123456789012345";
    check_untouched(settings, NULL, 0, ERR_NOT_FOUND, "no medium holds it");
}

TEST(a_ram_disk_is_made_for_the_guest_disk)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = ram\n", NULL, 0, ERR_NO_MEMORY, "a RAM disk: too little memory");
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.ram = fake_port.disks[NVME];
    fake_port.ram.bus = "ram";
    CHECK(stand_run("target = ram\nenvironment = none\n") == OK && stand_is_guest(NVME));
    CHECK(fake_port.ram_size == STAND_GUEST && fake_port.asked == 0);
    stand_end();
}

TEST(two_disks_go_to_two_targets)
{
    stand_begin(2, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target.2 = nvme\ntarget = serial:S1\n") == OK);
    CHECK(stand_is_guest(NVME) && stand_is_guest(SATA));
    CHECK(fake_port.started && fake_port.started->target == &stand.targets[SATA].target);
    stand_end();
    stand_begin(2, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = nvme\ntarget.2 = serial:N1\n", NULL, 0, ERR_SETTING,
                    "target.2 = serial:N1: NVMe disk Model, serial N1, 4.7 MB is where boot.vmdk "
                    "goes already");
    stand_begin(2, "EFI/BOOT/BOOTX64.EFI", 0);
    check_untouched("target = nvme\n", (const char *const[]){"1", "no"}, 2, ERR_CANCELLED,
                    "not yes");
}

TEST(a_disk_that_is_not_as_the_manifest_says_is_never_started)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", PACKAGE_BAD_DISK);
    CHECK(stand_run("target = nvme\n") == ERR_UNTRUSTED);
    CHECK(!stand_is_guest(NVME) && stand.targets[NVME].disk[510] == 0 && !fake_port.started);
    stand_end();
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.cancel_at = 2;
    CHECK(stand_run("target = nvme\n") == ERR_CANCELLED);
    CHECK(stand.targets[NVME].disk[510] == 0 && !fake_port.started);
    stand_end();
}

TEST(anchors_that_are_not_sealed_are_said_to_protect_nobody_under_secure_boot)
{
    static const char key[] =
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";
    uint8_t list[256];

    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("source = other.ova\n") == ERR_NOT_FOUND);
    CHECK(!strstr(fake_port.said, "not sealed"));
    fake_port.secure_boot.enforced = true;
    CHECK(stand_run("source = other.ova\n") == ERR_NOT_FOUND);
    CHECK_HOLDS(fake_port.said,
                "Warning    Secure Boot is on, but the trust anchors and settings of "
                "this loader are not sealed");

    fake_port.said_len = 0;
    memset(fake_port.said, 0, sizeof(fake_port.said));
    struct bytes contents = {(const uint8_t *)key, sizeof(key) - 1};
    uint8_t *end_of_list = anchor_list_put(list, "keys.txt", contents);
    fake_port.sealed_anchors = (struct bytes){list, (size_t)(end_of_list - list)};
    CHECK(stand_run("source = other.ova\n") == ERR_NOT_FOUND);
    CHECK(!strstr(fake_port.said, "not sealed"));
    CHECK(stand_untouched());
    stand_end();
}
