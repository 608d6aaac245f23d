#include "base/arena.h"

#include <string.h>

#include "tests/test.h"

static uint8_t memory[4096];
static struct error error;

static struct arena arena(size_t size)
{
    struct arena a;

    arena_init(&a, memory, size, "a test");
    return a;
}

TEST(pieces_of_an_arena_are_zeroed_and_do_not_overlap)
{
    struct arena a = arena(sizeof(memory));
    char *first, *second;

    CHECK(TAKE(&a, 10, &first, &error) == OK);
    memset(first, 'x', 10);
    CHECK(TAKE(&a, 10, &second, &error) == OK);
    for (size_t i = 0; i < 10; i++)
        CHECK(second[i] == 0 && first[i] == 'x');
    CHECK(second >= first + 10);
}

TEST(arena_memory_that_was_used_before_is_zeroed_again)
{
    struct arena a = arena(sizeof(memory));
    struct arena scratch = a;
    char *dirty, *clean;

    CHECK(TAKE(&scratch, 100, &dirty, &error) == OK);
    memset(dirty, 'x', 100);
    CHECK(TAKE(&a, 100, &clean, &error) == OK);
    CHECK(clean == dirty);
    for (size_t i = 0; i < 100; i++)
        CHECK(clean[i] == 0);
}

TEST(pieces_of_an_arena_are_aligned)
{
    for (size_t alignment = 1; alignment <= 512; alignment *= 2) {
        struct arena a = arena(sizeof(memory));
        void *odd, *piece;

        CHECK(arena_take(&a, 1, 1, 1, &odd, &error) == OK);
        CHECK(arena_take(&a, 1, 3, alignment, &piece, &error) == OK);
        CHECK((uintptr_t)piece % alignment == 0);
    }
}

TEST(a_full_arena_is_an_error_and_changes_nothing)
{
    struct arena a = arena(16);
    void *piece;

    CHECK(arena_room(&a) == 16);
    CHECK(arena_take(&a, 1, 17, 1, &piece, &error) == ERR_NO_MEMORY);
    CHECK_TEXT(error.text, "memory for a test is used up: 1 x 17 bytes wanted, 16 left");
    CHECK(arena_room(&a) == 16);
    CHECK(arena_take(&a, 4, 4, 1, &piece, &error) == OK);
    CHECK(arena_room(&a) == 0);
    CHECK(arena_take(&a, 1, 1, 1, &piece, &error) == ERR_NO_MEMORY);
    CHECK(arena_take(&a, 0, 1, 1, &piece, &error) == OK);
}

TEST(the_gap_of_an_alignment_counts_as_used)
{
    void *piece;

    for (size_t room = 0; room <= 64; room++) {
        struct arena a;
        uintptr_t gap = (64 - ((uintptr_t)(memory + 1) & 63)) & 63;
        arena_init(&a, memory + 1, room, "a test");
        CHECK((arena_take(&a, 1, 1, 64, &piece, &error) == OK) == (room > gap));
    }
}

TEST(arena_sizes_that_overflow_are_refused)
{
    struct arena a = arena(sizeof(memory));
    void *piece;

    CHECK(arena_take(&a, SIZE_MAX, 2, 1, &piece, &error) == ERR_NO_MEMORY);
    CHECK(arena_take(&a, SIZE_MAX / 2 + 1, 2, 1, &piece, &error) == ERR_NO_MEMORY);
    CHECK(arena_take(&a, SIZE_MAX, 1, 1, &piece, &error) == ERR_NO_MEMORY);
    CHECK(arena_take(&a, SIZE_MAX, 1, 64, &piece, &error) == ERR_NO_MEMORY);
    CHECK(arena_room(&a) == sizeof(memory));
}

TEST(arena_text_is_copied_with_a_nul)
{
    struct arena a = arena(sizeof(memory));
    const char *text;

    CHECK(arena_text(&a, "abcdef", 3, &text, &error) == OK);
    CHECK_TEXT(text, "abc");
    CHECK(arena_text(&a, "", 0, &text, &error) == OK);
    CHECK_TEXT(text, "");
    CHECK(arena_text(&a, "", SIZE_MAX, &text, &error) == ERR_NO_MEMORY);

    struct arena small = arena(3);
    CHECK(arena_text(&small, "abc", 3, &text, &error) == ERR_NO_MEMORY);
    CHECK(arena_text(&small, "ab", 2, &text, &error) == OK);
}

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
static const bool arena_is_poisoned = true;
#else
#define __asan_address_is_poisoned(at) ((void)(at), false)
static const bool arena_is_poisoned = false;
#endif

static bool is_poisoned(const uint8_t *at)
{
    return __asan_address_is_poisoned(at);
}

TEST(what_was_not_taken_or_was_given_back_cannot_be_touched)
{
    static uint8_t large[1 << 20];
    struct arena a, scratch;
    uint8_t *first, *second, *again;

    if (!arena_is_poisoned) {
        test_skip("memory is not poisoned in this build");
        return;
    }
    arena_init(&a, large, sizeof(large), "a test");
    CHECK(is_poisoned(large));
    NEED(TAKE(&a, 100000, &first, &error) == OK);
    scratch = a;
    NEED(TAKE(&scratch, 100000, &second, &error) == OK);
    CHECK(is_poisoned(first + 100000) && !is_poisoned(first + 99999));
    CHECK(!is_poisoned(second) && !is_poisoned(second + 99999) && is_poisoned(second + 100000));
    NEED(TAKE(&a, 10, &again, &error) == OK && again == second); /* scratch has ended */
    CHECK(!is_poisoned(again + 9) && is_poisoned(again + 10) && is_poisoned(again + 50000));
}
