#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "loader/loader.h"
#include "loader/log.h"
#include "tests/build/loader_rig.h"
#include "tests/test.h"

#define RUN "target = nvme\n"

static void begin(void)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_port.step_ms = 10;
    fake_port.machine.serial = "SN 4/2";
}

/* A log's text; "" when there is none of that name. */
static const char *log_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(fake_port.logs); i++)
        if (strcmp(fake_port.logs[i].name, name) == 0)
            return fake_port.logs[i].text;
    return "";
}

static size_t log_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(fake_port.logs); i++)
        count += fake_port.logs[i].name[0] != '\0';
    return count;
}

static void put_log(size_t i, const char *name)
{
    snprintf(fake_port.logs[i].name, sizeof(fake_port.logs[i].name), "logs/%s", name);
}

TEST(a_run_leaves_its_lines_and_a_document)
{
    begin();
    CHECK(stand_run(RUN) == OK && fake_port.started);
    CHECK(log_count() == 2);
    CHECK_HOLDS(log_of("logs/SN_4_2-1.txt"), "  Target     NVMe disk");
    CHECK_HOLDS(log_of("logs/SN_4_2-1.txt"), "  Proved     boot.vmdk: matches the manifest");
    CHECK(log_of("logs/SN_4_2-1.txt")[4] == '.' && log_of("logs/SN_4_2-1.txt")[3] == '0');
    CHECK_HOLDS(log_of("logs/SN_4_2-1.json"), "\"outcome\": \"starting\"");
    CHECK_HOLDS(log_of("logs/SN_4_2-1.json"), "\"origin\": \"ovfboot.conf line 1\"");
    CHECK_TEXT(fake_port.note, "");
    stand_end();
}

TEST(a_failure_is_in_its_log_with_advice_and_code)
{
    static const struct {
        const char *settings, *failure;
    } runs[] = {
        {"target = sata, nonsense\n", "  FAILED (setting): "},
        {"target = serial:none\n", "  FAILED (not-found): target = serial:none fits no disk"},
        {"nonsense = 1\n", "  FAILED (setting): ovfboot.conf: line 1: "},
        {"source = other.ova\n", "  FAILED (not-found): "},
        {RUN "measure = required\n", "  FAILED (unsupported): measure = required"},
        {RUN "verify = signature\n", "  FAILED (setting): verify = signature"},
    };
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        begin();
        CHECK(stand_run(runs[i].settings) != OK && !fake_port.started);
        CHECK_HOLDS(log_of("logs/SN_4_2-1.txt"), runs[i].failure);
        CHECK_HOLDS(log_of("logs/SN_4_2-1.txt"), err_advice(stand.error.code));
        CHECK_HOLDS(log_of("logs/SN_4_2-1.json"), "\"outcome\": \"failed\"");
        stand_end();
    }
}

TEST(a_guest_that_cannot_be_started_is_in_the_same_log)
{
    begin();
    fake_port.start_code = ERR_IO;
    CHECK(stand_run(RUN) == ERR_IO && fake_port.started);
    CHECK(log_count() == 2);
    CHECK_HOLDS(log_of("logs/SN_4_2-1.txt"), "  FAILED (io): ");
    CHECK_HOLDS(log_of("logs/SN_4_2-1.json"), "\"outcome\": \"failed\"");
    stand_end();
}

TEST(logs_are_named_by_what_is_known_of_the_machine)
{
    static const struct {
        const char *serial, *uuid, *mac, *name;
    } machines[] = {
        {"..x", "u-1", "52:54:00:12:34:56", "logs/_.x-1.txt"},
        {"", "4c4c4544-0036", "52:54:00:12:34:56", "logs/4c4c4544-0036-1.txt"},
        {"", "", "52:54:00:12:34:56", "logs/52-54-00-12-34-56-1.txt"},
        {"", "", NULL, "logs/machine-1.txt"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789", "", NULL,
         "logs/012345678901234567890123456789012345678901234567890123456789012-1.txt"},
    };
    for (size_t i = 0; i < COUNT_OF(machines); i++) {
        begin();
        fake_port.machine.serial = machines[i].serial;
        fake_port.machine.uuid = machines[i].uuid;
        fake_port.machine.macs[0] = machines[i].mac;
        fake_port.machine.mac_count = machines[i].mac ? 1 : 0;
        CHECK(stand_run(RUN) == OK);
        CHECK(*log_of(machines[i].name));
        stand_end();
    }
}

TEST(logs_count_on_and_the_oldest_of_the_machine_goes)
{
    char name[32];

    begin();
    for (size_t i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "SN_4_2-%zu.txt", 11 + i);
        put_log(i, name);
    }
    put_log(20, "SN_4_2-x.txt");
    put_log(21, "other-1.txt");
    CHECK(stand_run(RUN) == OK);
    CHECK(*log_of("logs/SN_4_2-31.txt") && *log_of("logs/SN_4_2-31.json") == '{');
    bool has_oldest = false, has_others = false;
    for (size_t i = 0; i < COUNT_OF(fake_port.logs); i++) {
        has_oldest = has_oldest || !strcmp(fake_port.logs[i].name, "logs/SN_4_2-11.txt");
        has_others = has_others || !strcmp(fake_port.logs[i].name, "logs/other-1.txt");
    }
    CHECK(!has_oldest && has_others);
    CHECK(log_count() == 23);
    stand_end();
}

TEST(a_number_beyond_the_last_is_the_first)
{
    begin();
    put_log(0, "SN_4_2-9999.txt");
    put_log(1, "SN_4_2-99999999999.txt");
    CHECK(stand_run(RUN) == OK);
    CHECK(*log_of("logs/SN_4_2-1.txt"));
    stand_end();
}

TEST(a_medium_that_takes_nothing_changes_nothing_and_the_firmware_keeps_a_note)
{
    begin();
    fake_port.writes_nothing = true;
    CHECK(stand_run(RUN) == OK && fake_port.started);
    CHECK_HOLDS(fake_port.note, ": started at start\nappliances/box.ova on ");
    stand_end();

    begin();
    fake_port.writes_nothing = true;
    CHECK(stand_run("target = serial:none\n") == ERR_NOT_FOUND);
    CHECK_HOLDS(fake_port.note, ": failed at targets\n");
    CHECK_HOLDS(fake_port.note, "target = serial:none fits no disk");
    stand_end();
}

TEST(without_logs_there_are_none)
{
    begin();
    CHECK(stand_run(RUN "log = no\n") == OK);
    CHECK(!log_count());
    stand_end();
}

TEST(a_long_log_keeps_its_beginning_and_its_end)
{
    static uint8_t memory[2 * (LOG_FRONT + LOG_REST)];
    struct bytes text;
    struct error error;
    struct arena a;
    char line[80];

    fake_port_reset();
    log_begin();
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(line, sizeof(line), "line %u of many that are all about as long as this", i);
        log_line(line);
    }
    arena_init(&a, memory, sizeof(memory), "a test");
    NEED(log_text(&a, &text, &error) == OK);
    CHECK(text.len <= LOG_FRONT + LOG_REST + 64 && text.len > LOG_FRONT + LOG_REST / 3);
    CHECK(!text.at[text.len]);
    CHECK_HOLDS((const char *)text.at, "  line 0 of many");
    CHECK_HOLDS((const char *)text.at, "this\n   ...   lines are missing\n");
    CHECK_HOLDS((const char *)text.at, "  line 4999 of many that are all about as long as this\n");
}
