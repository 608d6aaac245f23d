#include "base/utf.h"

#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

#define ROOM 16

/* The last before and the first after each change of length: RFC 3629, section 4. */
static const struct {
    const char *utf8;
    uint16_t utf16[3];
} pairs[] = {
    {"\x7f", {0x7f}},
    {"\xc2\x80", {0x80}},
    {"\xdf\xbf", {0x7ff}},
    {"\xe0\xa0\x80", {0x800}},
    {"\xed\x9f\xbf", {0xd7ff}},
    {"\xee\x80\x80", {0xe000}},
    {"\xef\xbf\xbf", {0xffff}},
    {"\xf0\x90\x80\x80", {0xd800, 0xdc00}},
    {"\xf0\x9f\x92\xbe", {0xd83d, 0xdcbe}},
    {"\xf4\x8f\xbf\xbf", {0xdbff, 0xdfff}},
};

static const char *const malformed[] = {
    "\x80",
    "\xbf",
    "\xc0\x80",
    "\xc1\xbf", /* longer than needed */
    "\xe0\x9f\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf", /* surrogates */
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xff",
    "\xfe",
    "\xc3",
    "\xe6\xb5",
    "\xf0\x9f\x92",
    "\xc3\x28",
    "\xe6\x28\x8b",
    "\xf0\x9f\x28\xbe",
    "\xf8\x88\x80\x80\x80",
};

static size_t units(const uint16_t *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

TEST(utf_8_and_utf_16_are_the_same_text)
{
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        size_t bytes = strlen(pairs[i].utf8), len = units(pairs[i].utf16), n;
        uint16_t wide[ROOM];
        char narrow[ROOM];

        CHECK(utf8_valid(pairs[i].utf8, bytes));
        CHECK(utf8_char(pairs[i].utf8, bytes) == bytes);
        CHECK(utf8_to_utf16(pairs[i].utf8, bytes, wide, ROOM, &n));
        CHECK(n == len && wide[n] == 0 && memcmp(wide, pairs[i].utf16, 2 * n) == 0);
        CHECK(utf16_to_utf8(pairs[i].utf16, len, narrow, ROOM, &n));
        CHECK(n == bytes && narrow[n] == '\0' && memcmp(narrow, pairs[i].utf8, n) == 0);
    }
}

TEST(malformed_utf_8_is_refused_wherever_it_stands)
{
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        char text[ROOM] = "a";
        uint16_t wide[ROOM];
        size_t n, len = strlen(malformed[i]);

        memcpy(text + 1, malformed[i], len + 1);
        CHECK(!utf8_valid(malformed[i], len));
        CHECK(!utf8_valid(text, len + 1));
        CHECK(utf8_char(malformed[i], len) == 0);
        CHECK(utf8_char(text, len + 1) == 1);
        CHECK(!utf8_to_utf16(text, len + 1, wide, ROOM, &n));
    }
    CHECK(utf8_valid("", 0));
}

TEST(lone_surrogates_are_refused)
{
    static const uint16_t bad[][2] = {
        {0xd800, 'a'}, {0xdbff, 0xdbff}, {0xdc00, 0xd800}, {0xdfff, 'a'}};
    char out[ROOM];
    size_t n;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(!utf16_to_utf8(bad[i], 2, out, ROOM, &n));
    CHECK(!utf16_to_utf8(&(uint16_t){0xd800}, 1, out, ROOM, &n));
}

TEST(every_code_point_comes_back_as_it_was)
{
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        bool pair = c > 0xffff;
        uint16_t wide[2] = {pair ? (uint16_t)(0xd7c0 + (c >> 10)) : (uint16_t)c,
                            (uint16_t)(0xdc00 | (c & 0x3ff))};
        uint16_t back[3];
        char text[5];
        size_t len, n;

        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        NEED(utf16_to_utf8(wide, pair ? 2 : 1, text, sizeof(text), &len));
        NEED(utf8_to_utf16(text, len, back, COUNT_OF(back), &n));
        NEED(n == (pair ? 2 : 1) && memcmp(back, wide, 2 * n) == 0);
    }
}

TEST(utf_results_fit_with_their_zero_or_not_at_all)
{
    static const uint16_t wide[] = {'a', 0xd83d, 0xdcbe};
    static const char narrow[] = "a\xf0\x9f\x92\xbe";
    uint16_t out16[ROOM];
    char out8[ROOM];
    size_t n;

    for (size_t room = 0; room < ROOM; room++) {
        CHECK(utf8_to_utf16(narrow, 5, out16, room, &n) == (room >= 4));
        CHECK(utf16_to_utf8(wide, 3, out8, room, &n) == (room >= 6));
        CHECK(utf8_to_utf16("", 0, out16, room, &n) == (room >= 1));
        CHECK(utf16_to_utf8(wide, 0, out8, room, &n) == (room >= 1));
    }
}
