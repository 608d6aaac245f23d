/* A machine that is started a second time, with the same stick or another. */
#include <string.h>

#include "disks/config_volume.h"
#include "disks/fat.h"
#include "tests/build/loader_rig.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define LOADER "EFI/BOOT/BOOTX64.EFI"
#define PRODUCT(more)                                                                              \
    "<ProductSection><Info/><Property ovf:key='hostname' ovf:type='string' ovf:value='box1' "      \
    "ovf:userConfigurable='true'/>"                                                                \
    "<Property ovf:key='pin' ovf:type='string' ovf:password='true' ovf:userConfigurable='true' "   \
    "ovf:value='0'/>" more "</ProductSection>"
#define OTHER PRODUCT("<Property ovf:key='new' ovf:type='string'/>")
#define FILES                                                                                      \
    "<EnvironmentFilesSection><Info/><File ovf:fileRef='file1' ovf:path='a/image'/>"               \
    "</EnvironmentFilesSection>"
#define LICENCE "<EulaSection><Info/><License>Licence of vm.</License></EulaSection>"
#define SECTORS (STAND_GUEST / 512 + 18000) /* of a target with room for a volume */
#define AUTO    "target = nvme\nunattended = yes\n"

static struct fake_target disks[2];
static struct fake_source reads[2];
static uint8_t scratch_memory[8 << 20], before[SECTORS * 512];
static struct error error;
static size_t disk_count;
static uint32_t flushes_before;

static void begin(size_t count)
{
    disk_count = count;
    for (size_t i = 0; i < count; i++)
        fake_target_init(&disks[i], SECTORS, 512);
}

static void end(void)
{
    for (size_t i = 0; i < disk_count; i++)
        fake_target_release(&disks[i]);
}

/* Plug the stick with such a package in; then start(). */
static void insert(const char *sections)
{
    static const char *const serials[] = {"ROOMY", "SECOND"};

    stand.built.sections = sections;
    stand_begin(disk_count, LOADER, 0);
    stand.built.sections = NULL;
    for (size_t i = 0; i < disk_count; i++) {
        fake_port.disks[i] = fake_disk(&disks[i], &reads[i], i ? "sata" : "nvme", serials[i]);
        fake_target_plug(&disks[i]);
    }
    fake_port.disk_count = disk_count;
    fake_port.has_tpm = true;
    fake_port.machine.uuid = "4c4c4544-0001";
    memcpy(before, disks[0].disk, sizeof(before));
    flushes_before = disks[0].flushes;
}

static enum err start(const char *settings)
{
    enum err err = stand_run(settings);

    stand_end();
    return err;
}

static enum err run(const char *sections, const char *settings)
{
    insert(sections);
    return start(settings);
}

static bool is_started(void)
{
    return fake_port.started && disks[0].disk[510] == 0x55;
}

static struct config_volume volume(void)
{
    struct config_volume at = {0};
    struct arena a;

    arena_init(&a, scratch_memory, sizeof(scratch_memory), "a test");
    CHECK(config_volume_find(&reads[0].source, 512, "cidata", a, &at, &error) == OK);
    return at;
}

static bool nothing_written(void)
{
    return !disks[0].done && (disk_count < 2 || !disks[1].done);
}

/* And something within it. */
static bool only_volume_written(void)
{
    struct config_volume at = volume();
    size_t first = (size_t)at.offset, behind = (size_t)(at.offset + at.size);

    return memcmp(before, disks[0].disk, first) == 0 &&
           memcmp(before + first, disks[0].disk + first, (size_t)at.size) != 0 &&
           memcmp(before + behind, disks[0].disk + behind, sizeof(before) - behind) == 0;
}

TEST(the_same_stick_starts_at_once_what_it_has_installed)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO "property.hostname = box7\n") == OK);
    CHECK_HOLDS(fake_port.measured, "ovfboot: disk boot.vmdk");
    CHECK(run(PRODUCT(""), "\n# moved\n" AUTO "property.hostname = box7\n") == OK);
    CHECK(nothing_written() && is_started());
    CHECK_HOLDS(fake_port.said, "\nInstalled  Test Box is on fake disk; nothing is written\n");
    CHECK(!strstr(fake_port.said, "Proved") && !strstr(fake_port.said, "Tells"));
    CHECK_HOLDS(fake_port.measured, "ovfboot: installed (32 bytes)\novfboot: environment");
    CHECK(!strstr(fake_port.measured, "disk"));
    end();
}

TEST(the_files_that_the_guest_gets_are_made_good_like_what_it_is_told)
{
    size_t at;

    begin(1);
    NEED(run(PRODUCT("") FILES, AUTO) == OK);
    CHECK(run(PRODUCT("") FILES, AUTO) == OK && is_started() && nothing_written());
    insert(PRODUCT("") FILES);
    for (at = (size_t)volume().offset; memcmp(disks[0].disk + at, "KDMV", 4) != 0; at += 512)
        NEED(at + 1024 < sizeof(before));
    disks[0].disk[at + 20] ^= 1;
    memcpy(before, disks[0].disk, sizeof(before));
    CHECK(start(AUTO) == OK && is_started() && only_volume_written());
    CHECK(disks[0].disk[at + 20] == (before[at + 20] ^ 1));
    end();
}

TEST(a_start_that_changes_nothing_leaves_no_note_with_the_firmware)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    insert(PRODUCT(""));
    fake_port.writes_nothing = true;
    CHECK(start(AUTO) == OK && nothing_written() && is_started());
    CHECK_TEXT(fake_port.note, "");
    insert(OTHER);
    fake_port.writes_nothing = true;
    CHECK(start(AUTO "redeploy = always\n") == OK && is_started());
    CHECK_TEXT(fake_port.note, ""); /* the disk has the log */
    insert(OTHER);
    fake_port.writes_nothing = true;
    CHECK(start(AUTO "redeploy = always\nenvironment = none\n") == OK && is_started());
    CHECK_HOLDS(fake_port.note, ": started at start\n");
    end();
}

TEST(a_changed_property_changes_only_what_the_guest_is_told)
{
    static const char *const changes[] = {"property.hostname = box8\n", "property.pin = 1234\n"};

    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        char settings[200] = AUTO;
        begin(1);
        NEED(run(PRODUCT(""), AUTO) == OK);
        strcat(settings, changes[i]);
        CHECK(run(PRODUCT(""), settings) == OK && is_started() && only_volume_written());
        CHECK_HOLDS(fake_port.said,
                    "Installed  Test Box is on fake disk; what the guest is told has "
                    "changed\n");
        CHECK(run(PRODUCT(""), settings) == OK && is_started() && nothing_written());
        end();
    }
}

TEST(what_a_guest_changed_of_what_it_is_told_is_put_right)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    struct config_volume at = volume();
    for (size_t i = (size_t)at.offset; i + 4 < at.offset + at.size; i++)
        if (memcmp(disks[0].disk + i, "box1", 4) == 0)
            disks[0].disk[i] ^= 0x20;
    CHECK(run(PRODUCT(""), AUTO) == OK && is_started() && only_volume_written());
    end();
}

TEST(another_package_replaces_one_only_where_that_is_said)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    CHECK(run(OTHER, AUTO) == ERR_SETTING && nothing_written() && !fake_port.started);
    CHECK_TEXT(
        stand.error.text,
        "fake disk: holds Test Box, which ovfboot has deployed: on-change = replace puts Test "
        "Box in its place");
    CHECK(run(OTHER, AUTO "on-change = refuse\n") == ERR_SETTING && nothing_written());
    CHECK(run(OTHER, AUTO "on-change = replace\n") == OK && is_started());
    CHECK_HOLDS(fake_port.said,
                "\nReplaces   Test Box, which ovfboot has deployed, on fake disk\n");
    CHECK_HOLDS(fake_port.said, "\nProved     boot.vmdk");
    CHECK(run(OTHER, AUTO) == OK && is_started() && nothing_written());
    end();
}

TEST(a_person_is_asked_before_another_package_replaces_one)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    insert(OTHER);
    fake_port.answers[0] = ""; /* the properties are right */
    CHECK(start("target = nvme\n") == ERR_CANCELLED && nothing_written());
    CHECK_HOLDS(fake_port.said, "Erase it and all that the guest has stored?");
    insert(OTHER);
    fake_port.answers[0] = "";
    fake_port.answers[1] = "yes";
    CHECK(start("target = nvme\n") == OK && is_started() && disks[0].done);
    end();
}

TEST(settings_deploy_again_always_or_never)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    CHECK(run(PRODUCT(""), AUTO "redeploy = always\n") == OK && is_started() && disks[0].done);
    CHECK_HOLDS(fake_port.said, "\nProved     boot.vmdk");
    CHECK(run(OTHER, AUTO "redeploy = always\n") == OK && is_started() && disks[0].done);
    CHECK(run(PRODUCT(""), AUTO "redeploy = never\n") == OK && is_started() && nothing_written());
    CHECK_HOLDS(fake_port.said, "\nInstalled  Test Box is on fake disk; nothing is written\n");
    end();
    begin(1);
    CHECK(run(PRODUCT(""), AUTO "redeploy = never\n") == OK && is_started() && disks[0].done);
    end();
}

/* Until the first flush the old deployment is there; then there is none until the last one. */
TEST(an_interrupted_deployment_starts_over)
{
    size_t over = 0;

    for (size_t n = 1; n < 24; n += 3) {
        begin(1);
        NEED(run(PRODUCT(""), AUTO) == OK);
        insert(OTHER);
        disks[0].fail_at = n;
        enum err err = start(AUTO "on-change = replace\n");
        if (err == OK)
            CHECK(is_started() && over > 1);
        else
            CHECK(err == ERR_IO && !fake_port.started);
        fake_target_cut_power(&disks[0], (uint32_t)n);
        if (err != OK && disks[0].flushes > flushes_before) {
            bool complete = disks[0].disk[510] == 0x55; /* all but the last flush */
            CHECK(run(OTHER, AUTO) == OK && is_started() && nothing_written() == complete);
            over += !complete;
        }
        end();
    }
    CHECK(over > 1);
}

TEST(an_interrupted_change_of_configuration_is_done_again)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    for (size_t n = 3; n <= 5; n++) {
        const char *name = n % 2 ? AUTO "property.hostname = odd\n" : AUTO;
        insert(PRODUCT(""));
        disks[0].fail_at = n;
        CHECK(start(name) == ERR_IO && !fake_port.started);
        fake_target_cut_power(&disks[0], 7);
        CHECK(!volume().is_whole);
        /* Another package does not think that it is its own. */
        CHECK(run(OTHER, AUTO) == ERR_SETTING && nothing_written());
        CHECK_HOLDS(stand.error.text, "whose configuration was being changed when the power");
        CHECK(run(PRODUCT(""), name) == OK && is_started() && volume().is_whole);
        CHECK(only_volume_written());
        CHECK(run(PRODUCT(""), name) == OK && nothing_written());
    }
    end();
}

TEST(what_a_person_answered_is_not_asked_again)
{
    begin(1);
    insert(PRODUCT("") LICENCE);
    const char *const answers[] = {"yes", "1", "box9", "2", "secret", "secret", "", "1", "yes"};
    memcpy(fake_port.answers, answers, sizeof(answers));
    NEED(start("") == OK && is_started() && fake_port.asked == COUNT_OF(answers));
    insert(PRODUCT("") LICENCE);
    CHECK(start("") == OK && is_started() && nothing_written() && fake_port.asked == 0);
    CHECK_HOLDS(fake_port.said, "by the deployment before\n");
    CHECK(!strstr(fake_port.said, "secret\n"));
    /* A setting is stronger than an old answer. */
    insert(PRODUCT("") LICENCE);
    CHECK(start("property.hostname = box7\n") == OK && is_started() && only_volume_written());
    CHECK(fake_port.asked == 0);
    end();
}

TEST(a_record_that_cannot_be_read_is_not_overwritten_unasked)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    struct config_volume at = volume();
    for (size_t i = (size_t)at.offset; i + 8 < at.offset + at.size; i++)
        if (memcmp(disks[0].disk + i, "\"format\"", 8) == 0)
            disks[0].disk[i] = 'x';
    CHECK(run(PRODUCT(""), AUTO) == ERR_SETTING && nothing_written());
    CHECK_HOLDS(stand.error.text,
                "fake disk: holds a deployment that cannot be told (deployment.json: "
                "is not JSON)");
    CHECK(run(PRODUCT(""), AUTO "on-change = replace\n") == OK && is_started());
    end();
}

TEST(a_disk_that_cannot_be_read_is_an_error)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    insert(PRODUCT(""));
    reads[0].fail_at = 1;
    CHECK(start(AUTO) == ERR_IO && nothing_written());
    end();
}

TEST(all_disks_are_where_they_were_or_it_is_another_deployment)
{
    begin(2);
    NEED(run(PRODUCT(""), AUTO "target.2 = sata\n") == OK);
    CHECK(run(PRODUCT(""), AUTO "target.2 = sata\n") == OK && is_started() && nothing_written());
    /* The second need not be said again. */
    CHECK(run(PRODUCT(""), AUTO) == OK && is_started() && nothing_written());
    insert(PRODUCT(""));
    fake_port.disks[1].serial = "THIRD";
    CHECK(start(AUTO "target.2 = sata\n") == ERR_SETTING && nothing_written());
    CHECK_HOLDS(stand.error.text, "deployed together with other disks than these");
    insert(PRODUCT(""));
    fake_port.disks[1].serial = "THIRD";
    CHECK(start(AUTO) == ERR_NOT_FOUND && nothing_written());
    CHECK_HOLDS(stand.error.text,
                "data.vmdk: where it went the last time: target.2 = serial:SECOND");
    end();
}

TEST(all_disks_of_a_deployment_are_ours_to_erase_and_no_others)
{
    begin(2);
    NEED(run(PRODUCT(""), AUTO "target.2 = sata\n") == OK);
    CHECK(run(PRODUCT(""), AUTO "target.2 = sata\nredeploy = always\n") == OK && disks[1].done);
    CHECK(run(OTHER, AUTO "target.2 = sata\n") == ERR_SETTING && nothing_written());
    CHECK_HOLDS(stand.error.text, "on-change = replace");
    CHECK(run(OTHER, AUTO "target.2 = sata\nerase = yes\n") == ERR_SETTING && nothing_written());
    CHECK(run(OTHER, AUTO "target.2 = sata\non-change = replace\n") == OK && disks[1].done);
    insert(PRODUCT(""));
    fake_port.disks[1].serial = "THIRD";
    CHECK(start(AUTO "target.2 = sata\non-change = replace\n") == ERR_SETTING && nothing_written());
    CHECK_HOLDS(stand.error.text,
                "holds what ovfboot has not put there: erase = yes erases it: GPT");
    end();
}

TEST(an_installed_guest_without_a_loader_is_told_with_what_to_do)
{
    begin(1);
    NEED(run(PRODUCT(""), AUTO) == OK);
    insert(PRODUCT(""));
    memset(disks[0].disk + (512 << 10), 0, 65536); /* its file system */
    CHECK(start(AUTO) == ERR_NO_LOADER && nothing_written());
    CHECK_HOLDS(stand.error.text, "what is installed (redeploy = always installs it again): ");
    end();
}
