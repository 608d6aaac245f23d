/* crypto/sha256_rounds.h - SHA-256 of whole blocks in plain C, for files that compile it for a kind of processor.
 *
 * Source: FIPS 180-4, 4.1.2, 4.2.2 and 6.2.2.
 */
#ifndef CRYPTO_SHA256_ROUNDS_H
#define CRYPTO_SHA256_ROUNDS_H

#include "base/bytes.h"

#define SHA256_BLOCK 64 /* bytes */

/* FIPS 180-4, 4.2.2: of the cube roots of the first 64 primes.  Known to the compiler, they need no loads. */
static const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define SHA256_INLINE __attribute__((always_inline)) static inline

SHA256_INLINE uint32_t sha256_turn(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* The word of the schedule for a round; w has the 16 before it. */
SHA256_INLINE uint32_t sha256_word(uint32_t w[16], const uint8_t *from, unsigned round)
{
    uint32_t *this = &w[round % 16], far = w[(round + 1) % 16], near = w[(round + 14) % 16];

    if (round < 16)
        *this = get_be32(from + 4 * round);
    else
        *this += (sha256_turn(far, 7) ^ sha256_turn(far, 18) ^ far >> 3) + w[(round + 9) % 16] +
                 (sha256_turn(near, 17) ^ sha256_turn(near, 19) ^ near >> 10);
    return *this;
}

/* All is unrolled, so that every v[] and round is known to the compiler.  a to h of a round are v[-round],
 * v[1 - round] and so on, modulo 8: nothing is moved. */
SHA256_INLINE void sha256_one_block(uint32_t state[8], const uint8_t *from)
{
    uint32_t v[8], w[16] = {0};

#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        v[i] = state[i];
    uint32_t b_or_c = v[1] ^ v[2];

#pragma GCC unroll 64
    for (unsigned round = 0; round < 64; round++) {
        uint32_t a = v[(64 - round) % 8], b = v[(65 - round) % 8], e = v[(68 - round) % 8];
        uint32_t f = v[(69 - round) % 8], g = v[(70 - round) % 8], *h = &v[(71 - round) % 8];
        uint32_t sum = *h + sha256_k[round] + sha256_word(w, from, round) + (g ^ (e & (f ^ g))) +
                       (sha256_turn(e, 6) ^ sha256_turn(e, 11) ^ sha256_turn(e, 25));
        uint32_t a_or_b = a ^ b;
        v[(67 - round) % 8] += sum;
        *h = sum + (sha256_turn(a, 2) ^ sha256_turn(a, 13) ^ sha256_turn(a, 22)) +
             (b ^ (a_or_b & b_or_c));
        b_or_c = a_or_b;
    }

#pragma GCC unroll 8
    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

SHA256_INLINE size_t sha256_blocks(uint32_t state[8], const uint8_t *from, size_t len)
{
    size_t done = 0;

    for (; len - done >= SHA256_BLOCK; done += SHA256_BLOCK)
        sha256_one_block(state, from + done);
    return done;
}

#endif
