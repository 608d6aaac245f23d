/* tests/build/signed.h - one small signed manifest, for tests and fuzz targets.
 *
 * openssl made it, with keys that are gone.  The signer's certificate is by the root's, both are for
 * P-256 and valid from 2020 to 2120; the list revokes the signer.
 *
 *     openssl ecparam -name prime256v1 -genkey -noout -out root.key        (and leaf.key)
 *     openssl ca -selfsign ...     keyCertSign and cRLSign; openssl ca -cert root.pem ...
 *     openssl dgst -sha256 -sign leaf.key a.mf
 *     openssl cms -sign -binary -in a.mf -signer leaf.pem -inkey leaf.key -outform PEM
 *     openssl ca -revoke leaf.pem; openssl ca -gencrl
 */
#ifndef TESTS_BUILD_SIGNED_H
#define TESTS_BUILD_SIGNED_H

#include "crypto/signature.h"

extern const char signed_manifest[]; /* one line */
extern const char signed_line[];     /* the signature of it */
extern const char signed_leaf[];     /* PEM, the signer's certificate */
extern const char signed_root[];     /* PEM, its issuer's */
extern const char signed_cms[];      /* PEM, with attributes and the signer's certificate */
extern const char signed_crl[];      /* PEM */

#define SIGNED_NOW 1795000000 /* Unix seconds, in 2026 */

struct bytes signed_bytes(const char *text);

/* Everything that a verification asks, with the signature line and the signer's certificate. */
struct signature_question signed_question(const struct trust *trust, struct bytes cert);

#endif
