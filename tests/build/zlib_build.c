#include "tests/build/zlib_build.h"

#include <string.h>

#include "base/bytes.h"

struct bits {
    uint8_t *out;
    size_t len;
    uint32_t pending;
    unsigned count; /* of bits in pending */
};

static void put_bits(struct bits *b, uint32_t value, unsigned count)
{
    b->pending |= value << b->count;
    for (b->count += count; b->count >= 8; b->count -= 8) {
        b->out[b->len++] = (uint8_t)b->pending;
        b->pending >>= 8;
    }
}

/* A Huffman code goes out with its first bit first. */
static void put_code(struct bits *b, uint32_t code, unsigned count)
{
    for (unsigned i = count; i > 0; i--)
        put_bits(b, code >> (i - 1) & 1, 1);
}

static void put_symbol(struct bits *b, unsigned symbol)
{
    if (symbol < 144)
        put_code(b, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(b, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(b, symbol - 256, 7);
    else
        put_code(b, 0xc0 + symbol - 280, 8);
}

static size_t put_head(uint8_t *out)
{
    out[0] = 0x78; /* deflate, a window of 32 KiB */
    out[1] = 0x01; /* makes the two a multiple of 31 */
    return 2;
}

static size_t put_adler(const uint8_t *data, size_t len, uint8_t *out)
{
    uint32_t a = 1, b = 0;

    for (size_t i = 0; i < len; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    out[0] = (uint8_t)(b >> 8);
    out[1] = (uint8_t)b;
    out[2] = (uint8_t)(a >> 8);
    out[3] = (uint8_t)a;
    return 4;
}

size_t zlib_stored(const uint8_t *data, size_t len, uint8_t *out)
{
    size_t at = put_head(out), done = 0;

    do {
        size_t piece = len - done < 65535 ? len - done : 65535;
        out[at] = done + piece == len;
        put_le16(out + at + 1, (uint16_t)piece);
        put_le16(out + at + 3, (uint16_t)~piece);
        memcpy(out + at + 5, data + done, piece);
        at += 5 + piece;
        done += piece;
    } while (done < len);
    return at + put_adler(data, len, out + at);
}

size_t zlib_fixed(const uint8_t *data, size_t len, uint8_t *out)
{
    struct bits b = {.out = out, .len = put_head(out)};

    put_bits(&b, 1, 1); /* the last block, ... */
    put_bits(&b, 1, 2); /* ... with the fixed codes */
    for (size_t i = 0; i < len;) {
        size_t same = 0;
        while (i && i + same < len && same < 258 && data[i + same] == data[i - 1])
            same++;
        if (same == 258) {
            put_symbol(&b, 285);
            put_code(&b, 0, 5); /* distance 1 */
            i += 258;
        } else {
            put_symbol(&b, data[i++]);
        }
    }
    put_symbol(&b, 256);
    put_bits(&b, 0, b.count ? 8 - b.count : 0);
    return b.len + put_adler(data, len, out + b.len);
}
