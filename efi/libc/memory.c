/* memory.c - memcpy and its relatives, 16 bytes at a time.
 *
 * A vector of 16 bytes is one register on x86-64 (SSE2) and on AArch64 alike, and both load and
 * store it at any address.
 */
#include <stdint.h>
#include <string.h>

/* gcc turns a loop that copies into a call of memcpy, which here would call itself. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

#define WIDE 16 /* bytes */

/* Here they are made. */
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

typedef uint8_t wide __attribute__((vector_size(WIDE), aligned(1), may_alias));

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    for (; len >= 4 * WIDE; len -= 4 * WIDE, t += 4 * WIDE, f += 4 * WIDE) {
        ((wide *)t)[0] = ((const wide *)f)[0];
        ((wide *)t)[1] = ((const wide *)f)[1];
        ((wide *)t)[2] = ((const wide *)f)[2];
        ((wide *)t)[3] = ((const wide *)f)[3];
    }
    for (; len >= WIDE; len -= WIDE, t += WIDE, f += WIDE)
        *(wide *)t = *(const wide *)f;
    while (len--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if ((uintptr_t)t - (uintptr_t)f >= len) { /* also when to is below from */
        for (; len >= WIDE; len -= WIDE, t += WIDE, f += WIDE)
            *(wide *)t = *(const wide *)f;
        while (len--)
            *t++ = *f++;
        return to;
    }
    for (; len >= WIDE; len -= WIDE)
        *(wide *)(t + len - WIDE) = *(const wide *)(f + len - WIDE);
    while (len--)
        t[len] = f[len];
    return to;
}

void *memset(void *to, int value, size_t len)
{
    uint8_t byte = (uint8_t)value;
    wide fill = (wide){0} + byte;
    uint8_t *t = to;

    for (; len >= 4 * WIDE; len -= 4 * WIDE, t += 4 * WIDE) {
        ((wide *)t)[0] = fill;
        ((wide *)t)[1] = fill;
        ((wide *)t)[2] = fill;
        ((wide *)t)[3] = fill;
    }
    while (len--)
        *t++ = byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const uint8_t *left = a;
    const uint8_t *right = b;

    for (size_t i = 0; i < len; i++) {
        if (left[i] != right[i])
            return left[i] - right[i];
    }
    return 0;
}

void *memchr(const void *memory, int c, size_t len)
{
    const uint8_t *bytes = memory;

    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == (uint8_t)c)
            return (void *)(uintptr_t)(bytes + i);
    }
    return NULL;
}
