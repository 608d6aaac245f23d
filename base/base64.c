#include "base/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_value(uint8_t c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;

    return at ? (int)(at - alphabet) : -1;
}

size_t base64_write(uint8_t *to, struct bytes from)
{
    size_t n = 0;

    for (size_t i = 0; i < from.len; i += 3) {
        uint32_t bits = (uint32_t)from.at[i] << 16;
        bits |= i + 1 < from.len ? (uint32_t)from.at[i + 1] << 8 : 0;
        bits |= i + 2 < from.len ? from.at[i + 2] : 0;
        to[n++] = (uint8_t)alphabet[bits >> 18];
        to[n++] = (uint8_t)alphabet[bits >> 12 & 63];
        to[n++] = (uint8_t)(i + 1 < from.len ? alphabet[bits >> 6 & 63] : '=');
        to[n++] = (uint8_t)(i + 2 < from.len ? alphabet[bits & 63] : '=');
    }
    return n;
}

/* CPython 3.11, binascii.a2b_base64(): a byte is written as soon as its bits are there, and '=' counts
 * from the second character of a group on. */
bool base64_read_loose(struct bytes text, uint8_t *to, size_t *len)
{
    uint32_t bits = 0;
    unsigned count = 0, pad = 0; /* of the group so far */

    *len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = base64_value(text.at[i]);
        if (text.at[i] == '=' && count >= 2 && count + ++pad >= 4)
            return true;
        if (value < 0)
            continue;
        pad = 0;
        bits = bits << 6 | (uint32_t)value;
        if (count)
            to[(*len)++] = (uint8_t)(bits >> (6 - 2 * count));
        count = (count + 1) % 4;
    }
    return count == 0;
}
