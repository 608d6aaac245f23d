/* base/bytes.h - a view of bytes somebody else owns, and numbers read out of them.
 *
 * Numbers are read byte by byte: no alignment, no aliasing, no host endianness.  A cursor takes
 * from the front of a view and is sticky: once a take comes up short every later one gives zeros,
 * so that a parser checks bytes_ok() once, at the end.
 *
 *     struct bytes in = { at, len };
 *     uint32_t magic = take_le32(&in);
 *     uint64_t size = take_le64(&in);
 *     if (!bytes_ok(&in)) ...
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at; /* NULL after a take came up short */
    size_t len;        /* bytes */
};

/* True of no bytes, too. */
static inline bool bytes_are_zero(struct bytes b)
{
    return !b.len || (b.at[0] == 0 && memcmp(b.at, b.at + 1, b.len - 1) == 0);
}

static inline uint16_t get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
    return (uint32_t)get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}

static inline uint64_t get_le64(const uint8_t *p)
{
    return (uint64_t)get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)get_be16(p) << 16 | (uint32_t)get_be16(p + 2);
}

static inline uint64_t get_be64(const uint8_t *p)
{
    return (uint64_t)get_be32(p) << 32 | (uint64_t)get_be32(p + 4);
}

static inline void put_le16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void put_le32(uint8_t *p, uint32_t value)
{
    put_le16(p, (uint16_t)value);
    put_le16(p + 2, (uint16_t)(value >> 16));
}

static inline void put_le64(uint8_t *p, uint64_t value)
{
    put_le32(p, (uint32_t)value);
    put_le32(p + 4, (uint32_t)(value >> 32));
}

/* Overwrite a secret with zeros, also where the compiler sees that nobody reads them. */
static inline void bytes_wipe(void *at, size_t len)
{
    volatile uint8_t *p = at;

    for (size_t i = 0; i < len; i++)
        p[i] = 0;
}

/* The next n bytes, stepped over; NULL, for good, when fewer are left. */
static inline const uint8_t *take(struct bytes *b, size_t n)
{
    const uint8_t *taken = b->at;

    if (!taken || n > b->len) {
        *b = (struct bytes){0};
        return NULL;
    }
    b->at += n;
    b->len -= n;
    return taken;
}

static inline bool bytes_ok(const struct bytes *b)
{
    return b->at != NULL;
}

static inline uint8_t take_u8(struct bytes *b)
{
    const uint8_t *p = take(b, 1);
    return p ? p[0] : 0;
}

static inline uint16_t take_le16(struct bytes *b)
{
    const uint8_t *p = take(b, 2);
    return p ? get_le16(p) : 0;
}

static inline uint32_t take_le32(struct bytes *b)
{
    const uint8_t *p = take(b, 4);
    return p ? get_le32(p) : 0;
}

static inline uint64_t take_le64(struct bytes *b)
{
    const uint8_t *p = take(b, 8);
    return p ? get_le64(p) : 0;
}

#endif
