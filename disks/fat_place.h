/* disks/fat_place.h - where everything on a FAT volume is to lie, and the sectors that say so.
 *
 * disks/fat_view.c makes the volume of it.
 */
#ifndef DISKS_FAT_PLACE_H
#define DISKS_FAT_PLACE_H

#include "disks/fat_tree.h"

#define FAT_PLACE_FATS 2u
#define FAT_PLACE_BOOT 512 /* bytes of a boot sector that are used, whatever its size */

/* Boot sector, and what a FAT32 tells of free clusters; a FAT32 has both twice. */
#define FAT_PLACE_INFO   1u /* sector */
#define FAT_PLACE_BACKUP 6u /* sector of the second ones */

struct fat_place {
    enum fat_kind kind;
    uint32_t sector;       /* bytes */
    uint32_t cluster_size; /* bytes */
    uint32_t total;        /* sectors */
    uint32_t reserved;     /* sectors */
    uint32_t fat_sectors;  /* of each FAT */
    uint32_t root_entries; /* of a fixed root; FAT32: 0 */
    uint32_t clusters;
    uint32_t next; /* the first cluster that is free */
    uint64_t fat;  /* bytes from the start of the volume to the first FAT, */
    uint64_t root; /* to what is behind the last FAT, */
    uint64_t data; /* to cluster 2, */
    uint64_t end;  /* and to what is behind the last cluster */
    uint8_t boot[FAT_PLACE_BOOT];
    uint8_t info[FAT_PLACE_BOOT];
};

/* For a volume of size bytes, whole sectors.  The nodes of the tree get their new clusters, which rise from
 * node to node, and the entries name them.  ERR_NO_ROOM when the files do not fit. */
enum err fat_place(struct fat_place *p, struct fat_tree *t, uint64_t size, uint32_t sector,
                   struct error *e) MUST_CHECK;

#endif
