/* disks/guest.h - the guest's own boot loader, found on the guest disk.
 *
 * The same search serves before the deployment, through the image, and after it, on the target,
 * so that what was promised is what is started.  The removable-media path comes first, then the
 * paths that the known systems install to: many guests have only those, because their boot entry
 * lived in the virtual machine's NVRAM.
 *
 * Spec: UEFI 2.10, "Removable Media Boot Behavior".
 */
#ifndef DISKS_GUEST_H
#define DISKS_GUEST_H

#include "base/arena.h"
#include "base/source.h"
#include "disks/partitions.h"

enum guest_arch {
    GUEST_X86_64,  /* BOOTX64.EFI */
    GUEST_AARCH64, /* BOOTAA64.EFI */
};

struct guest_loader {
    struct partition partition; /* where it is */
    enum table_kind table;
    uint32_t signature; /* MBR: the disk's */
    char path[160];     /* "\EFI\BOOT\BOOTX64.EFI" */
};

/* ERR_NO_LOADER, with what was found instead, when there is none. */
enum err guest_find_loader(struct source *disk, enum guest_arch arch, struct arena scratch,
                           struct guest_loader *out, struct error *e) MUST_CHECK;

#endif
