#include "crypto/checked_source.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define PIECES (CHECKED_SLOTS + 3)

static struct error error;

struct bench {
    uint8_t *memory, *bytes;
    size_t size;
    struct arena a;
    struct fake_source file;
    struct checked_source checked;
};

static void start(struct bench *b, size_t size)
{
    size_t room = (CHECKED_SLOTS + 2) * (size_t)CHECKED_PIECE;

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

/* In steps that are no divisor of a piece. */
static enum err learn(struct bench *b, struct bytes bytes)
{
    struct fake_stream stream;

    fake_stream_init(&stream, "disk.vhd", bytes, 300001);
    enum err err = stream_drain(checked_source_learn(&b->checked, &stream.stream), &error);
    fake_stream_release(&stream);
    return err == OK ? checked_source_open(&b->checked, &b->a, &error) : err;
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
    CHECK(learn(&b, (struct bytes){b.bytes, size}) == OK);
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
    CHECK(learn(&b, (struct bytes){b.bytes, b.size}) == OK);
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
    CHECK(learn(&b, (struct bytes){b.bytes, b.size}) == OK);
    b.bytes[2 * CHECKED_PIECE + 99] ^= 1;
    CHECK(reads_right(&b, 0, 2 * CHECKED_PIECE));
    CHECK(source_read(&b.checked.source, 2 * CHECKED_PIECE, got, 1, &error) == ERR_IO);
    CHECK_TEXT(error.text,
               "disk.vhd: bytes 2097152 to 2097251 are not what they were when it was proved");
    b.bytes[2 * CHECKED_PIECE + 99] ^= 1;
    CHECK(reads_right(&b, 2 * CHECKED_PIECE, 100));
    end(&b);
}

TEST(a_file_that_grew_while_it_was_learned)
{
    struct bench b;

    start(&b, CHECKED_PIECE + 100);
    b.checked.source.size = CHECKED_PIECE;
    CHECK(learn(&b, (struct bytes){b.bytes, b.size}) == ERR_IO);
    CHECK_TEXT(error.text, "disk.vhd: has more than 1048576 bytes now");
    end(&b);
}
