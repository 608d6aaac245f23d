/* disks/vhd.h - fixed and dynamic VHD disk images, as maps. */
#ifndef DISKS_VHD_H
#define DISKS_VHD_H

#include "disks/map.h"

/* By its footer, which is at the end, and in front of a dynamic one, too. */
enum err vhd_knows(struct source *file, bool *yes, struct error *e) MUST_CHECK;

/* ERR_UNSUPPORTED for a differencing one. */
enum err vhd_open(struct source *file, struct arena *a, struct map **out,
                  struct error *e) MUST_CHECK;

#endif
