/* malloc.c - the C names for one heap, whose memory efi/memory.c gives it at the start. */
#include <stdlib.h>

#include "efi/libc/heap.h"

static struct heap heap;

void malloc_init(void *base, size_t size)
{
    heap_init(&heap, base, size);
}

void *malloc(size_t size)
{
    return heap_alloc(&heap, size);
}

void *calloc(size_t count, size_t size)
{
    return heap_alloc_clear(&heap, count, size);
}

void *realloc(void *old, size_t size)
{
    return heap_resize(&heap, old, size);
}

void free(void *memory)
{
    heap_free(&heap, memory);
}
