/* disks/qcow2.h - QCOW2 disk images of versions 2 and 3, as maps. */
#ifndef DISKS_QCOW2_H
#define DISKS_QCOW2_H

#include "disks/map.h"

/* By its first bytes. */
enum err qcow2_knows(struct source *file, bool *yes, struct error *e) MUST_CHECK;

/* Snapshots inside are passed over, and so are reference counts: one whose writer did not close it is
 * read.  ERR_UNSUPPORTED and ERR_DAMAGED as parsers/qcow2.h says. */
enum err qcow2_open(struct source *file, struct arena *a, struct map **out,
                    struct error *e) MUST_CHECK;

#endif
