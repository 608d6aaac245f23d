/* base/joined_source.h - files that lie end to end, as one source.
 *
 * Its seams tell where each but the first of them begins.
 */
#ifndef BASE_JOINED_SOURCE_H
#define BASE_JOINED_SOURCE_H

#include "base/arena.h"
#include "base/source.h"

struct joined_source {
    struct source source;
    struct source *const *parts;
    size_t count;
    size_t last; /* the part that was read last */
};

/* parts are borrowed, one at least.  ERR_TOO_BIG when they have 2^63 bytes and more together. */
enum err joined_source_init(struct joined_source *j, const char *name, struct source *const parts[],
                            size_t count, struct arena *a, struct error *e) MUST_CHECK;

#endif
