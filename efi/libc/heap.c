/* heap.c - first fit over a list of free blocks, with a length on both sides of each border.
 *
 * Every block begins with its own length and that of the block before, so that a block given back
 * finds both neighbours and joins those that are free: two free blocks never touch.
 */
#include "efi/libc/heap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define HEADER 16 /* bytes of a block in use that are not the caller's */
#define USED   1  /* in heap_block.size, whose low four bits are otherwise 0 */

struct heap_block {
    size_t size;             /* bytes, header included; | USED */
    size_t before;           /* bytes of the block before this one; 0: this is the first */
    struct heap_block *next; /* these two lie in the caller's part, and count only while free */
    struct heap_block *previous;
};

_Static_assert(offsetof(struct heap_block, next) == HEADER, "the caller's part is aligned");

static size_t length(const struct heap_block *b)
{
    return b->size & ~(size_t)USED;
}

static bool is_used(const struct heap_block *b)
{
    return b->size & USED;
}

static struct heap_block *at(void *base, size_t offset)
{
    return (struct heap_block *)(void *)((uint8_t *)base + offset);
}

static struct heap_block *after(struct heap_block *b)
{
    return at(b, length(b));
}

static void list_add(struct heap *h, struct heap_block *b)
{
    b->previous = NULL;
    b->next = h->free;
    if (h->free)
        h->free->previous = b;
    h->free = b;
}

static void list_remove(struct heap *h, struct heap_block *b)
{
    if (b->next)
        b->next->previous = b->previous;
    if (b->previous)
        b->previous->next = b->next;
    else
        h->free = b->next;
}

/* Give b, which is in no list and not in use, its length and tell the block after it. */
static void set_length(struct heap_block *b, size_t size)
{
    b->size = size;
    after(b)->before = size;
}

void heap_init(struct heap *h, void *base, size_t size)
{
    size_t skip = (0 - (uintptr_t)base) % HEAP_ALIGN;
    struct heap_block *first;

    *h = (struct heap){0};
    if (size < 2 * sizeof(struct heap_block))
        return;
    size = (size - skip) / HEAP_ALIGN * HEAP_ALIGN - HEADER;
    first = at(base, skip);
    first->before = 0;
    at(first, size)->size = HEADER | USED; /* the end: never free, never joined */
    set_length(first, size);
    list_add(h, first);
}

/* The length of the block that holds size bytes for the caller; 0 when there can be none. */
static size_t block_size(size_t size)
{
    if (size > SIZE_MAX / 2)
        return 0;
    size = (size + HEADER + HEAP_ALIGN - 1) / HEAP_ALIGN * HEAP_ALIGN;
    return size < sizeof(struct heap_block) ? sizeof(struct heap_block) : size;
}

/* Mark b, which is in no list, as used, and free what lies beyond want bytes if it makes a block. */
static void use(struct heap *h, struct heap_block *b, size_t want)
{
    size_t rest = length(b) - want;

    if (rest >= sizeof(struct heap_block)) {
        struct heap_block *tail = at(b, want);

        set_length(b, want);
        set_length(tail, rest);
        list_add(h, tail);
    }
    b->size = length(b) | USED;
}

void *heap_alloc(struct heap *h, size_t size)
{
    size_t want = block_size(size);

    if (!want)
        return NULL;
    for (struct heap_block *b = h->free; b; b = b->next) {
        if (length(b) >= want) {
            list_remove(h, b);
            use(h, b, want);
            return (uint8_t *)b + HEADER;
        }
    }
    return NULL;
}

void *heap_alloc_clear(struct heap *h, size_t count, size_t size)
{
    size_t total;
    void *memory;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    memory = heap_alloc(h, total);
    return memory ? memset(memory, 0, total) : NULL;
}

/* Join b, which is in no list, with the block after it when that is free. */
static void join_next(struct heap *h, struct heap_block *b)
{
    struct heap_block *next = after(b);

    if (!is_used(next)) {
        list_remove(h, next);
        set_length(b, length(b) + length(next));
    }
}

void *heap_resize(struct heap *h, void *old, size_t size)
{
    size_t want = block_size(size);
    struct heap_block *b;
    void *moved;

    if (!old)
        return heap_alloc(h, size);
    if (!want)
        return NULL;
    b = (struct heap_block *)(void *)((uint8_t *)old - HEADER);
    if (length(b) < want && !is_used(after(b)) && length(b) + length(after(b)) >= want)
        join_next(h, b);
    if (length(b) >= want) {
        bool shrunk = length(b) - want >= sizeof(struct heap_block);

        use(h, b, want);
        if (shrunk) {
            struct heap_block *tail = after(b);

            list_remove(h, tail);
            join_next(h, tail);
            list_add(h, tail);
        }
        return old;
    }
    moved = heap_alloc(h, size);
    if (!moved)
        return NULL;
    memcpy(moved, old, length(b) - HEADER);
    heap_free(h, old);
    return moved;
}

void heap_free(struct heap *h, void *memory)
{
    struct heap_block *b;

    if (!memory)
        return;
    b = (struct heap_block *)(void *)((uint8_t *)memory - HEADER);
    b->size = length(b);
    join_next(h, b);
    if (b->before) {
        struct heap_block *previous = at(b, 0 - b->before);

        if (!is_used(previous)) {
            list_remove(h, previous);
            set_length(previous, length(previous) + length(b));
            b = previous;
        }
    }
    list_add(h, b);
}

size_t heap_room(const struct heap *h)
{
    size_t room = 0;

    for (const struct heap_block *b = h->free; b; b = b->next) {
        if (length(b) - HEADER > room)
            room = length(b) - HEADER;
    }
    return room;
}
