/* efi/block.h - a disk of the firmware, EFI_BLOCK_IO, as a target and as a source.
 *
 * What is submitted goes through EFI_BLOCK_IO2 where the firmware has it, and is written at once where
 * it has not, or refuses.  After a failure nothing is under way; the one exception is a disk that does
 * not answer at all, of which every later call fails.
 *
 * Spec: UEFI 2.10, "Block I/O Protocol".
 */
#ifndef EFI_BLOCK_H
#define EFI_BLOCK_H

#include "base/source.h"
#include "base/target.h"
#include "efi/block_queue.h"
#include "efi/firmware.h"
#include "efi/nvme.h"

struct block {
    struct target target;
    struct source source;
    EFI_HANDLE handle;
    EFI_BLOCK_IO *io;
    UINT32 media_id;  /* of the medium that was seen; another one is refused */
    bool claimed;     /* the firmware's drivers were taken off before the first write */
    size_t read_most; /* bytes at once: less from the first read on that failed */
    uint8_t *bounce;  /* for reads that are not whole sectors */

    /* From the first write on. */
    struct nvme nvme;
    struct nvme_zeros zeros;
};

#define BLOCK_BOUNCE (64u << 10) /* bytes */

/* The disk on that handle; name is borrowed. */
enum err block_open(struct block *b, EFI_HANDLE handle, const char *name, struct arena *a,
                    struct error *e) MUST_CHECK;

/* Take the firmware's drivers off that disk: they may hold what they read from it in memory.  Only
 * those that use the disk go, not the one that makes it: some (virtio) keep both on one handle. */
void block_release(EFI_HANDLE handle);

#endif
