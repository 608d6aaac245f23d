#include "parsers/url.h"

#include <string.h>

#include "tests/test.h"

static struct error error;
static struct url url;

static enum err parse(const char *text)
{
    error = (struct error){0};
    return url_parse(text, strlen(text), &url, &error);
}

static bool is(struct bytes part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.at, text, part.len) == 0;
}

TEST(url_has_its_parts)
{
    NEED(parse("HTTPS://user:p%40ss@Example.org:8443/a%20b/x.ova?v=1&w=a/b#part") == OK);
    CHECK(url.secure && !url.is_ip && url.port == 8443);
    CHECK(url.has_userinfo && is(url.userinfo, "user:p%40ss"));
    CHECK(is(url.host, "Example.org") && is(url.path, "/a%20b/x.ova") &&
          is(url.query, "?v=1&w=a/b"));
    NEED(parse("http://h") == OK);
    CHECK(!url.secure && url.port == 80 && !url.has_userinfo && !url.path.len && !url.query.len);
    NEED(parse("http://h?q") == OK);
    CHECK(!url.path.len && is(url.query, "?q"));
    NEED(parse("http://h:/") == OK);
    CHECK(url.port == 80);
    NEED(parse("https://@h/") == OK);
    CHECK(url.has_userinfo && !url.userinfo.len && url.port == 443);
}

TEST(url_host_may_be_an_address)
{
    NEED(parse("http://[2001:db8::1]:8080/x") == OK);
    CHECK(url.is_ip && is(url.host, "2001:db8::1") && url.port == 8080);
    NEED(parse("http://[::ffff:192.0.2.1]") == OK);
    CHECK(url.is_ip && is(url.host, "::ffff:192.0.2.1") && url.port == 80);
    NEED(parse("http://192.0.2.7/") == OK);
    CHECK(url.is_ip && is(url.host, "192.0.2.7"));
    NEED(parse("http://7.example/") == OK);
    CHECK(!url.is_ip);
}

TEST(url_that_is_hostile_is_refused)
{
    static const char *const bad[] = {
        "",
        "http",
        "http:",
        "http:/h",
        "ftp://h/",
        "file:///etc/passwd",
        "//h/",
        "http://",
        "http:///x",
        "http://:80/",
        "http://user@/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:8x/",
        "http://h:-1/",
        "http://h /",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h/\t",
        "http://h/\\x",
        "http://h/<x>",
        "http://h/\"",
        "http://h/{x}",
        "http://h/%",
        "http://h/%4",
        "http://h/%zz",
        "http://h\x80/",
        "http://h/\xc3\xa4",
        "http://[::1",
        "http://[::1]x/",
        "http://[1.2.3.4]/",
        "http://[fe80::1%25eth0]/",
        "http://[]/",
        "http://[::1]:/x[",
        "http://a@b@c/",
        "http://1.2.3/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://a..b/",
        "http://.a/",
        "http://a%2eb/",
        "http://a!b/",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (parse(bad[i]) != ERR_SETTING)
            test_failed(__FILE__, __LINE__, bad[i]);
}

TEST(url_of_any_length_meets_a_bound)
{
    char text[URL_MAX + 8];

    memset(text, 'a', sizeof(text));
    memcpy(text, "http://h/", 9);
    CHECK(url_parse(text, URL_MAX - 1, &url, &error) == OK);
    CHECK(url_parse(text, URL_MAX, &url, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "2048 bytes");
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://", 7);
    CHECK(url_parse(text, 7 + 64, &url, &error) == ERR_SETTING); /* a label */
    for (size_t i = 7 + 50; i < sizeof(text); i += 50)
        text[i] = '.';
    CHECK(url_parse(text, 7 + 253, &url, &error) == OK);
    CHECK(url_parse(text, 7 + 254, &url, &error) == ERR_SETTING);
}

TEST(url_messages_name_no_password)
{
    CHECK(parse("http://u:secret@h:99999/") == ERR_SETTING);
    CHECK(!strstr(error.text, "secret"));
    CHECK(parse("gopher://u:secret@h/") == ERR_SETTING);
    CHECK(!strstr(error.text, "secret"));
    CHECK(parse("http://u:secret words@h/") == ERR_SETTING);
    CHECK(!strstr(error.text, "secret"));
}

/* RFC 3986, "Reference Resolution Examples", with http. */
TEST(url_references_mean_what_the_rfc_says)
{
    static const char *const cases[][2] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"https://x:8443/../y", "https://x:8443/y"},
        {"//u@g:81/x", "http://u@g:81/x"},
    };
    char out[URL_MAX];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        NEED(parse("http://a/b/c/d;p?q") == OK);
        CHECK(url_resolve(&url, (struct bytes){(const uint8_t *)cases[i][0], strlen(cases[i][0])},
                          out, &error) == OK);
        CHECK_TEXT(out, cases[i][1]);
    }
}

static enum err resolve(const char *base, const char *reference, char out[URL_MAX])
{
    error = (struct error){0};
    if (url_parse(base, strlen(base), &url, &error) != OK)
        return ERR_COUNT;
    return url_resolve(&url, (struct bytes){(const uint8_t *)reference, strlen(reference)}, out,
                       &error);
}

TEST(url_reference_keeps_the_user_on_the_same_host_only)
{
    char out[URL_MAX];

    CHECK(resolve("https://u:p@h:1/a/b", "c", out) == OK);
    CHECK_TEXT(out, "https://u:p@h:1/a/c");
    CHECK(resolve("https://u:p@[::1]/a/b", "/c", out) == OK);
    CHECK_TEXT(out, "https://u:p@[::1]/c");
    CHECK(resolve("https://u:p@h/a", "//other/c", out) == OK);
    CHECK_TEXT(out, "https://other/c");
    CHECK(resolve("https://h", "c", out) == OK);
    CHECK_TEXT(out, "https://h/c");
    CHECK(resolve("https://h", "javascript:alert(1)", out) == ERR_SETTING);
    CHECK(resolve("https://h", "a b", out) == ERR_SETTING);
    CHECK(resolve("https://h", "//", out) == ERR_SETTING);
    CHECK(resolve("https://h", "a:b", out) == ERR_SETTING);
}

TEST(url_reference_that_grows_meets_a_bound)
{
    char text[URL_MAX], out[URL_MAX];

    memset(text, 'a', sizeof(text));
    memcpy(text, "http://h/", 9);
    text[URL_MAX - 5] = '/';
    NEED(url_parse(text, URL_MAX - 1, &url, &error) == OK);
    CHECK(url_resolve(&url, (struct bytes){(const uint8_t *)"abcdefgh", 8}, out, &error) ==
          ERR_SETTING);
    CHECK(url_resolve(&url, (struct bytes){(const uint8_t *)"abc", 3}, out, &error) == OK);
}

TEST(url_is_shown_without_secrets)
{
    char out[URL_MAX], authority[URL_AUTHORITY_MAX];

    NEED(parse("https://u:p@Host:8443/x.ova?X-Amz-Signature=k") == OK);
    CHECK_TEXT(url_show(&url, out), "https://host:8443/x.ova?...");
    CHECK_TEXT(url_authority(&url, false, authority), "host:8443");
    NEED(parse("http://u:p@[2001:DB8::1]/") == OK);
    CHECK_TEXT(url_show(&url, out), "http://[2001:db8::1]/");
    CHECK_TEXT(url_authority(&url, true, authority), "[2001:db8::1]:80");
}

TEST(url_origins_are_told_apart)
{
    struct url other;

    NEED(parse("https://h/") == OK);
    NEED(url_parse("https://H:443/x", 15, &other, &error) == OK);
    CHECK(url_same_origin(&url, &other) && url_same_host(&url, &other));
    NEED(url_parse("http://h:443/", 13, &other, &error) == OK);
    CHECK(!url_same_origin(&url, &other) && url_same_host(&url, &other));
    NEED(url_parse("https://hh/", 11, &other, &error) == OK);
    CHECK(!url_same_host(&url, &other));
}

TEST(url_paths_are_encoded_and_users_decoded)
{
    char out[URL_MAX];

    CHECK(url_encode_path("a b/50%:\xc3\xa4?#.vmdk", out));
    CHECK_TEXT(out, "a%20b/50%25%3A%C3%A4%3F%23.vmdk");
    CHECK(url_decode((struct bytes){(const uint8_t *)"a%20b%c3%a4", 11}, out, sizeof(out)));
    CHECK_TEXT(out, "a b\xc3\xa4");
    CHECK(!url_decode((struct bytes){(const uint8_t *)"a%0ab", 5}, out, sizeof(out)));
    CHECK(!url_decode((struct bytes){(const uint8_t *)"a%00b", 5}, out, sizeof(out)));
    CHECK(!url_decode((struct bytes){(const uint8_t *)"%ff", 3}, out, sizeof(out)));
    CHECK(!url_decode((struct bytes){(const uint8_t *)"%f", 2}, out, sizeof(out)));
    CHECK(!url_decode((struct bytes){(const uint8_t *)"abcd", 4}, out, 4));
}
