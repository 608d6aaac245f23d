/* disks/vmdk_extents.h - VMDKs with tables whose grains are not compressed, in one file or in many:
 * monolithicSparse, twoGbMaxExtentSparse, twoGbMaxExtentFlat, monolithicFlat, and those of ESX (vmfs).
 *
 * Where the data is in other files, they are joined behind the descriptor, each name once, in the order in
 * which the extents name them; the file's seams tell where each begins.
 *
 * Spec: VMware, Virtual Disk Format 5.0, "Hosted Sparse Extents", "The Extent Description".
 */
#ifndef DISKS_VMDK_EXTENTS_H
#define DISKS_VMDK_EXTENTS_H

#include "disks/map.h"

enum err vmdk_extents_knows(struct source *file, bool *yes, struct error *e) MUST_CHECK;
enum err vmdk_extents_open(struct source *file, struct arena *a, struct map **out,
                           struct error *e) MUST_CHECK;

#endif
