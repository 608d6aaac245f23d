/* disks/resector.h - a guest disk as it would be on sectors of another size.
 *
 *     TRY(resector_open(disk, 512, 4096, &arena, &view, e));
 *     ... view->source is what would be on a disk of such sectors ...
 *
 * A partition table counts in sectors, so it is made anew: protective MBR and both copies of a GPT, or an
 * MBR.  Each partition stays where it is, in bytes, with its number, GUID, name and attributes, and so do
 * its bytes; but FAT volumes, which know their sectors, become views of their own (disks/fat_view.h).
 * What would not work on the new sectors is refused, by the number and name of its partition.  What lies
 * in no partition is zeros, but for the boot code in the first sector: tables in the old sectors must not
 * be found again.
 *
 * Spec: UEFI 2.10, "GUID Partition Table (GPT) Disk Layout" and "Legacy Master Boot Record".
 */
#ifndef DISKS_RESECTOR_H
#define DISKS_RESECTOR_H

#include "base/arena.h"
#include "base/source.h"

#define RESECTOR_PARTITIONS_MAX 128 /* docs/limits.md */

struct resector_part; /* of the new disk, that is not zeros */

struct resector {
    struct source
        source; /* the new disk; a little larger than the old one where its table needs that */
    uint32_t sector_size;         /* bytes */
    size_t fats;                  /* FAT volumes that are made anew */
    struct resector_part **parts; /* in the order of the disk */
    size_t part_count;
};

/* disk, borrowed, has a partition table that counts in sectors of old_sector bytes (0: look), other ones than
 * sector_size (512 or 4096).
 * ERR_UNSUPPORTED when it cannot become one that does, ERR_DAMAGED when it makes no sense; and what
 * fat_view_open() says. */
enum err resector_open(struct source *disk, uint32_t old_sector, uint32_t sector_size,
                       struct arena *a, struct resector **out, struct error *e) MUST_CHECK;

#endif
