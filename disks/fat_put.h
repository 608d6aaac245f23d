/* disks/fat_put.h - the bytes of a FAT volume that disks/fat_make.c has laid out: boot sector, tables, directories,
 * files.
 *
 * Spec: as in disks/fat_make.h.
 */
#ifndef DISKS_FAT_PUT_H
#define DISKS_FAT_PUT_H

#include "disks/fat_make.h"
#include "disks/fat_name.h"

#define FAT_COPIES  2u    /* FATs of a volume */
#define FAT_16_FROM 4085u /* clusters: "FAT Type Determination" */
#define FAT_32_ROOT 2u    /* the cluster in which the root directory begins */
#define FAT_32_COPY                                                                                \
    6u /* the sector from which the copies of the boot sector and the next one are */
#define FAT_32_RESERVED 32u /* sectors before the first FAT */

/* A file or a directory; the first one is the root. */
struct fat_node {
    struct fat_name name;
    size_t parent; /* index */
    bool is_directory;
    struct bytes bytes;
    size_t entries; /* of a directory */
    uint32_t cluster;
    uint32_t clusters;
    uint8_t *next; /* where the next entry of a directory goes */
};

struct fat_maker {
    const struct fat_make *in;
    struct fat_node *nodes;
    size_t count;
    uint32_t total;           /* sectors */
    uint32_t reserved;        /* sectors before the first FAT */
    uint32_t root_sectors;    /* of a root directory that lies before the clusters */
    uint32_t cluster_sectors; /* in one cluster */
    uint32_t cluster_size;    /* bytes */
    uint32_t fat_sectors;     /* of each FAT */
    uint32_t data;            /* sector of the first cluster */
    uint32_t clusters;
    uint32_t used;       /* clusters, from the first on */
    uint16_t date, time; /* as in an entry */
    uint8_t *volume;     /* zeros, as far as anything is in it */
};

/* Put all of it into the volume. */
void fat_put(struct fat_maker *m);

#endif
