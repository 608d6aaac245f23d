#include <string.h>

#include "base/checked.h"
#include "crypto/hash_stream.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

static uint8_t data[10000];
static struct error error;

static const enum digest_kind all_kinds[] = {DIGEST_SHA512, DIGEST_SHA1, DIGEST_SHA384,
                                             DIGEST_SHA256};

static void check_digests(struct hash_stream *h, size_t len)
{
    uint8_t is[DIGEST_MAX], wanted[DIGEST_MAX];
    struct digest d;

    for (size_t i = 0; i < h->count; i++) {
        digest_start(&d, all_kinds[i]);
        digest_add(&d, (struct bytes){data, len});
        digest_finish(&d, wanted);
        digest_finish(&h->digest[i], is);
        CHECK(memcmp(is, wanted, DIGEST_MAX) == 0);
    }
}

/* Read len bytes through windows of window bytes, asking for want and taking step of them. */
static void check_read(size_t len, size_t window, size_t want, size_t step)
{
    struct fake_stream inner;
    struct hash_stream h;
    struct bytes view;
    size_t at = 0;

    fill_noise(data, sizeof(data), 3);
    fake_stream_init(&inner, "file", (struct bytes){data, len}, window);
    hash_stream_init(&h, &inner.stream, all_kinds, COUNT_OF(all_kinds));
    for (;;) {
        CHECK(stream_peek_upto(&h.stream, want, &view, &error) == OK);
        CHECK(view.len >= min_u64(want, len - at));
        if (view.len == 0)
            break;
        CHECK(memcmp(view.at, data + at, view.len) == 0);
        size_t n = (size_t)min_u64(step, view.len);
        stream_step(&h.stream, n);
        at += n;
        CHECK(h.stream.offset == at);
    }
    CHECK(at == len);
    check_digests(&h, len);
    fake_stream_release(&inner);
}

TEST(a_hash_stream_shows_the_same_bytes_and_hashes_each_once)
{
    static const size_t sizes[] = {1, 2, 63, 64, 65, 127, 128, 129, 511, 512, 4096, 20000};

    for (size_t w = 0; w < COUNT_OF(sizes); w++)
        for (size_t s = 0; s < COUNT_OF(sizes); s++) {
            check_read(1500, sizes[w], 1, sizes[s]);
            check_read(1500, sizes[w], sizes[s], sizes[s]);
            check_read(1500, sizes[w], sizes[s], (sizes[s] + 1) / 2);
            check_read(sizeof(data), sizes[w], 600, sizes[s] < 64 ? 64 : sizes[s]);
        }
    check_read(0, 1, 1, 1);
}

TEST(bytes_that_no_reader_looked_at_are_hashed_when_drained)
{
    static const size_t windows[] = {1, 100, 4096, 20000};

    for (size_t w = 0; w < COUNT_OF(windows); w++) {
        struct fake_stream inner;
        struct hash_stream h;
        struct bytes view;
        fill_noise(data, sizeof(data), 4);
        fake_stream_init(&inner, "file", (struct bytes){data, sizeof(data)}, windows[w]);
        hash_stream_init(&h, &inner.stream, all_kinds, COUNT_OF(all_kinds));
        CHECK(stream_peek(&h.stream, 300, &view, &error) == OK);
        stream_step(&h.stream, 100);
        CHECK(stream_skip(&h.stream, 777, &error) == OK);
        CHECK(stream_drain(&h.stream, &error) == OK);
        CHECK(h.stream.offset == sizeof(data));
        check_digests(&h, sizeof(data));
        fake_stream_release(&inner);
    }
}

TEST(one_byte_changed_behind_the_last_peek_changes_the_digest)
{
    uint8_t before[DIGEST_MAX], after[DIGEST_MAX];
    struct fake_stream inner;
    struct hash_stream h;

    for (int changed = 0; changed < 2; changed++) {
        fill_noise(data, sizeof(data), 5);
        data[sizeof(data) - 1] ^= (uint8_t)changed;
        fake_stream_init(&inner, "file", (struct bytes){data, sizeof(data)}, 512);
        hash_stream_init(&h, &inner.stream, all_kinds, 1);
        CHECK(stream_skip(&h.stream, 5000, &error) == OK);
        CHECK(stream_drain(&h.stream, &error) == OK);
        digest_finish(&h.digest[0], changed ? after : before);
        fake_stream_release(&inner);
    }
    CHECK(memcmp(before, after, DIGEST_MAX) != 0);
}

TEST(a_read_error_comes_through_a_hash_stream)
{
    static uint8_t memory[4 << 20];
    struct fake_source source;
    struct source_stream file;
    struct hash_stream h;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vmdk", (struct bytes){data, sizeof(data)});
    source.fail_at = 1;
    CHECK(source_stream_init(&file, &source.source, 0, &a, &error) == OK);
    hash_stream_init(&h, &file.stream, all_kinds, 2);
    CHECK(stream_drain(&h.stream, &error) == ERR_IO);
    CHECK_HOLDS(error.text, "disk.vmdk: ");
    CHECK_TEXT(h.stream.name, "disk.vmdk");
}
