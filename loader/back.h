/* loader/back.h - the way back through a run: what it had decided before a stage, to be restored.
 */
#ifndef LOADER_BACK_H
#define LOADER_BACK_H

#include "loader/course.h"

/* A moment before a stage. */
struct mark {
    size_t stage;
    uint8_t *free; /* where the package's arena went on */
    struct config config;
    struct course course;
};

/* The marks of the stages that have asked something, the last one on top. */
#define BACK_MAX 16
struct trail {
    struct mark *at[BACK_MAX];
    size_t count;
};

/* Put a mark on top, in the package's arena. */
enum err trail_mark(struct trail *t, struct course *c, size_t stage, struct error *e) MUST_CHECK;

/* Everything as it was at the mark on top, which stays.  What cannot be undone is kept: the network
 * and the memory that it has, the numbers of logs, answers. */
void trail_restore(const struct trail *t, struct course *c);

/* Escape at the first question asks whether to leave: ERR_CANCELLED. */
enum err trail_leave(struct error *e) MUST_CHECK;

#endif
