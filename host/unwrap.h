/* host/unwrap.h - a package that as a whole lies in gzip or xz, as some publish them: box.ova.gz, box.ova.xz.
 *
 * gzip is read as it is (disks/gunzip.h), after one pass over it; xz is unpacked into a temporary file that has no
 * name, in TMPDIR or /var/tmp.  In firmware neither is done: there the package is to be an .ova.
 */
#ifndef HOST_UNWRAP_H
#define HOST_UNWRAP_H

#include "base/arena.h"
#include "host/file.h"

struct unwrap {
    struct file_source xz; /* what was unpacked */
};

/* What is inside of file, or file when it is neither; names stay those of file.  ERR_DAMAGED, ERR_NO_ROOM. */
enum err unwrap_open(struct unwrap *u, struct source *file, struct arena *a, struct source **out,
                     struct error *e) MUST_CHECK;
void unwrap_close(struct unwrap *u); /* one that never opened, too */

#endif
