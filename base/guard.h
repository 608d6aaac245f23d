/* base/guard.h - bytes behind each piece of an arena that nobody may write, for debug builds.
 *
 * There base/arena.c is compiled with ARENA_GUARD: "make guarded", and the unit tests in firmware.  A guard ends
 * where the next piece may begin, so that an arena knows its last one, and each knows the one before it.
 * Sanitizer builds poison such bytes instead.
 */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#include <stdbool.h>

#include "base/arena.h"

#define GUARD_SIZE 80 /* bytes; of them 64 are compared */

/* base/arena.c: does arena_take() put guards? */
extern const bool arena_is_guarded;

/* Make the guard of a piece at its end; before: the first free byte when the piece was taken. */
void guard_put(uint8_t *at, const uint8_t *before);

/* The guards of all pieces that are in use from that arena, back to its beginning, are whole; else
 * ERR_UNSUPPORTED.  Nothing is looked at in builds without guards. */
enum err guard_check(const struct arena *a, struct error *e) MUST_CHECK;

/* The same, in every build. */
enum err guard_check_from(const uint8_t *next, const char *purpose, struct error *e) MUST_CHECK;

#endif
