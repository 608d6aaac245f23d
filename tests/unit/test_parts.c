/* base/joined_source.c, and loader/proving.c on top of it; tests/tools/test_forms.py has whole packages. */
#include "loader/parts.h"

#include <string.h>

#include "base/joined_source.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define PIECES 5

static const size_t lengths[PIECES] = {7, 0, 100000, 0, 0};
static uint8_t bytes[100007], memory[8 << 20], to[100007];
static struct fake_source pieces[PIECES];
static struct source *sources[PIECES];
static struct disk_file files[PIECES];
static struct manifest_entry entries[PIECES];
static struct joined_source joined;
static struct arena arena;
static struct error error;
static struct parts parts;

/* Each listed with its digest. */
static void build(void)
{
    size_t at = 0;

    arena_init(&arena, memory, sizeof(memory), "a test");
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    for (size_t i = 0; i < PIECES; at += lengths[i++]) {
        static const char *const names[PIECES] = {"a", "b", "c", "d", "e"};
        struct bytes piece = {bytes + at, lengths[i]};
        struct digest d;
        fake_source_init(&pieces[i], names[i], piece);
        sources[i] = &pieces[i].source;
        entries[i] = (struct manifest_entry){names[i], (uint32_t)i + 1, DIGEST_SHA256, {0}};
        digest_start(&d, DIGEST_SHA256);
        digest_add(&d, piece);
        digest_finish(&d, entries[i].digest);
        files[i] =
            (struct disk_file){names[i], lengths[i], {names[i], {DIGEST_SHA256}, {&entries[i]}, 1}};
    }
    NEED(joined_source_init(&joined, "all", sources, PIECES, &arena, &error) == OK);
    parts = (struct parts){&joined.source, files, PIECES};
}

TEST(joined_sources_are_one)
{
    build();
    CHECK(joined.source.size == sizeof(bytes) && joined.source.seam_count == PIECES - 1);
    CHECK(joined.source.seams[0] == 7 && joined.source.seams[1] == 7 &&
          joined.source.seams[2] == sizeof(bytes));
    for (size_t at = 0; at < 20; at++)
        for (size_t len = 0; len < 20; len++) {
            CHECK(source_read(&joined.source, at, to, len, &error) == OK);
            CHECK(!memcmp(to, bytes + at, len));
        }
    CHECK(source_read(&joined.source, sizeof(bytes) - 1, to, 1, &error) == OK);
    CHECK(source_read(&joined.source, 0, to, sizeof(bytes), &error) == OK);
    CHECK(!memcmp(to, bytes, sizeof(bytes)));
    CHECK(source_read(&joined.source, sizeof(bytes), to, 1, &error) == ERR_DAMAGED);
    pieces[2].source.size = INT64_MAX;
    CHECK(joined_source_init(&joined, "all", sources, PIECES, &arena, &error) == ERR_TOO_BIG);
}

static enum err prove(size_t step, struct proving *p)
{
    static const struct ring ring; /* keeps nothing */
    struct fake_stream stream;

    fake_stream_init(&stream, "all", (struct bytes){bytes, sizeof(bytes)}, step);
    enum err err = stream_drain(proving_start(p, &parts, &stream.stream, &ring, NULL), &error);
    if (err == OK)
        err = proving_finish(p, &error);
    fake_stream_release(&stream);
    return err;
}

TEST(every_file_of_a_disk_is_proved_by_its_own_line)
{
    static const size_t steps[] = {1000, 99999, 1};
    struct proving p;

    for (size_t s = 0; s < COUNT_OF(steps); s++) {
        build();
        CHECK(prove(steps[s], &p) == OK);
    }
    CHECK(parts_are_listed(&parts));
    for (size_t i = 0; i < PIECES; i++) {
        build();
        entries[i].digest[9] ^= 1;
        CHECK(prove(1000, &p) == ERR_UNTRUSTED);
        CHECK(!strncmp(error.text, files[i].name, 1) && error.text[1] == ':');
    }
    build();
    files[3].expected.count = 0;
    CHECK(!parts_are_listed(&parts) && prove(1000, &p) == OK);
}

TEST(what_was_read_has_one_digest)
{
    uint8_t first[DIGEST_MAX], second[DIGEST_MAX];
    enum digest_kind kind;
    struct proving p;

    build();
    NEED(prove(1000, &p) == OK);
    proving_digest(&p, &kind, first);
    CHECK(kind == DIGEST_SHA256);
    bytes[50000] ^= 1;
    for (size_t i = 0; i < PIECES; i++)
        files[i].expected.count = 0;
    NEED(prove(1000, &p) == OK);
    proving_digest(&p, &kind, second);
    CHECK(memcmp(first, second, 32) != 0);
    bytes[50000] ^= 1;
    NEED(prove(1000, &p) == OK);
    proving_digest(&p, &kind, second);
    CHECK(memcmp(first, second, 32) == 0);
    parts.count = 1;
    files[0].size = sizeof(bytes);
    NEED(prove(1000, &p) == OK);
    proving_digest(&p, &kind, second);
    struct digest d;
    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){bytes, sizeof(bytes)});
    digest_finish(&d, first);
    CHECK(memcmp(first, second, 32) == 0);
}
