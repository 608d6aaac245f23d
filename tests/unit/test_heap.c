#include "efi/libc/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define RANGE 65536 /* bytes */
#define SLOTS 200

static _Alignas(16) uint8_t range[RANGE];

TEST(heap_gives_back_everything)
{
    struct heap h;
    void *p[SLOTS];
    size_t room;

    heap_init(&h, range, sizeof(range));
    room = heap_room(&h);
    CHECK(room > RANGE - 64);
    for (size_t i = 0; i < SLOTS; i++) {
        p[i] = heap_alloc(&h, 1 + i);
        NEED(p[i]);
    }
    for (size_t i = 0; i < SLOTS; i += 2)
        heap_free(&h, p[i]);
    for (size_t i = 1; i < SLOTS; i += 2)
        heap_free(&h, p[i]);
    CHECK(heap_room(&h) == room);
    CHECK(heap_alloc(&h, room));
    CHECK(heap_room(&h) == 0);
}

TEST(heap_says_no_when_full_and_when_asked_too_much)
{
    struct heap h;
    size_t room;
    void *all;

    heap_init(&h, range, sizeof(range));
    room = heap_room(&h);
    CHECK(!heap_alloc(&h, room + 1));
    CHECK(!heap_alloc(&h, SIZE_MAX));
    CHECK(!heap_alloc(&h, SIZE_MAX - 15));
    CHECK(!heap_alloc_clear(&h, SIZE_MAX / 2, 4));
    CHECK(!heap_alloc_clear(&h, SIZE_MAX / 4 + 2, 4)); /* the product is 4 */
    CHECK(heap_room(&h) == room);
    all = heap_alloc(&h, room);
    NEED(all);
    CHECK(!heap_alloc(&h, 0));
    CHECK(!heap_resize(&h, all, room + 1));
    heap_free(&h, all);
    CHECK(heap_room(&h) == room);
}

TEST(heap_in_a_tiny_or_crooked_range_stays_inside)
{
    for (size_t skip = 0; skip < 32; skip++) {
        for (size_t size = 0; size < 200; size++) {
            struct heap h;
            uint8_t *base = range + 16 + skip;
            uint8_t *p;

            memset(range, 0xa5, 512);
            heap_init(&h, base, size);
            p = heap_alloc(&h, 1);
            if (p) {
                CHECK((uintptr_t)p % HEAP_ALIGN == 0);
                CHECK(p >= base && p < base + size);
            }
            for (size_t i = 0; i < 16 + skip; i++)
                CHECK(range[i] == 0xa5);
            for (size_t i = 16 + skip + size; i < 512; i++)
                CHECK(range[i] == 0xa5);
        }
    }
}

TEST(heap_before_its_start_and_null_are_harmless)
{
    struct heap h = {0};

    CHECK(!heap_alloc(&h, 1));
    heap_free(&h, NULL);
    CHECK(heap_room(&h) == 0);
}

TEST(heap_clears_what_was_used_before)
{
    struct heap h;
    uint8_t *p;

    heap_init(&h, range, sizeof(range));
    p = heap_alloc(&h, 1000);
    NEED(p);
    memset(p, 0xff, 1000);
    heap_free(&h, p);
    p = heap_alloc_clear(&h, 100, 10);
    NEED(p);
    for (size_t i = 0; i < 1000; i++)
        CHECK(p[i] == 0);
}

TEST(heap_resize_grows_in_place_when_it_can)
{
    struct heap h;
    uint8_t *p;
    size_t room;

    heap_init(&h, range, sizeof(range));
    room = heap_room(&h);
    p = heap_resize(&h, NULL, 100);
    NEED(p);
    CHECK(heap_resize(&h, p, room) == p); /* the whole range: nowhere else to go */
    CHECK(heap_resize(&h, p, 10) == p);
    CHECK(heap_room(&h) > room - 64);
    heap_free(&h, p);
    CHECK(heap_room(&h) == room);
}

/* Every live piece is filled with its number; pieces that overlap or lose bytes show. */
static void churn(struct heap *h, uint8_t *piece[SLOTS], size_t size[SLOTS])
{
    uint32_t random = 1;

    for (int step = 0; step < 20000; step++) {
        random = random * 1664525 + 1013904223;
        size_t i = (random >> 8) % SLOTS;
        size_t want = (random >> 16) % 700;
        uint8_t *p = random >> 31 ? heap_resize(h, piece[i], want) : NULL;

        for (size_t at = 0; at < size[i]; at++) {
            if (p && at >= want)
                break;
            NEED((p ? p : piece[i])[at] == (uint8_t)i);
        }
        if (random >> 31 && !p)
            continue;
        if (!p) {
            heap_free(h, piece[i]);
            p = heap_alloc(h, want);
        }
        CHECK((uintptr_t)p % HEAP_ALIGN == 0);
        piece[i] = p;
        size[i] = p ? want : 0;
        if (p)
            memset(p, (int)i, want);
    }
}

TEST(heap_keeps_pieces_apart)
{
    struct heap h;
    uint8_t *piece[SLOTS] = {0};
    size_t size[SLOTS] = {0};
    size_t room;

    heap_init(&h, range, sizeof(range));
    room = heap_room(&h);
    churn(&h, piece, size);
    for (size_t i = 0; i < SLOTS; i++)
        heap_free(&h, piece[i]);
    CHECK(heap_room(&h) == room);
}
