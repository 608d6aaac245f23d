/* efi/nvme.h - commands to an NVMe namespace, where the firmware lets them through.
 *
 * Spec: UEFI 2.10, "NVM Express Pass Through Protocol"; NVM Express Base Specification 2.0, "Identify
 * command"; NVM Express NVM Command Set Specification 1.0, "Write Zeroes command".
 */
#ifndef EFI_NVME_H
#define EFI_NVME_H

#include "base/target.h"
#include "efi/firmware.h"

#define NVME_IDENTIFY_SIZE 4096 /* bytes */

/* What Identify is asked for (its field CNS). */
#define NVME_OF_NAMESPACE  0x00
#define NVME_OF_CONTROLLER 0x01
#define NVME_OF_NVM        0x06 /* the controller, as to the NVM command set */

struct nvme {
    struct nvme_pass_through *through; /* NULL: no way for commands */
    UINT32 namespace;                  /* 0: no NVMe */
};

/* The namespace that a disk's device path names. */
struct nvme nvme_find(const EFI_DEVICE_PATH *path);

/* Ask for one of those pages; false when none came. */
bool nvme_identify(const struct nvme *n, UINT32 what, uint8_t data[NVME_IDENTIFY_SIZE]);

/* Zeros by command: Write Zeroes.  Deallocating, the other way, is not one: Dataset Management is a
 * hint, which a controller may take for some of the sectors, for none, or for all. */
struct nvme_zeros {
    UINT32
    most; /* sectors of one command; 0: there is no such command, or it is not to be relied on */
    bool deallocate; /* the sectors need not be kept, and read as zeros nevertheless */
};
struct nvme_zeros nvme_zeros_of(const struct nvme *n, const struct target *t);

/* count is at most z->most. */
EFI_STATUS nvme_write_zeros(const struct nvme *n, const struct nvme_zeros *z, uint64_t lba,
                            UINT32 count);

#endif
