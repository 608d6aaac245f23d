/* crypto/sha_bulk.h - SHA-1 and SHA-256 of many blocks, as this processor does them best. */
#ifndef CRYPTO_SHA_BULK_H
#define CRYPTO_SHA_BULK_H

#include <stddef.h>
#include <stdint.h>

/* Adds the whole blocks of len bytes to the state, and returns how many bytes that were.  sha1_bulk() only with
 * PROCESSOR_SHA. */
size_t sha1_bulk(uint32_t state[5], const uint8_t *from, size_t len);
size_t sha256_bulk(uint32_t state[8], const uint8_t *from, size_t len);

/* The same for any processor. */
size_t sha256_plain(uint32_t state[8], const uint8_t *from, size_t len);

#endif
