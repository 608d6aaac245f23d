#include "base/writing.h"

#include <string.h>

#include "tests/test.h"

static uint8_t memory[4096], work_memory[1024];
static struct error error;
static struct writing w;

static void start(void)
{
    static struct arena work;

    arena_init(&work, work_memory, sizeof(work_memory), "tests");
    CHECK(writing_start(&w, &work, &error) == OK);
}

static const char *end(void)
{
    static char text[2048];
    struct bytes out;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    if (writing_end(&w, &a, "the text", &out, &error) != OK)
        return error.text;
    memcpy(text, out.at, out.len);
    text[out.len] = '\0';
    return text;
}

TEST(a_writing_grows_at_its_end)
{
    start();
    writing_add(&w, "a");
    writing_bytes(&w, (struct bytes){(const uint8_t *)"bc", 1});
    writing_format(&w, "%u %s", 12u, "x");
    writing_bytes(&w, (struct bytes){NULL, 0});
    CHECK_TEXT(end(), "ab12 x");
}

TEST(xml_is_escaped_so_that_it_comes_out_as_it_was)
{
    start();
    writing_xml(&w, "<a b=\"c\"> & 'd'\n\r\t\xc3\xa9");
    CHECK_TEXT(end(), "&lt;a b=&quot;c&quot;&gt; &amp; 'd'&#10;&#13;&#9;\xc3\xa9");
}

TEST(quoted_text_is_json_and_yaml)
{
    start();
    writing_quoted(&w, "a\"b\\c\n\t\x01\x7f \xc3\xa9 \xf0\x9f\x98\x80");
    CHECK_TEXT(end(), "\"a\\\"b\\\\c\\u000a\\u0009\\u0001\\u007f \xc3\xa9 \xf0\x9f\x98\x80\"");
    start();
    writing_quoted(&w, "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xff");
    CHECK_TEXT(end(), "\"\\u0085\\u2028\\u2029\\ufeff\\ufffd\"");
}

TEST(a_writing_that_does_not_fit_is_an_error_at_its_end)
{
    start();
    for (int i = 0; i < 103; i++)
        writing_add(&w, "0123456789");
    writing_add(&w, "x");
    CHECK_TEXT(end(), "the text: is larger than 1024 bytes");
    CHECK(error.code == ERR_TOO_BIG);
}

TEST(xml_cannot_hold_control_characters)
{
    CHECK(xml_can_hold("") && xml_can_hold("a\t\r\n\xc3\xa9\x7f\xef\xbf\xbd"));
    CHECK(!xml_can_hold("a\x01") && !xml_can_hold("\x1f") && !xml_can_hold("\xef\xbf\xbe"));
    CHECK(!xml_can_hold("\xff") && !xml_can_hold("\xed\xa0\x80"));
}
