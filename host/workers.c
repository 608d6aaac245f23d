#include "host/workers.h"

#include <pthread.h>
#include <unistd.h>

#include "base/checked.h"
#include "loader/port.h"

static struct {
    struct workers pool;
    struct thread {
        pthread_t id;
        size_t number;
    } threads[WORKERS_MAX]; /* the first is the caller's */
    pthread_mutex_t lock;
    pthread_cond_t work, rest;
    uint64_t batch; /* so many have begun */
    bool stop;
} all = {.pool = {.count = 1},
         .lock = PTHREAD_MUTEX_INITIALIZER,
         .work = PTHREAD_COND_INITIALIZER,
         .rest = PTHREAD_COND_INITIALIZER};

/* Wait for a batch that comes after the one that was seen; false: there will be none. */
static bool next_batch(uint64_t *seen)
{
    pthread_mutex_lock(&all.lock);
    pthread_cond_broadcast(&all.rest);
    while (all.batch == *seen && !all.stop)
        pthread_cond_wait(&all.work, &all.lock);
    *seen = all.batch;
    bool more = !all.stop;
    pthread_mutex_unlock(&all.lock);
    return more;
}

static void *run(void *argument)
{
    const struct thread *me = argument;
    uint64_t seen = 0;

    while (next_batch(&seen))
        workers_help(&all.pool, me->number);
    return NULL;
}

static void begin(struct workers *w)
{
    (void)w;
    pthread_mutex_lock(&all.lock);
    all.batch++;
    pthread_cond_broadcast(&all.work);
    pthread_mutex_unlock(&all.lock);
}

static enum err wait(struct workers *w, struct error *e)
{
    (void)e;
    pthread_mutex_lock(&all.lock);
    while (!workers_done(w))
        pthread_cond_wait(&all.rest, &all.lock);
    pthread_mutex_unlock(&all.lock);
    return OK;
}

static size_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : (size_t)min_u64((uint64_t)count, WORKERS_MAX);
}

void threads_start(size_t count)
{
    static const struct workers_ops ops = {begin, wait};
    size_t i;

    if (!count)
        count = processors();
    workers_init(&all.pool, &ops, count);
    for (i = 1; i < count; i++) {
        all.threads[i].number = i;
        if (pthread_create(&all.threads[i].id, NULL, run, &all.threads[i]) != 0)
            break;
    }
    all.pool.count = i;
}

void threads_stop(void)
{
    struct error ignored;

    (void)!workers_finish(&all.pool, &ignored);
    pthread_mutex_lock(&all.lock);
    all.stop = true;
    pthread_cond_broadcast(&all.work);
    pthread_mutex_unlock(&all.lock);
    for (size_t i = 1; i < all.pool.count; i++)
        pthread_join(all.threads[i].id, NULL);
    workers_init(&all.pool, NULL, 1);
}

struct workers *port_workers(void)
{
    return &all.pool;
}
