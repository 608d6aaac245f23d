#include "base/errand.h"

#include <assert.h>

void errands_add(struct errands *x, struct errand *errand)
{
    assert(x->count < ERRANDS_MAX);
    x->at[x->count++] = errand;
}

size_t errands_take(struct errands *x)
{
    size_t all = 0;

    for (size_t i = 0; i < x->count; i++) {
        x->jobs[i] = x->at[i]->ops->take(x->at[i]);
        assert(x->jobs[i] <= ERRAND_JOBS_MAX);
        all += x->jobs[i];
    }
    return all;
}

void errands_work(struct errands *x, size_t job)
{
    size_t i = 0;

    for (; job >= x->jobs[i]; i++)
        job -= x->jobs[i];
    x->at[i]->ops->work(x->at[i], job);
}

enum err errands_judge(struct errands *x, struct error *e)
{
    for (size_t i = 0; i < x->count; i++)
        TRY(x->at[i]->ops->judge(x->at[i], e));
    return OK;
}
