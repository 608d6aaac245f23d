/* disks/fat_view.h - a FAT volume as it would be with sectors of another size.
 *
 * Nothing is copied: boot sector, FATs and directories are made when they are read, and the bytes of
 * files come from where they lie on the old volume.  Names, times, attributes, the label and the serial
 * number, by which Linux knows the volume, stay.  Files lie one behind the other; what was deleted, and
 * what lies behind the end of a file in its last cluster, is gone.
 *
 * How many clusters there are decides what kind of FAT it is, for EDK2 as for the specification: a FAT32
 * of 512-byte clusters may well become a FAT16 of 4096-byte ones.
 *
 * Spec: Microsoft, "FAT32 File System Specification" 1.03, "Boot Sector and BPB", "FAT Type
 * Determination" and "FAT32 FSInfo Sector Structure and Backup Boot Sector".
 */
#ifndef DISKS_FAT_VIEW_H
#define DISKS_FAT_VIEW_H

#include "base/arena.h"
#include "base/source.h"

/* volume, which is borrowed, in sectors of sector_size bytes (512 or 4096), on size bytes, a multiple of
 * those.  The view and all that it needs is taken from the arena.  ERR_NO_ROOM when its files do not fit,
 * which larger clusters may bring about; ERR_DAMAGED when the volume is; ERR_TOO_BIG. */
enum err fat_view_open(struct source *volume, uint64_t size, uint32_t sector_size, struct arena *a,
                       struct source **out, struct error *e) MUST_CHECK;

#endif
