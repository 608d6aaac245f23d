/* crypto/crl.h - one certificate revocation list.
 *
 * For crypto/ alone.  Lists with critical extensions (indirect and delta lists) are not done.
 *
 * Spec: RFC 5280, "CRL and CRL Extensions Profile".
 */
#ifndef CRYPTO_CRL_H
#define CRYPTO_CRL_H

#include "crypto/certificate.h"

struct crl {
    struct bytes der; /* borrowed; every other view is inside */
    struct sealed sealed;
    struct bytes issuer; /* a whole element */
};

/* False when this is no list. */
bool crl_split(struct crl *crl, struct bytes der);

/* Whether all of it can be read. */
enum err crl_read(const struct crl *crl, struct error *e) MUST_CHECK;

/* ERR_UNTRUSTED when the list is not by the issuer, who is open, or revokes c.  When it is out of
 * date, a note in the verdict. */
enum err crl_check(const struct crl *crl, const struct certificate *c, struct certificate *issuer,
                   const struct clock *clock, struct arena *a, struct verdict *verdict,
                   struct error *e) MUST_CHECK;

#endif
