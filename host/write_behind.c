#include "host/write_behind.h"

/* The oldest write, without the lock while it is written.  It counts until it is done. */
static void write_oldest(struct write_behind *w)
{
    size_t at = w->first;
    bool drop = w->failed != OK;
    struct error e = {.code = OK};
    enum err err = OK;

    pthread_mutex_unlock(&w->lock);
    if (!drop)
        err = w->write(w->target, w->writes[at].lba, w->writes[at].from, w->writes[at].count, &e);
    pthread_mutex_lock(&w->lock);
    if (err != OK) {
        w->failed = err;
        w->error = e;
    }
    w->first = (w->first + 1) % WRITE_BEHIND_MAX;
    w->count--;
    pthread_cond_broadcast(&w->changed);
}

static void *run(void *argument)
{
    struct write_behind *w = argument;

    pthread_mutex_lock(&w->lock);
    while (w->count || !w->stop)
        if (w->count)
            write_oldest(w);
        else
            pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool write_behind_start(struct write_behind *w, struct target *t,
                        enum err (*write)(struct target *t, uint64_t lba, const void *from,
                                          size_t count, struct error *e))
{
    *w = (struct write_behind){.target = t,
                               .write = write,
                               .lock = PTHREAD_MUTEX_INITIALIZER,
                               .changed = PTHREAD_COND_INITIALIZER};
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        w->target = NULL;
    return w->target;
}

/* With the lock: nothing is under way any more, and of failures the first. */
static enum err drain(struct write_behind *w, struct error *e)
{
    while (w->count)
        pthread_cond_wait(&w->changed, &w->lock);
    enum err err = w->failed;
    if (err != OK)
        *e = w->error;
    w->failed = OK;
    return err;
}

enum err write_behind_put(struct write_behind *w, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    enum err err = OK;

    pthread_mutex_lock(&w->lock);
    while (w->count == WRITE_BEHIND_MAX && w->failed == OK)
        pthread_cond_wait(&w->changed, &w->lock);
    if (w->failed != OK) {
        err = drain(w, e);
    } else {
        size_t at = (w->first + w->count++) % WRITE_BEHIND_MAX;
        w->writes[at].lba = lba;
        w->writes[at].from = from;
        w->writes[at].count = count;
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return err;
}

enum err write_behind_wait(struct write_behind *w, struct error *e)
{
    pthread_mutex_lock(&w->lock);
    enum err err = drain(w, e);
    pthread_mutex_unlock(&w->lock);
    return err;
}

bool write_behind_is_busy(struct write_behind *w)
{
    pthread_mutex_lock(&w->lock);
    bool is_busy = w->count;
    pthread_mutex_unlock(&w->lock);
    return is_busy;
}

void write_behind_stop(struct write_behind *w)
{
    if (!w->target)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    w->target = NULL;
}
