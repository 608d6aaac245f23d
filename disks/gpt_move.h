/* disks/gpt_move.h - the backup GPT of a guest disk, moved to the end of a larger target.
 *
 * Works on memory alone: on the two ends of the guest disk that disks/writer.c holds back.  The
 * partitions stay as they are; the room behind them becomes usable.  It is what "sgdisk -e" does.
 *
 * Spec: UEFI 2.10, "GUID Partition Table (GPT) Disk Layout".
 */
#ifndef DISKS_GPT_MOVE_H
#define DISKS_GPT_MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum gpt_move_result {
    GPT_NOT_LOOKED,    /* the disk is not sealed yet */
    GPT_NONE,          /* no GPT there: nothing to move */
    GPT_IN_PLACE,      /* the target is as large as the guest disk: nothing to move */
    GPT_MOVED,         /* the head and the tail were changed; gpt_make_backup() gives the rest */
    GPT_DAMAGED,       /* the primary header or entries do not check: left as they are */
    GPT_OUT_OF_REACH,  /* the entries are not in the head, or the target is too small to move */
    GPT_OTHER_SECTORS, /* a GPT in other sectors than the target's: left as it is */
};

struct gpt_disk {
    uint8_t *head;        /* the guest disk's first bytes, whole sectors of room */
    size_t head_len;      /* bytes */
    uint8_t *tail;        /* its last ones; may be none */
    uint64_t tail_offset; /* bytes from the start of the disk */
    size_t tail_len;      /* bytes */
    uint32_t sector_size; /* of the target, bytes */
    uint64_t old_size;    /* of the guest disk, bytes */
    uint64_t new_sectors; /* of the target */
    bool anew;            /* also on a target of the same size, since the entries will change */
};

/* Change the primary GPT and the protective MBR in the head for a disk of new_sectors, and wipe
 * the old backup where it is valid and in reach, so that there are never two. */
enum gpt_move_result gpt_move(struct gpt_disk *disk) MUST_CHECK;

/* The backup of the primary GPT in a head that gpt_move() changed: entries, then header, to be
 * written so that it ends with the target's last sector.  out has room for GPT_ENTRIES_MAX and two
 * sectors.  Returns the length in bytes. */
size_t gpt_make_backup(const uint8_t *head, uint32_t sector_size, uint8_t *out);

#endif
