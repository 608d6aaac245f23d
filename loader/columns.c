#include "loader/columns.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf.h"

/* A block of characters by the bytes of its first and last one: UTF-8 sorts as the characters do. */
struct block {
    const char *first, *last;
};

/* The scripts that firmware shows in wide glyphs. */
static const struct block wide[] = {
    {"\xe1\x84\x80", "\xe1\x85\x9f"}, /* U+1100 to U+115F: Hangul Jamo */
    {"\xe2\xba\x80", "\xea\x93\x8f"}, /* U+2E80 to U+A4CF: CJK, kana, Yi */
    {"\xea\xb0\x80", "\xed\x9e\xa3"}, /* U+AC00 to U+D7A3: Hangul */
    {"\xef\xa4\x80", "\xef\xab\xbf"}, /* U+F900 to U+FAFF: CJK compatibility */
    {"\xef\xb8\xb0", "\xef\xb9\xaf"}, /* U+FE30 to U+FE6F: their forms */
    {"\xef\xbc\x80", "\xef\xbd\xa0"}, /* U+FF00 to U+FF60: full width */
};

/* Marks that stand over or under the character before, and what shows nothing at all. */
static const struct block narrow[] = {
    {"\xcc\x80", "\xcd\xaf"},         /* U+0300 to U+036F: accents */
    {"\xe1\xaa\xb0", "\xe1\xab\xbf"}, /* U+1AB0 to U+1AFF: more of them */
    {"\xe1\xb7\x80", "\xe1\xb7\xbf"}, /* U+1DC0 to U+1DFF: likewise */
    {"\xe2\x80\x8b", "\xe2\x80\x8f"}, /* U+200B to U+200F: joiners, direction */
    {"\xe2\x83\x90", "\xe2\x83\xbf"}, /* U+20D0 to U+20FF: for symbols */
    {"\xef\xb8\x80", "\xef\xb8\x8f"}, /* U+FE00 to U+FE0F: variation */
    {"\xef\xbb\xbf", "\xef\xbb\xbf"}, /* U+FEFF: byte order mark */
};

static bool is_in(const struct block *blocks, size_t count, const char *c, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(blocks[i].first) == len && memcmp(c, blocks[i].first, len) >= 0 &&
            memcmp(c, blocks[i].last, len) <= 0)
            return true;
    return false;
}

size_t columns_of(const char *c, size_t len)
{
    if (len == 4 || is_in(wide, COUNT_OF(wide), c, len))
        return 2;
    return is_in(narrow, COUNT_OF(narrow), c, len) ? 0 : 1;
}

size_t columns_char(const char *text, size_t *columns)
{
    size_t left = 1;

    while (left < 4 && text[left])
        left++;
    size_t len = utf8_char(text, left);
    *columns = len ? columns_of(text, len) : 1;
    return len ? len : 1;
}

size_t columns_text(const char *text)
{
    size_t sum = 0, one;

    while (*text) {
        text += columns_char(text, &one);
        sum += one;
    }
    return sum;
}

size_t columns_break(const char *text, size_t columns, size_t most, size_t *step)
{
    size_t at = 0, blank = 0, used = 0, width;

    while (text[at] && text[at] != '\n') {
        size_t len = columns_char(text + at, &width);
        if (at && (used + width > columns || at + len > most - 1))
            break;
        if (text_is_space(text[at]))
            blank = at;
        used += width;
        at += len;
    }
    if (!text[at] || text[at] == '\n' || text_is_space(text[at]) || !blank) {
        *step = at + (text[at] && text_is_space(text[at]));
        return at;
    }
    *step = blank + 1;
    return blank;
}
