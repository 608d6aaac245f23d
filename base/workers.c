#include "base/workers.h"

#include <assert.h>
#include <stdint.h>

/* The word: 32 bits of number, 16 of jobs, 16 of the next one.  Each processor asks once too often, at most, in
 * each batch, so that the last 16 do not run over. */
#define JOBS_AT  16
#define BATCH_AT 32
#define FIELD    0xffffu
_Static_assert(WORKERS_JOBS_MAX + WORKERS_MAX <= FIELD, "the word");

void workers_init(struct workers *w, const struct workers_ops *ops, size_t count)
{
    *w = (struct workers){.ops = ops, .count = ops ? count : 1};
}

static bool is_left(uint64_t word)
{
    return (word & FIELD) < (word >> JOBS_AT & FIELD);
}

/* A job, if one is left to take. */
static bool do_one(struct workers *w, size_t worker)
{
    if (!is_left(atomic_load(&w->next)))
        return false;
    uint64_t word = atomic_fetch_add(&w->next, 1);
    if (!is_left(word))
        return false;
    w->work(w->context, word & FIELD, worker);
    atomic_fetch_add(&w->done, 1);
    return true;
}

void workers_help(struct workers *w, size_t worker)
{
    atomic_store(&w->inside[worker], true);
    while (do_one(w, worker))
        continue;
    atomic_store(&w->inside[worker], false);
}

bool workers_do_one(struct workers *w)
{
    return w->under_way && do_one(w, 0);
}

void workers_begin(struct workers *w, workers_do *work, void *context, size_t jobs)
{
    uint64_t batch = atomic_load(&w->next) >> BATCH_AT;

    assert(!w->under_way && jobs < WORKERS_JOBS_MAX);
    w->work = work;
    w->context = context;
    w->jobs = jobs;
    w->under_way = true;
    atomic_store(&w->done, 0);
    atomic_store(&w->next, (batch + 1) << BATCH_AT | (uint64_t)jobs << JOBS_AT);
    if (w->ops)
        w->ops->begin(w);
}

enum err workers_finish(struct workers *w, struct error *e)
{
    if (!w->under_way)
        return OK;
    workers_help(w, 0);
    w->under_way = false;
    return workers_done(w) ? OK : w->ops->wait(w, e);
}

bool workers_done(const struct workers *w)
{
    return atomic_load(&w->done) == w->jobs;
}

void workers_stopped(struct workers *w, size_t worker)
{
    atomic_store(&w->inside[worker], false);
}

/* Who comes in after it was looked at finds nothing to take; who went out has counted its jobs before. */
bool workers_abandoned(const struct workers *w)
{
    for (size_t i = 1; i < w->count; i++)
        if (atomic_load(&w->inside[i]))
            return false;
    return !workers_done(w);
}

void workers_redo(struct workers *w)
{
    for (size_t job = 0; job < w->jobs; job++)
        w->work(w->context, job, 0);
    atomic_store(&w->done, w->jobs);
}
