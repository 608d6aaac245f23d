#include "loader/report.h"

#include <stdio.h>
#include <string.h>

#include "loader/loader.h"
#include "tests/build/loader_rig.h"
#include "tests/fake_wire.h"
#include "tests/test.h"

#define TAKEN "HTTP/1.1 204 No Content\r\n\r\n"
#define URL   "http://u:secret@r/${serial}?key=secret"

static void begin(void)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_net_reset();
    fake_port.step_ms = 1;
    fake_port.machine.serial = "SN 4/2";
    fake_port.machine.macs[0] = "52:54:00:12:34:56";
    fake_port.machine.mac_count = 1;
}

static void takes(size_t count)
{
    for (size_t i = 0; i < count; i++)
        fake_net_add(TAKEN, FAKE_STAYS);
}

static size_t count_of(const char *text)
{
    size_t count = 0;

    for (const char *at = fake_net.sent; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

TEST(success_is_reported_before_the_guest_starts)
{
    begin();
    takes(1);
    CHECK(stand_run("target = nvme\nreport = " URL "\nretries = 3\n") == OK && fake_port.started);
    CHECK_TEXT(stand.error.text, "");
    CHECK_HOLDS(fake_net.sent, "POST /SN_4_2?key=secret HTTP/1.1\r\n");
    CHECK_HOLDS(fake_net.sent, "\r\nContent-Type: application/json\r\n");
    CHECK_HOLDS(fake_net.sent, "\"outcome\": \"starting\",\n\"stage\": \"start\",\n\"task\": "
                               "\"deploy\",\n\"machine\": {\"arch\": \"x64\",\n\"serial\": \"SN "
                               "4/2\",\n\"macs\": [\"52:54:00:12:34:56\"]}");
    CHECK_HOLDS(fake_net.sent, "\"place\": \"appliances/box.ova on usb disk Stick, partition 1\"");
    CHECK_HOLDS(fake_net.sent, "\"title\": \"Test Box\"");
    CHECK_HOLDS(fake_net.sent, "\"disks\": [{\"name\": \"boot.vmdk\",\n\"capacity\": 4194304,\n"
                               "\"target\": \"fake disk\",\n\"SHA-256\": \"");
    CHECK_HOLDS(fake_net.sent, "{\"key\": \"retries\",\n\"value\": \"3\",\n\"origin\": "
                               "\"ovfboot.conf line 3\"}");
    CHECK_HOLDS(fake_net.sent, "{\"key\": \"report\",\n\"value\": \"http://r/${serial}?...\"");
    CHECK_HOLDS(fake_net.sent, "{\"key\": \"target\",\n\"value\": \"nvme\"");
    CHECK_HOLDS(fake_net.sent, "{\"name\": \"deployment\",\n\"milliseconds\": ");
    const char *body = strstr(fake_net.sent, "\r\n\r\n");
    NEED(body);
    CHECK(!strstr(body, "secret@") && !strstr(body, "key=secret"));
    CHECK_HOLDS(fake_port.written, "report.json: {\"format\": 1,");
    CHECK_HOLDS(fake_port.said, "\nReport     ");
    CHECK(!fake_net.is_open);
    stand_end();
}

TEST(done_is_reported_where_the_guest_is_not_to_start)
{
    begin();
    takes(1);
    CHECK(stand_run("target = nvme\non-success = poweroff\nreport = " URL "\n") == OK);
    CHECK(count_of("\"outcome\": \"done\"") == 1 && count_of("POST ") == 1);
    stand_end();
}

TEST(a_failure_is_reported_wherever_it_happens)
{
    static const struct {
        const char *settings, *stage, *code, *message;
    } failures[] = {
        {"verify = signature\n", "settings", "setting", "verify = signature, but there is no"},
        {"source = x.ova\n", "package", "not-found", "source = x.ova: no medium"},
        {"target = scsi\n", "targets", "not-found", "target = scsi fits no disk"}};

    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        char settings[200], wanted[200];
        begin();
        takes(1);
        snprintf(settings, sizeof(settings), "%sreport = " URL "\n", failures[i].settings);
        CHECK(stand_run(settings) != OK && stand_untouched());
        CHECK_HOLDS(stand.error.text, failures[i].message);
        snprintf(wanted, sizeof(wanted),
                 "\"outcome\": \"failed\",\n\"stage\": \"%s\",\n\"error\": {\"code\": \"%s\",\n"
                 "\"message\": \"%s",
                 failures[i].stage, failures[i].code, failures[i].message);
        CHECK_HOLDS(fake_net.sent, wanted);
        CHECK_HOLDS(fake_net.sent, "\"advice\": \"C");
        CHECK_HOLDS(fake_port.written, wanted);
        stand_end();
    }
    /* The guest that came back after it was said to start. */
    begin();
    takes(2);
    fake_port.start_code = ERR_IO;
    CHECK(stand_run("target = nvme\nreport = " URL "\n") == ERR_IO);
    CHECK(count_of("\"outcome\": \"starting\"") == 1 && count_of("\"the guest came back\"") == 1);
    stand_end();
}

TEST(a_report_that_is_not_taken_stops_nothing_unless_it_must)
{
    begin();
    fake_net_add("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(stand_run("target = nvme\nreport = " URL "\nretries = 0\n") == OK && fake_port.started);
    CHECK_HOLDS(fake_port.said, "\nWarning    report: http://r/SN_4_2?...: ");
    stand_end();
    begin();
    fake_port.network_code = ERR_NETWORK;
    CHECK(stand_run("target = nvme\nreport = " URL "\n") == OK && fake_port.started);
    CHECK_HOLDS(fake_port.said, "\nWarning    report: no port has a link\n");
    CHECK_HOLDS(fake_port.written, "\"outcome\": \"starting\"");
    stand_end();
    /* Required: before anything is erased, ... */
    begin();
    fake_net_add("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(stand_run("target = nvme\nreport = " URL "\nretries = 0\nreport-policy = required\n") !=
          OK);
    CHECK_HOLDS(stand.error.text, "report: http://r/SN_4_2?...: ");
    CHECK(stand_untouched());
    stand_end();
    /* ... and before the guest starts. */
    begin();
    takes(1);
    fake_net_add("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(stand_run("target = nvme\nreport = " URL "\nretries = 0\nreport-policy = required\n") !=
          OK);
    CHECK(stand_is_guest(NVME) && !fake_port.started);
    stand_end();
}

TEST(a_network_that_does_not_come_up_is_not_tried_again_for_a_report)
{
    begin();
    fake_port.network_code = ERR_NETWORK;
    CHECK(stand_run("source = http://h/x.ova\nreport = " URL "\n") == ERR_NETWORK);
    CHECK(fake_port.network_count == 1);
    CHECK_TEXT(stand.error.text, "no port has a link");
    stand_end();
}

TEST(each_stage_is_reported_where_asked)
{
    begin();
    takes(20);
    CHECK(stand_run("target = nvme\nreport = " URL "\nreport-stages = yes\n") == OK);
    CHECK(count_of("\"outcome\": \"running\"") == 10);
    CHECK_HOLDS(fake_net.sent, "\"outcome\": \"running\",\n\"stage\": \"package\"");
    CHECK_HOLDS(fake_net.sent, "\"outcome\": \"running\",\n\"stage\": \"deployment\"");
    CHECK(count_of("\"outcome\": \"starting\"") == 1);
    stand_end();
    /* One that is lost is enough; the last is tried all the same. */
    begin();
    for (size_t i = 0; i < 8; i++)
        fake_net_add("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    CHECK(stand_run("target = nvme\nreport = " URL "\nreport-stages = yes\n") == OK);
    CHECK(count_of("POST ") == 2 && fake_port.started);
    stand_end();
}

TEST(a_report_can_stay_on_the_medium)
{
    begin();
    CHECK(stand_run("target = nvme\nreport = medium\n") == OK && fake_port.started);
    CHECK(!fake_port.network_count && !fake_net.connections);
    CHECK_HOLDS(fake_port.written, "report.json: {\"format\": 1,");
    stand_end();
    begin();
    fake_port.writes_nothing = true;
    CHECK(stand_run("target = nvme\nreport = medium\n") == OK && fake_port.started);
    CHECK_HOLDS(fake_port.said, "Warning    report: report.json: the medium is read-only");
    stand_end();
    begin();
    fake_port.writes_nothing = true;
    takes(1);
    CHECK(stand_run("target = nvme\nreport = " URL "\n") == OK);
    CHECK(!strstr(fake_port.said, "read-only"));
    stand_end();
}

TEST(nothing_is_reported_or_written_unasked)
{
    begin();
    CHECK(stand_run("target = nvme\n") == OK && !fake_net.connections && !*fake_port.written);
    stand_end();
}

/* With a package from the network: its URL without secrets, and how often servers were tried again. */
TEST(retries_and_the_package_s_url_are_reported)
{
    begin();
    fake_port.package_count = 0;
    fake_net.file = (struct bytes){stand.built.tar.at, stand.built.tar.len};
    fake_net_add("", FAKE_REFUSES);
    CHECK(stand_run("source = http://u:secret@d/box.ova\ntarget = scsi\nreport = " URL "\n") ==
          ERR_NOT_FOUND);
    CHECK_HOLDS(fake_net.sent, "\"retries\": 1");
    CHECK_HOLDS(fake_net.sent, "\"place\": \"http://d/box.ova\",\n\"size\": ");
    CHECK_HOLDS(fake_net.sent, "{\"key\": \"source\",\n\"value\": \"http://d/box.ova\"");
    stand_end();
}

TEST(every_code_has_a_name_of_its_own)
{
    for (unsigned i = 0; i < ERR_COUNT; i++) {
        CHECK(strcmp(err_name((enum err)i), "unknown") != 0);
        for (unsigned j = 0; j < i; j++)
            CHECK(strcmp(err_name((enum err)i), err_name((enum err)j)) != 0);
    }
    CHECK_TEXT(err_name(ERR_COUNT), "unknown");
}
