/* disks/writer.h - runs in, large writes out, and the sector that makes the disk bootable last.
 *
 *     writer_open    takes all memory; nothing is written yet
 *     writer_erase   wipes both ends of the target and flushes: whatever was there is gone
 *     writer_put     for every run, in any order
 *     writer_fill    zeros where no run was, unless the target is known to be zeroed; flushes
 *     writer_seal    backup GPT at the target's real end, the last and the first MiB, LBA 0 last
 *
 * The first and the last MiB of the guest disk are held in memory until the seal, so that a power
 * cut leaves the old disk (before writer_erase), a disk that does not boot, or the complete one.
 * EDK2 restores a primary GPT from a valid backup and believes a GPT only behind a protective MBR
 * in LBA 0 (MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c): hence both ends, and hence the order.
 */
#ifndef DISKS_WRITER_H
#define DISKS_WRITER_H

#include "base/arena.h"
#include "base/target.h"
#include "disks/image.h"

#define WRITER_HELD (1u << 20) /* bytes held back at each end of the guest disk */

struct writer {
    struct target *target;
    uint64_t size; /* bytes of the guest disk */
    uint8_t *head; /* the guest disk's first bytes, ... */
    uint64_t head_len;
    uint8_t *tail; /* ... and its last ones; empty when the head holds it all */
    uint64_t tail_len;
    uint8_t *buffer;        /* the write being gathered */
    uint64_t buffer_offset; /* bytes; where the buffer belongs on the disk */
    uint64_t buffer_len;    /* bytes gathered */
    uint8_t *spare;   /* one run unpacked, where it cannot be unpacked in place; zeros in between */
    uint8_t *written; /* a bit for each granule */
    uint32_t granule; /* bytes */
    uint64_t bytes_written; /* to the target so far, for progress and tests */
};

/* ERR_NO_ROOM when the target is smaller than the image, ERR_TOO_BIG when the map of written
 * granules would be over the limit.  Takes everything that the rest needs. */
enum err writer_open(struct writer *w, struct target *target, const struct image *image,
                     struct arena *a, struct error *e) MUST_CHECK;

enum err writer_erase(struct writer *w, struct error *e) MUST_CHECK;
enum err writer_put(struct writer *w, const struct run *run, struct error *e) MUST_CHECK;
enum err writer_fill(struct writer *w, struct error *e) MUST_CHECK;
enum err writer_seal(struct writer *w, struct error *e) MUST_CHECK;

#endif
