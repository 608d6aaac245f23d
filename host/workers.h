/* host/workers.h - jobs that threads do, while one thread gives them out and takes them back in order.
 *
 *     TRY(workers_start(&w, count, do_job, jobs, job_count, e));
 *     while there is something to do, or workers_left(&w):
 *         if (there is something to do && (i = workers_free(&w)) != WORKERS_NONE)
 *             fill job i; workers_give(&w);
 *         else
 *             i = workers_take(&w); use job i; workers_return(&w);
 *     workers_stop(&w);
 *
 * What a job is, the caller knows by its number: jobs are numbered from 0 and used again, in turn.  A job
 * belongs to the caller from workers_free() to workers_give(), and from workers_take() to
 * workers_return(); in between to one thread.
 */
#ifndef HOST_WORKERS_H
#define HOST_WORKERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define WORKERS_MAX  64 /* docs/limits.md */
#define WORKERS_NONE SIZE_MAX

/* worker is the thread's number: what it has for itself is found by it. */
typedef void workers_do(void *context, size_t job, size_t worker);

struct workers;

struct worker {
    struct workers *all;
    size_t number;
    pthread_t thread;
};

struct workers {
    workers_do *work;
    void *context;
    size_t jobs;
    uint64_t given, begun, returned; /* jobs so far */
    bool *done;                      /* for each job; borrowed */
    bool stop;
    struct worker threads[WORKERS_MAX];
    size_t count;
    pthread_mutex_t lock;
    pthread_cond_t to_do, is_done;
};

/* Fewer threads than count will do.  done is room for a bool for each job; w stays where it is until
 * workers_stop(), which is wanted in any case. */
enum err workers_start(struct workers *w, size_t count, workers_do *work, void *context, bool *done,
                       size_t jobs, struct error *e) MUST_CHECK;

/* The number of the next job to fill, or WORKERS_NONE when all are under way. */
size_t workers_free(const struct workers *w);
void workers_give(struct workers *w);

/* Whether some were given and not returned. */
bool workers_left(const struct workers *w);

/* Wait for the job that was given first. */
size_t workers_take(struct workers *w);
void workers_return(struct workers *w);

/* What is under way is finished, the rest dropped.  May be called twice, and for one that is all zeros. */
void workers_stop(struct workers *w);

#endif
