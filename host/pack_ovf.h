/* host/pack_ovf.h - the descriptor of a package that is being made: written here, or somebody's own.
 *
 * One of somebody's own goes into the package as it is, to the last byte.  So what it says must be so:
 * its References are the disks under the names that they get, each once; a Disk's capacity, and a File's
 * size where it has one, are right.  Otherwise nothing is made.
 */
#ifndef HOST_PACK_OVF_H
#define HOST_PACK_OVF_H

#include "host/pack_disk.h"
#include "parsers/ovf.h"

struct pack_entry {
    const char *path;  /* of the image */
    const char *name;  /* of its file in the package */
    uint64_t capacity; /* bytes, whole sectors */
    uint64_t size;     /* bytes of the file */
    struct packed packed;
};

struct pack_ovf {
    const char *path;  /* NULL: it is written here */
    const char *name;  /* of its file in the package */
    struct bytes text; /* once it is known */
    struct ovf ovf;    /* of somebody's own */
};

/* Read somebody's own, and put the entries into the order of its References. */
enum err pack_ovf_read(struct pack_ovf *o, struct pack_entry *entries, size_t count,
                       struct arena *a, struct arena work, struct error *e) MUST_CHECK;

/* The capacity of the entry'th is known: what it says of that disk is right. */
enum err pack_ovf_check_disk(const struct pack_ovf *o, const struct pack_entry *entries,
                             size_t entry, struct error *e) MUST_CHECK;

/* Everything is known: the text, written or checked. */
enum err pack_ovf_finish(struct pack_ovf *o, const struct pack_entry *entries, size_t count,
                         struct arena *a, struct arena work, struct error *e) MUST_CHECK;

#endif
