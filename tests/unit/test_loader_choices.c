/* What the loader says and decides between the package and the targets. */
#include <string.h>

#include "tests/build/loader_rig.h"
#include "tests/test.h"

#define LOADER "EFI/BOOT/BOOTX64.EFI"
#define OPTIONS                                                                                    \
    "<DeploymentOptionSection><Info/><Configuration ovf:id=\"s\"><Label/><Description/>"           \
    "</Configuration><Configuration ovf:id=\"b\"><Label/><Description/></Configuration>"           \
    "</DeploymentOptionSection>"
#define LICENCE "<EulaSection><Info/><License>Licence of vm.</License></EulaSection>"
#define PROPERTY                                                                                   \
    "<ProductSection><Info/><Property ovf:key=\"n\" ovf:type=\"uint8\""                            \
    " ovf:userConfigurable=\"true\"/></ProductSection>"

/* Run a package with these sections in front of and in its systems. */
static enum err run_with(const char *options, const char *sections, unsigned faults,
                         const char *settings)
{
    stand.built.options = options;
    stand.built.sections = sections;
    stand_begin(1, LOADER, faults);
    stand.built.options = stand.built.sections = NULL;
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_port.machine.processors = 1;
    fake_port.machine.memory = 256u << 20;
    fake_port.machine.ports = 0;
    return stand_run(settings);
}

#define WARN "hardware = warn\ntarget = nvme\n"

TEST(system_and_option_are_said_where_there_is_a_choice)
{
    CHECK(run_with(OPTIONS, NULL, PACKAGE_TWO_SYSTEMS,
                   WARN "system = vm2\noption = b\nunattended = yes\n") == OK);
    CHECK_HOLDS(fake_port.said, "\nAppliance  Test Box\nSystem     vm2\nOption     b\n");
    stand_end();
    CHECK(run_with(NULL, NULL, 0, WARN) == OK);
    CHECK(!strstr(fake_port.said, "System     ") && !strstr(fake_port.said, "Option     "));
    stand_end();
}

TEST(a_machine_that_lacks_what_the_appliance_must_have_is_refused_before_any_write)
{
    CHECK(run_with(NULL, NULL, 0, "target = nvme\n") == ERR_HARDWARE && stand_untouched());
    CHECK_TEXT(stand.error.text, "the appliance must have at least 536 MB of memory; there are "
                                 "268 MB");
    CHECK_HOLDS(fake_port.said, "\nWould like 2 processors; there is 1\n"
                                "Must have  at least 536 MB of memory; there are 268 MB\n");
    stand_end();
}

TEST(a_machine_that_lacks_something_is_taken_when_the_settings_say_so)
{
    CHECK(run_with(NULL, NULL, 0, WARN) == OK && stand_is_guest(NVME));
    CHECK_HOLDS(fake_port.said, "\nMust have  at least 536 MB of memory; there are 268 MB\n");
    stand_end();
}

TEST(a_need_that_is_met_is_not_said)
{
    stand_begin(1, LOADER, 0);
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_port.machine.processors = 8;
    fake_port.machine.memory = 8ull << 30;
    CHECK(stand_run("target = nvme\n") == OK);
    CHECK(!strstr(fake_port.said, "Must have") && !strstr(fake_port.said, "Would like"));
    stand_end();
}

TEST(ram_disks_count_against_the_machine_s_memory)
{
    stand_begin(1, LOADER, 0);
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_port.machine.memory = (512u << 20) + STAND_GUEST - 1;
    CHECK(stand_run("target = ram\nenvironment = none\n") == ERR_HARDWARE &&
          fake_port.ram_size == 0);
    CHECK_HOLDS(stand.error.text, " and 4.1 MB for RAM disks; there are ");
    fake_port.machine.memory++;
    CHECK(stand_run("target = ram\nenvironment = none\n") == ERR_NO_MEMORY &&
          fake_port.ram_size == STAND_GUEST);
    stand_end();
}

TEST(notes_are_said_behind_the_needs_and_in_front_of_every_question)
{
    CHECK(run_with(NULL, "<InstallSection><Info/></InstallSection>" LICENCE, 0, WARN) ==
          ERR_CANCELLED);
    const char *note = strstr(fake_port.said, "\nNote       the first start finishes");
    NEED(note);
    CHECK(strstr(note, "Do you accept it?") && !strstr(note, "Must have"));
    CHECK(fake_port.asked == 1 && stand_untouched());
    stand_end();
}

TEST(a_licence_is_accepted_before_any_write)
{
    CHECK(run_with(NULL, LICENCE, 0, WARN) == ERR_CANCELLED && stand_untouched());
    stand_end();
    CHECK(run_with(NULL, LICENCE, 0, WARN "accept-eula = yes\n") == OK && stand_is_guest(NVME));
    const char *accepted = strstr(fake_port.said, "\nAccepted   licence 1 of 1, SHA-256 ");
    NEED(accepted);
    CHECK_HOLDS(accepted, ", by ovfboot.conf line 3\n");
    CHECK(strstr(accepted, "\nTarget     ") != NULL);
    stand_end();
}

TEST(properties_are_settled_before_any_write)
{
    CHECK(run_with(NULL, PROPERTY, 0, WARN) == ERR_CANCELLED && stand_untouched());
    stand_end();
    CHECK(run_with(NULL, PROPERTY, 0, WARN "unattended = yes\n") == ERR_SETTING);
    CHECK_HOLDS(stand.error.text, "1 property needs a value, and nobody is asked: property.n");
    CHECK(stand_untouched());
    stand_end();
    CHECK(run_with(NULL, PROPERTY, 0, WARN "environment = none\nproperty.n = 5\n") == OK &&
          fake_port.asked == 0);
    stand_end();
}

TEST(without_a_person_a_disk_needs_its_target)
{
    stand_begin(1, LOADER, 0);
    CHECK(stand_run("unattended = yes\n") == ERR_SETTING && stand_untouched());
    CHECK_TEXT(stand.error.text,
               "boot.vmdk: no disk is set for it, and nobody is asked: target = RULE says "
               "which");
    CHECK(fake_port.asked == 0);
    stand_end();
}

TEST(without_a_person_several_packages_need_the_setting)
{
    stand_begin(1, LOADER, 0);
    fake_port.packages[1] = fake_port.packages[0];
    fake_port.packages[1].file = "other.ova";
    fake_port.package_count = 2;
    CHECK(stand_run("target = nvme\nunattended = yes\n") == ERR_SETTING && stand_untouched());
    CHECK_TEXT(stand.error.text, "there are 2 packages: source = NAME says which");
    CHECK(fake_port.asked == 0);
    CHECK(stand_run("target = nvme\nunattended = yes\nsource = other.ova\n") == OK);
    CHECK(stand_is_guest(NVME));
    stand_end();
}

TEST(the_firmware_s_language_holds_where_none_is_set)
{
    static const char licence[] =
        "<EulaSection><Info/><License ovf:msgid=\"l\">Licence of vm.</License></EulaSection>";
    static const char german[] =
        "<Strings xml:lang=\"de\"><Msg ovf:msgid=\"l\">Lizenz.</Msg></Strings>";

    stand.built.options = german;
    stand.built.sections = licence;
    stand_begin(1, LOADER, 0);
    stand.built.options = stand.built.sections = NULL;
    fake_port.language = "de-DE";
    CHECK(stand_run("target = nvme\n") == ERR_CANCELLED);
    CHECK_HOLDS(fake_port.said, "\nLizenz.\n");
    CHECK(stand_run("target = nvme\nlanguage = en\n") == ERR_CANCELLED);
    CHECK_HOLDS(fake_port.said, "\nLicence of vm.\n");
    stand_end();
}
