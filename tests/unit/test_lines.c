#include "parsers/lines.h"

#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

/* The lines of text, joined by '|'. */
static const char *joined(const char *text)
{
    static char out[200];
    size_t len = 0;

    for (struct lines l = lines_of((struct bytes){(const uint8_t *)text, strlen(text)});
         lines_next(&l);) {
        memcpy(out + len, l.line.at, l.line.len);
        len += l.line.len;
        out[len++] = '|';
    }
    out[len] = '\0';
    return out;
}

TEST(lines_end_with_lf_crlf_or_cr)
{
    CHECK_TEXT(joined("a\nb\n"), "a|b|");
    CHECK_TEXT(joined("a\r\nb\r\n"), "a|b|");
    CHECK_TEXT(joined("a\rb\r"), "a|b|");
    CHECK_TEXT(joined("a\r\n\r\nb"), "a||b|");
    CHECK_TEXT(joined("a\n\rb"), "a||b|");
    CHECK_TEXT(joined("a\r\r\nb"), "a||b|");
}

TEST(the_last_line_needs_no_end)
{
    CHECK_TEXT(joined("a\nb"), "a|b|");
    CHECK_TEXT(joined("a"), "a|");
    CHECK_TEXT(joined("\n"), "|");
    CHECK_TEXT(joined(""), "");
}

TEST(lines_are_trimmed_of_blanks_and_tabs)
{
    CHECK_TEXT(joined(" \ta b\t \n \t \n"), "a b||");
}

TEST(lines_are_numbered_from_one)
{
    struct lines l = lines_of((struct bytes){(const uint8_t *)"a\n\nb", 4});

    CHECK(lines_next(&l) && l.number == 1);
    CHECK(lines_next(&l) && l.number == 2);
    CHECK(lines_next(&l) && l.number == 3);
    CHECK(!lines_next(&l));
    CHECK(!lines_next(&l));
}

TEST(only_the_first_byte_order_mark_is_passed_over)
{
    CHECK_TEXT(joined("\xef\xbb\xbf"
                      "a\n\xef\xbb\xbf"
                      "b"),
               "a|\xef\xbb\xbf"
               "b|");
    CHECK_TEXT(joined("\xef\xbb"), "\xef\xbb|");
}

TEST(plain_text_is_utf_8_without_control_characters)
{
    static const struct {
        const char *text;
        bool plain;
    } cases[] = {
        {"", true},      {"a b", true},   {"\xc3\xa4", true}, {"a\tb", false},
        {"\x7f", false}, {"\xff", false}, {"\xc3", false},    {"\x01", false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK(lines_plain((struct bytes){(const uint8_t *)cases[i].text, strlen(cases[i].text)}) ==
              cases[i].plain);
    CHECK(!lines_plain((struct bytes){(const uint8_t *)"a\0b", 3}));
}
