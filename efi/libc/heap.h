/* heap.h - a heap with a budget, for the libraries that must have malloc.
 *
 * It lives in one range of memory and never grows: a hostile input meets a full heap, not a full
 * machine.  Our own code uses arenas instead.
 *
 *     heap_init(&heap, block, 8u << 20);
 *     void *p = heap_alloc(&heap, 100);
 *     heap_free(&heap, p);
 *
 * The struct and the range belong to the caller.  One processor at a time.
 */
#ifndef EFI_LIBC_HEAP_H
#define EFI_LIBC_HEAP_H

#include <stddef.h>

#define HEAP_ALIGN 16 /* bytes; what the x86-64 and AArch64 ABIs ask of malloc */

struct heap_block;

struct heap {
    struct heap_block *free; /* the free blocks, the latest first */
};

/* Start with everything in [base, base + size) free; a range under 64 bytes holds nothing. */
void heap_init(struct heap *h, void *base, size_t size);

/* Take size bytes, aligned to HEAP_ALIGN, not cleared.  NULL when no free block is that large;
 * size 0 takes the smallest block. */
void *heap_alloc(struct heap *h, size_t size);

/* As heap_alloc of count * size bytes, cleared; NULL when the product does not fit. */
void *heap_alloc_clear(struct heap *h, size_t count, size_t size);

/* Make old size bytes long, in place or elsewhere; what fits of its contents stays.  With old NULL
 * as heap_alloc.  On NULL old is untouched. */
void *heap_resize(struct heap *h, void *old, size_t size);

/* Give back what one of the three above returned; NULL is allowed. */
void heap_free(struct heap *h, void *memory);

/* Bytes that a single heap_alloc could get now. */
size_t heap_room(const struct heap *h);

/* Give malloc(), which is one such heap, its memory.  Before this malloc returns NULL. */
void malloc_init(void *base, size_t size);

#endif
