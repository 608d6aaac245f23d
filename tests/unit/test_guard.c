#include "base/guard.h"

#include <string.h>

#include "tests/test.h"

#define PIECE 100 /* bytes */

static uint8_t memory[4096];
static struct error error;

/* Three pieces, each with its guard, the first byte of each, and the arena's first free byte. */
static uint8_t *put_three(uint8_t *piece[3])
{
    uint8_t *next = memory + 64;

    memset(memory, 0, sizeof(memory));
    for (size_t i = 0; i < 3; i++) {
        piece[i] = next;
        guard_put(next + PIECE, next);
        next += PIECE + GUARD_SIZE;
    }
    return next;
}

TEST(guards_that_nobody_wrote_to_are_whole)
{
    uint8_t *piece[3], *next = put_three(piece);

    for (size_t i = 0; i < 3; i++)
        memset(piece[i], 0xc5, PIECE);
    CHECK(guard_check_from(next, "a test", &error) == OK);
    CHECK(guard_check_from(memory + 64, "a test", &error) == OK); /* nothing was taken */
}

TEST(one_byte_beyond_any_piece_is_found_and_so_is_a_whole_guard)
{
    for (size_t i = 0; i < 3; i++)
        for (size_t beyond = 1; beyond <= 64; beyond++) {
            uint8_t *piece[3], *next = put_three(piece);
            piece[i][PIECE + beyond - 1] ^= 1;
            CHECK(guard_check_from(next, "a test", &error) == ERR_UNSUPPORTED);
        }
    CHECK_TEXT(error.text, "a mistake in ovfboot itself: memory for a test was written beyond the "
                           "end of a piece, at byte 64 behind it");
    for (size_t i = 0; i < 2; i++) { /* of the last one that takes the link, too */
        uint8_t *piece[3], *next = put_three(piece);
        memset(piece[i], 0, PIECE + GUARD_SIZE);
        CHECK(guard_check_from(next, "a test", &error) == ERR_UNSUPPORTED);
    }
}

TEST(an_overrun_of_a_piece_of_an_arena_by_one_byte_is_found)
{
    char *first, *scratched, *second;
    struct arena a, scratch;

    if (!arena_is_guarded) {
        test_skip("arenas have no guards in this build");
        return;
    }
    arena_init(&a, memory, sizeof(memory), "a test");
    CHECK(guard_check(&a, &error) == OK);
    NEED(TAKE(&a, 10, &first, &error) == OK);
    scratch = a;
    NEED(TAKE(&scratch, 50, &scratched, &error) == OK);
    memset(scratched, 1, 50);
    CHECK(guard_check(&scratch, &error) == OK);
    scratched[50] = 1;
    CHECK(guard_check(&scratch, &error) == ERR_UNSUPPORTED);
    CHECK(guard_check(&a, &error) == OK); /* what was scratch is not in use */
    NEED(TAKE(&a, 300, &second, &error) == OK);
    memset(second, 2, 300);
    CHECK(guard_check(&a, &error) == OK);
    first[10] = 'x';
    CHECK(guard_check(&a, &error) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "a mistake in ovfboot itself: memory for a test was written beyond the "
                           "end of a piece, at byte 1 behind it");
}
