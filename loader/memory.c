#include "loader/memory.h"

void memory_init(struct memory *m, void *at)
{
    uint8_t *memory = at;

    arena_init(&m->package, memory, MEMORY_PACKAGE, "the package");
    arena_init(&m->work, memory + MEMORY_PACKAGE, MEMORY_WORK, "unpacking");
}

struct arena memory_rest(const struct memory *m)
{
    struct arena rest = m->work;

    rest.next = m->package.next;
    return rest;
}
