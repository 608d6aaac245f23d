/* crypto/digest.h - SHA-1, SHA-256, SHA-384 and SHA-512 of bytes that come in pieces.
 *
 * Source: FIPS 180-4.  mbedTLS does the work.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/source.h"
#include "parsers/manifest.h"

/* A digest being made; its size is asserted against mbedTLS's contexts in crypto/digest.c. */
struct digest {
    enum digest_kind kind;
    _Alignas(16) uint8_t state[256];
};

void digest_start(struct digest *d, enum digest_kind kind);
void digest_add(struct digest *d, struct bytes bytes);

/* The first digest_size(kind) bytes of out; the rest is zeros. */
void digest_finish(struct digest *d, uint8_t out[DIGEST_MAX]);

/* The digest of a whole source. */
enum err digest_source(struct source *s, enum digest_kind kind, struct arena scratch,
                       uint8_t out[DIGEST_MAX], struct error *e) MUST_CHECK;

/* Lower-case hex of the digest_size(kind) bytes at digest, NUL-terminated. */
const char *digest_hex(enum digest_kind kind, const uint8_t *digest, char out[2 * DIGEST_MAX + 1]);

#endif
