/* crypto/certificate.h - one X.509 certificate: where its parts lie, and mbedTLS's reading of it.
 *
 *     TRY(certificate_split(&c, der, e));     its parts, borrowed; nothing to release
 *     TRY(certificate_open(&c, a, e));        mbedTLS's reading, on the heap
 *     ...
 *     certificate_close(&c);                  always; also when it was never opened
 *
 * For crypto/ alone.  Keys that are for RSASSA-PSS only (id-RSASSA-PSS as the key's algorithm) are
 * read too, which mbedTLS 3.6 does not: it gets a copy in which the key is a plain RSA key.
 *
 * Spec: RFC 5280, "Certificate"; RFC 4055, "RSASSA-PSS Public Keys".
 */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* basic constraints have no accessors */
#include <mbedtls/x509_crt.h>

#include "base/arena.h"
#include "crypto/algorithm.h"
#include "crypto/signature.h"

/* What a CA signs in the same way: certificates and revocation lists. */
struct sealed {
    struct bytes body;      /* the element that is signed */
    struct bytes algorithm; /* AlgorithmIdentifier, a whole element */
    struct bytes signature;
};

struct certificate {
    struct bytes der; /* all of it; every other view is inside */
    struct sealed sealed;
    struct bytes serial;          /* contents of the INTEGER */
    struct bytes issuer, subject; /* whole elements, to be compared byte by byte */
    struct bytes spki;            /* a whole element */
    const struct anchor *origin;  /* the anchor that it is; NULL when it is from the package */
    bool is_open;
    bool pss_only;        /* the key is for RSASSA-PSS */
    struct algorithm pss; /* md is MBEDTLS_MD_NONE unless the key is restricted to these */
    mbedtls_x509_crt crt;
    const char *name; /* when open: the subject, in the arena */
};

/* SEQUENCE of body, algorithm and BIT STRING. */
bool sealed_split(struct bytes der, struct sealed *out);

/* ERR_UNTRUSTED, with the issuer's name in front, when the seal is not by the issuer's key. */
enum err sealed_check(const struct sealed *s, struct certificate *issuer,
                      struct error *e) MUST_CHECK;

/* The digest with which it is sealed; MBEDTLS_MD_NONE when that cannot be read. */
mbedtls_md_type_t sealed_md(const struct sealed *s);

enum err certificate_split(struct certificate *c, struct bytes der, struct error *e) MUST_CHECK;

/* ERR_UNSUPPORTED for keys and algorithms that are not done, and for critical extensions that are
 * not known.  Nothing happens when it is open already. */
enum err certificate_open(struct certificate *c, struct arena *a, struct error *e) MUST_CHECK;
void certificate_close(struct certificate *c);

/* True when the signature over message is by the key of an open certificate. */
bool certificate_signed(struct certificate *c, const struct algorithm *algorithm,
                        struct bytes message, struct bytes signature);

/* Also for mbedTLS's other readers: ret is their result, what the thing they read. */
enum err certificate_fail(struct error *e, int ret, const char *what);

uint64_t certificate_not_before(const struct certificate *c);
uint64_t certificate_not_after(const struct certificate *c);
uint64_t certificate_date(const mbedtls_x509_time *t);

/* SHA-256. */
void certificate_digest(struct bytes bytes, uint8_t out[32]);

/* Of an open certificate; the texts are taken from the arena. */
enum err certificate_facts(const struct certificate *c, struct arena *a,
                           struct certificate_facts *out, struct error *e) MUST_CHECK;

#endif
