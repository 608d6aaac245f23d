#include "base/base64.h"

#include <string.h>

#include "tests/test.h"

static uint8_t out[256];
static size_t len;

static bool loose(const char *text)
{
    return base64_read_loose((struct bytes){(const uint8_t *)text, strlen(text)}, out, &len);
}

static bool loose_is(const char *text, const char *wanted)
{
    return loose(text) && len == strlen(wanted) && memcmp(out, wanted, len) == 0;
}

TEST(base64_of_the_standard_is_written_and_read)
{
    static const struct {
        const char *bytes, *text;
    } vectors[] = {{"", ""},
                   {"f", "Zg=="},
                   {"fo", "Zm8="},
                   {"foo", "Zm9v"},
                   {"foob", "Zm9vYg=="},
                   {"fooba", "Zm9vYmE="},
                   {"foobar", "Zm9vYmFy"}};

    for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
        struct bytes from = {(const uint8_t *)vectors[i].bytes, strlen(vectors[i].bytes)};
        size_t n = base64_write(out, from);
        CHECK(n == BASE64_LEN(from.len) && n == strlen(vectors[i].text));
        CHECK(memcmp(out, vectors[i].text, n) == 0);
        CHECK(loose_is(vectors[i].text, vectors[i].bytes));
        CHECK(len <= BASE64_ROOM(strlen(vectors[i].text)));
    }
}

/* Each as Python 3.11 says. */
TEST(loose_base64_is_what_python_takes)
{
    CHECK(loose_is("Zm9v\nYmFy\r\n", "foobar"));
    CHECK(loose_is("Zm-9v!Ym\xc3\xa9"
                   "Fy",
                   "foobar"));
    CHECK(loose_is("Zg==Zm9v", "f"));
    CHECK(loose_is("Zm9v=YmFy", "foobar"));
    CHECK(loose_is("Zg=x=", "f\x0c"));
    CHECK(!loose("Zg") && !loose("Zg=") && !loose("Z") && !loose("Zm9vYg"));
    CHECK(loose_is("====", "") && loose_is("!!", ""));
    CHECK(!loose("Z==="));
}
