/* host/sign.h - making a signed package out of one that is not, or is by somebody else.
 *
 * What the package's own manifest says must hold, all of it, or nothing is signed.  Its signature
 * is not asked for: whoever signs vouches himself.  The result has a new manifest, SHA-256 of every
 * file, and its members in the standard's order: descriptor, manifest, certificate, then the others
 * as they were.  Folders and other members that are no files are left out.
 *
 * Spec: DSP0243 2.1.1, "OVF package"; DSP0243 1.1.0, "Distribution as a single file".
 */
#ifndef HOST_SIGN_H
#define HOST_SIGN_H

#include "base/arena.h"

struct sign_command {
    const char *file;           /* path of the .ova */
    const char *key;            /* path: PEM or DER */
    const char *cert;           /* path: PEM or DER; its first certificate is the signer's */
    const char *chain;          /* path: more certificates; NULL: none */
    const char *out;            /* path of the signed .ova; replaced when it is there */
    const char *passphrase_env; /* the environment variable with the key's; NULL: none */
};

/* On failure there is no new file, and one that was at out before is still there.  out must not be
 * one of the other files.  Times in the archive are SOURCE_DATE_EPOCH, else 0.  scratch: about
 * 8 MiB, more for a large manifest. */
enum err sign_package(const struct sign_command *c, struct arena scratch,
                      struct error *e) MUST_CHECK;

#endif
