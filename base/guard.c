#include "base/guard.h"

#include <string.h>

#define PATTERN 64   /* bytes */
#define FILL    0xc5 /* nothing that text, zeros or small numbers would leave there */

/* Behind the pattern. */
struct link {
    const uint8_t *before; /* where the guard before this one ends; NULL: there is none */
    uintptr_t mark;        /* says that this is one */
};

_Static_assert(PATTERN + sizeof(struct link) == GUARD_SIZE, "a guard is a pattern and a link");

/* Of each place another, so that a copy is none. */
static uintptr_t mark_of(const uint8_t *end)
{
    return (uintptr_t)end ^ (uintptr_t)0x6775617264656421;
}

static bool read_link(const uint8_t *end, struct link *out)
{
    memcpy(out, end - sizeof(*out), sizeof(*out));
    return out->mark == mark_of(end);
}

void guard_put(uint8_t *at, const uint8_t *before)
{
    struct link ignored, link = {.before = read_link(before, &ignored) ? before : NULL,
                                 .mark = mark_of(at + GUARD_SIZE)};

    memset(at, FILL, PATTERN);
    memcpy(at + PATTERN, &link, sizeof(link));
}

enum err guard_check_from(const uint8_t *next, const char *purpose, struct error *e)
{
    struct link link;

    for (const uint8_t *end = next; end; end = link.before) {
        bool is_guard = read_link(end, &link);
        size_t i = 0;
        if (!is_guard && end == next)
            return OK; /* nothing was taken yet, or no guard fitted in */
        while (is_guard && i < PATTERN && end[(ptrdiff_t)i - GUARD_SIZE] == FILL)
            i++;
        if (i < PATTERN)
            return fail(e, ERR_UNSUPPORTED,
                        "a mistake in ovfboot itself: memory for %s was written beyond the end of "
                        "a piece, at byte %zu behind it",
                        purpose, i + 1);
    }
    return OK;
}

enum err guard_check(const struct arena *a, struct error *e)
{
    return arena_is_guarded ? guard_check_from(a->next, a->purpose, e) : OK;
}
