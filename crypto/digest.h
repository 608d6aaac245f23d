/* crypto/digest.h - SHA-1, SHA-256, SHA-384 and SHA-512 of bytes that come in pieces.
 *
 * Source: FIPS 180-4; mbedTLS does the work.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "parsers/manifest.h"

struct digest_state; /* in crypto/digest.c */

#define DIGEST_STATE_SIZE 512 /* bytes; checked against mbedTLS's contexts in crypto/digest.c */

struct digest {
    enum digest_kind kind;
    _Alignas(16) uint8_t state[DIGEST_STATE_SIZE];
};

void digest_start(struct digest *d, enum digest_kind kind);
void digest_add(struct digest *d, struct bytes bytes);

/* out is digest_size(kind) bytes. */
void digest_finish(struct digest *d, uint8_t out[DIGEST_MAX]);

#endif
