/* The whole loader on a screen: every question, and the way back through all of them. */
#include <string.h>

#include "tests/build/loader_rig.h"
#include "tests/fake_screen.h"
#include "tests/test.h"

#define LOADER "EFI/BOOT/BOOTX64.EFI"
#define OPTIONS                                                                                    \
    "<DeploymentOptionSection><Info/>"                                                             \
    "<Configuration ovf:id='a'><Label>A</Label><Description>The first</Description>"               \
    "</Configuration>"                                                                             \
    "<Configuration ovf:id='b'><Label>B</Label><Description/></Configuration>"                     \
    "</DeploymentOptionSection>"
#define SECTIONS                                                                                   \
    "<ProductSection><Info/>"                                                                      \
    "<Property ovf:key='name' ovf:type='string' ovf:qualifiers='MinLen(2)' "                       \
    "ovf:userConfigurable='true'/>"                                                                \
    "<Property ovf:key='port' ovf:type='uint16' ovf:value='80' ovf:userConfigurable='true'/>"      \
    "<Property ovf:key='color' ovf:type='string' ovf:value='red' "                                 \
    "ovf:qualifiers='ValueMap{\"red\",\"green\"}' ovf:userConfigurable='true'/>"                   \
    "<Property ovf:key='on' ovf:type='boolean' ovf:value='false' ovf:userConfigurable='true'/>"    \
    "<Property ovf:key='pin' ovf:type='string' ovf:value='' ovf:password='true' "                  \
    "ovf:userConfigurable='true'/></ProductSection>"                                               \
    "<EulaSection><Info/><License>The terms.</License></EulaSection>"

/* Two packages, each with two systems, two options, five properties and a licence. */
static enum err start_on(uint32_t rows, uint32_t columns, const char *settings, const char *keys)
{
    stand.built.options = OPTIONS;
    stand.built.sections = SECTIONS;
    stand_begin(1, LOADER, PACKAGE_TWO_SYSTEMS);
    stand.built.options = stand.built.sections = NULL;
    fake_port.packages[1] = fake_port.packages[0];
    fake_port.packages[1].file = "appliances/second.ova";
    fake_port.package_count = 2;
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_screen_begin(rows, columns, keys);
    enum err err = stand_run(settings);
    CHECK_TEXT(fake_screen_fault(), "");
    return err;
}

static enum err start(const char *settings, const char *keys)
{
    return start_on(25, 80, settings, keys);
}

#define WARN    "hardware = warn\nenvironment = none\n"
#define PACKAGE "<down><enter>"
#define SYSTEM  "<down><enter>"
#define OPTION  "<down><enter>"
#define ACCEPT  "yes<enter>"
#define NAME    "box9<enter>"
#define GO_ON   "<enter>"
#define DISK    "2<enter>"
#define ALL     PACKAGE SYSTEM OPTION ACCEPT NAME GO_ON DISK

TEST(every_question_is_asked_once_and_the_last_names_what_is_erased)
{
    CHECK(start(WARN, ALL "<shot>yes<enter>") == OK && fake_screen_is_through());
    CHECK(stand_is_guest(SATA) && !stand.targets[NVME].done);
    CHECK_TEXT(fake_screen_shot(),
               " What will be done:                                                    ovfboot\n"
               "\n"
               "Package    appliances/second.ova on usb disk Stick, partition 1\n"
               "Signed by  nobody: the package is not signed\n"
               "Appliance  Test Box, version 7\n"
               "System     vm2\n"
               "Option     b\n"
               "Values     1 of 5 set by a person\n"
               "Tells      the guest nothing\n"
               "Disk       boot.vmdk, 4.1 MB\n"
               "  onto     SATA disk Model, serial S1, 4.7 MB\n"
               "  erases   no partition table\n"
               "\n\n\n\n\n\n\n\n\n\n"
               "Enter takes it; Esc goes back\n"
               "Erase what is on it? Type yes:\n");
    CHECK_HOLDS(fake_port.said, "\nSystem     vm2\nOption     b\n");
    stand_end();
}

TEST(escape_goes_back_through_every_question_and_answers_are_offered_again)
{
    static const struct {
        const char *back, *screen;
    } steps[] = {
        {"<esc>", "> 2  SATA disk Model, serial S1, 4.7 MB\n"},
        {"<esc><esc>", "> Go on with these values\n  1  name = box9\n"},
        {"<esc><esc><esc>", " Licence agreement (EULA) 1 of 1:"},
        {"<esc><esc><esc><esc>", "  1  a  A\n     The first\n> 2  b  B\n"},
        {"<esc><esc><esc><esc><esc>", "  1  vm1  Box\n> 2  vm2  Box\n"},
        {"<esc><esc><esc><esc><esc><esc>", "\n> 2  appliances/second.ova on usb disk"},
        {"<esc><esc><esc><esc><esc><esc><esc>", " Leave ovfboot? "},
    };
    static const char *const forth[] = {"",
                                        "<enter>",
                                        "yes<enter><enter>",
                                        "<enter>yes<enter><enter>",
                                        "<enter><enter>yes<enter><enter>",
                                        "<enter><enter><enter>yes<enter><enter>",
                                        "<enter><enter><enter><enter>yes<enter><enter>"};
    char keys[400];

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        strcpy(keys, ALL);
        strcat(strcat(keys, steps[i].back), "<shot>");
        /* And forth again, taking what is marked each time. */
        strcat(strcat(strcat(keys, forth[i]), "<enter>"), "yes<enter>");
        CHECK(start(WARN, keys) == OK && fake_screen_is_through());
        CHECK_HOLDS(fake_screen_shot(), steps[i].screen);
        CHECK(stand_is_guest(SATA) && !stand.targets[NVME].done);
        CHECK_HOLDS(fake_port.said, "\nSystem     vm2\nOption     b\n");
        stand_end();
    }
}

TEST(another_answer_replaces_the_one_before)
{
    CHECK(start(WARN, ALL "<esc>1<enter><shot>yes<enter>") == OK);
    CHECK(stand_is_guest(NVME) && !stand.targets[SATA].done);
    CHECK_HOLDS(fake_screen_shot(), "  onto     NVMe disk Model, serial N1, 4.7 MB\n");
    stand_end();
    /* Back to the system: what was typed for one is offered for the other. */
    CHECK(start(WARN, ALL "<esc><esc><esc><esc><esc>1<enter><enter>yes<enter><shot><enter><enter>"
                          "yes<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "  1  name = box9\n");
    const char *last = strstr(strstr(fake_port.said, "System     vm2") + 1, "System     vm1");
    CHECK(last && stand_is_guest(SATA));
    stand_end();
}

TEST(leaving_is_asked_for_and_writes_nothing)
{
    CHECK(start(WARN, "<esc><shot><down><enter>") == ERR_CANCELLED && fake_screen_is_through());
    CHECK_HOLDS(fake_screen_shot(), " Leave ovfboot? ");
    CHECK_HOLDS(fake_screen_shot(), "> 1  No, back to the question\n  2  Yes, leave\n");
    CHECK_TEXT(stand.error.text, "the person at the console chose to stop");
    CHECK(stand_untouched());
    stand_end();
    CHECK(start(WARN, "<esc><esc><esc><enter><esc>2<enter>") == ERR_CANCELLED && stand_untouched());
    stand_end();
}

/* Behind the script nothing but Escape is pressed, and leaving confirmed. */
TEST(escape_leads_out_of_everywhere)
{
    static const char *const keys[] = {"",
                                       PACKAGE,
                                       PACKAGE SYSTEM,
                                       PACKAGE SYSTEM OPTION,
                                       PACKAGE SYSTEM OPTION ACCEPT,
                                       PACKAGE SYSTEM OPTION ACCEPT NAME,
                                       PACKAGE SYSTEM OPTION ACCEPT NAME "2<enter>",
                                       PACKAGE SYSTEM OPTION ACCEPT NAME "3<enter>",
                                       PACKAGE SYSTEM OPTION ACCEPT NAME "5<enter>",
                                       PACKAGE SYSTEM OPTION ACCEPT NAME "5<enter>12<enter>",
                                       PACKAGE SYSTEM OPTION ACCEPT NAME GO_ON,
                                       ALL,
                                       ALL "no<enter>"};

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        CHECK(start(WARN, keys[i]) == ERR_CANCELLED && stand_untouched());
        stand_end();
        CHECK(start_on(11, 40, WARN, keys[i]) == ERR_CANCELLED && stand_untouched());
        stand_end();
    }
}

TEST(stages_that_settings_answer_are_passed_over_on_the_way_back)
{
    CHECK(start(WARN "source = second.ova\nsystem = vm1\noption = a\naccept-eula = yes\n",
                NAME GO_ON "<esc><shot><esc><down><enter>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), " What can be set: ");
    CHECK(fake_screen_is_through() && stand_untouched());
    stand_end();
}

TEST(values_are_checked_at_once_and_chosen_where_there_is_a_list)
{
#define UP_TO_FORM PACKAGE SYSTEM OPTION ACCEPT
    CHECK(
        start(WARN, UP_TO_FORM "x<enter><shot>box1<enter><esc><esc><esc><esc><esc><esc>2<enter>") ==
        ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "property name: x is not at least 2 characters");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM NAME "2<enter>70000<enter><shot>81<enter>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "70000 is not a whole number from 0 to 65535");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM "bo<small>x2<enter><shot>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "1  name = box2");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM NAME "3<enter><shot><down><enter>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "> red\n  green\n");
    CHECK_HOLDS(fake_screen_shot(), "now: red\n");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM NAME "3<enter>blue<enter><shot>green<enter>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "blue");
    CHECK_HOLDS(fake_screen_shot(), "> red\n  green\n");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM NAME "4<enter><up><enter>3<enter><down><enter>2<enter>81<enter>"
                                      "<shot>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "> Go on with these values\n"
                                    "  1  name = box9\n"
                                    "  2  port = 81\n"
                                    "  3  color = green\n"
                                    "  4  on = true\n"
                                    "  5  pin = (not set)\n");
    stand_end();
}

TEST(a_password_is_typed_twice_and_never_seen)
{
    CHECK(start(WARN, UP_TO_FORM NAME "5<enter>12<shot><enter>13<enter>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "Value (not shown):\n");
    CHECK(!strstr(fake_screen_shot(), "12"));
    stand_end();
    CHECK(start(WARN, UP_TO_FORM NAME "5<enter>12<enter>13<enter><shot>12<enter>12<enter>") ==
          ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "The two were not the same. Type it again.");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM NAME "5<enter>12<enter>12<enter><shot>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "  5  pin = (set, not shown)\n");
    stand_end();
}

TEST(what_is_missing_can_be_left_for_later_but_not_for_ever)
{
    CHECK(start(WARN, UP_TO_FORM "<esc><enter><shot>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "> Go on with these values\n     name needs a value first.\n"
                                    "  1  name = (needs a value)\n");
    stand_end();
    CHECK(start(WARN, UP_TO_FORM "<esc>1<enter>" NAME GO_ON DISK "yes<enter>") == OK);
    CHECK(stand_is_guest(SATA));
    stand_end();
}

TEST(a_disk_that_is_too_small_cannot_be_chosen)
{
    CHECK(start(WARN, UP_TO_FORM NAME GO_ON "3<enter><shot>1<enter>yes<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "> 1  NVMe disk Model, serial N1, 4.7 MB\n"
                                    "     no partition table\n"
                                    "  2  SATA disk Model, serial S1, 4.7 MB\n"
                                    "     no partition table\n"
                                    "  3  SATA disk Model, serial TINY, 4.1 MB\n"
                                    "     boot.vmdk: needs 4.1 MB (4194304 bytes), but ");
    CHECK(!strstr(fake_screen_shot(), "STICK") && stand_is_guest(NVME));
    stand_end();
}

TEST(only_yes_erases)
{
    CHECK(start(WARN, ALL "<enter><shot>") == ERR_CANCELLED && stand_untouched());
    CHECK_HOLDS(fake_screen_shot(), "what was typed is not yes.\n");
    stand_end();
}

TEST(a_countdown_takes_the_default_where_settings_want_one)
{
    const char *settings = WARN "menu-timeout = 2\nsystem = vm1\nproperty.name = box1\n";

    CHECK(start(settings, PACKAGE "<wait><shot><wait>" ACCEPT "<wait><wait>" DISK "yes<enter>") ==
          OK);
    CHECK_HOLDS(fake_screen_shot(), "a  A in 1 s; any key stops the clock\n");
    CHECK_HOLDS(fake_port.said, "\nOption     a\n");
    CHECK(stand_is_guest(SATA) && fake_screen_is_through());
    stand_end();
    /* Who went back is there. */
    CHECK(start(settings, PACKAGE "<wait><esc><enter><shot><enter>") == ERR_CANCELLED);
    CHECK(!strstr(fake_screen_shot(), "clock"));
    stand_end();
}

TEST(going_back_and_forth_takes_no_more_memory_each_time)
{
    static char keys[16384];
    size_t rest[2];

    for (int i = 0; i < 2; i++) {
        strcpy(keys, ALL);
        for (int n = 0; n < (i ? 60 : 1); n++)
            strcat(keys, "<esc><esc><esc><esc><esc><enter><enter>yes<enter><enter><enter>");
        strcat(keys, "yes<enter>");
        CHECK(start(WARN, keys) == OK && stand_is_guest(SATA) && fake_screen_is_through());
        rest[i] = arena_room(&stand.loader.memory.package);
        stand_end();
    }
    CHECK(rest[0] == rest[1]);
}

TEST(ram_disks_are_given_back_on_the_way_back)
{
    static struct fake_target ram;
    static struct fake_source reads;

    stand_begin(2, LOADER, 0);
    fake_target_init(&ram, STAND_GUEST / 512 + 1000, 512);
    fake_port.ram = fake_disk(&ram, &reads, "ram", "");
    fake_screen_begin(25, 80, "1<enter><esc>2<enter>yes<enter>");
    CHECK(stand_run("target.2 = ram\nenvironment = none\n") == OK);
    CHECK_TEXT(fake_screen_fault(), "");
    CHECK(fake_port.ram_dropped == 1 && stand_is_guest(SATA));
    fake_target_release(&ram);
    stand_end();
}

TEST(escape_at_one_disk_goes_back_to_the_disk_before)
{
    stand_begin(2, LOADER, 0);
    fake_screen_begin(25, 80, "1<enter><esc><shot>2<enter>1<enter>yes<enter>");
    CHECK(stand_run("environment = none\n") == OK && stand_is_guest(SATA) && stand_is_guest(NVME));
    CHECK_HOLDS(fake_screen_shot(), "boot.vmdk needs 4.1 MB");
    CHECK_HOLDS(fake_screen_shot(), "> 1  NVMe");
    CHECK_TEXT(fake_screen_fault(), "");
    stand_end();
}
