/* loader/boot_disk.h - the disk that the firmware would start an operating system from.
 *
 * That is the first entry of BootOrder, of those that are active, which names a disk of this machine
 * other than the medium that ovfboot came from: by one of its partitions, or by the device itself.
 * Entries without a disk (the network, a shell) are passed over.
 */
#ifndef LOADER_BOOT_DISK_H
#define LOADER_BOOT_DISK_H

#include "loader/port.h"

/* Mark it, where there is one. */
enum err boot_disk_mark(struct found_disk *disks, size_t count, struct arena scratch,
                        struct error *e) MUST_CHECK;

#endif
