/* Eight blocks at a time: as many as fit into SSE's 16 registers.  AVX's are left alone, since firmware
 * need not have made them usable.
 *
 * GHASH is that of Gueron and Kounavis, "Intel Carry-Less Multiplication Instruction and its Usage
 * for Computing the GCM Mode", with bytes reversed: eight products, with H^8 to H^1, are summed and
 * reduced once.  The H of every power is multiplied by x, which saves a shift of each product.
 */
#include "crypto/gcm_bulk.h"

#include <immintrin.h>

#include "base/bytes.h"

#define BLOCK 16
#define GROUP 8 /* blocks */

#define INSTRUCTIONS __attribute__((target("aes,pclmul,ssse3")))
#define INLINE       INSTRUCTIONS __attribute__((always_inline)) static inline

struct product {
    __m128i low, middle, high;
};

INLINE __m128i load(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

INLINE void store(uint8_t *to, __m128i value)
{
    _mm_storeu_si128((__m128i *)(void *)to, value);
}

INLINE __m128i reversed(__m128i value)
{
    return _mm_shuffle_epi8(value,
                            _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* x^128 + x^127 + x^126 + x^121 + 1: GCM's polynomial, reversed; without its highest bit. */
INLINE __m128i polynomial(void)
{
    return _mm_set_epi64x((long long)0xc200000000000000, 1);
}

INLINE void add_product(struct product *p, __m128i a, __m128i b)
{
    p->low = _mm_xor_si128(p->low, _mm_clmulepi64_si128(a, b, 0x00));
    p->middle = _mm_xor_si128(p->middle, _mm_clmulepi64_si128(a, b, 0x01));
    p->middle = _mm_xor_si128(p->middle, _mm_clmulepi64_si128(a, b, 0x10));
    p->high = _mm_xor_si128(p->high, _mm_clmulepi64_si128(a, b, 0x11));
}

/* The lower half goes, 64 bits at a time. */
INLINE __m128i reduced(struct product p)
{
    __m128i low = _mm_xor_si128(p.low, _mm_slli_si128(p.middle, 8));
    __m128i high = _mm_xor_si128(p.high, _mm_srli_si128(p.middle, 8));

    for (int i = 0; i < 2; i++)
        low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e),
                            _mm_clmulepi64_si128(low, polynomial(), 0x10));
    return _mm_xor_si128(high, low);
}

/* Without a branch: H is secret. */
INLINE __m128i times_x(__m128i h)
{
    __m128i carry = _mm_srai_epi32(_mm_shuffle_epi32(h, 0xff), 31);
    __m128i low_bits = _mm_slli_si128(_mm_srli_epi64(h, 63), 8);
    __m128i shifted = _mm_or_si128(_mm_slli_epi64(h, 1), low_bits);

    return _mm_xor_si128(shifted, _mm_and_si128(carry, polynomial()));
}

/* Of the n counters that follow. */
INLINE __m128i next_counters(__m128i block[GROUP], __m128i counter, int n)
{
#pragma GCC unroll 8
    for (int i = 0; i < n; i++) {
        counter = _mm_add_epi32(counter, _mm_set_epi32(0, 0, 0, 1));
        block[i] = reversed(counter);
    }
    return counter;
}

INLINE void encrypt(const struct gcm_bulk *g, __m128i block[GROUP], int n)
{
    __m128i key = load(g->keys);

#pragma GCC unroll 8
    for (int i = 0; i < n; i++)
        block[i] = _mm_xor_si128(block[i], key);
    for (int round = 1; round < g->rounds; round++) {
        key = load(g->keys + BLOCK * round);
#pragma GCC unroll 8
        for (int i = 0; i < n; i++)
            block[i] = _mm_aesenc_si128(block[i], key);
    }
    key = load(g->keys + BLOCK * g->rounds);
#pragma GCC unroll 8
    for (int i = 0; i < n; i++)
        block[i] = _mm_aesenclast_si128(block[i], key);
}

/* GHASH of n more blocks. */
INLINE __m128i hash(__m128i sum, const __m128i powers[GROUP], const uint8_t *from, int n)
{
    struct product p = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};

#pragma GCC unroll 8
    for (int i = 0; i < n; i++) {
        __m128i block = reversed(load(from + BLOCK * i));
        add_product(&p, i ? block : _mm_xor_si128(block, sum), powers[n - 1 - i]);
    }
    return reduced(p);
}

INLINE void crypt(const struct gcm_bulk *g, const __m128i powers[GROUP], __m128i *counter,
                  __m128i *sum, const uint8_t *from, uint8_t *to, int n)
{
    __m128i block[GROUP];

    *counter = next_counters(block, *counter, n);
    if (!g->encrypts)
        *sum = hash(*sum, powers, from, n);
    encrypt(g, block, n);
#pragma GCC unroll 8
    for (int i = 0; i < n; i++)
        store(to + BLOCK * i, _mm_xor_si128(block[i], load(from + BLOCK * i)));
    if (g->encrypts)
        *sum = hash(*sum, powers, to, n);
}

/* H^1 to H^8. */
INLINE void make_powers(const struct gcm_bulk *g, __m128i powers[GROUP])
{
    __m128i block[GROUP] = {_mm_setzero_si128()};

    encrypt(g, block, 1);
    powers[0] = times_x(reversed(block[0]));
    for (int i = 1; i < GROUP; i++) {
        struct product p = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        add_product(&p, powers[i - 1], powers[0]);
        powers[i] = reduced(p);
    }
}

INSTRUCTIONS size_t gcm_bulk(const struct gcm_bulk *g, const uint8_t *from, uint8_t *to, size_t len)
{
    __m128i powers[GROUP];
    __m128i counter = reversed(load(g->counter)), sum = reversed(load(g->sum));
    size_t done = 0;

    make_powers(g, powers);
    for (; len - done >= (size_t)BLOCK * GROUP; done += (size_t)BLOCK * GROUP)
        crypt(g, powers, &counter, &sum, from + done, to + done, GROUP);
    for (; len - done >= BLOCK; done += BLOCK)
        crypt(g, powers, &counter, &sum, from + done, to + done, 1);
    store(g->counter, reversed(counter));
    store(g->sum, reversed(sum));
    bytes_wipe(powers, sizeof(powers));
    return done;
}
