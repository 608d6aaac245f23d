/* disks/fat_make.h - a whole FAT volume, written into memory from a list of files.
 *
 *     struct fat_make make = {.sector_size = 512, .label = "cidata", .files = files, .count = 4};
 *     TRY(fat_make(&make, &arena, &volume, e));
 *
 * The same input gives the same bytes: nothing is taken from a clock.  The label is written as it
 * is, in lower case too: Ignition's proxmoxve provider looks for "cidata" and nothing else.  The
 * sectors of the volume must be those of the disk: Linux does not mount smaller ones.
 *
 * Spec: Microsoft, "FAT32 File System Specification" 1.03, "Boot Sector and BPB", "FAT Type
 * Determination", "FAT Volume Initialization" and "FAT Directory Structure".
 */
#ifndef DISKS_FAT_MAKE_H
#define DISKS_FAT_MAKE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

#define FAT_MAKE_SIZE      (8u << 20)  /* bytes of a volume, unless more are wanted or needed */
#define FAT_MAKE_SIZE_MAX  (64u << 20) /* docs/limits.md */
#define FAT_MAKE_32_MAX    (2u << 30)  /* bytes of one that is FAT32; docs/limits.md */
#define FAT_MAKE_NODES_MAX 1024        /* files and directories; docs/limits.md */
#define FAT_MAKE_ROOT      512         /* entries of the root directory; docs/limits.md */
#define FAT_LABEL_MAX      11          /* bytes */
#define FAT_MAKER          "OVFBOOT "  /* as the boot sector names who made it (BS_OEMName) */

struct fat_make_file {
    const char *path; /* UTF-8, "meta-data" or "ovffiles/a/b.txt" */
    struct bytes bytes;
};

struct fat_make {
    uint32_t sector_size; /* 512 or 4096 bytes */
    bool is_32;           /* FAT32; else FAT12 or FAT16, by its size */
    uint32_t size;        /* bytes at least; 0: FAT_MAKE_SIZE */
    uint32_t room;        /* bytes that stay free, at least */
    uint32_t hidden;      /* sectors before it on its disk; 0: not told */
    const char *label;    /* ASCII, 1 to FAT_LABEL_MAX bytes */
    uint32_t serial;
    uint64_t seconds; /* since 1970, UTC: the time stamp of everything, from 1980 on */
    const struct fat_make_file *files;
    size_t count;
    const char *
        folder; /* the path of a directory that is to be there, with files in it or none; NULL: no such */
};

/* Make the volume in the arena; of FAT32 only the front, behind which all clusters are free and may hold anything.
 * ERR_TOO_BIG when the files do not fit in FAT_MAKE_SIZE_MAX, or FAT_MAKE_32_MAX, or are more than the other limits allow; ERR_UNSUPPORTED, naming the path, when a name cannot be, or is
 * there twice. */
enum err fat_make(const struct fat_make *make, struct arena *a, struct bytes *out,
                  struct error *e) MUST_CHECK;

/* How large it will be in all, in bytes: fails where fat_make() would. */
enum err fat_make_size(const struct fat_make *make, struct arena scratch, uint64_t *size,
                       struct error *e) MUST_CHECK;

#endif
