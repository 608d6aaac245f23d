#include "parsers/start_url.h"

#include <string.h>

#include "tests/test.h"

static char out[URL_MAX];

static bool directory(const char *url)
{
    memset(out, 'x', sizeof(out));
    return start_url_directory((struct bytes){(const uint8_t *)url, strlen(url)}, out);
}

TEST(start_url_is_cut_behind_its_last_slash)
{
    static const char *const cases[][2] = {
        {"http://192.0.2.1/boot/ovfboot.efi", "http://192.0.2.1/boot/"},
        {"HTTPS://Example.org:8443/a/b%20c/x.efi?v=1/2#/3", "https://Example.org:8443/a/b%20c/"},
        {"tftp://[2001:db8::1]/x.efi", "tftp://[2001:db8::1]/"},
        {"tftp://h//srv/x.efi", "tftp://h//srv/"},
        {"http://h/boot/", "http://h/boot/"},
        {"http://h", "http://h/"},
        {"http://h?x", "http://h/"},
        {"http://u:p@h/x", "http://u:p@h/"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(directory(cases[i][0]));
        CHECK_TEXT(out, cases[i][1]);
    }
}

TEST(start_url_of_another_kind_is_none)
{
    static const char *const bad[] = {
        "",          "http:",   "http://", "http:///x",   "http://?",      "ftp://h/x",
        "nfs://h/x", "file:/x", "//h/x",   "http://h/ x", "http://h/\x7f", "http://h/\xc3\xa9"};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (directory(bad[i]))
            test_failed(__FILE__, __LINE__, bad[i]);
}

TEST(start_url_has_a_limit)
{
    char url[URL_MAX + 8] = "http://";

    memset(url + 7, 'a', sizeof(url) - 8);
    url[URL_MAX - 2] = '\0';
    CHECK(directory(url) && strlen(out) == URL_MAX - 1);
    url[URL_MAX - 2] = 'a';
    url[URL_MAX - 1] = '\0';
    CHECK(!directory(url));
    url[10] = '/'; /* what is behind it does not count */
    CHECK(directory(url) && strlen(out) == 11);
}

/* ---- Device paths ---------------------------------------------------------------------------- */

static uint8_t path[256];
static size_t end;

static void node(uint8_t type, uint8_t subtype, const char *value, size_t len)
{
    path[end++] = type;
    path[end++] = subtype;
    path[end++] = (uint8_t)(len + 4);
    path[end++] = 0;
    memcpy(path + end, value, len);
    end += len;
}

static bool path_is(const char *uri)
{
    struct bytes got = start_url_of_path((struct bytes){path, end});

    return got.len == strlen(uri) && memcmp(got.at, uri, got.len) == 0;
}

TEST(start_url_is_the_last_node_of_a_device_path)
{
    end = 0;
    node(3, 11, "mac", 3);
    node(3, 24, "http://proxy:3128", 17); /* as HTTP Boot through a proxy has it */
    node(3, 24, "http://h/x", 10);
    CHECK(path_is("http://h/x"));
    size_t whole = end;
    node(0x7f, 0xff, "", 0);
    CHECK(path_is("http://h/x"));
    end = whole;
    node(4, 9, "a disk that was fetched", 23);
    node(0x7f, 0xff, "", 0);
    CHECK(path_is(""));
    end = 0;
    node(3, 24, "http://h/x\0more", 15);
    CHECK(path_is("http://h/x"));
    end = 0;
    node(3, 24, "", 0); /* before it was started */
    CHECK(path_is(""));
    end = 0;
    node(2, 24, "http://h/x", 10);
    CHECK(path_is(""));
    end = 0;
    CHECK(path_is(""));
}

TEST(start_url_of_a_damaged_path_is_none)
{
    end = 0;
    node(3, 24, "http://h/x", 10);
    for (end--; end > 0; end--)
        CHECK(path_is(""));
    end = 0;
    node(3, 24, "http://h/x", 10);
    path[2] = 3; /* shorter than its own head */
    CHECK(path_is(""));
}

/* ---- DHCP ------------------------------------------------------------------------------------ */

static bool of_dhcp(const char *file, const char *name, bool has_server)
{
    struct dhcp_boot boot = {.has_server = has_server,
                             .server = {192, 0, 2, 1},
                             .server_name = {(const uint8_t *)name, strlen(name)},
                             .file = {(const uint8_t *)file, strlen(file)}};

    memset(out, 'x', sizeof(out));
    return start_url_of_dhcp(&boot, out);
}

TEST(start_url_of_dhcp_is_server_and_directory)
{
    static const struct {
        const char *file, *name;
        bool has_server;
        const char *url;
    } cases[] = {
        {"ovfboot.efi", "", true, "tftp://192.0.2.1/"},
        {"boot/x.efi", "name", true, "tftp://192.0.2.1/boot/"},
        {"/srv/tftp/x.efi", "", true, "tftp://192.0.2.1//srv/tftp/"},
        {"boot\\x64\\x.efi", "", true, "tftp://192.0.2.1/boot/x64/"},
        {"a b%/x.efi", "", true, "tftp://192.0.2.1/a%20b%25/"},
        {"x.efi", "tftp.example", false, "tftp://tftp.example/"},
        {"http://h/boot/x.efi", "", false, "http://h/boot/"},
        {"tftp://[::1]/x", "", true, "tftp://[::1]/"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(of_dhcp(cases[i].file, cases[i].name, cases[i].has_server));
        CHECK_TEXT(out, cases[i].url);
    }
    CHECK(!of_dhcp("", "", true));
    CHECK(!of_dhcp("x.efi", "", false));
    CHECK(!of_dhcp("x.efi", "a/b", false) && !of_dhcp("x.efi", "a b", false));
}

TEST(start_url_of_dhcp_has_a_limit)
{
    static char file[URL_MAX + 8];
    struct dhcp_boot boot = {.has_server = true, .file = {(const uint8_t *)file, 0}};

    memset(file, '/', sizeof(file));
    boot.file.len = URL_MAX - 1 - strlen("tftp://0.0.0.0/");
    CHECK(start_url_of_dhcp(&boot, out) && strlen(out) == URL_MAX - 1);
    boot.file.len++;
    CHECK(!start_url_of_dhcp(&boot, out));
    boot.file.len = sizeof(file);
    CHECK(!start_url_of_dhcp(&boot, out));
}
