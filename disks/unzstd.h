/* disks/unzstd.h - a whole zstd frame into a buffer, in one call; libzstd's decoder behind it.
 *
 * Spec: RFC 8878, "Zstandard Frames".
 */
#ifndef DISKS_UNZSTD_H
#define DISKS_UNZSTD_H

#include "base/arena.h"
#include "base/bytes.h"

struct unzstd {
    void *library; /* libzstd's context, in the arena */
};

enum err unzstd_open(struct unzstd *z, struct arena *a, struct error *e) MUST_CHECK;

/* Unpack one frame of at least least and at most room bytes; *len is what it was.  Bytes behind the
 * frame are passed over.  ERR_DAMAGED otherwise; of to, all room bytes may have changed. */
enum err unzstd_frame(struct unzstd *z, struct bytes packed, uint8_t *to, size_t least, size_t room,
                      size_t *len, struct error *e) MUST_CHECK;

#endif
