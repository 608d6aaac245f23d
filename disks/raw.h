/* disks/raw.h - a disk image without a format: the bytes of the disk, one after the other. */
#ifndef DISKS_RAW_H
#define DISKS_RAW_H

#include "disks/image.h"

/* The stream stands at its beginning; size is its length in bytes, 0 when that is not known, which
 * is an error. */
enum err raw_open(struct stream *stream, uint64_t size, struct arena *a, struct image **out,
                  struct error *e) MUST_CHECK;

#endif
