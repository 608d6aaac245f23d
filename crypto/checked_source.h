/* crypto/checked_source.h - a file that is read in order once, and at any offset afterwards, and must then
 * still be the same.
 *
 *     TRY(checked_source_init(&c, file, a, e));
 *     checked_source_learn(&c, bytes);      in order, all of the file; the errand keeps what it learns
 *     TRY(checked_source_open(&c, ring, a, e));
 *     ... c.source gives what was proved, or ERR_IO ...
 *
 * Learning keeps a digest of each piece; reading takes whole pieces and compares.  So a medium that changes
 * its answers, by fault or by intent, is caught before anything of that piece is used.
 *
 * source_read() compares at once.  source_view() shows bytes where they lie in the ring and leaves comparing
 * to the errand, which has to be judged before anything that came of them leaves the memory.
 */
#ifndef CRYPTO_CHECKED_SOURCE_H
#define CRYPTO_CHECKED_SOURCE_H

#include "base/arena.h"
#include "base/errand.h"
#include "base/ring.h"
#include "base/source.h"
#include "base/stream.h"
#include "crypto/digest.h"

#define CHECKED_PIECE  READ_MAX /* bytes */
#define CHECKED_DIGEST 16 /* bytes kept of a SHA-256: nobody can make another piece for them */
#define CHECKED_SLOTS  3  /* pieces in memory for source_read() */
#define CHECKED_SHOWN  8  /* pieces in one buffer of the ring at most */

struct checked_source {
    struct source source; /* usable once all was learned */
    struct source *file;  /* borrowed */
    uint8_t (*digests)[CHECKED_DIGEST];
    struct checked_slot {
        uint8_t *bytes; /* CHECKED_PIECE of them */
        uint64_t piece; /* its number, or UINT64_MAX */
        uint64_t used;  /* when, by clock */
    } slots[CHECKED_SLOTS];
    uint64_t clock;
    uint64_t learned; /* bytes */

    /* The pieces that lie, one behind the other, in each buffer of the ring. */
    struct ring *ring; /* borrowed; NULL: nothing can be shown */
    struct checked_row {
        uint64_t begun; /* the ring's, for what is told here */
        uint64_t pieces[CHECKED_SHOWN];
        const uint8_t *at[CHECKED_SHOWN];
        size_t count;
    } rows[RING_BUFFERS];

    /* The errand: pieces to be learned, or to be compared. */
    struct errand errand;
    struct checked_job {
        uint64_t piece;
        struct bytes bytes;
        bool is_wrong;
    } waiting[ERRAND_JOBS_MAX], taken[ERRAND_JOBS_MAX];
    size_t waiting_count, taken_count;
    bool learns;
};

/* Takes 16 bytes for each MiB of the file from the arena. */
enum err checked_source_init(struct checked_source *c, struct source *file, struct arena *a,
                             struct error *e) MUST_CHECK;

/* The next bytes of the file, whole pieces but for the last, at most ERRAND_JOBS_MAX of them; borrowed
 * until the errand has been judged, which it has of those before. */
void checked_source_learn(struct checked_source *c, struct bytes bytes);

/* Takes the slots, CHECKED_SLOTS MiB, from the arena: before source is read.  ring may be NULL.  May be
 * called again. */
enum err checked_source_open(struct checked_source *c, struct ring *ring, struct arena *a,
                             struct error *e) MUST_CHECK;

#endif
