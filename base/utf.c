#include "base/utf.h"

#define BAD 0xffffffffu /* what take_* give for malformed input */

static uint32_t take_utf8(const char *text, size_t len, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text + *at;
    size_t left = len - *at;
    size_t need = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c;

    if (need == 1) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xc2 || p[0] > 0xf4 || need > left)
        return BAD;
    c = p[0] & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return BAD;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return BAD;
    *at += need;
    return c;
}

static uint32_t take_utf16(const uint16_t *text, size_t len, size_t *at)
{
    uint32_t c = text[(*at)++];

    if (c < 0xd800 || c > 0xdfff)
        return c;
    if (c > 0xdbff || *at >= len || text[*at] < 0xdc00 || text[*at] > 0xdfff)
        return BAD;
    return 0x10000 + ((c - 0xd800) << 10) + (uint32_t)(text[(*at)++] - 0xdc00);
}

static size_t put_utf8(char out[4], uint32_t c)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)(lead[n] | c);
    return n;
}

bool utf8_valid(const char *text, size_t len)
{
    for (size_t at = 0; at < len;)
        if (take_utf8(text, len, &at) == BAD)
            return false;
    return true;
}

size_t utf8_char(const char *text, size_t len)
{
    size_t at = 0;

    return take_utf8(text, len, &at) == BAD ? 0 : at;
}

bool utf8_to_utf16(const char *text, size_t len, uint16_t *out, size_t room, size_t *out_len)
{
    size_t n = 0;

    for (size_t at = 0; at < len;) {
        uint32_t c = take_utf8(text, len, &at);
        size_t units = c > 0xffff ? 2 : 1;
        if (c == BAD || room < units + 1 || n > room - units - 1)
            return false;
        if (units == 2) {
            out[n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
            out[n++] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
        } else {
            out[n++] = (uint16_t)c;
        }
    }
    if (n >= room)
        return false;
    out[n] = 0;
    *out_len = n;
    return true;
}

bool utf16_to_utf8(const uint16_t *text, size_t len, char *out, size_t room, size_t *out_len)
{
    size_t n = 0;

    for (size_t at = 0; at < len;) {
        char one[4];
        uint32_t c = take_utf16(text, len, &at);
        if (c == BAD)
            return false;
        size_t bytes = put_utf8(one, c);
        if (room < bytes + 1 || n > room - bytes - 1)
            return false;
        for (size_t i = 0; i < bytes; i++)
            out[n++] = one[i];
    }
    if (n >= room)
        return false;
    out[n] = '\0';
    *out_len = n;
    return true;
}
