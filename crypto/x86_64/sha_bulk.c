/* Spec: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, "Intel SHA
 * Extensions"; FIPS 180-4, 6.1 and 6.2.
 *
 * An instruction does four rounds of SHA-1, or two of SHA-256.  The schedule of a block is kept as
 * its last 16 words, four to a register.
 */
#include "crypto/sha_bulk.h"

#include <immintrin.h>

#include "crypto/processor.h"
#include "crypto/sha256_rounds.h"

#define BLOCK SHA256_BLOCK

#define INSTRUCTIONS __attribute__((target("sha,ssse3,sse4.1")))
#define INLINE       INSTRUCTIONS __attribute__((always_inline)) static inline

INLINE __m128i load(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

INLINE void store(void *to, __m128i value)
{
    _mm_storeu_si128((__m128i *)to, value);
}

/* The four words of a register, last to first. */
INLINE __m128i turned(__m128i words)
{
    return _mm_shuffle_epi32(words, 0x1b);
}

/* Bytes within words: SHA's are big-endian. */
INLINE __m128i load_words(const uint8_t *from)
{
    return _mm_shuffle_epi8(load(from),
                            _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}

/* ---- SHA-1 ----------------------------------------------------------------------------------- */

/* The kind of round is a part of the instruction. */
INLINE __m128i sha1_four_rounds(__m128i abcd, __m128i e, int kind)
{
    switch (kind) {
    case 0:
        return _mm_sha1rnds4_epu32(abcd, e, 0);
    case 1:
        return _mm_sha1rnds4_epu32(abcd, e, 1);
    case 2:
        return _mm_sha1rnds4_epu32(abcd, e, 2);
    default:
        return _mm_sha1rnds4_epu32(abcd, e, 3);
    }
}

/* Words 4 * i to 4 * i + 3, where those of four registers before are. */
INLINE __m128i sha1_schedule(const __m128i w[4], int i)
{
    __m128i sum = _mm_sha1msg1_epu32(w[i % 4], w[(i + 1) % 4]);

    return _mm_sha1msg2_epu32(_mm_xor_si128(sum, w[(i + 2) % 4]), w[(i + 3) % 4]);
}

/* A to D have A in the highest word; so have the words of the schedule.  E is made of the A of four
 * rounds before. */
INLINE void sha1_block(__m128i *abcd, __m128i *e, const uint8_t *from)
{
    __m128i w[4], now = *abcd, before = *abcd;

#pragma GCC unroll 20
    for (int i = 0; i < 20; i++) {
        w[i % 4] = i < 4 ? turned(load_words(from + 16 * i)) : sha1_schedule(w, i);
        __m128i mixed = i ? _mm_sha1nexte_epu32(before, w[i % 4]) : _mm_add_epi32(*e, w[0]);
        before = now;
        now = sha1_four_rounds(now, mixed, i / 5);
    }
    *e = _mm_sha1nexte_epu32(before, *e);
    *abcd = _mm_add_epi32(now, *abcd);
}

INSTRUCTIONS size_t sha1_bulk(uint32_t state[5], const uint8_t *from, size_t len)
{
    __m128i abcd = turned(load(state)), e = _mm_set_epi32((int)state[4], 0, 0, 0);
    size_t done = 0;

    for (; len - done >= BLOCK; done += BLOCK)
        sha1_block(&abcd, &e, from + done);
    store(state, turned(abcd));
    state[4] = (uint32_t)_mm_extract_epi32(e, 3);
    return done;
}

/* ---- SHA-256 --------------------------------------------------------------------------------- */

INLINE __m128i sha256_schedule(const __m128i w[4], int i)
{
    __m128i sum = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);

    sum = _mm_add_epi32(sum, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
    return _mm_sha256msg2_epu32(sum, w[(i + 3) % 4]);
}

/* A, B, E and F in one register, C, D, G and H in the other; the first one highest. */
INLINE void sha256_block(__m128i *abef, __m128i *cdgh, const uint8_t *from)
{
    __m128i w[4], now = *abef, before = *cdgh;

#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        w[i % 4] = i < 4 ? load_words(from + 16 * i) : sha256_schedule(w, i);
        __m128i mixed = _mm_add_epi32(w[i % 4], load(sha256_k + 4 * i));
        before = _mm_sha256rnds2_epu32(before, now, mixed);
        now = _mm_sha256rnds2_epu32(now, before, _mm_shuffle_epi32(mixed, 0x0e));
    }
    *abef = _mm_add_epi32(now, *abef);
    *cdgh = _mm_add_epi32(before, *cdgh);
}

INSTRUCTIONS static size_t sha256_by_instructions(uint32_t state[8], const uint8_t *from,
                                                  size_t len)
{
    __m128i abcd = load(state), efgh = load(state + 4);
    __m128i abef = turned(_mm_unpacklo_epi64(abcd, efgh));
    __m128i cdgh = turned(_mm_unpackhi_epi64(abcd, efgh));
    size_t done = 0;

    for (; len - done >= BLOCK; done += BLOCK)
        sha256_block(&abef, &cdgh, from + done);
    store(state, _mm_unpacklo_epi64(turned(abef), turned(cdgh)));
    store(state + 4, _mm_unpackhi_epi64(turned(abef), turned(cdgh)));
    return done;
}

/* ---- Without them ---------------------------------------------------------------------------- */

/* Turning a word into another register, and the other one of the AND with a complement. */
__attribute__((target("bmi,bmi2"))) static size_t sha256_by_bmi(uint32_t state[8],
                                                                const uint8_t *from, size_t len)
{
    return sha256_blocks(state, from, len);
}

size_t sha256_bulk(uint32_t state[8], const uint8_t *from, size_t len)
{
    if (processor_has(PROCESSOR_SHA))
        return sha256_by_instructions(state, from, len);
    return processor_has(PROCESSOR_BMI) ? sha256_by_bmi(state, from, len)
                                        : sha256_plain(state, from, len);
}
