#include "parsers/lines.h"

#include <string.h>

#include "base/utf.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct lines lines_of(struct bytes text)
{
    struct lines l = {.rest = text};

    if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        take(&l.rest, 3);
    return l;
}

bool lines_next(struct lines *l)
{
    struct bytes rest = l->rest;
    size_t len = 0;

    if (rest.len == 0)
        return false;
    while (len < rest.len && rest.at[len] != '\n' && rest.at[len] != '\r')
        len++;
    l->line = lines_trim((struct bytes){rest.at, len});
    l->number++;

    if (len + 1 < rest.len && rest.at[len] == '\r' && rest.at[len + 1] == '\n')
        len++;
    take(&l->rest, len < rest.len ? len + 1 : len);
    return true;
}

struct bytes lines_trim(struct bytes text)
{
    while (text.len && is_blank(text.at[text.len - 1]))
        text.len--;
    while (text.len && is_blank(text.at[0]))
        take(&text, 1);
    return text;
}

int lines_shown(struct bytes text)
{
    return text.len < 60 ? (int)text.len : 60;
}

bool lines_plain(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return utf8_valid((const char *)text.at, text.len);
}
