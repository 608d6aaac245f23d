#include "parsers/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

static void check_all(bool (*is)(const char *, size_t), bool wanted, const char *const *texts,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is(texts[i], strlen(texts[i])) != wanted)
            test_failed(texts[i], 0, wanted ? "is not taken" : "is taken");
}

TEST(addresses_of_both_versions_are_told_from_other_texts)
{
    const char *const good[] = {
        "0.0.0.0",
        "10.1.2.3",
        "255.255.255.255",
        "::",
        "::1",
        "1::",
        "fe80::1",
        "2001:DB8:0:0:8:800:200C:417A",
        "2001:db8::8:800:200c:417a",
        "::ffff:129.144.52.38",
        "0:0:0:0:0:ffff:1.2.3.4",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "a:b:c:d:e:f:1:2",
    };
    const char *const bad[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.",
        ".1.2.3",
        "01.2.3.4",
        "1.2.3.1000",
        "1..2.3",
        " 1.2.3.4",
        "1.2.3.4 ",
        "-1.2.3.4",
        "1.2.3.4/24",
        "host",
        ":",
        ":::",
        "1:2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8",
        "1::2::3",
        ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "::1.2.3",
        "1.2.3.4::",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3.4:5",
    };

    check_all(address_is_ip, true, good, COUNT_OF(good));
    check_all(address_is_ip, false, bad, COUNT_OF(bad));
}

TEST(a_netmask_is_ones_and_then_zeros_or_the_length_of_a_prefix)
{
    const char *const good[] = {"255.255.255.0",
                                "255.255.240.0",
                                "0.0.0.0",
                                "255.255.255.255",
                                "128.0.0.0",
                                "ffff:ffff::",
                                "0",
                                "24",
                                "128"};
    const char *const bad[] = {"", "255.0.255.0", "0.0.0.255", "255.255.255", "129", "-1", "/24"};

    check_all(address_is_netmask, true, good, COUNT_OF(good));
    check_all(address_is_netmask, false, bad, COUNT_OF(bad));
}

TEST(a_list_of_addresses_has_at_least_one_and_nothing_else)
{
    const char *const good[] = {"8.8.8.8", "8.8.8.8,8.8.4.4", "8.8.8.8, ::1", " 8.8.8.8  ::1 ,"};
    const char *const bad[] = {"", " , ", "8.8.8.8,host", "8.8.8.8;8.8.4.4"};

    check_all(address_is_list, true, good, COUNT_OF(good));
    check_all(address_is_list, false, bad, COUNT_OF(bad));
}

static bool bytes_are(const char *text, size_t len, const char *wanted)
{
    uint8_t out[16];

    return address_bytes(text, strlen(text), out) == len && memcmp(out, wanted, len) == 0;
}

TEST(addresses_become_bytes)
{
    uint8_t out[16];

    CHECK(bytes_are("192.0.2.255", 4, "\xc0\x00\x02\xff"));
    CHECK(bytes_are("::", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    CHECK(bytes_are("::1", 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"));
    CHECK(bytes_are("1::", 16, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    CHECK(bytes_are("2001:DB8::a:ff", 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\x0a\0\xff"));
    CHECK(bytes_are("1:2:3:4:5:6:7:8", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x8"));
    CHECK(bytes_are("::ffff:192.0.2.1", 16, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1"));
    CHECK(bytes_are("1:2:3:4:5:6:1.2.3.4", 16, "\0\1\0\2\0\3\0\4\0\5\0\6\1\2\3\4"));
    CHECK(address_bytes("1.2.3", 5, out) == 0 && address_bytes("1:2", 3, out) == 0);
    CHECK(address_bytes("", 0, out) == 0);
}

TEST(an_address_with_its_prefix)
{
    const char *const bad[] = {"192.0.2.7",    "192.0.2.7/33",    "192.0.2.7/", "/24",       "",
                               "192.0.2.7/-1", "2001:db8::7/129", "a/24",       "1.2.3.4/2 "};
    uint8_t out[16];
    size_t bytes;
    unsigned prefix;

    CHECK(address_with_prefix("192.0.2.7/24", 12, out, &bytes, &prefix) && bytes == 4 &&
          prefix == 24 && memcmp(out, "\xc0\x00\x02\x07", 4) == 0);
    CHECK(address_with_prefix("2001:db8::7/128", 15, out, &bytes, &prefix) && bytes == 16 &&
          prefix == 128 && out[0] == 0x20 && out[15] == 7);
    CHECK(address_with_prefix("0.0.0.0/0", 9, out, &bytes, &prefix) && prefix == 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(!address_with_prefix(bad[i], strlen(bad[i]), out, &bytes, &prefix));
}

TEST(the_addresses_of_a_list_one_by_one)
{
    const char text[] = " 8.8.8.8, ::1  ";
    struct bytes list = {(const uint8_t *)text, strlen(text)};
    uint8_t out[16];

    CHECK(address_next(&list, out) == 4 && memcmp(out, "\x08\x08\x08\x08", 4) == 0);
    CHECK(address_next(&list, out) == 16 && out[15] == 1);
    CHECK(address_next(&list, out) == 0 && list.len == 0);
    list = (struct bytes){(const uint8_t *)"x 1.2.3.4", 9};
    CHECK(address_next(&list, out) == 0);
}

/* What the C library writes for the same bytes; it writes IPv4 addresses inside of IPv6 ones in
 * another way, which random addresses are not. */
TEST(addresses_are_written_as_the_c_library_does)
{
    uint32_t seed = 5952;
    char ours[ADDRESS_TEXT_MAX], theirs[INET6_ADDRSTRLEN];
    uint8_t address[16];

    for (int n = 0; n < 4000; n++) {
        for (size_t i = 0; i < 16; i += 2) {
            seed = seed * 1664525 + 1013904223;
            bool is_zero = i && seed >> 28 < 9;
            address[i] = is_zero ? 0 : (uint8_t)(seed >> 16);
            address[i + 1] = is_zero ? 0 : (uint8_t)(seed >> 8);
        }
        address[0] |= 1;
        inet_ntop(AF_INET6, address, theirs, sizeof(theirs));
        CHECK_TEXT(address_text(address, 16, ours), theirs);
        inet_ntop(AF_INET, address, theirs, sizeof(theirs));
        CHECK_TEXT(address_text(address, 4, ours), theirs);
    }
    CHECK_TEXT(address_text((const uint8_t[16]){0}, 16, ours), "::");
    CHECK_TEXT(address_text((const uint8_t[16]){[15] = 1}, 16, ours), "::1");
}
