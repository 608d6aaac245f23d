/* loader/progress.h - how far a long piece of work is: bytes, rate, time left, one line.
 *
 *     progress_stages(4);
 *     ...
 *     2 of 4  disk1.vmdk  45 %  135.2 MB of 300.1 MB  12.1 MB/s  0:14 left
 *
 * or, for programs, as a JSON object:
 *
 *     {"what": "disk1.vmdk", "stage": 2, "stages": 4, "done": 135200000, "total": 300100000,
 *      "bytes-per-second": 12100000, "seconds-left": 13}
 */
#ifndef LOADER_PROGRESS_H
#define LOADER_PROGRESS_H

#include <stdint.h>

#include "base/error.h"

struct progress {
    const char *what;       /* borrowed */
    uint64_t total;         /* bytes; 0: not known */
    uint64_t done;          /* bytes, as it was told last */
    unsigned stage, stages; /* from 1; 0: it is not one of several */
    uint64_t start_ms;
    uint64_t shown_ms; /* when the line was last written */
};

#define PROGRESS_LINE_MAX 80   /* bytes with the NUL: one line of the smallest console */
#define PROGRESS_JSON_MAX 1024 /* likewise; a name that is too long for it is left out */

/* That many pieces of work follow, so that each tells which one it is; one begun behind the last of
 * them does not. */
void progress_stages(unsigned count);

/* From now on the port gets JSON instead of lines, and one object more at the end of each piece. */
void progress_use_json(void);

void progress_start(struct progress *p, const char *what, uint64_t total);

/* One that is none of them, since only now it is known that there is such work. */
void progress_start_aside(struct progress *p, const char *what, uint64_t total);

/* Show the line, at most a few times a second.  ERR_CANCELLED when the person wants to stop. */
enum err progress_show(struct progress *p, uint64_t done, struct error *e) MUST_CHECK;

/* Take the line away. */
void progress_end(struct progress *p);

/* The line itself, for elapsed_ms since the start. */
void progress_format(const struct progress *p, uint64_t done, uint64_t elapsed_ms,
                     char out[PROGRESS_LINE_MAX]);

/* The object itself: what is not known is left out. */
void progress_format_json(const struct progress *p, uint64_t done, uint64_t elapsed_ms,
                          char out[PROGRESS_JSON_MAX]);

#endif
