/* parsers/vmdk_extents.h - the extents that the descriptor of a VMDK lists.
 *
 *     struct bytes rest = text;
 *     while ((err = vmdk_next_extent(&rest, &extent, e)) == OK && extent.sectors)
 *         ...
 *
 * Pure: bytes in, struct out.  Text ends at a NUL.
 *
 * Spec: VMware, Virtual Disk Format 5.0, "The Extent Description".
 */
#ifndef PARSERS_VMDK_EXTENTS_H
#define PARSERS_VMDK_EXTENTS_H

#include "parsers/vmdk.h"

#define VMDK_FILE_MAX 256 /* bytes of an extent's file name */

enum vmdk_extent_kind {
    VMDK_EXTENT_ZERO,   /* zeros; there is no file */
    VMDK_EXTENT_FLAT,   /* as it is, from offset on: FLAT and VMFS */
    VMDK_EXTENT_SPARSE, /* a file of its own with header, directory and tables */
};

struct vmdk_extent {
    enum vmdk_extent_kind kind;
    uint64_t sectors; /* of the disk, at most VMDK_CAPACITY_MAX; 0: there is no further extent */
    uint64_t offset;  /* sectors of the file in front of it */
    char file[VMDK_FILE_MAX]; /* as written; "" where there is none */
};

/* The next one, and rest stands behind it.  ERR_UNSUPPORTED, by name, for kinds that are not read: deltas
 * of ESX and devices. */
enum err vmdk_next_extent(struct bytes *rest, struct vmdk_extent *out, struct error *e) MUST_CHECK;

#endif
