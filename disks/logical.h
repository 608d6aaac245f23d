/* disks/logical.h - the logical partitions inside an extended one.
 *
 * Each has a sector of its own, built like the MBR, that holds it and a link to the next such
 * sector.  Only the form that all tools write is read: the partition in the first entry, the link
 * in the second, nothing in the others.
 *
 * Source: no specification; Linux, block/partitions/msdos.c, parse_extended().
 */
#ifndef DISKS_LOGICAL_H
#define DISKS_LOGICAL_H

#include <stdbool.h>

#include "base/source.h"
#include "parsers/gpt.h"

#define LOGICAL_MAX 60 /* links of a chain; Linux follows 100; docs/limits.md */

struct logical {
    uint64_t table; /* LBA of the sector that describes it */
    uint64_t first; /* LBA */
    uint64_t count; /* sectors; 0: only a link */
    uint8_t type;
};

struct logical_chain {
    struct logical at[LOGICAL_MAX];
    size_t count; /* at least 1 */
};

/* Follow the chain of an extended partition.  ERR_DAMAGED when it leaves the extended partition,
 * when two of its parts overlap, or when it has another form. */
enum err logical_read(struct source *disk, uint32_t sector_size,
                      const struct mbr_partition *extended, struct logical_chain *out,
                      struct error *e) MUST_CHECK;

/* Areas of sectors, from the first one to before the last: do they share any? */
bool areas_meet(uint64_t first, uint64_t end, uint64_t other_first, uint64_t other_end);

#endif
