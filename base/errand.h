/* base/errand.h - work on bytes that were read, done by the workers beside unpacking them: hashing.
 *
 * Of an errand one portion is under way at a time:
 *
 *     jobs = errand_take(x);                on the caller: what was read since the last portion
 *     errand_work(x, 0 ... jobs - 1);       on any worker
 *     TRY(errand_judge(x, e));              on the caller, when all of them are done
 */
#ifndef BASE_ERRAND_H
#define BASE_ERRAND_H

#include <stddef.h>

#include "base/error.h"

struct errand;

struct errand_ops {
    size_t (*take)(struct errand *x);
    void (*work)(struct errand *x, size_t job);
    enum err (*judge)(struct errand *x, struct error *e);
};

struct errand {
    const struct errand_ops *ops;
    void *of; /* what it belongs to */
};

#define ERRANDS_MAX     2  /* for one reading */
#define ERRAND_JOBS_MAX 16 /* of one portion */

/* Some errands as one row of jobs, for workers_begin(). */
struct errands {
    struct errand *at[ERRANDS_MAX];
    size_t count;
    size_t jobs[ERRANDS_MAX]; /* of the portion under way */
};

void errands_add(struct errands *x, struct errand *errand);
size_t errands_take(struct errands *x);
void errands_work(struct errands *x, size_t job);
enum err errands_judge(struct errands *x, struct error *e) MUST_CHECK;

#endif
