/* crypto/algorithm.h - signature algorithms: which a certificate or a CMS block names, whether they
 * are strong enough, and whether a signature holds.
 *
 * For crypto/ alone.
 *
 * Spec: RFC 8017 for RSA; RFC 4055 for its names and for the parameters of RSASSA-PSS; RFC 5758 for
 * ECDSA's names.
 */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include "base/bytes.h"
#include "base/error.h"
#include "parsers/manifest.h"

#define ALGORITHM_RSA_BITS_MIN 2048 /* bits of an RSA key that counts */
#define ALGORITHM_TEXT_MAX     64

struct algorithm {
    mbedtls_pk_type_t pk;  /* MBEDTLS_PK_RSA, which is PKCS #1 v1.5, _RSASSA_PSS or _ECDSA */
    mbedtls_md_type_t md;  /* MBEDTLS_MD_NONE where another field has to name it */
    mbedtls_md_type_t mgf; /* PSS: the mask's digest */
    int salt;              /* PSS: bytes, or MBEDTLS_RSA_SALT_LEN_ANY */
};

/* Read an AlgorithmIdentifier, one whole element.  Keys' "rsaEncryption" is PKCS #1 v1.5 with the
 * digest named elsewhere, as CMS has it.  ERR_DAMAGED or ERR_UNSUPPORTED. */
enum err algorithm_parse(struct bytes identifier, struct algorithm *out,
                         struct error *e) MUST_CHECK;

/* Likewise an AlgorithmIdentifier of a digest. */
enum err algorithm_parse_digest(struct bytes identifier, mbedtls_md_type_t *out,
                                struct error *e) MUST_CHECK;

/* The parameters of RSASSA-PSS, the contents of their SEQUENCE: mgf, salt and md of out. */
enum err algorithm_parse_pss(struct bytes parameters, struct algorithm *out,
                             struct error *e) MUST_CHECK;

mbedtls_md_type_t algorithm_md(enum digest_kind kind);

/* "SHA-256"; never NULL. */
const char *algorithm_md_name(mbedtls_md_type_t md);

/* SHA-256, SHA-384 and SHA-512 count; MD5, SHA-1 and SHA-224 do not. */
bool algorithm_md_is_strong(mbedtls_md_type_t md);

/* True when the key can be relied on: RSA with enough bits, ECDSA. */
bool algorithm_key_is_strong(const mbedtls_pk_context *key);

/* "RSA 2048", "ECDSA P-256"; pss: its name is "RSA-PSS". */
void algorithm_key_text(const mbedtls_pk_context *key, bool pss, char out[ALGORITHM_TEXT_MAX]);

/* Digest the message, and check the signature over it. */
bool algorithm_holds(const struct algorithm *algorithm, mbedtls_pk_context *key,
                     struct bytes message, struct bytes signature);

#endif
