#include "host/workers.h"

#include <errno.h>

#include "host/system.h"

/* The next job, begun; WORKERS_NONE: there will be none. */
static size_t begin(struct workers *w)
{
    size_t job = WORKERS_NONE;

    pthread_mutex_lock(&w->lock);
    while (!w->stop && w->begun == w->given)
        pthread_cond_wait(&w->to_do, &w->lock);
    if (!w->stop)
        job = (size_t)(w->begun++ % w->jobs);
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *run(void *argument)
{
    const struct worker *me = argument;
    struct workers *w = me->all;
    size_t job;

    while ((job = begin(w)) != WORKERS_NONE) {
        w->work(w->context, job, me->number);
        pthread_mutex_lock(&w->lock);
        w->done[job] = true;
        pthread_cond_signal(&w->is_done);
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

enum err workers_start(struct workers *w, size_t count, workers_do *work, void *context, bool *done,
                       size_t jobs, struct error *e)
{
    *w = (struct workers){.work = work, .context = context, .jobs = jobs, .done = done};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->to_do, NULL);
    pthread_cond_init(&w->is_done, NULL);
    for (; w->count < count; w->count++) {
        struct worker *one = &w->threads[w->count];
        *one = (struct worker){.all = w, .number = w->count};
        errno = pthread_create(&one->thread, NULL, run, one);
        if (errno)
            break;
    }
    return w->count ? OK : system_fail(e, ERR_NO_MEMORY, "cannot start a thread");
}

size_t workers_free(const struct workers *w)
{
    return w->given - w->returned < w->jobs ? (size_t)(w->given % w->jobs) : WORKERS_NONE;
}

void workers_give(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->done[w->given++ % w->jobs] = false;
    pthread_cond_signal(&w->to_do);
    pthread_mutex_unlock(&w->lock);
}

bool workers_left(const struct workers *w)
{
    return w->given != w->returned;
}

size_t workers_take(struct workers *w)
{
    size_t job = (size_t)(w->returned % w->jobs);

    pthread_mutex_lock(&w->lock);
    while (!w->done[job])
        pthread_cond_wait(&w->is_done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return job;
}

void workers_return(struct workers *w)
{
    w->returned++;
}

void workers_stop(struct workers *w)
{
    if (!w->work)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->to_do);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->count; i++)
        pthread_join(w->threads[i].thread, NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->to_do);
    pthread_cond_destroy(&w->is_done);
    w->work = NULL;
}
