/* disks/fat.h - looking up, listing and reading files in a FAT file system, through a source.
 *
 * Reads only.  Names are compared without regard to case, in their long and short forms; names that are
 * not ASCII are never equal to a path, which is.
 */
#ifndef DISKS_FAT_H
#define DISKS_FAT_H

#include "base/arena.h"
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

/* What is in the directory of that path; "" is the root. */
struct fat_listed {
    struct fat_entry entry; /* a file or a directory, "." and ".." too */
    const char *name;       /* the long one if it has one; what is not ASCII in it is 0x7f */
};

/* All of it in the arena, in the order of the directory.  ERR_NOT_FOUND as fat_find(), also for a file;
 * ERR_DAMAGED for more than FAT_DIRECTORY_MAX entries, or a directory in a loop. */
enum err fat_list(struct fat *fat, const char *path, struct arena *a, struct fat_listed **out,
                  size_t *count, struct error *e) MUST_CHECK;

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

/* Where a file lies that is in one piece, in bytes from the start of the volume; it is not empty.
 * ERR_UNSUPPORTED when it is in several, ERR_DAMAGED when its chain is shorter than it. */
enum err fat_file_place(struct fat *fat, const struct fat_entry *entry, uint64_t *offset,
                        struct error *e) MUST_CHECK;

#endif
