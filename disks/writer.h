/* disks/writer.h - runs in, large writes out, and the sector that makes the disk bootable last.
 *
 *     writer_open    takes all memory; nothing is written yet
 *     writer_erase   wipes both ends of the target and flushes: whatever was there is gone
 *     writer_put     for every run, in any order
 *     writer_fill    zeros where no run was, a piece at a time; the last piece flushes
 *     writer_seal    the guest's ends, the backup GPT at the target's real end, LBA 0 last
 *
 * The ends of the guest disk are held in memory until the seal, so that a power cut leaves the old
 * disk (before writer_erase), a disk that does not boot, or the complete one.  EDK2 restores a
 * primary GPT from a valid backup and believes a GPT only behind a protective MBR in LBA 0
 * (MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c): hence both ends, and hence the order.
 *
 * The guest disk may be smaller than the target: what lies between its end and the target's last
 * MiB keeps its old contents, which no partition of the guest covers.
 */
#ifndef DISKS_WRITER_H
#define DISKS_WRITER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/target.h"
#include "disks/gpt_move.h"
#include "disks/image.h"
#include "disks/inflate.h"

#define WRITER_HELD    (1u << 20) /* bytes held back at the front; as much, up to twice, at the end */
#define WRITER_BUFFER  (4u << 20)  /* bytes of the largest write; docs/limits.md */
#define WRITER_FILL    (64u << 20) /* bytes of zeros, about, that one writer_fill writes */
#define WRITER_MAP_MAX (16u << 20) /* bytes of the map of granules; docs/limits.md */

struct writer {
    struct target *target;
    const struct image *image;
    struct inflate inflate;
    uint8_t *head;        /* the guest disk's first bytes, ... */
    uint64_t head_len;    /* at most WRITER_HELD */
    uint8_t *tail;        /* ... and its last ones; none when the head holds it all */
    uint64_t tail_offset; /* bytes from the start of the disk, a multiple of WRITER_HELD */
    uint64_t tail_len;
    uint8_t *buffer;          /* the write being gathered, WRITER_BUFFER of room */
    uint64_t buffer_offset;   /* bytes; where the buffer belongs on the disk */
    size_t buffer_len;        /* bytes gathered */
    uint8_t *written;         /* a bit for each granule */
    uint64_t filled;          /* granules from the start of the disk that writer_fill has done */
    uint64_t bytes_written;   /* to the target so far, for progress and tests */
    enum gpt_move_result gpt; /* what writer_seal did with the partition table */
};

/* ERR_NO_ROOM when the target is smaller than the image, ERR_TOO_BIG when the map of written
 * granules would be over the limit, ERR_UNSUPPORTED when the target's sectors are larger than the
 * image's granules.  Takes everything that the rest needs; borrows image and target. */
enum err writer_open(struct writer *w, struct target *target, const struct image *image,
                     struct arena *a, struct error *e) MUST_CHECK;

enum err writer_erase(struct writer *w, struct error *e) MUST_CHECK;

/* ERR_DAMAGED, naming the image and the place in it, when the run does not unpack, or when its
 * granule was there before. */
enum err writer_put(struct writer *w, const struct run *run, struct error *e) MUST_CHECK;

/* Write zeros into the next holes, unless the target is known to be zeroed, so that progress can be
 * shown in between.  *done when there are no more: everything but the ends is then on the disk. */
enum err writer_fill(struct writer *w, bool *done, struct error *e) MUST_CHECK;

enum err writer_seal(struct writer *w, struct error *e) MUST_CHECK;

#endif
