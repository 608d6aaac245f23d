#include "loader/gather.h"

#include <string.h>

#include "tests/fake_port.h"
#include "tests/test.h"

static uint8_t memory[65536];
static struct error error;
static struct config_source sources[GATHER_FILES + GATHER_PLACES];
static size_t count;

static struct bytes lines(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void begin(void)
{
    fake_port_reset();
    fake_port.machine.uuid = "4c4c4544-0036-3510-8052-b4c04f4a3132";
    fake_port.machine.serial = "SN 4/2";
    fake_port.machine.macs[0] = "52:54:00:12:34:56";
    fake_port.machine.macs[1] = "52:54:00:12:34:57";
    fake_port.machine.mac_count = 2;
}

static void file(const char *name, const char *text)
{
    fake_port.beside[fake_port.beside_count++] = (struct named_file){name, lines(text)};
}

/* The places, each with a blank behind it. */
static const char *gathered(void)
{
    static char all[512];
    struct arena a;
    size_t len = 0, places;

    arena_init(&a, memory, sizeof(memory), "tests");
    all[0] = '\0';
    if (gather_files(&fake_port.machine, &a, sources, &count, &error) != OK ||
        gather_places(&fake_port.machine, &a, sources + count, &places, &error) != OK)
        return error.text;
    count += places;
    for (size_t i = 0; i < count; i++) {
        strcpy(all + len, sources[i].where);
        len += strlen(sources[i].where);
        strcpy(all + len++, " ");
    }
    return all;
}

TEST(settings_are_gathered_in_rising_rank)
{
    begin();
    CHECK_TEXT(gathered(), "");
    fake_port.settings = lines("a=1");
    fake_port.options = lines("e=5");
    fake_port.fw_cfg = lines("d=4");
    fake_port.machine.settings = lines("c=3\n");
    file("machines/52-54-00-12-34-57.conf", "b=2");
    CHECK_TEXT(gathered(),
               "ovfboot.conf machines/52-54-00-12-34-57.conf SMBIOS fw_cfg load options ");
    for (size_t i = 0; i < count; i++) {
        CHECK(sources[i].text.at[0] == 'a' + i);
        CHECK(sources[i].is_words == (i == 4));
    }
    CHECK_TEXT(sources[2].unit, "string");
    CHECK_TEXT(sources[4].unit, "word");
}

TEST(a_machine_has_one_file_by_uuid_serial_or_address)
{
    begin();
    file("machines/52-54-00-12-34-56.conf", "x=1");
    CHECK_TEXT(gathered(), "machines/52-54-00-12-34-56.conf ");
    file("machines/SN_4_2.conf", "x=1");
    CHECK_TEXT(gathered(), "machines/SN_4_2.conf ");
    file("machines/4c4c4544-0036-3510-8052-b4c04f4a3132.conf", "x=1");
    CHECK_TEXT(gathered(), "machines/4c4c4544-0036-3510-8052-b4c04f4a3132.conf ");
}

TEST(a_serial_number_leads_to_no_other_folder)
{
    begin();
    fake_port.machine.uuid = "";
    fake_port.machine.serial = "../../x";
    file("machines/.._.._x.conf", "x=1");
    CHECK_TEXT(gathered(), "machines/.._.._x.conf ");
}

TEST(an_empty_file_of_the_machine_still_is_its_file)
{
    begin();
    file("machines/4c4c4544-0036-3510-8052-b4c04f4a3132.conf", "");
    file("machines/SN_4_2.conf", "x=1");
    CHECK_TEXT(gathered(), "");
}

TEST(a_machine_that_tells_nothing_has_no_file)
{
    begin();
    fake_port.machine = machine_unknown(GUEST_X86_64);
    file("machines/.conf", "x=1");
    CHECK_TEXT(gathered(), "");
}
