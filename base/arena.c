#include "base/arena.h"

#include <string.h>

#include "base/checked.h"
#include "base/guard.h"

/* Behind each piece is a gap, where an overrun is seen: poisoned in sanitizer builds, in guarded ones filled. */
#ifdef ARENA_GUARD
const bool arena_is_guarded = true;
#else
const bool arena_is_guarded = false;
#endif
#ifdef ARENA_RED_ZONE
#include <sanitizer/asan_interface.h>
#else
#define ARENA_RED_ZONE                        (arena_is_guarded ? GUARD_SIZE : 0)
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

/* So much of what is not taken is poisoned: all of it, each time, would take longer than most tests. */
#define POISONED ((size_t)64 << 10)

static void poison_free(const struct arena *a)
{
    ASAN_POISON_MEMORY_REGION(a->next, (size_t)min_u64(arena_room(a), POISONED));
}

void arena_init(struct arena *a, void *memory, size_t size, const char *purpose)
{
    *a = (struct arena){.next = memory, .end = (uint8_t *)memory + size, .purpose = purpose};
    poison_free(a);
}

enum err arena_take(struct arena *a, size_t count, size_t size, size_t alignment, void **out,
                    struct error *e)
{
    uintptr_t misaligned = (uintptr_t)a->next & (alignment - 1);
    size_t gap = misaligned ? alignment - misaligned : 0;
    uint64_t len;

    if (!mul_fits(count, size, &len) || gap > arena_room(a) || len > arena_room(a) - gap)
        return fail(e, ERR_NO_MEMORY, "memory for %s is used up: %zu x %zu bytes wanted, %zu left",
                    a->purpose, count, size, arena_room(a));

    uint8_t *piece = a->next + gap;
    size_t zone = (size_t)min_u64(ARENA_RED_ZONE, (uint64_t)(a->end - piece) - len);
    if (arena_is_guarded && zone == GUARD_SIZE)
        guard_put(piece + len, a->next);
    a->next = piece + len + zone;
    ASAN_UNPOISON_MEMORY_REGION(piece, len);
    memset(piece, 0, (size_t)len);
    ASAN_POISON_MEMORY_REGION(piece + len, zone);
    /* A scratch copy of this arena may have had, and given back, what lies here. */
    poison_free(a);
    *out = piece;
    return OK;
}

enum err arena_text(struct arena *a, const char *text, size_t len, const char **out,
                    struct error *e)
{
    char *copy;

    if (len == SIZE_MAX)
        return fail(e, ERR_NO_MEMORY, "memory for %s is used up", a->purpose);
    TRY(arena_take(a, len + 1, 1, 1, (void **)&copy, e));
    memcpy(copy, text, len);
    *out = copy;
    return OK;
}

size_t arena_room(const struct arena *a)
{
    return (size_t)(a->end - a->next);
}
