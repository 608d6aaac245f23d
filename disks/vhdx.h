/* disks/vhdx.h - fixed and dynamic VHDX disk images, as maps. */
#ifndef DISKS_VHDX_H
#define DISKS_VHDX_H

#include "disks/map.h"

/* By its first bytes. */
enum err vhdx_knows(struct source *file, bool *yes, struct error *e) MUST_CHECK;

/* One that was not closed is read as its log says (disks/vhdx_log.h), through map->file.  ERR_UNSUPPORTED for a
 * differencing one. */
enum err vhdx_open(struct source *file, struct arena *a, struct map **out,
                   struct error *e) MUST_CHECK;

#endif
