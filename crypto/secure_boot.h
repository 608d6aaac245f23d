/* crypto/secure_boot.h - whether firmware that enforces Secure Boot would start an image, and why.
 *
 *     struct boot_verdict verdict;
 *     TRY(boot_judge(file, &databases, scratch, &verdict, e));
 *     if (!verdict.starts) ... verdict.text ...
 *
 * The rules are those of the specification as EDK2 applies them: nothing of the image, no signature
 * and no certificate in its chain may be in dbx, and one signature must lead to a certificate in
 * db, or the image's digest be there.  Dates and purposes of certificates do not count.
 *
 * This explains; it does not decide.  Vendors differ, so the firmware itself is asked as well
 * (loader/preflight.h).
 *
 * Spec: UEFI 2.10, "Image Execution Authorization" and "Signature Database".
 */
#ifndef CRYPTO_SECURE_BOOT_H
#define CRYPTO_SECURE_BOOT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/source.h"

/* The variables' contents, borrowed; no bytes for one that is not there. */
struct boot_databases {
    struct bytes db;
    struct bytes dbx;
};

enum boot_reason {
    BOOT_SIGNED,         /* by someone whom db knows */
    BOOT_LISTED,         /* its digest is in db */
    BOOT_UNSIGNED,       /* and not in db */
    BOOT_UNKNOWN,        /* signed by someone whom db does not know */
    BOOT_BROKEN,         /* its signature is damaged, or of another image */
    BOOT_REVOKED_IMAGE,  /* its digest is in dbx */
    BOOT_REVOKED_SIGNER, /* a certificate of its chain is in dbx */
    BOOT_UNCERTAIN,      /* there is something in it, or in db, that is not understood here */
};

struct boot_verdict {
    enum boot_reason reason;
    bool starts;
    bool is_shim;   /* it will decide by keys of its own about what it starts */
    char text[240]; /* "is signed by Debian Secure Boot Signer 2022, which db does not know" */
};

/* Fails only when the file cannot be read or is no sound PE image: firmware would refuse that one
 * as well.  Heap that mbedTLS takes is given back. */
enum err boot_judge(struct source *file, const struct boot_databases *databases,
                    struct arena scratch, struct boot_verdict *out, struct error *e) MUST_CHECK;

#endif
