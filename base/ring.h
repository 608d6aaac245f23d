/* base/ring.h - buffers that take turns, so that bytes stay where they are until the work on them is done.
 *
 * Readers (base/stream.h, disks/map.h) put what they read into the current buffer.  Whoever uses bytes of it
 * later than the next read says so with keep; the reader then goes on in the next buffer, and turns counts
 * that.  What was kept is good until the fourth turn after it was read: of four batches one is being written,
 * one worked on, one complete, and one begun.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>

#include "base/arena.h"

#define RING_BUFFERS 4

struct ring {
    uint8_t *buffers[RING_BUFFERS];
    uint64_t begun[RING_BUFFERS]; /* turns when what is in each was begun */
    size_t count;                 /* of buffers; with one, nothing can be kept */
    size_t size;                  /* bytes of each */
    size_t current;               /* number of the buffer that is read into */
    size_t used;                  /* bytes of it that ring_room() gave away */
    uint64_t turns;               /* so far */
    bool keep;                    /* what is in it is wanted later */
};

/* count buffers of size bytes, 1 or RING_BUFFERS, are taken from the arena. */
enum err ring_init(struct ring *r, size_t count, size_t size, struct arena *a,
                   struct error *e) MUST_CHECK;

/* The buffer to read into: the next one, when the current one is wanted later, else the same anew. */
uint8_t *ring_turn(struct ring *r);

/* len bytes, at most size, of the current buffer or the next; alignment is a power of two to 4096. */
uint8_t *ring_room(struct ring *r, size_t len, size_t alignment);

/* Whether ring_room() would find that much in the current buffer. */
bool ring_has_room(const struct ring *r, size_t len, size_t alignment);

#endif
