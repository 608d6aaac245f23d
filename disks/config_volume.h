/* disks/config_volume.h - the configuration's partition on a disk that was deployed before.
 *
 * Found in whatever partition it is, also a logical one, by what fat_make() puts into a boot sector:
 * its name for the maker, and the label.  Rewriting it touches nothing else.  While it is being
 * written its boot sector names sectors of 0 bytes, so that nothing mounts it, but it keeps name and
 * label, so that it is found again after a power cut, and a mark that says for whom it was written.
 */
#ifndef DISKS_CONFIG_VOLUME_H
#define DISKS_CONFIG_VOLUME_H

#include "base/arena.h"
#include "base/target.h"

#define CONFIG_MARK_SIZE 32 /* bytes */

struct config_volume {
    uint64_t offset;                /* bytes from the start of the disk */
    uint64_t size;                  /* bytes */
    uint32_t number;                /* of the partition */
    bool is_whole;                  /* false: a rewrite of it was interrupted, ... */
    uint8_t mark[CONFIG_MARK_SIZE]; /* ... which had this mark */
};

/* ERR_NOT_FOUND when there is none, ERR_UNSUPPORTED when there are several; ERR_DAMAGED as
 * partitions_read() and logical_read() say.  label is as in the boot sector, without the blanks
 * behind it. */
enum err config_volume_find(struct source *disk, uint32_t sector_size, const char *label,
                            struct arena scratch, struct config_volume *out,
                            struct error *e) MUST_CHECK;

/* Write a whole FAT volume over the one found, with that mark until it is whole.  ERR_NO_ROOM when
 * it is larger than the partition.  buffer is aligned for the target, room bytes, at least a sector. */
enum err config_volume_rewrite(struct target *t, const struct config_volume *at,
                               const uint8_t mark[CONFIG_MARK_SIZE], struct bytes volume,
                               uint8_t *buffer, size_t room, struct error *e) MUST_CHECK;

#endif
