/* crypto/checked_source.h - a file that is read in order once, and at any offset afterwards, and must then
 * still be the same.
 *
 *     TRY(checked_source_init(&c, file, a, e));
 *     ... read checked_source_learn(&c, stream) to its end: prove it ...
 *     TRY(checked_source_open(&c, a, e));
 *     ... c.source gives what was proved, or ERR_IO ...
 *
 * Learning keeps a digest of each piece; reading takes whole pieces and compares.  So a medium that changes
 * its answers, by fault or by intent, is caught before anything of that piece is used.
 */
#ifndef CRYPTO_CHECKED_SOURCE_H
#define CRYPTO_CHECKED_SOURCE_H

#include "base/arena.h"
#include "base/source.h"
#include "base/stream.h"
#include "crypto/digest.h"

#define CHECKED_PIECE  READ_MAX /* bytes */
#define CHECKED_DIGEST 16 /* bytes kept of a SHA-256: nobody can make another piece for them */
#define CHECKED_SLOTS  8  /* pieces in memory */

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

    struct stream stream; /* of checked_source_learn() */
    struct stream *inner;
    size_t shown;         /* bytes of the inner window that were learned and shown */
    struct digest digest; /* of the piece that is being learned */
    uint64_t learned;     /* bytes */
};

/* Takes 16 bytes for each MiB of the file from the arena. */
enum err checked_source_init(struct checked_source *c, struct source *file, struct arena *a,
                             struct error *e) MUST_CHECK;

/* Takes the slots, CHECKED_SLOTS MiB, from the arena: before source is read.  May be called again. */
enum err checked_source_open(struct checked_source *c, struct arena *a, struct error *e) MUST_CHECK;

/* A stream that shows what inner, a stream of all of the file that stands at its beginning, shows. */
struct stream *checked_source_learn(struct checked_source *c, struct stream *inner);

#endif
