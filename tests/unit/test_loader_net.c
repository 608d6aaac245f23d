#include "loader/loader.h"

#include <stdio.h>
#include <string.h>

#include "parsers/anchor_list.h"
#include "tests/build/loader_rig.h"
#include "tests/fake_wire.h"
#include "tests/test.h"

#define URL "http://user:pw@depot.example/a/box.ova?key=1"

/* A machine whose stick is empty; the package is on a web server. */
static void begin(void)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_net_reset();
    fake_port.package_count = 0;
    fake_port.step_ms = 1;
    fake_net.file = (struct bytes){stand.built.tar.at, stand.built.tar.len};
    fake_net.etag = "\"1\"";
}

TEST(a_package_comes_from_a_web_server_and_from_no_medium)
{
    begin();
    CHECK(stand_run("target = nvme\nsource = " URL "\n") == OK);
    CHECK_TEXT(stand.error.text, "");
    CHECK(stand_is_guest(NVME) && fake_port.asked == 0 && fake_port.network_count == 1);
    CHECK_HOLDS(fake_port.said, "\nPackage    http://depot.example/a/box.ova?..., ");
    CHECK(!strstr(fake_port.said, "pw"));
    NEED(fake_port.started);
    CHECK_HOLDS(fake_net.hosts, "depot.example:80 ");
    CHECK(!fake_net.is_open);
    stand_end();
    /* No disk of the machine is its medium. */
    begin();
    CHECK(stand_run("target = usb\nsource = " URL "\n") == OK && stand_is_guest(STICK));
    stand_end();
}

TEST(the_network_stays_alone_when_nothing_needs_it)
{
    begin();
    fake_port.package_count = 1;
    CHECK(stand_run("target = nvme\nnetwork-vlan = 7\n") == OK && stand_is_guest(NVME));
    CHECK(!fake_port.network_count && !fake_net.connections);
    stand_end();
}

TEST(the_network_is_brought_up_as_the_settings_say)
{
    begin();
    CHECK(stand_run("target = nvme\nsource = " URL "\nnetwork-port = 52:54:00:12:34:56\n"
                    "network-address = 192.0.2.7/24\nnetwork-gateway = 192.0.2.1\n"
                    "network-dns = 192.0.2.2, 192.0.2.3\nnetwork-vlan = 4094\n"
                    "proxy = http://p.example:3128\n") == OK);
    CHECK_TEXT(fake_port.network.port, "52:54:00:12:34:56");
    CHECK_TEXT(fake_port.network.address, "192.0.2.7/24");
    CHECK_TEXT(fake_port.network.gateway, "192.0.2.1");
    CHECK_TEXT(fake_port.network.dns, "192.0.2.2, 192.0.2.3");
    CHECK(fake_port.network.vlan == 4094);
    CHECK_HOLDS(fake_net.hosts, "p.example:3128 ");
    CHECK(!strstr(fake_net.hosts, "depot.example"));
    stand_end();
}

TEST(nothing_is_written_when_the_network_does_not_come_up)
{
    begin();
    fake_port.network_code = ERR_NETWORK;
    CHECK(stand_run("target = nvme\nsource = " URL "\n") == ERR_NETWORK);
    CHECK_TEXT(stand.error.text, "no port has a link");
    CHECK(stand_untouched() && !fake_net.connections);
    stand_end();
}

TEST(a_server_is_tried_again_as_often_and_waited_for_as_long_as_the_settings_say)
{
    for (size_t retries = 0; retries <= 2; retries++) {
        begin();
        for (size_t i = 0; i < 8; i++)
            fake_net_add("", FAKE_REFUSES);
        CHECK(stand_run(retries == 2   ? "source = " URL "\nretries = 2\n"
                        : retries == 1 ? "source = " URL "\nretries = 1\n"
                                       : "source = " URL "\nretries = 0\n") == ERR_NETWORK);
        CHECK(fake_net.next == retries + 1);
        stand_end();
    }
    begin();
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n", FAKE_STAYS);
    CHECK(stand_run("source = " URL "\nretries = 0\nstall = 77\n") == ERR_NETWORK);
    CHECK_HOLDS(stand.error.text, "in 77 s");
    stand_end();
    begin();
    for (size_t i = 0; i < 60; i++)
        fake_net_add("", FAKE_REFUSES);
    CHECK(stand_run("source = " URL "\nretries = 100\ntimeout = 60\n") == ERR_NETWORK);
    CHECK(fake_net.next < 12);
    stand_end();
}

TEST(a_server_without_parts_is_held_in_memory_where_that_suffices)
{
    static char answer[8u << 20];
    size_t size;

    begin();
    size = stand.built.tar.len;
    int head =
        snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
    NEED(head > 0 && size < sizeof(answer) - (size_t)head);
    memcpy(answer + head, stand.built.tar.at, size);
    fake_net.file.at = NULL;
    for (size_t i = 0; i < 2; i++) {
        fake_net_add(answer, FAKE_STAYS);
        fake_net.script[i].len = (size_t)head + size;
    }
    fake_port.memory_room = size;
    CHECK(stand_run("target = nvme\nsource = " URL "\n") == OK);
    CHECK_TEXT(stand.error.text, "");
    CHECK(stand_is_guest(NVME));
    stand_end();
    begin();
    fake_net.file.at = NULL;
    fake_net_add("HTTP/1.1 200 OK\r\nContent-Length: 4200000000\r\n\r\n", FAKE_STAYS);
    fake_port.memory_room = 1000;
    CHECK(stand_run("target = nvme\nsource = " URL "\n") == ERR_NO_MEMORY);
    CHECK_TEXT(stand.error.text,
               "http://depot.example/a/box.ova?...: the server sends no parts of it (Range), so "
               "that 16.7 MB of it must be kept in memory: the largest free piece has 1000 bytes");
    CHECK(stand_untouched());
    stand_end();
}

#define NOT_FOUND "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

TEST(a_package_that_the_server_does_not_have_is_told_by_its_url)
{
    static const char *const names[] = {"my%20box.ova", "my%20box.ovf"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char settings[100], wanted[100];
        begin();
        fake_net.file.at = NULL;
        fake_net_add(NOT_FOUND, FAKE_STAYS);
        snprintf(settings, sizeof(settings), "source = http://depot.example/a/%s\n", names[i]);
        snprintf(wanted, sizeof(wanted), "http://depot.example/a/%s: ", names[i]);
        CHECK(stand_run(settings) == ERR_NOT_FOUND);
        CHECK_HOLDS(stand.error.text, wanted);
        CHECK(fake_net.requests == 1 && stand_untouched());
        stand_end();
    }
}

/* A server with a descriptor and nothing else. */
TEST(a_descriptor_on_a_web_server_has_its_files_beside_it)
{
    static const char xml[] = "<Envelope/>";

    begin();
    fake_net.file = (struct bytes){(const uint8_t *)xml, sizeof(xml) - 1};
    fake_net_add("HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes "
                 "0-0/11\r\nETag: \"1\"\r\n\r\n<",
                 FAKE_STAYS);
    fake_net_add(NOT_FOUND, FAKE_STAYS);
    fake_net_add(NOT_FOUND, FAKE_STAYS);
    CHECK(stand_run("source = http://depot.example/a/my%20box.ovf\n") == ERR_UNTRUSTED);
    CHECK_HOLDS(stand.error.text, "my box.ovf: has no manifest");
    CHECK_HOLDS(fake_port.said, "\nPackage    http://depot.example/a/my%20box.ovf\n");
    CHECK_HOLDS(fake_net.sent, "GET /a/my%20box.mf");
    stand_end();
}

static const char ca[] =
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";

/* No server here speaks TLS; what is read, and whether it is, shows in what goes wrong. */
TEST(files_for_https_are_read_unless_anchors_are_sealed)
{
    struct bytes good = {(const uint8_t *)ca, sizeof(ca) - 1}, bad = {(const uint8_t *)"x", 1};
    uint8_t list[256];

    begin();
    fake_port.https[0] = (struct named_file){"web.pem", bad};
    fake_port.https_count = 1;
    CHECK(stand_run("source = https://h/x.ova\nretries = 0\n") == ERR_SETTING);
    CHECK_HOLDS(stand.error.text, "https: web.pem: ");
    CHECK(!fake_port.network_count);
    uint8_t *end_of_list = anchor_list_put(list, "keys.txt", good);
    fake_port.sealed_anchors = (struct bytes){list, (size_t)(end_of_list - list)};
    CHECK(stand_run("source = https://h/x.ova\nretries = 0\n") == ERR_NETWORK);
    CHECK(fake_port.network_count == 1);
    stand_end();
}
