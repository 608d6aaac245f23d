/* disks/fat_tree.h - everything that a FAT volume holds: directories, files, and where their bytes lie.
 *
 * The entries of directories are kept as they are, names, times and attributes, but for what is deleted;
 * the fields that name a cluster are 0.  Every chain is followed and none may meet another: a volume that
 * fsck would have to repair is refused, because what is made from it would hide the damage.
 *
 * Spec: as parsers/fat.h.
 */
#ifndef DISKS_FAT_TREE_H
#define DISKS_FAT_TREE_H

#include "base/arena.h"
#include "disks/fat.h"

#define FAT_TREE_NODES_MAX    8192  /* files that are not empty, and directories; docs/limits.md */
#define FAT_TREE_ENTRIES_MAX  32768 /* of all directories; likewise, */
#define FAT_TREE_EXTENTS_MAX  16384 /* and likewise */
#define FAT_TREE_CLUSTERS_MAX (1u << 24) /* of the volume; likewise */

struct fat_extent {
    uint32_t index;   /* of its first cluster in the file, from 0 */
    uint32_t cluster; /* where that lies on the volume */
    uint32_t count;   /* clusters that follow each other */
};

struct fat_node {
    bool is_directory;
    uint32_t parent;  /* node */
    uint32_t entry;   /* the one that names it; of the root, which has none, 0 */
    uint32_t cluster; /* the first one; 0: a fixed root */
    uint32_t size;    /* bytes of a file */
    uint32_t first;   /* entry of a directory, extent of a file, */
    uint32_t count;   /* and how many */
};

struct fat_tree {
    struct fat fat;
    struct fat_node *nodes; /* the root first, and each behind the directory that it is in */
    uint32_t node_count;
    uint8_t (*entries)[FAT_ENTRY_SIZE]; /* those of a directory one behind the other */
    uint32_t entry_count;
    struct fat_extent *extents; /* those of a file one behind the other */
    uint32_t extent_count;
};

/* The volume is borrowed.  ERR_DAMAGED, ERR_TOO_BIG: what and how. */
enum err fat_tree_read(struct fat_tree *t, struct source *volume, struct arena *a,
                       struct error *e) MUST_CHECK;

/* "." and "..", which name no node of their own. */
bool fat_tree_is_dot(const uint8_t entry[FAT_ENTRY_SIZE]);

/* Set the first cluster that an entry names. */
void fat_tree_set_cluster(uint8_t entry[FAT_ENTRY_SIZE], uint32_t cluster);

#endif
