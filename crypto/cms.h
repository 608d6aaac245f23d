/* crypto/cms.h - the CMS (PKCS #7) form of a signature: detached SignedData with one signer.
 *
 * For crypto/ alone.  With signed attributes, as openssl and VirtualBox write them, the signature is
 * over those, and one of them is the digest of the manifest; without, it is over the manifest.
 * Signing times, timestamps, revocation lists and attribute certificates inside are not looked at:
 * nobody vouches for them.
 *
 * Spec: RFC 5652, "Signed-data Content Type".
 */
#ifndef CRYPTO_CMS_H
#define CRYPTO_CMS_H

#include "crypto/certificate.h"
#include "parsers/cert.h"

struct cms {
    struct bytes certificates[CERT_CERTIFICATES_MAX]; /* DER, views into the block */
    size_t certificate_count;
    struct bytes issuer, serial; /* who signed, as a whole element and contents ... */
    struct bytes key_id;         /* ... or this; at is NULL when it is by issuer and serial */
    struct algorithm algorithm;  /* of the signature; md is always set */
    struct bytes attributes;     /* the signed ones, a whole element; at is NULL without */
    struct bytes signature;
};

/* Borrows der.  ERR_DAMAGED; ERR_UNSUPPORTED for other content types, contents of its own and more
 * than one signer; ERR_UNTRUSTED without a signer. */
enum err cms_parse(struct bytes der, struct cms *out, struct error *e) MUST_CHECK;

/* True when the block says that this certificate, which is open, is the signer's. */
bool cms_names(const struct cms *cms, const struct certificate *c);

/* ERR_UNTRUSTED when this is not a signature over the manifest by the certificate's key. */
enum err cms_check(const struct cms *cms, struct certificate *signer, struct bytes manifest,
                   struct arena scratch, struct error *e) MUST_CHECK;

#endif
