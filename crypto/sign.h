/* crypto/sign.h - signing a manifest: the .cert file's text.
 *
 * For the host's tool and for tests; firmware never signs, and its linker leaves this out.
 *
 * Spec: DSP0243 2.1.1, "OVF package"; RFC 8017, RSASSA-PKCS1-v1_5; ECDSA as "openssl dgst" writes
 * it, a DER SEQUENCE of two numbers.
 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/arena.h"
#include "parsers/manifest.h"

/* Fill to with len random bytes fit for keys.  False when that is not possible. */
struct sign_random {
    bool (*fill)(void *context, uint8_t *to, size_t len);
    void *context;
};

struct sign_request {
    struct bytes manifest;     /* what is signed, all of it */
    const char *manifest_name; /* as it stands in the package */
    struct bytes key;          /* file: PEM or DER; PKCS #1, PKCS #8 or SEC 1 */
    const char *passphrase;    /* NULL: none */
    struct bytes certificate;  /* file: PEM or DER; its first certificate is the signer's */
    struct bytes chain;        /* file: PEM or DER, more certificates; len 0: none */
    enum digest_kind kind;     /* DIGEST_SHA256 unless there is a reason */
    struct sign_random random;
};

/* out is the whole .cert file, in the arena.  ERR_SETTING when the key cannot be read (with or
 * without its passphrase), does not belong to the certificate, or is one that signature_verify()
 * would refuse as too weak. */
enum err sign_manifest(const struct sign_request *r, struct arena *a, struct bytes *out,
                       struct error *e) MUST_CHECK;

#endif
