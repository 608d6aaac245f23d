/* disks/unpack.h - whatever a run may be packed by, behind one call. */
#ifndef DISKS_UNPACK_H
#define DISKS_UNPACK_H

#include "disks/image.h"
#include "disks/inflate.h"
#include "disks/unzstd.h"

struct unpack {
    struct inflate inflate;
    struct unzstd zstd;
};

enum err unpack_open(struct unpack *u, struct arena *a, struct error *e) MUST_CHECK;

/* The bytes of a run that is not RUN_ZERO: at least least and at most room of them, the rest of room
 * filled with zeros.  ERR_DAMAGED otherwise; of to, all room bytes may have changed. */
enum err unpack_run(struct unpack *u, enum run_kind kind, struct bytes packed, uint8_t *to,
                    size_t least, size_t room, struct error *e) MUST_CHECK;

#endif
