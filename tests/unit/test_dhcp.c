#include "parsers/dhcp.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static uint8_t packet[600];
static size_t end;
static struct dhcp_boot boot;
static struct bytes url;

static bool is(struct bytes part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.at, text, part.len) == 0;
}

/* A DHCPv4 answer without options. */
static void start(void)
{
    static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};

    memset(packet, 0, sizeof(packet));
    packet[0] = 2;
    memcpy(packet + 236, cookie, 4);
    end = 240;
}

static void next_server(uint8_t last)
{
    const uint8_t server[] = {192, 0, 2, last};

    memcpy(packet + 20, server, 4);
}

static void file(const char *name)
{
    memcpy(packet + 108, name, strlen(name));
}

static void option(uint8_t code, const char *value)
{
    size_t len = strlen(value);

    packet[end++] = code;
    packet[end++] = (uint8_t)len;
    memcpy(packet + end, value, len);
    end += len;
}

/* From memory of just that size, so that the sanitizer sees a byte too many. */
static bool parse(void)
{
    static uint8_t *exact;

    free(exact);
    exact = malloc(end + 1);
    if (!exact)
        return false;
    memcpy(exact + 1, packet, end);
    return dhcp_boot4((struct bytes){exact + 1, end}, &boot);
}

TEST(dhcp_server_and_file_are_in_the_header)
{
    start();
    next_server(7);
    file("boot/ovfboot.efi");
    option(54, "\xc0\xa8\x01\x01");
    packet[end++] = 255;
    NEED(parse());
    CHECK(boot.has_server && boot.server[0] == 192 && boot.server[3] == 7);
    CHECK(is(boot.file, "boot/ovfboot.efi") && !boot.server_name.len);
}

TEST(dhcp_options_go_before_the_header)
{
    start();
    file("other");
    option(67, "x.efi");
    option(67, "y.efi"); /* the first counts */
    packet[end++] = 0;
    option(66, "tftp.example");
    option(54, "\xc0\xa8\x01\x01");
    NEED(parse()); /* without an end option */
    CHECK(is(boot.file, "x.efi") && is(boot.server_name, "tftp.example"));
    CHECK(boot.has_server && boot.server[0] == 192 && boot.server[1] == 168);
}

TEST(dhcp_name_ends_with_its_nul_or_its_field)
{
    start();
    memset(packet + 108, 'a', 128);
    packet[end++] = 255;
    NEED(parse());
    CHECK(boot.file.len == 128 && !boot.has_server);
    start();
    packet[end++] = 67;
    packet[end++] = 6;
    memcpy(packet + end, "x.efi", 6);
    end += 6;
    NEED(parse());
    CHECK(is(boot.file, "x.efi"));
}

TEST(dhcp_fields_may_hold_options)
{
    start();
    option(52, "\x03");
    file("\x43\x05x.efi\xff");
    memcpy(packet + 44, "\x42\x04host\xff", 7);
    packet[end++] = 255;
    NEED(parse());
    CHECK(is(boot.file, "x.efi") && is(boot.server_name, "host"));
    start();
    option(52, "\x01");
    file("\x42\x04host\xff"); /* no name in there: and the field is none either */
    NEED(parse());
    CHECK(!boot.file.len && is(boot.server_name, "host"));
    start();
    option(52, "\x01");
    memset(packet + 108, 200, 128);
    CHECK(!parse());
    start();
    option(52, "\x02");
    memset(packet + 44, 200, 64);
    CHECK(!parse());
}

TEST(dhcp_packet_of_something_else_is_none)
{
    start();
    CHECK(parse() && !boot.file.len && !boot.has_server);
    packet[0] = 1;
    CHECK(!parse());
    start();
    packet[236]++;
    CHECK(!parse());
    start();
    end = 239;
    CHECK(!parse());
}

TEST(dhcp_option_beyond_the_end_is_damage)
{
    start();
    option(67, "x.efi");
    size_t whole = end;
    while (--end > 240)
        CHECK(!parse());
    end = whole;
    CHECK(parse());
}

static void put6(uint16_t code, const char *value, size_t len)
{
    packet[end++] = (uint8_t)(code >> 8);
    packet[end++] = (uint8_t)code;
    packet[end++] = (uint8_t)(len >> 8);
    packet[end++] = (uint8_t)len;
    memcpy(packet + end, value, len);
    end += len;
}

static bool parse6(void)
{
    static uint8_t *exact;

    free(exact);
    exact = malloc(end + 1);
    if (!exact)
        return false;
    memcpy(exact + 1, packet, end);
    return dhcp_boot6((struct bytes){exact + 1, end}, &url);
}

TEST(dhcp6_boot_file_is_a_url)
{
    static const char text[] = "tftp://[2001:db8::1]/x.efi";

    memset(packet, 0, sizeof(packet));
    end = 4;
    put6(1, "client", 6);
    put6(59, text, strlen(text));
    size_t whole = end;
    NEED(parse6());
    CHECK(is(url, text));
    while (--end > 4 + 10) {
        CHECK(!parse6());
        CHECK(!url.len);
    }
    end = whole + 40; /* zeros */
    CHECK(parse6() && is(url, text));
    end = 4;
    put6(1, "client", 6);
    end += 40;
    memset(packet + 14, 0, 40);
    CHECK(parse6() && !url.len);
    end = 3;
    CHECK(!parse6());
}
