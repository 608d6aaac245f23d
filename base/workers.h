/* base/workers.h - jobs that touch memory only, done by several processors at once.
 *
 *     workers_begin(w, work, context, jobs);      the others take jobs, one by one, from the first on
 *     ... this processor reads and writes meanwhile ...
 *     TRY(workers_finish(w, e));                  it helps; all jobs are done now
 *
 * A platform makes a pool (port_workers() in loader/port.h): threads on the host, in firmware its other
 * processors.  Without others, every job is done in workers_finish().  Nothing that comes out may depend on
 * how many there are.
 *
 * A job may be done a second time, after it was stopped in the middle or done: it reads what no job of the same
 * batch writes, and writes the same bytes again.  It calls nothing of the firmware, takes no memory and prints
 * nothing.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define WORKERS_MAX 16 /* docs/limits.md: more than these wait for the hash */

/* worker is the processor's number, 0 for the caller of workers_begin(): what each has for itself is found
 * by it. */
typedef void workers_do(void *context, size_t job, size_t worker);

struct workers;

struct workers_ops {
    /* Have the others call workers_help(); they may be late, or never come. */
    void (*begin)(struct workers *w);
    /* No job is left to take.  Return when workers_done(): ERR_IO, in a whole sentence, when a processor cannot
     * be made to answer, or to stop. */
    enum err (*wait)(struct workers *w, struct error *e);
};

struct workers {
    const struct workers_ops *ops; /* NULL: there are no others */
    size_t count;                  /* of processors, the caller included: from 1 to WORKERS_MAX */

    /* The batch. */
    workers_do *work;
    void *context;
    size_t jobs;
    bool under_way;
    atomic_uint_fast64_t
        next; /* number of the batch, its jobs, and the next of them to take: one word, so that
                                * who comes late takes none of another batch for one of this */
    atomic_size_t done;
    atomic_bool inside[WORKERS_MAX]; /* it has a job, or is about to take one */
};

#define WORKERS_JOBS_MAX 0xff00 /* of a batch */

/* A pool of count processors: of the caller alone when ops is NULL. */
void workers_init(struct workers *w, const struct workers_ops *ops, size_t count);

/* One batch at a time.  What the jobs read and write stays untouched until workers_finish(). */
void workers_begin(struct workers *w, workers_do *work, void *context, size_t jobs);

/* One job of the batch, in place of waiting for something else; false when none is left to take. */
bool workers_do_one(struct workers *w);

/* Without a batch there is nothing to do. */
enum err workers_finish(struct workers *w, struct error *e) MUST_CHECK;

/* For platforms.  Do jobs of the batch until none is left to take. */
void workers_help(struct workers *w, size_t worker);

/* That every job was done. */
bool workers_done(const struct workers *w);

/* A worker was stopped for good, in the middle of something or not. */
void workers_stopped(struct workers *w, size_t worker);

/* When no job is left to take: that one was taken by a worker that was stopped, and all others are out. */
bool workers_abandoned(const struct workers *w);

/* Then do the whole batch again, as the caller: which of its jobs is the one, nobody knows. */
void workers_redo(struct workers *w);

#endif
