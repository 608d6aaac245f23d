/* loader/progress.h - how far a long piece of work is: bytes, rate, time left, one line.
 *
 *     disk1.vmdk  45 %  135.2 MB of 300.1 MB  12.1 MB/s  0:14 left
 */
#ifndef LOADER_PROGRESS_H
#define LOADER_PROGRESS_H

#include <stdint.h>

#include "base/error.h"

struct progress {
    const char *what; /* borrowed */
    uint64_t total;   /* bytes; 0: not known */
    uint64_t start_ms;
    uint64_t shown_ms; /* when the line was last written */
};

#define PROGRESS_LINE_MAX 80 /* bytes with the NUL: one line of the smallest console */

void progress_start(struct progress *p, const char *what, uint64_t total);

/* Show the line, at most a few times a second.  ERR_CANCELLED when the person wants to stop. */
enum err progress_show(struct progress *p, uint64_t done, struct error *e) MUST_CHECK;

/* Take the line away. */
void progress_end(struct progress *p);

/* The line itself, for elapsed_ms since the start. */
void progress_format(const struct progress *p, uint64_t done, uint64_t elapsed_ms,
                     char out[PROGRESS_LINE_MAX]);

#endif
