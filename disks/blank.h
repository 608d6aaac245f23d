/* disks/blank.h - a disk that has no image: it reads as zeros before its first boot. */
#ifndef DISKS_BLANK_H
#define DISKS_BLANK_H

#include "disks/image.h"

#define BLANK_FORMAT "blank disk"

/* An image of capacity bytes without any run.  name is borrowed. */
enum err blank_open(const char *name, uint64_t capacity, struct arena *a, struct image **out,
                    struct error *e) MUST_CHECK;

#endif
