/* crypto/signer.h - who signed an image: the certificates of an Authenticode signature, from the
 * signer's upwards.
 *
 * For crypto/secure_boot.c alone.  Firmware's rules are laxer than those for packages
 * (crypto/chain.h): dates, purposes and strength do not count, and any certificate in db ends a
 * chain.
 */
#ifndef CRYPTO_SIGNER_H
#define CRYPTO_SIGNER_H

#include <stdbool.h>

#include <mbedtls/x509_crt.h>

#include "crypto/authenticode.h"

#define SIGNER_CHAIN_MAX 8  /* certificates up to the last one that the signature holds */
#define SIGNER_LOOK_MAX  32 /* certificates in a signature that are looked at */

struct signer {
    mbedtls_x509_crt first; /* its own certificate; each is followed by its issuer's */
    size_t count;
};

/* Find the signer's certificate and those above it.  Fails when the signature does not hold the
 * signer's, or it cannot be read.  Close the signer in any case. */
enum err signer_open(struct signer *signer, const struct authenticode *signature,
                     struct error *e) MUST_CHECK;
void signer_close(struct signer *signer);

/* Whether the signature is by the signer's key, and over the content. */
bool signer_signed(struct signer *signer, const struct authenticode *signature);

/* Whether the chain leads to that certificate, or begins with it.  *readable is cleared when the
 * certificate cannot be read, and is left alone otherwise. */
bool signer_leads_to(struct signer *signer, struct bytes certificate, bool *readable);

/* Whether a digest is that of the TBSCertificate of a certificate of the chain, or of another. */
bool signer_has_hash(const struct signer *signer, enum digest_kind kind, struct bytes digest);
bool signer_hash_is(struct bytes certificate, enum digest_kind kind, struct bytes digest);

/* The signer's common name, or what else names it. */
void signer_name(const struct signer *signer, char *out, size_t size);

#endif
