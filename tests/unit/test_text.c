#include "base/text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/utf.h"
#include "tests/test.h"

/* libc's printf is the judge: both write the same. */
#define SAME(...)                                                                                  \
    do {                                                                                           \
        char ours[200], theirs[200];                                                               \
        int len = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                                   \
        CHECK(text_format(ours, sizeof(ours), __VA_ARGS__) == (size_t)len);                        \
        CHECK_TEXT(ours, theirs);                                                                  \
    } while (0)

TEST(numbers_are_formatted_as_printf_does)
{
    SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
    SAME("%u %x %X", UINT_MAX, 0xbeefu, 0xbeefu);
    SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
    SAME("%lld %llu %llx %llX", LLONG_MIN, ULLONG_MAX, ULLONG_MAX, ULLONG_MAX);
    SAME("%zu %zx", SIZE_MAX, SIZE_MAX);
    SAME("%" PRIu64 " %" PRIx64 " %" PRId64, UINT64_MAX, UINT64_MAX, INT64_MIN);
    SAME("%" PRIu32 " %" PRIu16 " %" PRIu8, UINT32_MAX, (uint16_t)65535, (uint8_t)255);
}

TEST(widths_are_padded_as_printf_does)
{
    SAME("[%5d] [%05d] [%-5d] [%2d]", 42, 42, 42, 12345);
    SAME("[%5d] [%05d] [%-5d] [%01d]", -42, -42, -42, -42);
    SAME("[%8x] [%08x] [%016llX]", 0xabcu, 0xabcu, 0xabcull);
    SAME("[%6s] [%-6s] [%2s]", "abc", "abc", "abc");
    SAME("[%3c] [%-3c]", 'a', 'b');
}

TEST(strings_are_cut_at_their_precision)
{
    char three[] = {'a', 'b', 'c'}; /* no NUL: not read beyond */

    SAME("[%.2s] [%.0s] [%.9s]", "abc", "abc", "abc");
    SAME("[%.*s] [%.*s]", 3, three, 0, three);
    SAME("[%5.2s] [%-5.2s]", "abc", "abc");
    SAME("%s%%%s", "a", "b");
}

TEST(a_missing_string_is_shown_as_none)
{
    const char *volatile missing = NULL; /* so that gcc does not see through it */
    char text[20];

    text_format(text, sizeof(text), "%s", missing);
    CHECK_TEXT(text, "(none)");
}

TEST(what_must_not_reach_a_terminal_comes_out_as_question_marks)
{
    static const struct {
        const char *raw, *shown;
    } cases[] = {
        {"a\x1b[2Jb", "a?[2Jb"},
        {"a\nb\tc\x7f", "a?b?c?"},
        {"\xc2\x9b"
         "2J",
         "?2J"},                  /* U+009B: the same as ESC [ */
        {"\xc2\xa0", "\xc2\xa0"}, /* U+00A0 is a blank */
        {"\x9b"
         "2J",
         "?2J"},
        {"a\xff\xc3", "a??"},
        {"\xed\xa0\x80", "???"}, /* a surrogate */
        {"Ger\xc3\xa4t \xe6\xb5\x8b \xf0\x9f\x92\xbe",
         "Ger\xc3\xa4t \xe6\xb5\x8b \xf0\x9f\x92\xbe"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[100];
        text_format(text, sizeof(text), "%s", cases[i].raw);
        CHECK_TEXT(text, cases[i].shown);
    }
    char text[100];
    text_format(text, sizeof(text), "%c%c", '\n', (char)0xff);
    CHECK_TEXT(text, "??");
    text_format(text, sizeof(text), "%.*s", 2, "a\xc3\xa4");
    CHECK_TEXT(text, "a?");
}

TEST(text_that_does_not_fit_is_cut_at_a_whole_character)
{
    static const char whole[] = "a\xc3\xa4\xe6\xb5\x8b\xf0\x9f\x92\xbez"; /* 1 + 2 + 3 + 4 + 1 */

    for (size_t size = 1; size <= sizeof(whole) + 2; size++) {
        char text[20];
        memset(text, '#', sizeof(text));
        size_t len = text_format(text, size, "%s", whole);
        size_t wanted = size > 11 ? 11 : size > 10 ? 10 : size > 6 ? 6 : size > 3 ? 3 : size > 1;
        CHECK(len == wanted);
        CHECK(strlen(text) == len && memcmp(text, whole, len) == 0);
        for (size_t i = size; i < sizeof(text); i++)
            CHECK(text[i] == '#');
    }
}

TEST(text_whole_never_splits_a_character)
{
    CHECK(text_whole("abc", 5) == 3);
    CHECK(text_whole("abc", 2) == 2);
    CHECK(text_whole("a\xf0\x9f\x92\xbe", 5) == 5);
    for (size_t limit = 1; limit < 5; limit++)
        CHECK(text_whole("a\xf0\x9f\x92\xbe", limit) == 1);
    CHECK(text_whole("", 0) == 0);
}

TEST(sizes_are_told_in_decimal_units)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},           {999, "999 bytes"}, {1000, "1.0 kB"},
        {4200000000, "4.2 GB"},   {99999, "99.9 kB"}, {100000, "100 kB"},
        {512110190592, "512 GB"}, /* a disk sold as 512 GB */
        {UINT64_MAX, "18.4 EB"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[TEXT_SIZE_MAX];
        CHECK_TEXT(text_size(text, cases[i].bytes), cases[i].text);
    }
}

TEST(texts_are_compared_without_regard_to_case)
{
    CHECK(text_same("SHA256", "sha256"));
    CHECK(!text_same("a", "ab") && !text_same("ab", "a") && !text_same("", "a"));
    CHECK(text_same("", ""));
    CHECK(!text_same("[", "{")); /* 0x5b and 0x7b differ like letters do */
    CHECK(text_ends("x.OVF", ".ovf") && text_ends("x.ovf", ".OVF"));
    CHECK(!text_ends("ovf", ".ovf") && text_ends("a", ""));
    CHECK(text_starts("abc", "ab") && text_starts("abc", "") && !text_starts("ab", "abc"));
    CHECK(!text_starts("ABC", "ab"));
    CHECK(text_is_space(' ') && text_is_space('\t') && text_is_space('\r') && text_is_space('\n'));
    CHECK(!text_is_space('\0') && !text_is_space('a'));
    CHECK(text_lower('A') == 'a' && text_lower('Z') == 'z' && text_lower('@') == '@');
}

static bool number(const char *text, uint64_t *out)
{
    return text_to_u64(text, strlen(text), out);
}

TEST(decimal_numbers_are_read_whole_or_not_at_all)
{
    uint64_t n = 1;

    CHECK(number("0", &n) && n == 0);
    CHECK(number("007", &n) && n == 7);
    CHECK(number("18446744073709551615", &n) && n == UINT64_MAX);
    CHECK(!number("18446744073709551616", &n));
    CHECK(!number("18446744073709551620", &n));
    CHECK(!number("99999999999999999999", &n));
    CHECK(!number("", &n) && !number(" 1", &n) && !number("1 ", &n) && !number("-1", &n));
    CHECK(!number("+1", &n) && !number("0x1", &n) && !number("1.0", &n) && !number("\xff", &n));
    CHECK(text_to_u64("123", 2, &n) && n == 12);
}
