#include <string.h>

#include "loader/config.h"
#include "tests/test.h"

static uint8_t memory[65536];
static struct error error;
static struct config config;

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static const char *sealed = ""; /* policy in the loader */

static enum err read_both(const char *file, const char *options)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    error.text[0] = '\0';
    struct config_source sources[] = {
        {.where = "ovfboot.conf", .unit = "line", .text = text_bytes(file)},
        {.where = "load options", .unit = "word", .text = text_bytes(options), .is_words = true}};
    return config_read(text_bytes(sealed), sources, COUNT_OF(sources), &a, &config, &error);
}

TEST(without_settings_the_defaults_hold)
{
    CHECK(read_both("", "") == OK);
    CHECK(!config.source && config.verify == VERIFY_DEFAULT && config.measure == MEASURE_AUTO);
    CHECK(config.on_success == AFTER_BOOT && config.on_failure == AFTER_WAIT);
    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        CHECK(!config.target[i]);
    CHECK(read_both("# only a comment\n\n", "ovfboot.efi") == OK);
}

TEST(every_setting_is_read)
{
    CHECK(read_both("source = photon.ova\ntarget = nvme\ntarget.2 = serial:ABC 1\n"
                    "target.16 = ram\nverify = none\non-success = reboot\non-failure = poweroff\n",
                    "") == OK);
    CHECK_TEXT(config.source, "photon.ova");
    CHECK_TEXT(config.target[0], "nvme");
    CHECK_TEXT(config.target[1], "serial:ABC 1");
    CHECK_TEXT(config.target[15], "ram");
    CHECK(!config.target[2] && !config.target[14]);
    CHECK(config.verify == VERIFY_NONE && config.boot_entry == BOOT_ENTRY_ADD);
    CHECK(config.on_success == AFTER_REBOOT && config.on_failure == AFTER_POWEROFF);
    CHECK(read_both("boot-entry = first\n", "") == OK && config.boot_entry == BOOT_ENTRY_FIRST);
    CHECK(read_both("boot-entry = none\n", "") == OK && config.boot_entry == BOOT_ENTRY_NONE);
    CHECK(read_both("target.1 = usb\nVERIFY = Manifest\n", "") == OK);
    CHECK_TEXT(config.target[0], "usb");
    CHECK(config.verify == VERIFY_MANIFEST);
}

TEST(every_word_for_what_comes_after_is_read)
{
    static const struct {
        const char *word;
        enum after after;
    } words[] = {{"boot", AFTER_BOOT},
                 {"wait", AFTER_WAIT},
                 {"exit", AFTER_EXIT},
                 {"reboot", AFTER_REBOOT},
                 {"poweroff", AFTER_POWEROFF}};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        config = (struct config){0};
        CHECK(config_set(&config, "on-success", words[i].word, (struct config_place){0}, &error) ==
              OK);
        CHECK(config.on_success == words[i].after);
        enum err code =
            config_set(&config, "on-failure", words[i].word, (struct config_place){0}, &error);
        CHECK(code == (i == 0 ? ERR_SETTING : OK));
        CHECK(i == 0 || config.on_failure == words[i].after);
    }
}

TEST(load_options_win_over_the_file)
{
    CHECK(read_both("target = nvme\nverify = none\nsource = a.ova\n",
                    "ovfboot.efi target=serial:42 source=\"b c.ova\"") == OK);
    CHECK_TEXT(config.target[0], "serial:42");
    CHECK_TEXT(config.source, "b c.ova");
    CHECK(config.verify == VERIFY_NONE);
}

static void check_refused(const char *file, const char *options, const char *message)
{
    CHECK(read_both(file, options) == ERR_SETTING);
    CHECK_TEXT(error.text, message);
}

TEST(a_wrong_setting_is_told_with_its_place)
{
    check_refused(
        "source = a.ova\n\nverify = maybe\n", "",
        "ovfboot.conf: line 3: verify = maybe: it must be one of signature, manifest, none");
    check_refused("", "ovfboot.efi on-success=sleep",
                  "load options: word 2: on-success = sleep: it must be one of boot, wait, exit, "
                  "reboot, poweroff");
    check_refused("retries = many\n", "",
                  "ovfboot.conf: line 1: retries = many: it must be a number from 0 to 100");
    check_refused("", "network-vlan=4095",
                  "load options: word 1: network-vlan = 4095: it must be a number from 1 to 4094");
    check_refused("timeout = 0\n", "",
                  "ovfboot.conf: line 1: timeout = 0: it must be a number from 1 to 2592000");
    check_refused("workers = 17\n", "",
                  "ovfboot.conf: line 1: workers = 17: it must be a number from 1 to 16");
    check_refused("on-failure = boot\n", "",
                  "ovfboot.conf: line 1: on-failure = boot: it must be one of wait, exit, reboot, "
                  "poweroff, next-boot-entry");
    check_refused("source =\n", "", "ovfboot.conf: line 1: source has no value");
    check_refused(
        "sauce = a.ova\n", "",
        "ovfboot.conf: line 1: there is no setting sauce; there are source, conf, system, "
        "option, language, accept-eula, mode, unattended, hardware, environment, cd-images, "
        "redeploy, "
        "on-change, erase, boot-entry, verify, measure, on-success, on-failure, network-..., "
        "proxy, "
        "allow-host, retries, stall, timeout, report, report-..., log, menu-timeout, workers, "
        "target, protect, keep and property.NAME");
}

TEST(targets_are_numbered_from_1_to_16)
{
    static const char *const wrong[] = {"target.0 = ram", "target.17 = ram", "target.x = ram",
                                        "target. = ram",  "targets = ram",   "target.-1 = ram"};

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK(read_both(wrong[i], "") == ERR_SETTING);
        CHECK_HOLDS(error.text, "there is no setting target");
    }
}

TEST(rules_are_checked_where_they_stand)
{
    CHECK(read_both("target = nvme, smallest\nprotect = serial:A B\nprotect.2 = size>=1TB\n"
                    "keep = my data\nkeep.16 = b\n",
                    "") == OK);
    CHECK_TEXT(config.target[0], "nvme, smallest");
    CHECK_TEXT(config.protect[0], "serial:A B");
    CHECK_TEXT(config.protect[1], "size>=1TB");
    CHECK(config.protect_places[1].number == 3 && !config.protect[2]);
    CHECK_TEXT(config.keep[0], "my data");
    CHECK_TEXT(config.keep[15], "b");
    CHECK(read_both("", "target.2=hd0") == ERR_SETTING);
    CHECK_HOLDS(error.text, "load options: word 1: target.2 = hd0: hd0 is no part of a rule");
    CHECK(read_both("protect = usb, smallest\n", "") == ERR_SETTING);
    CHECK_TEXT(error.text, "ovfboot.conf: line 1: protect = usb, smallest: smallest, largest, only "
                           "and ram can choose a disk, and cannot protect one");
    CHECK(read_both("protect.3 = ram\n", "") == ERR_SETTING);
    CHECK(read_both("protect.17 = usb\n", "") == ERR_SETTING);
}

TEST(a_mode_has_two_spellings_that_must_agree)
{
    static const struct {
        const char *file, *options;
        int unattended; /* -1: refused */
    } cases[] = {
        {"", "", ANSWER_NO},
        {"mode = unattended\n", "", ANSWER_YES},
        {"mode = interactive\n", "", ANSWER_NO},
        {"unattended = yes\n", "", ANSWER_YES},
        {"mode = unattended\nunattended = yes\n", "", ANSWER_YES},
        {"mode = unattended\n", "mode=interactive", ANSWER_NO},
        {"unattended = yes\n", "unattended=no", ANSWER_NO},
        {"unattended = yes\nmode = unattended\n", "mode=interactive unattended=no", ANSWER_NO},
        {"mode = interactive\nunattended = yes\n", "", -1},
        {"unattended = no\n", "mode=unattended", -1},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(read_both(cases[i].file, cases[i].options) ==
              (cases[i].unattended < 0 ? ERR_SETTING : OK));
        if (cases[i].unattended >= 0)
            CHECK((int)config.unattended == cases[i].unattended &&
                  (int)config.mode == cases[i].unattended);
    }
    CHECK_TEXT(error.text, "mode = unattended (load options word 1), but unattended = no "
                           "(ovfboot.conf line 1): they are one setting");
    check_refused("mode = alone\n", "",
                  "ovfboot.conf: line 1: mode = alone: it must be one of "
                  "interactive, unattended");
}

TEST(text_that_is_no_settings_names_the_file)
{
    CHECK(read_both("verify none\n", "") == ERR_SETTING);
    CHECK_HOLDS(error.text, "ovfboot.conf: line 1: ");
    CHECK(read_both("", "source=\"a.ova") == ERR_SETTING);
    CHECK_HOLDS(error.text, "load options: word 1: ");
}

TEST(a_sealed_setting_cannot_be_set_elsewhere_not_even_to_the_same_value)
{
    sealed = "verify = signature\nmeasure = required\n";
    CHECK(read_both("target = nvme\n", "") == OK);
    CHECK(config.verify == VERIFY_SIGNATURE && config.measure == MEASURE_REQUIRED);
    CHECK(read_both("target = nvme\nverify = none\n", "") == ERR_SETTING);
    CHECK_TEXT(error.text, "ovfboot.conf: line 2: verify is sealed into this loader");
    CHECK(read_both("", "verify=signature") == ERR_SETTING);
    CHECK_HOLDS(error.text, "load options: word 1: verify is sealed");
    CHECK(read_both("", "measure=none") == ERR_SETTING);
    sealed = "";
}

TEST(choices_of_the_appliance_are_read_with_their_places)
{
    char text[CONFIG_PLACE_MAX];

    CHECK(read_both("system = vApp/db\noption = small\nlanguage = de-DE\nhardware = warn\n"
                    "accept-eula = yes\nunattended = yes\n",
                    "") == OK);
    CHECK_TEXT(config.system, "vApp/db");
    CHECK_TEXT(config.option, "small");
    CHECK_TEXT(config.language, "de-DE");
    CHECK(config.hardware == HARDWARE_WARN && config.unattended == ANSWER_YES);
    CHECK(config.accept_eula == ANSWER_YES);
    CHECK_TEXT(config_place_text(&config.eula_place, text), "ovfboot.conf line 5");
    CHECK(read_both("", "") == OK);
    CHECK(!config.system && !config.option && !config.language && !config.property_count);
    CHECK(config.hardware == HARDWARE_ENFORCE && config.unattended == ANSWER_NO);
    CHECK(config.accept_eula == ANSWER_NO);
}

TEST(properties_keep_their_case_and_rank_by_where_they_stand)
{
    char text[CONFIG_PLACE_MAX];

    sealed = "property.Locked = 1\n";
    CHECK(read_both("Property.vami.IP0@x = 10.0.0.1\nproperty.empty =\n",
                    "property.vami.IP0@x=10.0.0.2") == OK);
    NEED(config.property_count == 4);
    CHECK_TEXT(config.properties[0].name, "Locked");
    CHECK(config.properties[0].sealed && !config.properties[1].sealed);
    CHECK_TEXT(config.properties[1].name, "vami.IP0@x");
    CHECK_TEXT(config.properties[1].value, "10.0.0.1");
    CHECK_TEXT(config.properties[2].value, "");
    CHECK_TEXT(config.properties[3].value, "10.0.0.2");
    CHECK_TEXT(config_place_text(&config.properties[3].place, text), "load options word 1");
    CHECK(read_both("property.Locked = 2\n", "") == ERR_SETTING);
    CHECK_HOLDS(error.text, "property.Locked is sealed into this loader");
    sealed = "";
    CHECK(read_both("property.a b = 2\n", "") == ERR_SETTING);
    CHECK_HOLDS(error.text, "property.a b is not the name of a setting");
}

TEST(of_several_places_the_later_wins)
{
    struct config_source places[] = {
        {.where = "ovfboot.conf", .unit = "line", .text = text_bytes("source = a\ntarget = usb")},
        {.where = "machines/7.conf", .unit = "line", .text = text_bytes("source = b")},
        {.where = "SMBIOS", .unit = "string", .text = text_bytes("property.p = 1")},
        {.where = "load options",
         .unit = "word",
         .text = text_bytes("property.p=2 x=1"),
         .is_words = true}};
    struct arena a;
    char place[CONFIG_PLACE_MAX];

    arena_init(&a, memory, sizeof(memory), "tests");
    NEED(config_read(text_bytes(""), places, 3, &a, &config, &error) == OK);
    CHECK_TEXT(config.source, "b");
    CHECK_TEXT(config.target[0], "usb");
    NEED(config.property_count == 1);
    CHECK_TEXT(config_place_text(&config.properties[0].place, place), "SMBIOS string 1");
    CHECK(config_read(text_bytes(""), places, 4, &a, &config, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "load options: word 2: there is no setting x");
    CHECK(config_read(text_bytes("property.p = 0"), places, 3, &a, &config, &error) == ERR_SETTING);
    CHECK_TEXT(error.text, "SMBIOS: string 1: property.p is sealed into this loader");
}

TEST(facts_are_put_into_properties_only)
{
    struct machine m = machine_unknown(GUEST_X86_64);
    struct arena a;

    m.serial = "SN";
    NEED(read_both("property.name = box-${serial}\nsource = ${serial}.ova\n", "") == OK);
    arena_init(&a, memory + 32768, 1024, "tests");
    NEED(config_fill_facts(&config, &m, &a, &error) == OK);
    CHECK_TEXT(config.properties[0].value, "box-SN");
    CHECK_TEXT(config.source, "${serial}.ova");
    NEED(read_both("\nproperty.name = ${mac}\n", "") == OK);
    CHECK(config_fill_facts(&config, &m, &a, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "ovfboot.conf line 2: property.name: ${mac}: this machine");
}
