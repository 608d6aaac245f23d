/* crypto/path.h - whether everyone on a path from a signer, or a server, to an anchor may do what they
 * do.
 *
 * For crypto/ alone; crypto/chain.h finds the paths.  The rules, of RFC 5280 unless said otherwise:
 *
 * signer: not a CA (ours: a CA's key signs certificates).  Key usage, when there, has
 *     digitalSignature or nonRepudiation.  Extended key usage, when there, has codeSigning or
 *     anyExtendedKeyUsage (ours: it is what most code signing asks for).
 * server: key usage, when there, has digitalSignature, which all of TLS is that is done here.
 *     Extended key usage, when there, has serverAuth or anyExtendedKeyUsage.
 * those above: CA:TRUE, and keyCertSign in key usage when that is there.  No more CAs below than
 *     the path length allows.  Extended key usage, when there, as the signer's (ours, and that of
 *     most verifiers), but not in the anchor.  An anchor of X.509 version 1 is taken as a CA.
 * all: RSA keys of 2048 bits or more; sealed with SHA-256, -384 or -512, but for the anchor, whose
 *     seal nobody needs; dates as crypto/signature.h tells; not revoked.
 */
#ifndef CRYPTO_PATH_H
#define CRYPTO_PATH_H

#include "crypto/certificate.h"

enum purpose {
    PURPOSE_PACKAGES, /* to sign them */
    PURPOSE_SERVERS,  /* to be one */
};

/* What a signature comes with and what it is held against; all of it split, some of it open.
 * Whoever made it closes all certificates. */
struct evidence {
    struct certificate *pool; /* from the package, in no order */
    size_t pool_count;
    struct certificate *anchors; /* the certificates among the anchors of trust */
    size_t anchor_count;
    const struct trust *trust;
    struct clock clock;
    enum purpose purpose;
    struct arena *a;
};

struct path {
    struct certificate *at[SIGNATURE_CHAIN_MAX]; /* the signer first; all open */
    size_t count;
    const struct anchor *anchor;
};

/* ERR_UNTRUSTED with a sentence for each rule. */
enum err path_check(const struct evidence *ev, const struct path *path, struct verdict *verdict,
                    struct error *e) MUST_CHECK;

/* Whether a list of the issuer, who is open and has sealed c, says that c is revoked.  A list of
 * that name that does not hold is ERR_UNTRUSTED; one that is out of date still revokes, and is
 * noted in the verdict. */
enum err path_revoked(const struct evidence *ev, struct certificate *c, struct certificate *issuer,
                      struct verdict *verdict, struct error *e) MUST_CHECK;

/* ERR_UNTRUSTED unless the key is strong enough. */
enum err path_check_key(const struct certificate *c, struct error *e) MUST_CHECK;

/* Whether the clock, or else the build's date, is within the dates of c.  undated is set when only
 * a right clock could tell, and is not changed otherwise. */
enum err path_check_dates(const struct certificate *c, const struct clock *clock, bool *undated,
                          struct error *e) MUST_CHECK;

#endif
