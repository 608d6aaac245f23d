/* disks/zeros.h - zeros that a target makes by itself, believed only after a look.
 *
 * There are disks whose command for it does nothing, or not all of it.  So some sectors of each piece, the
 * first, the last and some in between, are written with something else before, and read back after.
 * That proves nothing about the rest; but a command that is not carried out at all, or for whole
 * units of the disk only, shows, whatever the disk held.
 */
#ifndef DISKS_ZEROS_H
#define DISKS_ZEROS_H

#include "base/target.h"

#define ZEROS_MIN     (4u << 20) /* bytes; fewer are written as fast */
#define ZEROS_SAMPLES 8          /* sectors that are looked at */

struct zeros {
    bool refused; /* the target cannot, or said so wrongly: it is not asked again */
};

/* Have count sectors read as zeros.  *done is false when they have to be written: there are too few of
 * them, or the target is not to be relied on.  room is a sector's, aligned for the target; afterwards it
 * holds what it held, or zeros. */
enum err zeros_make(struct zeros *z, struct target *t, uint64_t lba, uint64_t count, uint8_t *room,
                    bool *done, struct error *e) MUST_CHECK;

#endif
