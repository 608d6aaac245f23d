#include "parsers/address.h"

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
