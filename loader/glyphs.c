#include "loader/glyphs.h"

#include <string.h>

#include "base/text.h"
#include "loader/columns.h"

#define CUT              "..."
#define SCREEN_CLEAN_MAX 1024 /* bytes; longer texts were broken into rows before */

/* The letter for U+00C0 to U+00FF. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs"
                            "aaaaaaaceeeeiiiidnooooo/ouuuuyty";

/* What is like a character that cannot be shown: never wider than it; NULL: nothing at all is. */
static const char *similar(const char *c, size_t len, size_t columns, char one[2])
{
    static const struct {
        const char *first, *last, *by;
    } marks[] = {
        {"\xe2\x80\x90", "\xe2\x80\x95", "-"},  /* U+2010 to U+2015: dashes */
        {"\xe2\x80\x98", "\xe2\x80\x9b", "'"},  /* U+2018 to U+201B */
        {"\xe2\x80\x9c", "\xe2\x80\x9f", "\""}, /* U+201C to U+201F */
        {"\xe2\x80\xa2", "\xe2\x80\xa2", "*"},  /* U+2022: bullet */
        {"\xe2\x80\xa6", "\xe2\x80\xa6", "."},  /* U+2026: ellipsis */
    };

    if (!columns)
        return NULL;
    if (len == 2 && (unsigned char)c[0] == 0xc3) {
        one[0] = latin[(unsigned char)c[1] & 0x3f];
        return one;
    }
    if (len == 2 && (unsigned char)c[0] == 0xc2 && (unsigned char)c[1] == 0xa0)
        return " ";
    for (size_t i = 0; len == 3 && i < COUNT_OF(marks); i++)
        if (memcmp(c, marks[i].first, 3) >= 0 && memcmp(c, marks[i].last, 3) <= 0)
            return marks[i].by;
    return "?";
}

/* What to write for the character, of *len bytes then. */
static const char *glyph(const struct port_screen *screen, const char *c, size_t *len,
                         size_t *columns, char one[2])
{
    const char *shown = c;

    if (text_is_space(*c)) {
        shown = " ";
    } else if ((unsigned char)*c >= 0x80 && !screen->shows(c, *len)) {
        shown = similar(c, *len, *columns, one);
        *len = shown ? 1 : 0;
        *columns = *len;
    }
    return shown;
}

size_t glyphs_fit(const struct port_screen *screen, const char *text, size_t columns, char *out,
                  size_t size)
{
    char clean[SCREEN_CLEAN_MAX], one[2] = "";
    size_t at = 0, used = 0, cut_at = 0, cut_used = 0, width;

    text_format(clean, sizeof(clean), "%s", text); /* controls and what is no UTF-8 are '?' now */
    for (const char *c = clean; *c;) {
        size_t step = columns_char(c, &width), len = step;
        const char *shown = glyph(screen, c, &len, &width, one);
        if (used + width > columns || at + len > size - sizeof(CUT)) {
            memcpy(out + cut_at, CUT, sizeof(CUT));
            return cut_used + strlen(CUT);
        }
        if (len)
            memcpy(out + at, shown, len);
        at += len;
        used += width;
        if (used + strlen(CUT) <= columns) {
            cut_at = at;
            cut_used = used;
        }
        c += step;
    }
    out[at] = '\0';
    return used;
}
