/* base/arena.h - memory in one piece, given out from the front and never one by one given back.
 *
 * Passed by pointer, what the callee takes lives as long as the caller's arena.  Passed by value
 * (struct arena scratch), everything that the callee takes is given back when it returns.
 * A full arena is an ordinary ERR_NO_MEMORY: a hostile count meets a bound, not the machine's end.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

struct arena {
    uint8_t *next;       /* first free byte */
    uint8_t *end;        /* behind the last one */
    const char *purpose; /* what the memory is for, in messages */
};

/* size bytes at memory, borrowed for the arena's life. */
void arena_init(struct arena *a, void *memory, size_t size, const char *purpose);

/* Take count pieces of size bytes, zeroed, at a multiple of alignment (a power of two).
 * Fails with ERR_NO_MEMORY when they do not fit, or when count * size overflows. */
enum err arena_take(struct arena *a, size_t count, size_t size, size_t alignment, void **out,
                    struct error *e) MUST_CHECK;

/* A NUL-terminated copy of len bytes. */
enum err arena_text(struct arena *a, const char *text, size_t len, const char **out,
                    struct error *e) MUST_CHECK;

/* Bytes still free. */
size_t arena_room(const struct arena *a);

/* Take count structs for a typed pointer: TRY(TAKE(a, 3, &things, e)). */
#define TAKE(a, count, out, e)                                                                     \
    arena_take((a), (count), sizeof(**(out)), _Alignof(__typeof__(**(out))), (void **)(out), (e))

#endif
