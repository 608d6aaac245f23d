/* crypto/chain.h - from a signer's certificate to an anchor.
 *
 * For crypto/ alone.  Every path of names and seals is looked for, up to a bound of signature
 * checks, until crypto/path.h agrees with one; otherwise the error tells what was wrong with the
 * path that came furthest.
 *
 * Names are compared byte by byte.  Name constraints and policies are not done: where they are
 * critical the certificate is refused, where they are not they mean nothing here.
 *
 * Spec: RFC 5280, "Certification Path Validation".
 */
#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include "crypto/path.h"

#define CHAIN_CHECKS_MAX 64 /* signature checks in one search, docs/limits.md */

/* Begin: the certificates among the anchors of ev->trust, split, in the arena.  End: close them and
 * those of the pool. */
enum err chain_begin(struct evidence *ev, struct error *e) MUST_CHECK;
void chain_end(struct evidence *ev);

/* The anchor that is this certificate, or its key; NULL. */
const struct anchor *chain_pin(const struct evidence *ev, const struct certificate *signer);

/* Refuse a pinned certificate all the same when a list of its issuer revokes it: one whose
 * certificate is in the package or among the anchors, so that the list can be checked. */
enum err chain_pin_revoked(struct evidence *ev, struct certificate *signer, struct verdict *verdict,
                           struct error *e) MUST_CHECK;

/* A path to a CA among the anchors.  signer is open. */
enum err chain_find(struct evidence *ev, struct certificate *signer, struct path *out,
                    struct verdict *verdict, struct error *e) MUST_CHECK;

#endif
