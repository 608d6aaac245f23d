/* loader/boot_entry.h - an entry for the guest in the firmware's boot menu, made from the partition
 * that was written.
 *
 * One entry, however often: the entry of the same partition and file is used again, and nothing is
 * written while it is right.  Entries are never deleted, and those of others never changed.  Ours
 * end with BOOT_ENTRY_MARK: what a loader gets as its arguments is not the place for a mark.  One of
 * ours whose partition is on no disk of the machine is used again, so that replaced appliances do not
 * fill the menu.  Boot#### is written before BootOrder: a power cut leaves no number without an entry.
 *
 * Spec: UEFI 2.10, "Load Options", "Globally Defined Variables".
 */
#ifndef LOADER_BOOT_ENTRY_H
#define LOADER_BOOT_ENTRY_H

#include "loader/port.h"

#define BOOT_ENTRY_MARK   " (ovfboot)"
#define BOOT_TITLE_MAX    60   /* bytes of the appliance's title; docs/limits.md */
#define BOOT_ORDER_MAX    4096 /* entries in BootOrder; docs/limits.md */
#define BOOT_NUMBERS      256  /* Boot0000 to Boot00FF: where ours are; docs/limits.md */
#define BOOT_SEARCHES_MAX 16   /* entries whose partition is looked for; docs/limits.md */

struct boot_wish {
    const char *title; /* of the appliance */
    const struct guest_loader *loader;
    uint32_t sector_size;           /* bytes, of the disk that it is on */
    bool first;                     /* in front of all others */
    const struct found_disk *disks; /* of the machine */
    size_t disk_count;
};

/* Make the entry, or find it right, and say so.  That it cannot be made is said, too, and is no
 * failure: the guest is there, and the firmware's menu can start it. */
void boot_entry_make(const struct boot_wish *wish, struct arena work);

#endif
