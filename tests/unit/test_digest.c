#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "crypto/digest.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

static uint8_t memory[4 << 20];
static struct error error;

/* FIPS 180-2, appendices A to C, and NIST's examples for SHA-384; the empty text by openssl. */
static const char two_blocks_512[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                                     "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
static const char two_blocks_256[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static const struct vector {
    enum digest_kind kind;
    const char *text;
    const char *hex;
} vectors[] = {
    {DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DIGEST_SHA1, two_blocks_256, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA256, two_blocks_256,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {DIGEST_SHA384, "",
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f1"
     "4898b95b"},
    {DIGEST_SHA384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca1"
     "34c825a7"},
    {DIGEST_SHA384, two_blocks_512,
     "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa"
     "91746039"},
    {DIGEST_SHA512, "",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2"
     "877eec2f63b931bd47417a81a538327af927da3e"},
    {DIGEST_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23"
     "a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {DIGEST_SHA512, two_blocks_512,
     "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99de"
     "c4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

/* A million times "a". */
static const char *const millions[] = {
    "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd8"
    "7f3d8985",
    "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432c"
    "e577c31beb009c5c2c49aa2e4eadb217ad8cc09b"};

static struct bytes text_bytes(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void check_pieces(const struct vector *v, size_t first, size_t second)
{
    char hex[2 * DIGEST_MAX + 1];
    uint8_t out[DIGEST_MAX];
    struct digest d;
    struct bytes all = text_bytes(v->text);

    digest_start(&d, v->kind);
    digest_add(&d, (struct bytes){all.at, first});
    digest_add(&d, (struct bytes){all.at + first, second - first});
    digest_add(&d, (struct bytes){all.at + second, all.len - second});
    digest_finish(&d, out);
    CHECK_TEXT(digest_hex(v->kind, out, hex), v->hex);
    for (size_t i = digest_size(v->kind); i < DIGEST_MAX; i++)
        CHECK(out[i] == 0);
}

TEST(digests_are_those_of_fips_however_the_text_is_cut)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++)
        for (size_t first = 0; first <= strlen(vectors[i].text); first++)
            for (size_t second = first; second <= strlen(vectors[i].text); second++)
                check_pieces(&vectors[i], first, second);
}

TEST(a_whole_source_gives_the_digest_of_its_bytes)
{
    static uint8_t letters[1000000];
    char hex[2 * DIGEST_MAX + 1];
    uint8_t out[DIGEST_MAX];
    struct fake_source source;
    struct arena a;

    memset(letters, 'a', sizeof(letters));
    arena_init(&a, memory, sizeof(memory), "tests");
    for (int kind = DIGEST_SHA1; kind <= DIGEST_SHA512; kind++) {
        fake_source_init(&source, "letters", (struct bytes){letters, sizeof(letters)});
        CHECK(digest_source(&source.source, (enum digest_kind)kind, a, out, &error) == OK);
        CHECK_TEXT(digest_hex((enum digest_kind)kind, out, hex), millions[kind]);
    }
    fake_source_init(&source, "nothing", (struct bytes){letters, 0});
    CHECK(digest_source(&source.source, DIGEST_SHA1, a, out, &error) == OK);
    CHECK_TEXT(digest_hex(DIGEST_SHA1, out, hex), vectors[0].hex);
    fake_source_init(&source, "letters", (struct bytes){letters, sizeof(letters)});
    source.fail_at = 1;
    CHECK(digest_source(&source.source, DIGEST_SHA1, a, out, &error) == ERR_IO);
    CHECK_HOLDS(error.text, "letters: ");
}
