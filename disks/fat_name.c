#include "disks/fat_name.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf.h"
#include "parsers/fat.h"

#define BASE 8 /* bytes of an alias before the extension */

/* What may be in an alias besides letters and digits. */
static bool in_alias(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("$%'-_@~`!(){}^#&", c) != NULL);
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The dot before the extension; len when there is none. */
static size_t find_dot(const char *text, size_t len)
{
    for (size_t i = len; i > 1; i--)
        if (text[i - 1] == '.')
            return i - 1;
    return len;
}

static bool is_alias(const char *text, size_t len)
{
    size_t dot = find_dot(text, len), extension = len - dot;

    if (dot == 0 || dot > BASE || extension == 1 || extension > 4)
        return false;
    for (size_t i = 0; i < len; i++)
        if (i != dot && !in_alias(text[i]))
            return false;
    return true;
}

bool fat_name_init(struct fat_name *name, const char *text, size_t len)
{
    uint16_t units[FAT_NAME_MAX + 1];
    size_t count;

    *name = (struct fat_name){.text = text, .len = len};
    /* Windows drops a dot or a blank at the end, so such a name would be another one there. */
    if (len == 0 || text[len - 1] == '.' || text[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f || strchr("\"*/:<>?\\|", text[i]))
            return false;
    if (!utf8_to_utf16(text, len, units, FAT_NAME_MAX + 1, &count))
        return false;
    if (!is_alias(text, len))
        name->parts = (count + FAT_LONG_PART - 1) / FAT_LONG_PART;
    return true;
}

bool fat_name_same(const struct fat_name *name, const char *text, size_t len)
{
    if (name->len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text_lower(name->text[i]) != text_lower(text[i]))
            return false;
    return true;
}

/* Copy what an alias may have, at most room bytes.  False when that loses more than case. */
static bool copy_part(const char *text, size_t len, uint8_t *out, size_t room, size_t *used)
{
    bool whole = true;

    *used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = upper(text[i]);
        if (c == '.' || c == ' ' || ((uint8_t)c & 0xc0) == 0x80) {
            whole = false;
        } else if (*used == room) {
            return false;
        } else {
            whole &= in_alias(c);
            out[(*used)++] = (uint8_t)(in_alias(c) ? c : '_');
        }
    }
    return whole;
}

bool fat_name_alias(struct fat_name *name, unsigned tail)
{
    size_t dot = find_dot(name->text, name->len), base, extension, digits = 0;
    size_t behind = dot + (dot < name->len);

    memset(name->alias, ' ', sizeof(name->alias));
    bool whole = copy_part(name->text, dot, name->alias, BASE, &base);
    whole &= copy_part(name->text + behind, name->len - behind, name->alias + BASE, 3, &extension);
    if (base == 0) { /* only dots and blanks are before the last dot */
        name->alias[base++] = '_';
        whole = false;
    }
    if (tail == 0)
        return whole;
    for (unsigned rest = tail; rest; rest /= 10)
        digits++;
    if (base > BASE - 1 - digits)
        base = BASE - 1 - digits;
    memset(name->alias + base, ' ', BASE - base);
    name->alias[base] = '~';
    for (size_t i = digits; i > 0; i--, tail /= 10)
        name->alias[base + i] = (uint8_t)('0' + tail % 10);
    return true;
}

uint8_t *fat_name_store(const struct fat_name *name, uint8_t *entry)
{
    static const uint8_t places[FAT_LONG_PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    uint16_t units[FAT_NAME_MAX + 1] = {0};
    size_t count = 0;
    uint8_t sum = 0;

    for (size_t i = 0; i < FAT_ALIAS_SIZE; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + name->alias[i]);
    (void)utf8_to_utf16(name->text, name->len, units, FAT_NAME_MAX + 1, &count);
    for (size_t part = name->parts; part; part--, entry += FAT_ENTRY_SIZE) {
        entry[0] = (uint8_t)(part | (part == name->parts ? 0x40 : 0));
        entry[11] = 0x0f;
        entry[13] = sum;
        for (size_t i = 0; i < FAT_LONG_PART; i++) {
            size_t at = (part - 1) * FAT_LONG_PART + i;
            put_le16(entry + places[i], at < count ? units[at] : at == count ? 0 : 0xffff);
        }
    }
    return entry;
}
