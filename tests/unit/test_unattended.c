/* Nobody is there: every question is an error that names a setting.  And what must not be erased. */
#include <string.h>

#include "tests/build/disk_build.h"
#include "tests/build/loader_rig.h"
#include "tests/test.h"

#define LOADER  "EFI/BOOT/BOOTX64.EFI"
#define LICENCE "<EulaSection><Info/><License>Licence of vm.</License></EulaSection>"
#define PROPERTY                                                                                   \
    "<ProductSection><Info/><Property ovf:key=\"n\" ovf:type=\"uint8\""                            \
    " ovf:userConfigurable=\"true\"/></ProductSection>"
#define SECTORS (STAND_GUEST / 512 + 1000)

/* Somebody's system on a disk of the machine. */
static void put_windows(size_t disk)
{
    struct build_partition parts[] = {{{0}, 64, 99, "EFI system partition"},
                                      {{1}, 100, 200, "Microsoft reserved partition"},
                                      {{2}, 300, 400, "Basic data partition"}};

    memcpy(parts[0].type, build_type_esp, 16);
    build_gpt(stand.targets[disk].disk, SECTORS, 512, parts, 3);
}

static void two_packages(void)
{
    fake_port.packages[1] = fake_port.packages[0];
    fake_port.package_count = 2;
}

static void windows(void)
{
    put_windows(NVME);
}

static void bare_file_system(void)
{
    memcpy(stand.targets[NVME].disk, "XFSB", 4);
}

TEST(where_nobody_is_there_every_question_names_its_setting)
{
    static const struct {
        const char *sections, *settings;
        unsigned faults;
        size_t disks;
        void (*prepare)(void);
        const char *sentence;
    } cases[] = {
        {NULL, "target = nvme\n", 0, 1, two_packages, "source = NAME says which"},
        {NULL, "target = nvme\n", PACKAGE_TWO_SYSTEMS, 1, NULL, "system = ID says which"},
        {LICENCE, "target = nvme\n", 0, 1, NULL, "accept-eula = yes says"},
        {PROPERTY, "target = nvme\n", 0, 1, NULL,
         "1 property needs a value, and nobody is asked: "
         "property.n"},
        {NULL, "", 0, 1, NULL,
         "boot.vmdk: no disk is set for it, and nobody is asked: target = "
         "RULE says which"},
        {NULL, "target = nvme\n", 0, 2, NULL,
         "data.vmdk: no disk is set for it, and nobody is "
         "asked: target.2 = RULE says which"},
        {NULL, "target = sata\n", 0, 1, NULL, "target = sata fits 2 disks: "},
        {NULL, "target = nvme\n", 0, 1, windows,
         "fake disk: holds what ovfboot has not put there: "
         "erase = yes erases it: GPT with 3 partitions: EFI "
         "system partition, Microsoft reserved partition, "
         "Basic data partition"},
        {NULL, "target = nvme\n", 0, 1, bare_file_system,
         "erase = yes erases it: XFS without a "
         "partition table"},
    };
    char settings[200];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        stand.built.sections = cases[i].sections;
        stand_begin(cases[i].disks, LOADER, cases[i].faults);
        stand.built.sections = NULL;
        if (cases[i].prepare)
            cases[i].prepare();
        fake_port.answers[0] = fake_port.answers[1] = "1";
        strcpy(settings, "mode = unattended\n");
        strcat(settings, cases[i].settings);
        CHECK(stand_run(settings) == ERR_SETTING);
        CHECK_HOLDS(stand.error.text, cases[i].sentence);
        CHECK(fake_port.asked == 0 && stand_untouched());
        stand_end();
    }
}

TEST(what_is_on_a_disk_is_erased_when_a_setting_or_a_person_says_so)
{
    static const struct {
        const char *settings, *answer;
        enum err code;
        size_t asked;
    } cases[] = {
        {"mode = unattended\nerase = yes\n", NULL, OK, 0},
        {"erase = yes\n", NULL, OK, 0},
        {"", "yes", OK, 1},
        {"", "no", ERR_CANCELLED, 1},
        {"", NULL, ERR_CANCELLED, 1},
        {"erase = no\n", "yes", ERR_SETTING, 0},
        {"mode = unattended\nerase = no\n", NULL, ERR_SETTING, 0},
        {"mode = unattended\nredeploy = always\n", NULL, ERR_SETTING, 0},
    };
    char settings[200];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        stand_begin(1, LOADER, 0);
        put_windows(NVME);
        fake_port.answers[0] = cases[i].answer;
        strcpy(settings, "target = nvme\n");
        strcat(settings, cases[i].settings);
        CHECK(stand_run(settings) == cases[i].code);
        CHECK(fake_port.asked == cases[i].asked);
        CHECK(cases[i].code == OK ? stand_is_guest(NVME) : stand_untouched());
        if (cases[i].asked)
            CHECK_HOLDS(fake_port.said, "Holds      GPT with 3 partitions: EFI system partition, ");
        stand_end();
    }
}

TEST(a_person_who_chose_the_disk_is_asked_once)
{
    stand_begin(1, LOADER, 0);
    put_windows(NVME);
    fake_port.answers[0] = "1";
    fake_port.answers[1] = "yes";
    CHECK(stand_run("") == OK && fake_port.asked == 2 && stand_is_guest(NVME));
    stand_end();
}

TEST(a_partition_to_be_kept_is_refused_whatever_else_is_said)
{
    stand_begin(1, LOADER, 0);
    put_windows(NVME);
    CHECK(stand_run("target = nvme\nerase = yes\nkeep = other\nkeep.2 = Basic data partition\n") ==
              ERR_SETTING &&
          stand_untouched());
    CHECK_TEXT(stand.error.text,
               "fake disk: its partition 3 is labelled Basic data partition, which must be kept "
               "(ovfboot.conf line 4), and a disk is only written as a whole");
    CHECK(stand_run("target = nvme\nerase = yes\nkeep = Basic data\n") == OK);
    stand_end();
}

TEST(a_protected_disk_is_neither_written_nor_offered)
{
    stand_begin(1, LOADER, 0);
    CHECK(stand_run("target = nvme\nprotect = serial:N1\n") == ERR_SETTING && stand_untouched());
    CHECK_TEXT(stand.error.text,
               "target = nvme: NVMe disk Model, serial N1, 4.7 MB is protected by "
               "protect = serial:N1 (ovfboot.conf line 2)");
    fake_port.answers[0] = "1";
    fake_port.answers[1] = "yes";
    CHECK(stand_run("protect.2 = nvme\n") == OK && stand_is_guest(SATA));
    CHECK(!strstr(fake_port.said, "serial N1, 4.7 MB\n     no") && !stand.targets[NVME].done);
    stand_end();
}
