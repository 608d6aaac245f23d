/* efi/block_queue.h - writes under way on a disk, EFI_BLOCK_IO2.
 *
 * EDK2's NVMe driver keeps 63 commands in flight there, and one on EFI_BLOCK_IO.  But it sends them, and
 * looks whether they are done, by a timer only: it takes 16 MiB under way to be faster.  Completions are
 * looked for with CheckEvent(): no function of ours runs at a raised task priority.
 *
 * A queue belongs to a disk's handle and lives until queues_close(), because the firmware writes into
 * it whenever a request ends.
 *
 * Spec: UEFI 2.10, "Block I/O 2 Protocol".
 */
#ifndef EFI_BLOCK_QUEUE_H
#define EFI_BLOCK_QUEUE_H

#include "base/error.h"
#include "efi/firmware.h"

#define QUEUE_DEPTH       64    /* requests under way; docs/limits.md */
#define QUEUE_PATIENCE_MS 60000 /* for one request to end */

struct block_request {
    EFI_BLOCK_IO2_TOKEN token;
    uint64_t lba;
    size_t count; /* sectors */
    bool ended;   /* it was seen to */
};

struct block_queue {
    struct block_queue *next;
    EFI_HANDLE handle;
    EFI_BLOCK_IO2_PROTOCOL *io;
    struct block_request requests[QUEUE_DEPTH];
    size_t first, count; /* of those that are under way, in the order in which they came */
    bool refused;        /* the firmware would not take one: it is not asked again */
    bool stuck;          /* a request never ended: its memory is the device's for good */
};

/* Make one for the disk on that handle, unless it has no such protocol, or there is no memory.  Nothing is
 * allocated later. */
void queue_open(EFI_HANDLE handle, UINT32 media_id, UINT32 alignment);

/* One that was opened and not closed, or NULL. */
struct block_queue *queue_find(EFI_HANDLE handle);

/* Begin to write; false when that did not begin, and will not.  There is room in the queue. */
bool queue_put(struct block_queue *q, UINT32 media_id, uint64_t lba, size_t count, const void *from,
               size_t size);

/* Wait for the oldest of those that are under way.  False when it does not end: the queue is stuck.
 * It stays in *ended until the next queue_put(). */
bool queue_take(struct block_queue *q, const struct block_request **ended);

/* Whether queue_take() would wait for one of them. */
bool queue_is_busy(struct block_queue *q);

/* Nothing that was begun is under way any more: give back what the queues took, and return true.  False
 * when one is stuck: then no memory may be given back that was written from. */
bool queues_close(void);

#endif
