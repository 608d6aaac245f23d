/* loader/inspect.h - a disk of a plan in words. */
#ifndef LOADER_INSPECT_H
#define LOADER_INSPECT_H

#include "loader/plan.h"

/* "disk1.vmdk: 268.4 MB, streamOptimized VMDK". */
#define INSPECT_TEXT_MAX 200 /* bytes with the NUL */
const char *inspect_disk(const struct plan_disk *disk, char out[INSPECT_TEXT_MAX]);

/* What the boot disk starts with: the guest's loader, or why there is none. */
const char *inspect_loader(const struct plan_disk *disk);

#endif
