#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "crypto/digest.h"
#include "crypto/processor.h"
#include "crypto/sha_bulk.h"
#include "tests/test.h"

#define TEXT 1000 /* bytes */

/* The processor as it is, and without what SHA wants, one thing after the other. */
static const unsigned ways[] = {0, PROCESSOR_SHA, PROCESSOR_SHA | PROCESSOR_BMI};

static uint8_t text[TEXT];

static void begin(unsigned hidden)
{
    uint32_t seed = 1;

    processor_hide(hidden);
    for (size_t i = 0; i < sizeof(text); i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (uint8_t)(seed >> 24);
    }
}

static void end(void)
{
    processor_hide(0);
}

/* ---- All at once, as certificates are hashed ------------------------------------------------- */

static void sha1(const uint8_t *from, size_t len, uint8_t out[32])
{
    CHECK(mbedtls_sha1(from, len, out) == 0);
}

static void sha224(const uint8_t *from, size_t len, uint8_t out[32])
{
    CHECK(mbedtls_sha256(from, len, out, 1) == 0);
}

static void sha256(const uint8_t *from, size_t len, uint8_t out[32])
{
    CHECK(mbedtls_sha256(from, len, out, 0) == 0);
}

/* SHA-256 over the digests of 0 to 300 bytes of text[], by Python's hashlib (OpenSSL). */
static const struct kind {
    void (*hash)(const uint8_t *from, size_t len, uint8_t out[32]);
    size_t size; /* bytes */
    const char *digest;
} kinds[] = {
    {sha1, 20, "7ff674b88242a2fdf66654f3a3da2a4da4b8e617ad29ae1f613564e49063d3aa"},
    {sha224, 28, "ba9c53c38d5469c659d4ecee17e6a44d6127d71784c038c7fc8302f8c92d4a20"},
    {sha256, 32, "b02275d18a1de3f8dc11a8f5a6bdc8006b6de6e4dba31bee48c075f6a88ffafa"},
};

static void check_lengths(const struct kind *kind)
{
    char hex[2 * DIGEST_MAX + 1];
    uint8_t out[DIGEST_MAX];
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    for (size_t len = 0; len <= 300; len++) {
        kind->hash(text, len, out);
        digest_add(&d, (struct bytes){out, kind->size});
    }
    digest_finish(&d, out);
    CHECK_TEXT(digest_hex(DIGEST_SHA256, out, hex), kind->digest);
}

TEST(digests_of_every_length_are_those_of_openssl)
{
    for (size_t way = 0; way < COUNT_OF(ways); way++)
        for (size_t i = 0; i < COUNT_OF(kinds); i++) {
            begin(ways[way]);
            check_lengths(&kinds[i]);
            end();
        }
}

/* ---- In pieces, as files are ----------------------------------------------------------------- */

static void check_pieces(enum digest_kind kind, const uint8_t *whole, size_t len, size_t first,
                         size_t second)
{
    uint8_t out[DIGEST_MAX];
    struct digest d;

    digest_start(&d, kind);
    digest_add(&d, (struct bytes){text, first});
    digest_add(&d, (struct bytes){text + first, second - first});
    digest_add(&d, (struct bytes){text + second, len - second});
    digest_finish(&d, out);
    CHECK(memcmp(out, whole, digest_size(kind)) == 0);
}

TEST(digests_in_pieces_are_digests_of_the_whole)
{
    uint8_t whole[2][32];

    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        begin(ways[way]);
        for (size_t len = 180; len <= TEXT; len += 205) {
            sha1(text, len, whole[0]);
            sha256(text, len, whole[1]);
            for (size_t first = 0; first <= 130; first++)
                for (size_t second = first; second <= len; second += second < 140 ? 1 : 61) {
                    check_pieces(DIGEST_SHA1, whole[0], len, first, second);
                    check_pieces(DIGEST_SHA256, whole[1], len, first, second);
                }
        }
        end();
    }
}

/* As after 4 GiB less a block and a half. */
static void digests_far_on(uint8_t out[2][32])
{
    mbedtls_sha256_context c256;
    mbedtls_sha1_context c1;

    mbedtls_sha1_init(&c1);
    mbedtls_sha256_init(&c256);
    CHECK(mbedtls_sha1_starts(&c1) == 0 && mbedtls_sha256_starts(&c256, 0) == 0);
    c1.total[0] = c256.total[0] = 0xffffffff - 95;
    CHECK(mbedtls_sha1_update(&c1, text, TEXT) == 0);
    CHECK(mbedtls_sha256_update(&c256, text, TEXT) == 0);
    CHECK(c1.total[0] == TEXT - 96 && c1.total[1] == 1);
    CHECK(c256.total[0] == TEXT - 96 && c256.total[1] == 1);
    CHECK(mbedtls_sha1_finish(&c1, out[0]) == 0 && mbedtls_sha256_finish(&c256, out[1]) == 0);
}

TEST(digests_count_beyond_4_gib)
{
    uint8_t is[2][32] = {{0}}, wanted[2][32] = {{0}};

    begin(PROCESSOR_SHA);
    digests_far_on(wanted);
    end();
    begin(0);
    digests_far_on(is);
    end();
    CHECK(memcmp(is, wanted, sizeof(is)) == 0);
}

TEST(this_processor_does_sha_in_bulk)
{
    uint32_t state[8] = {0};

    if (!processor_has(PROCESSOR_SHA)) {
        test_skip("no SHA instructions here");
        return;
    }
    CHECK(sha1_bulk(state, text, TEXT) == 960 && state[4] != 0);
    CHECK(sha256_bulk(state, text, TEXT) == 960 && state[7] != 0);
    CHECK(sha1_bulk(state, text, 63) == 0 && sha256_bulk(state, text, 63) == 0);
}
