/* disks/contents.h - what a partition holds, by its first bytes, and on what sectors that works.
 *
 * Linux' rule: the unit that a file system is read and written in must not be smaller than the device's
 * sectors (sb_set_blocksize(); XFS says "device supports 4096 byte sectors (not 512)").  FAT is not looked
 * for: that is disks/fat.h's.
 *
 * Sources: Linux, fs/ (the super blocks), and util-linux, libblkid/src/superblocks (where they are).
 */
#ifndef DISKS_CONTENTS_H
#define DISKS_CONTENTS_H

#include <stdbool.h>

#include "base/source.h"

#define CONTENTS_EMPTY (2u << 20) /* bytes from the start on; when they are zeros, it is empty */

enum contents_kind {
    CONTENTS_NONE,    /* zeros: it works everywhere */
    CONTENTS_UNIT,    /* works on sectors of up to unit bytes */
    CONTENTS_EXACT,   /* works on sectors of unit bytes, and no others */
    CONTENTS_CLOSED,  /* what is inside cannot be looked at: LVM, LUKS, a RAID, VMFS */
    CONTENTS_UNKNOWN, /* nothing that is known here */
};

struct contents {
    enum contents_kind kind;
    const char *name; /* for people: "XFS", "something unknown" */
    uint32_t unit;    /* bytes; 0: it does not say one that makes sense */
    uint64_t size;    /* bytes that it takes from the start on; 0: not known */
};

/* Is there something at the start of a partition, or a disk, that says what it is? */
enum err contents_find(struct source *partition, struct contents *out, bool *found,
                       struct error *e) MUST_CHECK;

/* The same; where nothing says so, whether it is empty. */
enum err contents_read(struct source *partition, struct contents *out, struct error *e) MUST_CHECK;

#endif
