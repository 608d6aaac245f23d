/* crypto/gcm_bulk.h - AES-GCM of many blocks at a time, where the processor has instructions for it.
 *
 * mbedTLS does a block at a time, each after the one before; what these instructions are slow at is
 * waiting for each other.  crypto/gcm.c has it do what comes in bulk by this.
 */
#ifndef CRYPTO_GCM_BULK_H
#define CRYPTO_GCM_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gcm_bulk {
    const uint8_t *keys; /* AES's, of its rounds, and one more; 16 bytes each */
    int rounds;          /* 10, 12 or 14 */
    bool encrypts;
    uint8_t *counter; /* 16 bytes: the block that was encrypted last, and is again at the end */
    uint8_t *sum;     /* 16 bytes: GHASH of all blocks so far */
};

/* Does the whole blocks of len bytes and returns how many bytes that were; 0 where the processor's
 * architecture has no code here.  Only with PROCESSOR_GCM.  to may be from, or overlap it from
 * below. */
size_t gcm_bulk(const struct gcm_bulk *g, const uint8_t *from, uint8_t *to, size_t len);

#endif
