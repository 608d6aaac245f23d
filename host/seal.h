/* host/seal.h - putting trust anchors and policy into the loader itself, so that signing it for
 * Secure Boot signs them too: no file, load option or answer at the console gets past them.
 *
 * They become read-only PE sections: .trust, a list of the files (parsers/anchor_list.h), and
 * .policy, lines as in the settings file.
 */
#ifndef HOST_SEAL_H
#define HOST_SEAL_H

#include "base/arena.h"

#define SEAL_TRUST_MAX 64 /* files */

struct seal_request {
    const char *loader; /* path of build/ovfboot.efi, not signed yet */
    const char *trust[SEAL_TRUST_MAX];
    size_t trust_count;
    const char *policy; /* path; NULL: "verify = signature" when there are anchors */
    const char *out;    /* path of the sealed loader; replaced when it is there */
};

/* Every file is checked as the loader would check it.  scratch holds the loader and all files. */
enum err seal(const struct seal_request *r, struct arena scratch, struct error *e) MUST_CHECK;

#endif
