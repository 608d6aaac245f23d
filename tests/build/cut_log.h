/* tests/build/cut_log.h - a disk in memory that writes down every request, so that what a power cut could have left at any
 * of them can be made afterwards (tests/build/cut_sweep.h) without doing the whole again.
 *
 * Requests are written down in pieces of a few sectors, as a driver passes them on.  What was submitted counts as
 * asked for, in that order; until the wait nothing may be read, and the buffer must stay as it is.
 */
#ifndef TESTS_BUILD_CUT_LOG_H
#define TESTS_BUILD_CUT_LOG_H

#include "base/target.h"

struct cut_request {
    size_t disk;
    bool flush; /* else a write */
    uint64_t lba;
    size_t count;  /* sectors */
    uint8_t *data; /* the log's */
};

struct cut_log {
    struct cut_request *requests;
    size_t count, room;
    size_t writes; /* of them */
    size_t piece;  /* bytes of a request at most, whole sectors */
    bool broken;   /* the rules of base/target.h for what is submitted were */
};

struct cut_disk {
    struct target target;
    struct cut_log *log;
    size_t number;
    uint8_t *old; /* as it was */
    uint8_t *now; /* as reads see it */
    size_t
        submitted; /* number of the first request of the log that is not waited for; SIZE_MAX: none */
    const uint8_t **from; /* where its bytes lie, for each such request */
    size_t from_room;
};

void cut_log_init(struct cut_log *log, size_t piece);
void cut_log_release(struct cut_log *log);

/* A disk of that number; contents are copied. */
void cut_disk_init(struct cut_disk *d, struct cut_log *log, size_t number, const uint8_t *contents,
                   uint64_t sectors, uint32_t sector_size);
void cut_disk_release(struct cut_disk *d);

#endif
