#include "base/workers.h"

#include <assert.h>
#include <stdint.h>

/* The word: 32 bits of number, 16 of jobs, 16 of the next one.  Each processor asks once too often in each
 * batch, so that the last 16 do not run over. */
#define JOBS_AT  16
#define BATCH_AT 32
#define FIELD    0xffffu
_Static_assert(WORKERS_JOBS_MAX + WORKERS_MAX <= FIELD, "the word");

void workers_init(struct workers *w, const struct workers_ops *ops, size_t count)
{
    *w = (struct workers){.ops = ops, .count = ops ? count : 1};
}

void workers_help(struct workers *w, size_t worker)
{
    for (;;) {
        uint64_t word = atomic_fetch_add(&w->next, 1);
        size_t job = word & FIELD;
        if (job >= (word >> JOBS_AT & FIELD))
            return;
        atomic_store(&w->busy[worker], job + 1);
        w->work(w->context, job, worker);
        atomic_store(&w->busy[worker], 0);
        atomic_fetch_add(&w->done, 1);
    }
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

void workers_redo(struct workers *w, size_t worker)
{
    size_t job = atomic_exchange(&w->busy[worker], 0);

    if (job) {
        w->work(w->context, job - 1, 0);
        atomic_fetch_add(&w->done, 1);
    }
}
