/* host/write_behind.h - writes to a target by a thread of their own, in the order in which they come.
 *
 * After a failure the rest is dropped: what comes out of write_behind_put() or write_behind_wait() is the
 * first one, and nothing is under way then.
 */
#ifndef HOST_WRITE_BEHIND_H
#define HOST_WRITE_BEHIND_H

#include <pthread.h>

#include "base/target.h"

#define WRITE_BEHIND_MAX 64 /* writes under way; docs/limits.md */

struct write_behind {
    struct target *target; /* NULL: no thread was started */
    enum err (*write)(struct target *t, uint64_t lba, const void *from, size_t count,
                      struct error *e);
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct {
        uint64_t lba;
        const void *from;
        size_t count;
    } writes[WRITE_BEHIND_MAX];
    size_t first, count; /* of those under way */
    bool stop;
    enum err failed; /* OK: none did */
    struct error error;
};

/* Start the thread, which calls write; false when there can be none.  What w held before is forgotten. */
bool write_behind_start(struct write_behind *w, struct target *t,
                        enum err (*write)(struct target *t, uint64_t lba, const void *from,
                                          size_t count, struct error *e));

/* from is borrowed until write_behind_wait(). */
enum err write_behind_put(struct write_behind *w, uint64_t lba, const void *from, size_t count,
                          struct error *e) MUST_CHECK;
enum err write_behind_wait(struct write_behind *w, struct error *e) MUST_CHECK;

/* Whether write_behind_wait() would wait. */
bool write_behind_is_busy(struct write_behind *w);

/* Write what is under way, and end the thread; one that never started, too. */
void write_behind_stop(struct write_behind *w);

#endif
