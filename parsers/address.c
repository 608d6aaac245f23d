#include "parsers/address.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "parsers/digest_line.h"

#define GROUPS 8 /* of 16 bits in an IPv6 address */

static bool read_ipv4(const char *text, size_t len, uint32_t *out)
{
    *out = 0;
    for (int part = 0; part < 4; part++) {
        const char *dot = part < 3 && len ? memchr(text, '.', len) : text + len;
        uint64_t value;
        if (!dot)
            return false;
        size_t digits = (size_t)(dot - text);
        if (digits > 3 || (digits > 1 && *text == '0') || !text_to_u64(text, digits, &value) ||
            value > 255)
            return false;
        *out = *out << 8 | (uint32_t)value;
        size_t step = digits + (part < 3);
        text += step;
        len -= step;
    }
    return true;
}

static size_t count_hex(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && ((text[n] >= '0' && text[n] <= '9') ||
                       (text_lower(text[n]) >= 'a' && text_lower(text[n]) <= 'f')))
        n++;
    return n;
}

/* Groups with single colons between them; an IPv4 address may stand for the last two. */
static bool count_groups(const char *text, size_t len, size_t *count)
{
    uint32_t unused;

    *count = 0;
    while (len) {
        size_t digits = count_hex(text, len);
        if (digits < len && text[digits] == '.') {
            *count += 2;
            return read_ipv4(text, len, &unused);
        }
        if (digits < 1 || digits > 4)
            return false;
        ++*count;
        if (digits == len)
            return true;
        if (text[digits] != ':' || digits + 1 == len)
            return false;
        text += digits + 1;
        len -= digits + 1;
    }
    return true;
}

/* The first double colon, which stands for groups of zeros; NULL: none. */
static const char *find_gap(const char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        if (text[i] == ':' && text[i + 1] == ':')
            return text + i;
    return NULL;
}

static bool is_ipv6(const char *text, size_t len)
{
    const char *gap = find_gap(text, len);
    size_t before, after;

    if (!gap)
        return count_groups(text, len, &before) && before == GROUPS;
    size_t front = (size_t)(gap - text);
    /* An IPv4 address is the end of an address only. */
    return !memchr(text, '.', front) && count_groups(text, front, &before) &&
           count_groups(gap + 2, len - front - 2, &after) && before + after < GROUPS;
}

bool address_is_ip(const char *text, size_t len)
{
    uint32_t unused;

    return read_ipv4(text, len, &unused) || is_ipv6(text, len);
}

/* Groups that count_groups() has seen, as bytes; returns how many. */
static size_t put_groups(const char *text, size_t len, uint8_t *out)
{
    size_t n = 0;
    uint32_t ipv4;

    while (len) {
        size_t digits = count_hex(text, len);
        uint32_t group = 0;
        if (digits < len && text[digits] == '.') {
            (void)read_ipv4(text, len, &ipv4);
            for (int shift = 24; shift >= 0; shift -= 8)
                out[n++] = (uint8_t)(ipv4 >> shift);
            return n;
        }
        for (size_t i = 0; i < digits; i++)
            group = group << 4 | (uint32_t)digest_line_digit((uint8_t)text[i]);
        out[n++] = (uint8_t)(group >> 8);
        out[n++] = (uint8_t)group;
        size_t step = digits + (digits < len);
        text += step;
        len -= step;
    }
    return n;
}

size_t address_bytes(const char *text, size_t len, uint8_t out[16])
{
    const char *gap = find_gap(text, len);
    uint8_t back[16];
    uint32_t ipv4;

    if (read_ipv4(text, len, &ipv4)) {
        for (int i = 0; i < 4; i++)
            out[i] = (uint8_t)(ipv4 >> (24 - 8 * i));
        return 4;
    }
    if (!is_ipv6(text, len))
        return 0;
    memset(out, 0, 16);
    put_groups(text, gap ? (size_t)(gap - text) : len, out);
    if (gap) {
        size_t n = put_groups(gap + 2, len - (size_t)(gap - text) - 2, back);
        memcpy(out + 16 - n, back, n);
    }
    return 16;
}

bool address_with_prefix(const char *text, size_t len, uint8_t out[16], size_t *bytes,
                         unsigned *prefix)
{
    const char *slash = len ? memchr(text, '/', len) : NULL;
    uint64_t bits;

    if (!slash)
        return false;
    *bytes = address_bytes(text, (size_t)(slash - text), out);
    if (!*bytes || !text_to_u64(slash + 1, len - (size_t)(slash - text) - 1, &bits) ||
        bits > *bytes * 8)
        return false;
    *prefix = (unsigned)bits;
    return true;
}

/* The longest run of two or more groups of zeros, the first of them when there are several; false:
 * there is none. */
static bool find_zeros(const uint8_t *address, size_t *start, size_t *count)
{
    size_t run = 0;

    *count = 1;
    for (size_t i = 0; i < GROUPS; i++) {
        run = address[2 * i] || address[2 * i + 1] ? 0 : run + 1;
        if (run > *count) {
            *count = run;
            *start = i + 1 - run;
        }
    }
    return *count > 1;
}

const char *address_text(const uint8_t *address, size_t bytes, char out[ADDRESS_TEXT_MAX])
{
    size_t gap = GROUPS, zeros, len = 0;

    if (bytes == 4) {
        text_format(out, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", address[0], address[1], address[2],
                    address[3]);
        return out;
    }
    if (!find_zeros(address, &gap, &zeros))
        gap = GROUPS;
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == gap) {
            len += text_format(out + len, ADDRESS_TEXT_MAX - len, "::");
            i += zeros - 1;
            continue;
        }
        len += text_format(out + len, ADDRESS_TEXT_MAX - len, "%s%x",
                           len && out[len - 1] != ':' ? ":" : "",
                           (unsigned)(address[2 * i] << 8 | address[2 * i + 1]));
    }
    return out;
}

bool address_is_netmask(const char *text, size_t len)
{
    uint32_t mask;
    uint64_t prefix;

    if (read_ipv4(text, len, &mask)) /* ones, and behind them zeros only */
        return (~mask & (~mask + 1)) == 0;
    return is_ipv6(text, len) || (text_to_u64(text, len, &prefix) && prefix <= 128);
}

static bool separates(char c)
{
    return text_is_space(c) || c == ',';
}

size_t address_next(struct bytes *list, uint8_t out[16])
{
    size_t len = 0;

    while (list->len && separates((char)*list->at))
        take(list, 1);
    while (len < list->len && !separates((char)list->at[len]))
        len++;
    return address_bytes((const char *)take(list, len), len, out);
}

bool address_is_list(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t at = 0; at < len;) {
        size_t start = at;
        while (at < len && !separates(text[at]))
            at++;
        if (at > start && !address_is_ip(text + start, at - start))
            return false;
        count += at > start;
        at += at < len;
    }
    return count > 0;
}
