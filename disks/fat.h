/* disks/fat.h - looking up and reading a file in a FAT file system, through a source.
 *
 * Reads only: the search for a boot loader, and a look at it, need no more.  Names are compared without regard to case, in their long and short forms; names
 * that are not ASCII are never equal to a path, which is.
 */
#ifndef DISKS_FAT_H
#define DISKS_FAT_H

#include "base/source.h"
#include "parsers/fat.h"

#define FAT_DIRECTORY_MAX 65536 /* entries; the specification's bound, docs/limits.md */

struct fat {
    struct source *volume; /* borrowed */
    struct fat_layout layout;
};

/* ERR_UNSUPPORTED when the volume holds no FAT. */
enum err fat_open(struct fat *fat, struct source *volume, struct error *e) MUST_CHECK;

/* Where a cluster lies, in bytes from the start of the volume. */
uint64_t fat_cluster_offset(const struct fat_layout *layout, uint32_t cluster);

/* Find "\EFI\BOOT\BOOTX64.EFI".  ERR_NOT_FOUND when a part of the path is not there, or is a file
 * where a directory should be; *e then says which. */
enum err fat_find(struct fat *fat, const char *path, struct fat_entry *out,
                  struct error *e) MUST_CHECK;

/* A file's contents as a source.  Reading goes best from front to back. */
struct fat_file {
    struct source source;
    struct fat *fat;  /* borrowed */
    uint32_t first;   /* cluster */
    uint32_t cluster; /* where the last read ended */
    uint64_t index;   /* of that cluster in the file, from 0 */
};

/* entry is what fat_find() gave for a file; name is borrowed, for messages. */
void fat_file_open(struct fat_file *file, struct fat *fat, const struct fat_entry *entry,
                   const char *name);

#endif
