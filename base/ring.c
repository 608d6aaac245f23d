#include "base/ring.h"

#include <assert.h>

#include "base/checked.h"

enum err ring_init(struct ring *r, size_t count, size_t size, struct arena *a, struct error *e)
{
    assert(count == 1 || count == RING_BUFFERS);
    *r = (struct ring){.count = count, .size = size};
    for (size_t i = 0; i < count; i++)
        TRY(arena_take(a, size, 1, 4096, (void **)&r->buffers[i], e));
    return OK;
}

uint8_t *ring_turn(struct ring *r)
{
    if (r->keep) {
        assert(r->count == RING_BUFFERS);
        r->current = (r->current + 1) % r->count;
    }
    r->keep = false;
    r->used = 0;
    r->begun[r->current] = ++r->turns;
    return r->buffers[r->current];
}

bool ring_has_room(const struct ring *r, size_t len, size_t alignment)
{
    return round_up(r->used, alignment) + len <= r->size;
}

uint8_t *ring_room(struct ring *r, size_t len, size_t alignment)
{
    assert(len <= r->size);
    if (!ring_has_room(r, len, alignment))
        (void)ring_turn(r);
    size_t at = (size_t)round_up(r->used, alignment);
    r->used = at + len;
    return r->buffers[r->current] + at;
}
