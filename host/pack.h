/* host/pack.h - making a package of disk images: streamOptimized VMDKs, a descriptor and a manifest.
 *
 * An image is of any format that is read; NAME.qcow2 becomes NAME.vmdk.  The same images give the same
 * bytes, whatever the number of workers: times in the archive are SOURCE_DATE_EPOCH, else 0.
 *
 * Spec: DSP0243 1.1.0, "Distribution as a single file".
 */
#ifndef HOST_PACK_H
#define HOST_PACK_H

#include "loader/memory.h"

struct pack_command {
    const char *const *disks; /* paths */
    size_t count;
    const char *name; /* of the package: its descriptor is made; NULL: ovf is there, ... */
    const char *ovf;  /* ... the path of one that is used */
    const char *out;  /* path of the .ova; replaced when it is there */
};

/* On failure there is no new file, and one that was at out before is still there.  out must not be one
 * of the inputs.  It takes the room of the package twice until it is done. */
enum err pack(const struct pack_command *c, const struct memory *m, struct error *e) MUST_CHECK;

#endif
