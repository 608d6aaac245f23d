/* disks/window.h - tables in a file, seen through a window: how large they are does not matter.
 *
 *     TRY(window_open(&w, file, "block table", a, e));
 *     TRY(window_read(&w, offset, 8, &at, e));
 *     ... get_be64(at) ...
 */
#ifndef DISKS_WINDOW_H
#define DISKS_WINDOW_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/source.h"

#define WINDOW_SIZE (64u << 10) /* bytes of a table in memory at a time */

struct window {
    struct source *file; /* borrowed */
    const char *what;    /* for messages; borrowed */
    uint8_t *memory;     /* WINDOW_SIZE bytes */
    uint64_t offset;     /* in the file */
    size_t len;          /* bytes; 0: nothing read yet */
};

enum err window_open(struct window *w, struct source *file, const char *what, struct arena *a,
                     struct error *e) MUST_CHECK;

/* len bytes of the file, at most WINDOW_SIZE, valid until the next call.  ERR_DAMAGED, naming the
 * table, when the file ends before. */
enum err window_read(struct window *w, uint64_t offset, size_t len, const uint8_t **out,
                     struct error *e) MUST_CHECK;

#endif
