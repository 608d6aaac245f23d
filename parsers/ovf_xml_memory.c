#include "parsers/ovf_xml_memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each piece that is lent. */
struct lent {
    _Alignas(max_align_t) struct lent *next;
    struct lent *previous;
    size_t size; /* of the piece */
};

/* Mini-XML's calls have no context.  One document is read at a time. */
static struct {
    struct lent list; /* its next is the first */
    void *way_out[5]; /* of __builtin_setjmp(): firmware has no <setjmp.h> */
} lender;

static _Noreturn void *leave(void)
{
    __builtin_longjmp(lender.way_out, 1);
}

static struct lent *in_front(void *memory)
{
    return (struct lent *)((uint8_t *)memory - sizeof(struct lent));
}

static void unlink_piece(struct lent *piece)
{
    piece->previous->next = piece->next;
    if (piece->next)
        piece->next->previous = piece->previous;
}

void *xml_malloc(size_t size)
{
    struct lent *piece = size > SIZE_MAX - sizeof(*piece) ? NULL : malloc(sizeof(*piece) + size);

    if (!piece)
        return leave();
    *piece = (struct lent){lender.list.next, &lender.list, size};
    if (piece->next)
        piece->next->previous = piece;
    lender.list.next = piece;
    return piece + 1;
}

void *xml_calloc(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        leave();
    return memset(xml_malloc(count * size), 0, count * size);
}

void *xml_realloc(void *old, size_t size)
{
    void *new = xml_malloc(size);

    if (old) {
        size_t had = in_front(old)->size;
        memcpy(new, old, had < size ? had : size);
        xml_free(old);
    }
    return new;
}

char *xml_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(xml_malloc(size), text, size);
}

void xml_free(void *memory)
{
    if (!memory)
        return;
    unlink_piece(in_front(memory));
    free(in_front(memory));
}

static void take_back(void)
{
    while (lender.list.next) {
        struct lent *piece = lender.list.next;
        lender.list.next = piece->next;
        free(piece);
    }
}

bool xml_memory_lend(void (*work)(void *context), void *context)
{
    assert(!lender.list.next);
    if (__builtin_setjmp(lender.way_out)) {
        take_back();
        return false;
    }
    work(context);
    take_back();
    return true;
}
