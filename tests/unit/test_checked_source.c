#include "crypto/checked_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define PIECES (CHECKED_SLOTS + 3)
#define RING   (3 * CHECKED_PIECE)

static struct error error;

struct bench {
    uint8_t *memory, *bytes;
    size_t size;
    struct arena a;
    struct fake_source file;
    struct checked_source checked;
    struct ring ring;
};

static void start(struct bench *b, size_t size)
{
    size_t room = (CHECKED_SLOTS + 2) * (size_t)CHECKED_PIECE + RING_BUFFERS * (size_t)RING;

    b->memory = malloc(room);
    b->bytes = malloc(size);
    b->size = size;
    fill_noise(b->bytes, size, 3);
    arena_init(&b->a, b->memory, room, "tests");
    fake_source_init(&b->file, "disk.vhd", (struct bytes){b->bytes, size});
    CHECK(checked_source_init(&b->checked, &b->file.source, &b->a, &error) == OK);
}

static void end(struct bench *b)
{
    free(b->memory);
    free(b->bytes);
}

/* All of the portion, as a worker would. */
static enum err do_errand(struct bench *b)
{
    struct errand *x = &b->checked.errand;
    size_t jobs = x->ops->take(x);

    while (jobs-- > 0)
        x->ops->work(x, jobs);
    return x->ops->judge(x, &error);
}

static enum err learn(struct bench *b)
{
    for (size_t at = 0; at < b->size; at += 3 * CHECKED_PIECE) {
        size_t len = (size_t)min_u64(b->size - at, 3 * CHECKED_PIECE);
        checked_source_learn(&b->checked, (struct bytes){b->bytes + at, len});
        TRY(do_errand(b));
    }
    TRY(ring_init(&b->ring, RING_BUFFERS, RING, &b->a, &error));
    return checked_source_open(&b->checked, &b->ring, &b->a, &error);
}

static bool reads_right(struct bench *b, size_t offset, size_t len)
{
    uint8_t *got = malloc(len);
    bool right = source_read(&b->checked.source, offset, got, len, &error) == OK &&
                 memcmp(got, b->bytes + offset, len) == 0;

    free(got);
    return right;
}

TEST(what_was_learned_can_be_read_at_any_offset)
{
    size_t size = PIECES * (size_t)CHECKED_PIECE + 77;
    struct bench b;

    start(&b, size);
    CHECK(learn(&b) == OK);
    CHECK(reads_right(&b, 0, size));
    CHECK(reads_right(&b, size - 1, 1) && reads_right(&b, 0, 1));
    for (size_t i = PIECES; i-- > 0;)
        CHECK(reads_right(&b, i * CHECKED_PIECE + 5, CHECKED_PIECE));
    end(&b);
}

TEST(a_piece_in_memory_is_not_read_again)
{
    struct bench b;

    start(&b, 3 * CHECKED_PIECE);
    CHECK(learn(&b) == OK);
    size_t before = b.file.reads;
    CHECK(reads_right(&b, CHECKED_PIECE + 1, 10) && reads_right(&b, CHECKED_PIECE + 9, 100));
    CHECK(b.file.reads == before + 1);
    end(&b);
}

TEST(a_byte_that_changed_is_noticed_before_its_piece_is_used)
{
    uint8_t got[16];
    struct bench b;

    start(&b, 2 * CHECKED_PIECE + 100);
    CHECK(learn(&b) == OK);
    b.bytes[2 * CHECKED_PIECE + 99] ^= 1;
    CHECK(reads_right(&b, 0, 2 * CHECKED_PIECE));
    CHECK(source_read(&b.checked.source, 2 * CHECKED_PIECE, got, 1, &error) == ERR_IO);
    CHECK_TEXT(error.text,
               "disk.vhd: bytes 2097152 to 2097251 are not what they were when it was proved");
    b.bytes[2 * CHECKED_PIECE + 99] ^= 1;
    CHECK(reads_right(&b, 2 * CHECKED_PIECE, 100));
    end(&b);
}

/* As a batch of the pipeline, which wants it later. */
static bool shows_right(struct bench *b, size_t offset, size_t len, struct bytes *out)
{
    if (source_view(&b->checked.source, offset, len, &b->ring, out, &error) != OK)
        return false;
    b->ring.keep = true;
    return out->len == len && memcmp(out->at, b->bytes + offset, len) == 0;
}

TEST(what_is_shown_lies_together_and_is_read_once)
{
    size_t size = 7 * (size_t)CHECKED_PIECE + 5, step = CHECKED_PIECE / 4 + 100, shown = 0;
    struct bytes view, before = {NULL, 0};
    struct bench b;

    start(&b, size);
    CHECK(learn(&b) == OK);
    size_t reads = b.file.reads;
    for (size_t at = 0; at < size; at += step) {
        CHECK(shows_right(&b, at, (size_t)min_u64(step, size - at), &view));
        shown += before.at && view.at == before.at + before.len;
        before = view;
    }
    CHECK(b.file.reads == reads + 8 && do_errand(&b) == OK);
    /* But where another buffer begins. */
    CHECK(shown >= size / step - 3);
    end(&b);
}

TEST(what_was_shown_stays_for_three_more_buffers)
{
    struct bytes views[4], more;
    struct bench b;

    start(&b, 15 * (size_t)CHECKED_PIECE);
    CHECK(learn(&b) == OK);
    for (size_t i = 0; i < 4; i++)
        CHECK(shows_right(&b, i * RING, RING, &views[i]));
    for (size_t i = 0; i < 4; i++)
        CHECK(memcmp(views[i].at, b.bytes + i * RING, RING) == 0);
    CHECK(do_errand(&b) == OK);
    CHECK(shows_right(&b, 4 * RING, RING, &more) && more.at == views[0].at);
    CHECK(do_errand(&b) == OK);
    end(&b);
}

TEST(a_byte_that_changed_is_noticed_by_the_errand)
{
    struct bytes view;
    struct bench b;

    start(&b, 4 * (size_t)CHECKED_PIECE);
    CHECK(learn(&b) == OK);
    b.bytes[2 * CHECKED_PIECE + 1] ^= 4;
    CHECK(shows_right(&b, 0, 2 * CHECKED_PIECE, &view) && do_errand(&b) == OK);
    CHECK(shows_right(&b, 2 * CHECKED_PIECE, 1, &view) && do_errand(&b) == ERR_IO);
    CHECK_TEXT(error.text,
               "disk.vhd: bytes 2097152 to 3145727 are not what they were when it was proved");
    end(&b);
}

TEST(what_has_no_room_in_a_buffer_is_compared_at_once)
{
    struct bytes view;
    struct bench b;

    start(&b, 4 * (size_t)CHECKED_PIECE);
    CHECK(learn(&b) == OK);
    CHECK(shows_right(&b, CHECKED_PIECE - 1, 2 * CHECKED_PIECE + 2, &view));
    CHECK(b.checked.waiting_count == 0);
    b.bytes[3 * CHECKED_PIECE + 9] ^= 1;
    CHECK(source_view(&b.checked.source, CHECKED_PIECE - 1, 2 * CHECKED_PIECE + 2, &b.ring, &view,
                      &error) == ERR_IO);
    end(&b);
}
