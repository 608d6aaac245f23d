/* disks/gpt_make.h - a whole GPT for a disk that is made from nothing: protective MBR, header, entries.
 *
 *     struct gpt_make make = {.sector_size = 512, .parts = parts, .count = 2};
 *     uint64_t needed = gpt_make_place(&make);          where each partition goes
 *     make.sectors = the disk's, at least those;
 *     gpt_make_head(&make, head);
 *     len = gpt_make_backup(head, 512, tail);           disks/gpt_move.h
 *
 * Works on memory alone.  Partitions begin at whole MiB and follow one another in their order.
 *
 * Spec: UEFI 2.10, "GUID Partition Table (GPT) Disk Layout" and "Protective MBR".
 */
#ifndef DISKS_GPT_MAKE_H
#define DISKS_GPT_MAKE_H

#include "parsers/gpt.h"

#define GPT_MAKE_ENTRIES 128 /* the least that the specification has room for */
#define GPT_MAKE_ALIGNMENT                                                                         \
    (1u << 20) /* bytes: where partitions begin, and what is before the first */

struct gpt_make_part {
    const uint8_t *type; /* GUID as on disk, as the next; borrowed */
    uint8_t guid[16];
    const char *name; /* UTF-8, cut where it is too long; borrowed */
    uint64_t size;    /* bytes, more than 0 */
    uint64_t first;   /* LBA, from gpt_make_place() */
};

struct gpt_make {
    uint32_t sector_size; /* 512 or 4096 bytes */
    uint64_t sectors;     /* of the disk */
    uint8_t guid[16];     /* of the disk, as on disk */
    struct gpt_make_part *parts;
    size_t count; /* at most GPT_MAKE_ENTRIES */
};

/* Give each partition its place.  Returns the sectors that the disk needs at least, whole MiB. */
uint64_t gpt_make_place(struct gpt_make *m);

/* Write the first GPT_MAKE_ALIGNMENT bytes of the disk, which are zeros. */
void gpt_make_head(const struct gpt_make *m, uint8_t *head);

#endif
