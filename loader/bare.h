/* loader/bare.h - a disk image that nobody has put into a package, as a package.
 *
 * Its descriptor is made here, for a machine with this disk alone.  It has no manifest, whatever lies
 * beside it: nothing proves that it is whole, and only a policy that accepts that lets it through.
 * Other names are files of the image's directory, since the data of a VMDK may be in many.
 */
#ifndef LOADER_BARE_H
#define LOADER_BARE_H

#include "loader/package.h"

struct bare {
    struct folder folder;
    struct folder *directory; /* borrowed */
    const char *file;         /* the image's name in it */
    const char *href;         /* as the descriptor has it */
    const char *descriptor;   /* name under which that is opened */
    struct bytes text;        /* of the descriptor */
};

/* What begins so is an archive, a damaged one maybe, and no disk. */
enum err bare_is_tar(struct source *file, bool *yes, struct error *e) MUST_CHECK;

/* The image is opened once, to see its size and whether it is gzip.  file is a name in directory, no
 * path. */
enum err bare_open(struct bare *b, struct folder *directory, const char *file, struct arena *a,
                   struct arena work, struct package *out, struct error *e) MUST_CHECK;

#endif
