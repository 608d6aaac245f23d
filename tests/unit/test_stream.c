#include "base/stream.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static struct error error;

/* A source whose bytes follow from their offset, and whose n-th read fails. */
struct counted {
    struct source source;
    int reads_left; /* until one fails; negative: none does */
    size_t longest; /* bytes of the longest read */
};

static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)(offset * 2654435761u >> 13);
}

static enum err counted_read(struct source *s, uint64_t offset, void *to, size_t len,
                             struct error *e)
{
    struct counted *c = (struct counted *)s;
    uint8_t *out = to;

    if (c->reads_left == 0)
        return fail(e, ERR_IO, "%s: cannot read", s->name);
    c->reads_left -= c->reads_left > 0;
    c->longest = len > c->longest ? len : c->longest;
    for (size_t i = 0; i < len; i++)
        out[i] = byte_at(offset + i);
    return OK;
}

static struct counted counted(uint64_t size)
{
    static const struct source_ops ops = {.read = counted_read};

    return (struct counted){{.ops = &ops, .name = "counted", .size = size}, -1, 0};
}

static bool right(struct bytes view, uint64_t offset, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (view.at[i] != byte_at(offset + i))
            return false;
    return true;
}

/* A source_stream of that size over source, in fresh memory. */
static uint8_t *memory;
static void open(struct source_stream *s, struct source *source, size_t capacity)
{
    size_t room = (capacity > STREAM_PEEK_MAX ? capacity : STREAM_PEEK_MAX) + 8192;
    struct arena a;

    free(memory);
    memory = malloc(room);
    arena_init(&a, memory, room, "a test");
    CHECK(source_stream_init(s, source, capacity, &a, &error) == OK);
}

/* A stream that shows what it likes: window bytes at a time, or as many as are wanted. */
struct narrow {
    struct stream stream;
    const uint8_t *at;
    size_t size, window;
};

static enum err narrow_fill(struct stream *stream, size_t want, struct error *e)
{
    struct narrow *n = (struct narrow *)stream;
    size_t left = n->size - (size_t)stream->offset;
    size_t len = want > n->window ? want : n->window;

    (void)e;
    stream->window = (struct bytes){n->at + stream->offset, len < left ? len : left};
    return OK;
}

static struct narrow narrow(const uint8_t *at, size_t size, size_t window)
{
    static const struct stream_ops ops = {narrow_fill};

    return (struct narrow){{&ops, "narrow", {at, 0}, 0}, at, size, window};
}

TEST(a_stream_shows_the_same_bytes_through_every_window)
{
    uint8_t data[64];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = byte_at(i);
    for (size_t window = 1; window <= 65; window++) {
        for (size_t want = 0; want <= 64; want++) {
            struct narrow n = narrow(data, sizeof(data), window);
            struct bytes view;
            while (n.stream.offset + want <= sizeof(data) && n.stream.offset < sizeof(data)) {
                NEED(stream_peek(&n.stream, want, &view, &error) == OK);
                NEED(view.len >= want && right(view, n.stream.offset, view.len));
                if (view.len == 0)
                    break;
                stream_step(&n.stream, want ? want : 1);
            }
            if (want && n.stream.offset < sizeof(data))
                CHECK(stream_peek(&n.stream, want, &view, &error) == ERR_DAMAGED);
        }
    }
}

TEST(skipping_is_exact_through_every_window)
{
    uint8_t data[64];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = byte_at(i);
    for (size_t window = 1; window <= 65; window++) {
        for (size_t skip = 0; skip <= 66; skip++) {
            struct narrow n = narrow(data, sizeof(data), window);
            struct bytes view;
            enum err err = stream_skip(&n.stream, skip, &error);
            CHECK(err == (skip <= 64 ? OK : ERR_DAMAGED));
            if (err)
                continue;
            CHECK(n.stream.offset == skip);
            CHECK(stream_peek_upto(&n.stream, 1, &view, &error) == OK);
            CHECK(skip == 64 ? view.len == 0 : view.at[0] == data[skip]);
        }
    }
}

TEST(a_stream_that_ends_early_says_where)
{
    struct narrow n = narrow((const uint8_t *)"0123456789", 10, 3);
    struct bytes view;

    stream_step(&n.stream, 0);
    CHECK(stream_skip(&n.stream, 4, &error) == OK);
    CHECK(stream_peek(&n.stream, 7, &view, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "narrow: ends at byte 10, but 7 bytes from byte 4 are needed");
    CHECK(stream_skip(&n.stream, 7, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "narrow: ends at byte 10, but 1 bytes from byte 10 are needed");
    CHECK(stream_skip(&n.stream, UINT64_MAX, &error) == ERR_DAMAGED);
}

TEST(peeking_up_to_shows_less_only_at_the_end)
{
    struct narrow n = narrow((const uint8_t *)"0123456789", 10, 1);
    struct bytes view;

    CHECK(stream_peek_upto(&n.stream, 8, &view, &error) == OK && view.len == 8);
    CHECK(stream_peek_upto(&n.stream, 20, &view, &error) == OK && view.len == 10);
    stream_step(&n.stream, 10);
    CHECK(stream_peek_upto(&n.stream, 20, &view, &error) == OK && view.len == 0);
    CHECK(stream_peek(&n.stream, 0, &view, &error) == OK);
}

TEST(a_source_stream_gives_the_sources_bytes_in_order)
{
    static const size_t steps[] = {1000003, 65536 + 512, STREAM_PEEK_MAX};
    static const uint64_t sizes[] = {0, 1, STREAM_PEEK_MAX, STREAM_PEEK_MAX + 1, 7000001};
    static const size_t capacities[] = {0, STREAM_PEEK_MAX + 4096, 8 << 20};

    for (size_t i = 0; i < COUNT_OF(sizes) * COUNT_OF(steps) * COUNT_OF(capacities); i++) {
        struct counted source = counted(sizes[i % COUNT_OF(sizes)]);
        size_t step = steps[i / COUNT_OF(sizes) % COUNT_OF(steps)];
        struct source_stream s;
        struct bytes view;

        open(&s, &source.source, capacities[i / COUNT_OF(sizes) / COUNT_OF(steps)]);
        do {
            NEED(stream_peek_upto(&s.stream, step, &view, &error) == OK);
            size_t len = view.len < step ? view.len : step;
            CHECK(len == step || s.stream.offset + len == source.source.size);
            CHECK(right(view, s.stream.offset, len));
            stream_step(&s.stream, len);
        } while (view.len);
        CHECK(s.stream.offset == source.source.size);
        CHECK(source.longest <= READ_MAX);
    }
}

TEST(bytes_that_were_seen_stay_when_more_are_wanted)
{
    struct counted source = counted(3 * (uint64_t)STREAM_PEEK_MAX);
    struct source_stream s;
    struct bytes view;

    open(&s, &source.source, 0);
    CHECK(stream_peek(&s.stream, 1, &view, &error) == OK);
    CHECK(view.len >= 1 && view.len <= READ_MAX);
    CHECK(stream_peek(&s.stream, STREAM_PEEK_MAX, &view, &error) == OK);
    stream_step(&s.stream, STREAM_PEEK_MAX - 7);
    CHECK(stream_peek(&s.stream, 7, &view, &error) == OK);
    CHECK(view.len == 7 && right(view, STREAM_PEEK_MAX - 7, 7));
    CHECK(stream_peek(&s.stream, STREAM_PEEK_MAX, &view, &error) == OK);
    CHECK(view.len == STREAM_PEEK_MAX && right(view, STREAM_PEEK_MAX - 7, view.len));
}

TEST(draining_a_stream_reads_it_to_the_end)
{
    struct counted source = counted(5000000);
    struct source_stream s;

    open(&s, &source.source, 0);
    CHECK(stream_skip(&s.stream, 12345, &error) == OK);
    CHECK(stream_drain(&s.stream, &error) == OK);
    CHECK(s.stream.offset == 5000000);
    CHECK(stream_drain(&s.stream, &error) == OK);
}

TEST(a_read_that_fails_comes_out_of_the_stream_and_loses_nothing)
{
    int fails = 0;
    enum err err;

    do {
        struct counted source = counted(5000000);
        struct source_stream s;
        struct bytes view;

        open(&s, &source.source, 0);
        source.reads_left = fails;
        err = stream_drain(&s.stream, &error);
        if (err) {
            CHECK(err == ERR_IO);
            CHECK_TEXT(error.text, "counted: cannot read");
            source.reads_left = -1;
            CHECK(stream_peek(&s.stream, 1000, &view, &error) == OK);
            CHECK(right(view, s.stream.offset, view.len));
            CHECK(stream_drain(&s.stream, &error) == OK);
            CHECK(s.stream.offset == 5000000);
        }
    } while (err && ++fails < 100);
    CHECK(err == OK && fails >= 5); /* 5 MB in reads of 1 MiB at most */
}

TEST(a_stream_without_memory_for_its_buffer_does_not_open)
{
    struct counted source = counted(1);
    struct source_stream s;
    struct arena a;

    free(memory);
    memory = malloc(STREAM_PEEK_MAX + 4096);
    arena_init(&a, memory, STREAM_PEEK_MAX - 1, "a test");
    CHECK(source_stream_init(&s, &source.source, 0, &a, &error) == ERR_NO_MEMORY);
    arena_init(&a, memory, STREAM_PEEK_MAX + 4096, "a test");
    CHECK(source_stream_init(&s, &source.source, 0, &a, &error) == OK);
}
