/* disks/raw.h - a disk image without a format: the bytes of the disk, one after the other. */
#ifndef DISKS_RAW_H
#define DISKS_RAW_H

#include "disks/image.h"

/* The stream stands at its beginning; size is its length in bytes, 0 when that is not known, which
 * is an error. */
enum err raw_open(struct stream *stream, uint64_t size, struct arena *a, struct image **out,
                  struct error *e) MUST_CHECK;

/* Refuse a fixed VHD, which looks like a raw disk but for the sector behind it: end is the last
 * bytes of a file, at least RAW_END of them when it has so many. */
#define RAW_END 512
enum err raw_check_end(const char *name, struct bytes end, struct error *e) MUST_CHECK;

#endif
