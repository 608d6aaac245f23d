#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>

#include "base/workers.h"
#include "tests/test.h"

#define JOBS    64
#define BATCHES 20000
#define THREADS 3 /* besides the caller */

/* What jobs leave: who did each, how often, and a result. */
struct sheet {
    uint32_t seed, result[JOBS];
    atomic_uint times[JOBS];
    size_t by[JOBS];
};

static void mix(void *context, size_t job, size_t worker)
{
    struct sheet *s = context;
    uint32_t sum = s->seed + (uint32_t)job;

    for (int i = 0; i < 50; i++)
        sum = sum * 2654435761u + 1;
    s->result[job] = sum;
    s->by[job] = worker;
    atomic_fetch_add(&s->times[job], 1);
}

/* All of it done as often as it should be, and as it would be in place. */
static bool is_right(const struct sheet *s, size_t jobs, unsigned times)
{
    static struct sheet alone;

    alone.seed = s->seed;
    for (size_t i = 0; i < jobs; i++) {
        mix(&alone, i, 0);
        if (s->result[i] != alone.result[i] || atomic_load(&s->times[i]) != times)
            return false;
    }
    for (size_t i = jobs; i < JOBS; i++)
        if (atomic_load(&s->times[i]))
            return false;
    return true;
}

static void nobody_comes(struct workers *w)
{
    (void)w;
}

static enum err never_asked(struct workers *w, struct error *e)
{
    (void)w;
    return fail(e, ERR_IO, "wait() was called");
}

TEST(workers_alone_do_all_jobs_in_order)
{
    static struct sheet s;
    struct workers w;
    struct error e;

    workers_init(&w, NULL, 7);
    CHECK(w.count == 1);
    CHECK(workers_finish(&w, &e) == OK); /* no batch: nothing to do */
    workers_begin(&w, mix, &s, JOBS);
    CHECK(!workers_done(&w) && !atomic_load(&s.times[0]));
    CHECK(workers_finish(&w, &e) == OK && workers_done(&w) && is_right(&s, JOBS, 1));
    workers_begin(&w, mix, &s, 0);
    CHECK(workers_finish(&w, &e) == OK && is_right(&s, JOBS, 1));
}

TEST(the_caller_may_do_a_job_in_place_of_waiting)
{
    static struct sheet s;
    struct workers w;
    struct error e;

    workers_init(&w, NULL, 1);
    CHECK(!workers_do_one(&w));
    workers_begin(&w, mix, &s, 3);
    CHECK(workers_do_one(&w) && is_right(&s, 1, 1) && !workers_done(&w));
    CHECK(workers_do_one(&w) && workers_do_one(&w) && is_right(&s, 3, 1) && workers_done(&w));
    for (size_t i = 0; i < 100000; i++) /* more often than the word has room for */
        CHECK(!workers_do_one(&w));
    CHECK(workers_finish(&w, &e) == OK && is_right(&s, 3, 1) && !workers_do_one(&w));
}

TEST(workers_that_never_come_are_not_waited_for)
{
    static const struct workers_ops ops = {nobody_comes, never_asked};
    static struct sheet s;
    struct workers w;
    struct error e;

    workers_init(&w, &ops, 4);
    workers_begin(&w, mix, &s, JOBS);
    CHECK(workers_finish(&w, &e) == OK && is_right(&s, JOBS, 1));
    workers_help(&w, 2); /* who comes now */
    CHECK(is_right(&s, JOBS, 1) && workers_done(&w));
}

TEST(workers_number_their_batches_beyond_what_a_word_holds)
{
    static struct sheet s;
    struct workers w;
    struct error e;

    workers_init(&w, NULL, 1);
    atomic_store(&w.next, (uint64_t)UINT32_MAX << 32);
    workers_begin(&w, mix, &s, JOBS);
    CHECK(workers_finish(&w, &e) == OK && is_right(&s, JOBS, 1));
}

/* ---- Threads, which come when they like ---- */

static struct workers pool;
static atomic_bool over;

static void *come_and_go(void *argument)
{
    size_t me = *(const size_t *)argument;

    for (unsigned n = 0; !atomic_load(&over); n++) {
        workers_help(&pool, me);
        for (unsigned i = 0; i < n % 5; i++)
            sched_yield();
    }
    return NULL;
}

static enum err wait_for_them(struct workers *w, struct error *e)
{
    for (unsigned i = 0; i < 1000000 && !workers_done(w); i++)
        sched_yield();
    return workers_done(w) ? OK : fail(e, ERR_IO, "they do not come to an end");
}

/* Two sheets in turn, with different numbers of jobs: a job of one batch that is taken for the other's is
 * seen in either. */
TEST(workers_that_come_late_take_no_job_of_another_batch)
{
    static const struct workers_ops ops = {nobody_comes, wait_for_them};
    static struct sheet sheets[2];
    size_t numbers[THREADS] = {1, 2, 3}, helped = 0, wrong = 0;
    pthread_t threads[THREADS];
    struct error e;

    workers_init(&pool, &ops, THREADS + 1);
    atomic_store(&over, false);
    for (size_t i = 0; i < THREADS; i++)
        NEED(pthread_create(&threads[i], NULL, come_and_go, &numbers[i]) == 0);
    for (uint32_t n = 0; n < BATCHES && !wrong; n++) {
        struct sheet *s = &sheets[n % 2];
        size_t jobs = n % 2 ? JOBS : 1 + n % JOBS;
        memset(s, 0, sizeof(*s));
        s->seed = n;
        workers_begin(&pool, mix, s, jobs);
        wrong += workers_finish(&pool, &e) != OK || !is_right(s, jobs, 1);
        for (size_t i = 0; i < jobs; i++)
            helped += s->by[i] != 0;
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(wrong == 0);
    CHECK(helped > 0);
}

/* ---- A worker that is stopped ---- */

static bool was_abandoned, was_stopped;

static void leave_in_the_middle(void *context, size_t job, size_t worker)
{
    if (worker)
        pthread_exit(NULL); /* as good as stopped: nothing of it runs any more */
    mix(context, job, worker);
}

static void *come_once(void *argument)
{
    workers_help(&pool, *(const size_t *)argument);
    return NULL;
}

/* It takes the first job, and never finishes it. */
static void one_is_stopped(struct workers *w)
{
    size_t number = 2;
    pthread_t thread;

    (void)w;
    if (pthread_create(&thread, NULL, come_once, &number) == 0)
        pthread_join(thread, NULL);
}

static enum err make_good(struct workers *w, struct error *e)
{
    was_stopped = atomic_load(&w->inside[2]) && !workers_abandoned(w);
    workers_stopped(w, 2);
    was_abandoned = workers_abandoned(w);
    workers_redo(w);
    return workers_done(w) ? OK : fail(e, ERR_IO, "not done");
}

TEST(workers_do_again_what_a_stopped_one_had)
{
    static const struct workers_ops ops = {one_is_stopped, make_good};
    static struct sheet s;
    struct error e;

    workers_init(&pool, &ops, 3);
    workers_begin(&pool, leave_in_the_middle, &s, JOBS);
    CHECK(workers_finish(&pool, &e) == OK && was_stopped && was_abandoned);
    CHECK(atomic_load(&s.times[0]) == 1 && atomic_load(&s.times[1]) == 2);
    for (size_t i = 0; i < JOBS; i++) /* as often as that: done is done */
        atomic_store(&s.times[i], 1);
    CHECK(is_right(&s, JOBS, 1) && !workers_abandoned(&pool));
}
