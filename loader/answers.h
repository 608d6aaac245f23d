/* loader/answers.h - what a person has answered in this run: offered again where the same is asked once
 * more, because somebody went back.
 *
 * It has memory of its own, which going back does not touch.  What has no room is forgotten.
 */
#ifndef LOADER_ANSWERS_H
#define LOADER_ANSWERS_H

#include "loader/properties.h"

#define ANSWERS_ROOM       (256u << 10) /* bytes of the values of properties; docs/limits.md */
#define ANSWERS_VALUES_MAX 256
#define ANSWERS_ID_MAX     128 /* bytes with the NUL */

struct answers {
    /* The choice, counted from 0, of what was listed; what is not answered yet is 0, too. */
    size_t package, system, target[CONFIG_TARGETS_MAX];
    char option[ANSWERS_ID_MAX]; /* its id; "": not answered yet, or too long */
    struct answers_value {
        const char *name, *value;
    } values[ANSWERS_VALUES_MAX];
    size_t count;
    struct arena arena;
};

/* All memory is taken from the arena now. */
enum err answers_make(struct arena *a, struct answers **out, struct error *e) MUST_CHECK;

/* Keep the values that were typed at the console, and set them again, in the arena, where they are
 * still such as the property may have. */
void answers_keep(struct answers *answers, const struct properties *from);
enum err answers_give(const struct answers *answers, struct properties *to, struct arena *a,
                      struct error *e) MUST_CHECK;

#endif
