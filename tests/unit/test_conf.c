#include <stdio.h>
#include <string.h>

#include "loader/loader.h"
#include "parsers/anchor_list.h"
#include "tests/build/loader_rig.h"
#include "tests/fake_wire.h"
#include "tests/test.h"

#define NOT_THERE "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

/* A machine that knows itself, with a package on its stick and a server that is asked for settings. */
static void begin(void)
{
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    fake_net_reset();
    fake_port.step_ms = 1;
    fake_port.machine.uuid = "4c4c4544-0036-3510-8052-b4c04f4a3132";
    fake_port.machine.serial = "SN 4/2";
    fake_port.machine.macs[0] = "52:54:00:12:34:56";
    fake_port.machine.macs[1] = "52:54:00:12:34:57";
    fake_port.machine.mac_count = 2;
}

static void answer(const char *text)
{
    static char answers[16][512];
    char *to = answers[fake_net.count];

    if (text)
        snprintf(to, sizeof(answers[0]), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                 strlen(text), text);
    fake_net_add(text ? to : NOT_THERE, FAKE_STAYS);
}

/* The paths that were asked for, each with a blank behind it. */
static const char *asked(void)
{
    static char all[2048];
    size_t len = 0;

    for (const char *at = fake_net.sent; (at = strstr(at, "GET ")) != NULL;) {
        at += strlen("GET ");
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%.*s ", (int)strcspn(at, " "), at);
    }
    all[len] = '\0';
    return all;
}

static void ends(enum err err, enum err wanted, const char *message)
{
    CHECK(err == wanted);
    CHECK_TEXT(stand.error.text, message);
    stand_end();
}

TEST(conf_fetches_more_settings_for_this_machine)
{
    begin();
    answer("target = nvme\n");
    CHECK(stand_run("conf = http://u:p@h/${serial}/${uuid}-${arch}.conf?k=1\n") == OK);
    CHECK_TEXT(stand.error.text, "");
    CHECK(stand_is_guest(NVME) && fake_port.asked == 0 && fake_port.network_count == 1);
    CHECK_TEXT(asked(), "/SN_4_2/4c4c4544-0036-3510-8052-b4c04f4a3132-x64.conf?k=1 ");
    CHECK_HOLDS(fake_port.said,
                "Settings   ovfboot.conf\n"
                "           http://h/SN_4_2/4c4c4544-0036-3510-8052-b4c04f4a3132-x64.conf?...\n"
                "Warning    http://h/SN_4_2/");
    CHECK(!strstr(fake_port.said, "u:p"));
    stand_end();
}

TEST(a_fact_stays_one_piece_of_the_path)
{
    static const char *const serials[][2] = {{"..", "/a/_./x "},
                                             {"../../b", "/a/_._.._b/x "},
                                             {"a?b#c", "/a/a_b_c/x "},
                                             {"%2e%2e", "/a/_2e_2e/x "},
                                             {"\xc3\xa4", "/a/__/x "}};

    for (size_t i = 0; i < COUNT_OF(serials); i++) {
        begin();
        fake_port.machine.serial = serials[i][0];
        answer(NULL);
        CHECK(stand_run("conf = http://h/a/${serial}/x\n") == ERR_NOT_FOUND);
        CHECK_TEXT(asked(), serials[i][1]);
        stand_end();
    }
}

TEST(what_is_set_at_the_machine_wins_over_what_is_fetched_and_that_over_files)
{
    begin();
    fake_port.options = (struct bytes){(const uint8_t *)"on-success=reboot", 17};
    answer("target = nvme\non-success = wait\non-failure = exit\n");
    CHECK(stand_run("conf = http://h/x\ntarget = serial:S1\non-failure = reboot\n") == OK);
    CHECK(stand_is_guest(NVME));
    CHECK(stand.loader.config.on_success == AFTER_REBOOT &&
          stand.loader.config.on_failure == AFTER_EXIT);
    stand_end();
}

TEST(a_conf_with_an_address_is_tried_for_each_network_port)
{
    begin();
    answer(NULL);
    answer("target = nvme\n");
    CHECK(stand_run("conf = http://h/${mac}\n") == OK && stand_is_guest(NVME));
    CHECK_TEXT(asked(), "/52-54-00-12-34-56 /52-54-00-12-34-57 ");
    stand_end();
    begin();
    answer(NULL);
    answer(NULL);
    ends(stand_run("conf = http://h/${mac}\n"), ERR_NOT_FOUND,
         "conf: none for any of 2 network ports; the last is: http://h/52-54-00-12-34-57: the "
         "server does not have it (404 Not Found)");
    begin();
    fake_port.machine.mac_count = 0;
    ends(stand_run("conf = http://h/${mac}\n"), ERR_SETTING,
         "conf: ${mac}: this machine does not tell its address of a network port");
}

TEST(a_conf_that_cannot_be_had_is_an_error)
{
    begin();
    answer(NULL);
    ends(stand_run("conf = http://h/x\n"), ERR_NOT_FOUND,
         "conf: http://h/x: the server does not have it (404 Not Found)");
    begin();
    fake_net_add("", FAKE_REFUSES);
    CHECK(stand_run("conf = http://h/x\nretries = 0\n") == ERR_NETWORK && stand_untouched());
    stand_end();
    begin();
    ends(stand_run("conf = my.conf\n"), ERR_SETTING,
         "conf = my.conf: is no URL of http, https or tftp");
    begin();
    fake_port.network_code = ERR_NETWORK;
    ends(stand_run("conf = http://h/x\n"), ERR_NETWORK, "conf: no port has a link");
}

TEST(what_is_fetched_cannot_set_up_the_network_or_name_another_file)
{
    begin();
    answer("target = nvme\nnetwork-vlan = 3\n");
    ends(
        stand_run("conf = http://h/x\n"), ERR_SETTING,
        "http://h/x: line 2: network-vlan comes too late in a file that is fetched: the network is "
        "up by then");
    begin();
    answer("conf = http://h/y\n");
    ends(stand_run("conf = http://h/x\n"), ERR_SETTING,
         "http://h/x: line 1: the file that conf names cannot name another");
    begin();
    fake_port.sealed_policy = (struct bytes){(const uint8_t *)"hardware = enforce", 18};
    answer("hardware = warn\n");
    ends(stand_run("conf = http://h/x\n"), ERR_SETTING,
         "http://h/x: line 1: hardware is sealed into this loader");
}

TEST(the_package_comes_by_what_fetched_settings_say_of_proxies)
{
    begin();
    fake_net.file = (struct bytes){stand.built.tar.at, stand.built.tar.len};
    answer("target = nvme\nsource = http://depot/box.ova\nproxy = http://p:8080\n");
    CHECK(stand_run("conf = http://h/x\n") == OK && stand_is_guest(NVME));
    CHECK_TEXT(fake_net.hosts, "h:80 p:8080 ");
    CHECK(fake_port.network_count == 1);
    stand_end();
}

static void seal(const char *text, uint8_t *list)
{
    struct bytes bytes = {(const uint8_t *)text, strlen(text)};

    fake_port.sealed_anchors =
        (struct bytes){list, (size_t)(anchor_list_put(list, "keys.txt", bytes) - list)};
}

TEST(a_file_that_came_without_https_does_not_turn_signatures_off)
{
    static const char key[] =
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";
    static const char *const words[] = {"manifest", "none", "signature"};
    uint8_t list[256];

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        char text[40];
        begin();
        seal(key, list);
        snprintf(text, sizeof(text), "verify = %s\n", words[i]);
        answer(text);
        enum err err = stand_run("conf = http://h/x\n");
        CHECK(err == (i == 2 ? ERR_UNTRUSTED : ERR_SETTING));
        CHECK(i == 2 || strstr(stand.error.text, "came without https cannot ask for less"));
        stand_end();
    }
    /* At the machine it can be set, and where nobody is believed nothing is turned off. */
    begin();
    seal(key, list);
    fake_port.options = (struct bytes){(const uint8_t *)"verify=manifest", 15};
    answer("verify = none\ntarget = nvme\n");
    CHECK(stand_run("conf = http://h/x\n") == OK && stand_is_guest(NVME));
    stand_end();
    begin();
    answer("verify = manifest\ntarget = nvme\n");
    CHECK(stand_run("conf = http://h/x\n") == OK && stand_is_guest(NVME));
    stand_end();
}

TEST(a_loader_from_a_web_server_finds_its_settings_beside_itself)
{
    begin();
    fake_port.start_url = "http://h/boot/";
    answer("target = usb\non-success = poweroff\n");
    answer(NULL);
    answer("target = nvme\n");
    CHECK(stand_run("") == OK);
    CHECK_TEXT(stand.error.text, "");
    CHECK(stand_is_guest(NVME) && stand.loader.config.on_success == AFTER_POWEROFF);
    CHECK_TEXT(asked(), "/boot/ovfboot.conf /boot/machines/4c4c4544-0036-3510-8052-b4c04f4a3132."
                        "conf /boot/machines/SN_4_2.conf ");
    stand_end();
    /* None of them need be there. */
    begin();
    fake_port.start_url = "http://h/boot/";
    fake_port.options = (struct bytes){(const uint8_t *)"target=nvme", 11};
    for (size_t i = 0; i < 5; i++)
        answer(NULL);
    CHECK(stand_run("") == OK && stand_is_guest(NVME));
    CHECK(strstr(asked(), " /boot/machines/52-54-00-12-34-57.conf "));
    stand_end();
    /* What may come too late there. */
    begin();
    fake_port.start_url = "http://h/boot/";
    answer("network-port = 1\n");
    for (size_t i = 0; i < 4; i++)
        answer(NULL);
    CHECK(stand_run("") == ERR_SETTING);
    CHECK_HOLDS(stand.error.text,
                "http://h/boot/ovfboot.conf: line 1: network-port comes too late");
    stand_end();
    begin();
    fake_port.start_url = "http://h/boot/";
    fake_net_add("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", FAKE_STAYS);
    fake_port.options = (struct bytes){(const uint8_t *)"retries=0", 9};
    CHECK(stand_run("") == ERR_NETWORK);
    CHECK_HOLDS(stand.error.text, "http://h/boot/ovfboot.conf: ");
    stand_end();
}

TEST(settings_beside_a_loader_may_name_more_and_a_package_there)
{
    begin();
    fake_port.start_url = "http://h/boot/";
    fake_port.package_count = 0;
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_net.file = (struct bytes){stand.built.tar.at, stand.built.tar.len};
    answer("conf = http://other/x\nsource = a b/box.ova\n");
    answer("target = nvme\n");
    CHECK(stand_run("") == OK);
    CHECK_TEXT(stand.error.text, "");
    CHECK(stand_is_guest(NVME));
    CHECK(strstr(asked(), "/boot/ovfboot.conf /x /boot/a%20b/box.ova ") == asked());
    CHECK_HOLDS(fake_port.said, "\nPackage    http://h/boot/a%20b/box.ova, ");
    stand_end();
}

TEST(a_package_on_a_medium_comes_before_one_on_the_server)
{
    begin();
    fake_port.start_url = "http://h/boot/";
    fake_port.machine = machine_unknown(GUEST_X86_64);
    answer("source = box.ova\ntarget = nvme\n");
    CHECK(stand_run("") == OK && stand_is_guest(NVME));
    CHECK_HOLDS(fake_port.said, "\nPackage    appliances/box.ova on usb disk");
    CHECK(fake_net.requests == 1);
    stand_end();
}

static void serve_tftp(const char *name, const char *text)
{
    fake_port.tftp[fake_port.tftp_count++] =
        (struct named_file){name, {(const uint8_t *)text, strlen(text)}};
}

TEST(settings_come_by_tftp_and_packages_do_not)
{
    begin();
    fake_port.machine.serial = "";
    fake_port.start_url = "tftp://192.0.2.1/boot/";
    serve_tftp("192.0.2.1 boot/ovfboot.conf", "source = x.ova\n");
    serve_tftp("192.0.2.1 boot/machines/52-54-00-12-34-57.conf", "target = nvme\n");
    ends(stand_run(""), ERR_SETTING,
         "source = x.ova: no medium holds it, and from tftp://192.0.2.1/boot/, where ovfboot came "
         "from, no package can come: that needs http or https");
    CHECK_TEXT(fake_port.tftp_asked,
               "192.0.2.1 boot/ovfboot.conf\n"
               "192.0.2.1 boot/machines/4c4c4544-0036-3510-8052-b4c04f4a3132.conf\n"
               "192.0.2.1 boot/machines/52-54-00-12-34-56.conf\n"
               "192.0.2.1 boot/machines/52-54-00-12-34-57.conf\n");
    begin();
    serve_tftp("h a b/x", "target = nvme\n");
    CHECK(stand_run("conf = TFTP://h/a%20b/x\n") == OK && stand_is_guest(NVME));
    CHECK(fake_port.network_count == 1 && !fake_net.connections);
    stand_end();
    begin();
    ends(stand_run("conf = tftp://h/x\n"), ERR_NOT_FOUND,
         "conf: tftp://h/x: the server does not have it");
    begin();
    ends(stand_run("conf = tftp://u@h/x\n"), ERR_SETTING,
         "conf: a URL of tftp is tftp://HOST/PATH and nothing more");
    begin();
    ends(stand_run("source = tftp://h/x.ova\n"), ERR_SETTING,
         "source = tftp://h/x.ova: a package comes by http or https, not by tftp");
}

TEST(a_source_has_facts_of_the_machine_in_it)
{
    begin();
    fake_net.file = (struct bytes){stand.built.tar.at, stand.built.tar.len};
    CHECK(stand_run("target = nvme\nsource = http://h/${arch}/${serial}.ova\n") == OK);
    CHECK(strstr(asked(), "/x64/SN_4_2.ova ") == asked());
    stand_end();
}
