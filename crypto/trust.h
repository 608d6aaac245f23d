/* crypto/trust.h - whom we believe: certification authorities, certificates and keys, and what was
 * revoked.
 *
 *     struct trust trust = {0};
 *     TRY(trust_add(&trust, "vendor.pem", contents, a, e));    once for each file
 *
 * What is in a file is found by looking at it: PEM with certificates, public keys and revocation
 * lists in any mix; DER with one certificate or revocation list; or text with one key's digest a
 * line.  A certificate with CA:TRUE vouches for others, and for itself; any other one is pinned: it
 * vouches for itself only.
 *
 *     # who signs for us
 *     sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
 *
 * The digest is SHA-256 of the DER of SubjectPublicKeyInfo: openssl x509 -pubkey -noout -in CERT |
 * openssl pkey -pubin -outform DER | sha256sum.
 *
 * Spec: RFC 5280, "Certificate and Certificate Extensions Profile", "CRL and CRL Extensions
 * Profile".
 */
#ifndef CRYPTO_TRUST_H
#define CRYPTO_TRUST_H

#include "base/arena.h"

#define TRUST_FILE_MAX    (1u << 20) /* bytes, docs/limits.md */
#define TRUST_ANCHORS_MAX 256        /* the Mozilla list has about 150 */
#define TRUST_CRLS_MAX    16

enum anchor_kind {
    ANCHOR_CA,          /* a certification authority */
    ANCHOR_CERTIFICATE, /* a pinned certificate */
    ANCHOR_KEY,         /* a pinned public key */
};

struct anchor {
    enum anchor_kind kind;
    const char *file; /* where it is from, for people; in the arena */
    struct bytes der; /* the certificate; at is NULL for ANCHOR_KEY */
    uint8_t key[32];  /* SHA-256 of SubjectPublicKeyInfo */
    struct anchor *next;
};

struct revocations {
    const char *file; /* where the list is from, for people; in the arena */
    struct bytes der;
    struct revocations *next;
};

/* Everything in the arena of trust_add; {0} believes nobody. */
struct trust {
    struct anchor *anchors;
    size_t anchor_count;
    struct revocations *crls;
    size_t crl_count;
};

/* Add what a file holds, in copies.  file is its name, for messages, which start with it.  A file
 * with anything else in it, or with nothing, is ERR_SETTING: an anchor that is silently not there
 * would be missed late.  ERR_TOO_BIG over a limit.  trust is unchanged on failure. */
enum err trust_add(struct trust *trust, const char *file, struct bytes contents, struct arena *a,
                   struct error *e) MUST_CHECK;

/* The same for a list that others keep: certificates in it that cannot be read, or are no CA's, are
 * passed over. */
enum err trust_add_known(struct trust *trust, const char *file, struct bytes contents,
                         struct arena *a, struct error *e) MUST_CHECK;

#endif
