#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/gcm.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "crypto/digest.h"
#include "crypto/gcm_bulk.h"
#include "crypto/processor.h"
#include "tests/test.h"

#define TEXT 4096 /* bytes */
#define TAG  16

/* The processor as it is, and without what GCM wants. */
static const unsigned ways[] = {0, PROCESSOR_GCM};

static uint8_t text[TEXT], extra[64];
static mbedtls_gcm_context gcm;

/* The same bytes for the same seed, as the values of OpenSSL below were made from. */
static void fill(uint8_t *to, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        to[i] = (uint8_t)(seed >> 24);
    }
}

static void begin(unsigned hidden, const uint8_t *key, size_t key_len)
{
    processor_hide(hidden);
    fill(text, sizeof(text), 1);
    fill(extra, sizeof(extra), 2);
    mbedtls_gcm_init(&gcm);
    CHECK(mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, (unsigned)key_len * 8) == 0);
}

static void begin_filled(unsigned hidden, size_t key_len)
{
    uint8_t key[32];

    fill(key, key_len, (uint32_t)key_len);
    begin(hidden, key, key_len);
}

static void end(void)
{
    mbedtls_gcm_free(&gcm);
    processor_hide(0);
}

/* The tag goes behind the text. */
static void seal(struct bytes iv, struct bytes aad, struct bytes plain, uint8_t *out)
{
    CHECK(mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, plain.len, iv.at, iv.len, aad.at,
                                    aad.len, plain.at, out, TAG, out + plain.len) == 0);
}

static int unseal(struct bytes iv, struct bytes aad, const uint8_t *sealed, size_t len,
                  uint8_t *out)
{
    return mbedtls_gcm_auth_decrypt(&gcm, len, iv.at, iv.len, aad.at, aad.len, sealed + len, TAG,
                                    sealed, out);
}

static struct bytes from_hex(const char *hex, uint8_t *to)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < 2 * len; i++) {
        unsigned digit = (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        to[i / 2] = (uint8_t)(i % 2 ? to[i / 2] * 16u + digit : digit);
    }
    return (struct bytes){to, len};
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B: cases 3, 4, 6, 9, 10,
 * 12, 15, 16 and 18.  Where there is additional data the text is four bytes shorter. */
#define KEY "feffe9928665731c6d6a8f9467308308"
#define IV  "cafebabefacedbaddecaf888"
#define LONG_IV                                                                                    \
    "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b" \
    "525416aedbf5a0de6a57a637b39b"

static const struct vector {
    const char *key, *iv;
    bool has_extra;
    const char *sealed;
} vectors[] = {
    {KEY, IV, false,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84"
     "aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4"},
    {KEY, IV, true,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84"
     "aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"},
    {KEY, LONG_IV, true,
     "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c"
     "7c6fd62875d2aca417034c34aee5619cc5aefffe0bfa462af43c1699d050"},
    {KEY "feffe9928665731c", IV, false,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a"
     "3f4718e2448b2fe324d9ccda2710acade2569924a7c8587336bfb118024db8674a14"},
    {KEY "feffe9928665731c", IV, true,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a"
     "3f4718e2448b2fe324d9ccda27102519498e80f1478f37ba55bd6d27618c"},
    {KEY "feffe9928665731c", LONG_IV, true,
     "d27e88681ce3243c4830165a8fdcf9ff1de9a1d8e6b447ef6ef7b79828666e4581e79012af34ddd9e2f037589b29"
     "2db3e67c036745fa22e7e9b7373bdcf566ff291c25bbb8568fc3d376a6d9"},
    {KEY KEY, IV, false,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c"},
    {KEY KEY, IV, true,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    {KEY KEY, LONG_IV, true,
     "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d8"
     "2cdea2418997200ef82e44ae7e3fa44a8266ee1c8eb0c8b5d4cf5ae9f19a"},
};

static void check_vector(const struct vector *v, unsigned hidden)
{
    uint8_t room[5][64 + TAG], is[64 + TAG];
    struct bytes key = from_hex(v->key, room[0]), iv = from_hex(v->iv, room[1]);
    struct bytes plain =
        from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
                 room[2]);
    struct bytes aad = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", room[3]);
    struct bytes sealed = from_hex(v->sealed, room[4]);

    if (v->has_extra)
        plain.len -= 4;
    else
        aad.len = 0;
    begin(hidden, key.at, key.len);
    seal(iv, aad, plain, is);
    CHECK(sealed.len == plain.len + TAG && memcmp(is, sealed.at, sealed.len) == 0);
    CHECK(unseal(iv, aad, sealed.at, plain.len, is) == 0);
    CHECK(memcmp(is, plain.at, plain.len) == 0);
    end();
}

TEST(gcm_is_that_of_its_authors)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++)
        for (size_t way = 0; way < COUNT_OF(ways); way++)
            check_vector(&vectors[i], ways[way]);
}

/* ---- What OpenSSL 4.0.0 makes of fill(), by Python's cryptography: AESGCM(key).encrypt() --------- */

static void check_digest(struct digest *d, const char *wanted)
{
    char hex[2 * DIGEST_MAX + 1];
    uint8_t out[DIGEST_MAX];

    digest_finish(d, out);
    CHECK_TEXT(digest_hex(DIGEST_SHA256, out, hex), wanted);
}

/* Adds what len bytes become, and sees that they come back, in the same place. */
static void add_sealed(struct digest *d, struct bytes iv, struct bytes aad, size_t len)
{
    uint8_t sealed[TEXT + TAG];

    seal(iv, aad, (struct bytes){text, len}, sealed);
    digest_add(d, (struct bytes){sealed, len + TAG});
    CHECK(unseal(iv, aad, sealed, len, sealed) == 0);
    CHECK(memcmp(sealed, text, len) == 0);
}

static void check_lengths(size_t key_len, unsigned hidden, const char *wanted)
{
    uint8_t iv[12];
    struct digest d;

    begin_filled(hidden, key_len);
    digest_start(&d, DIGEST_SHA256);
    for (uint32_t len = 0; len <= 600; len++) {
        fill(iv, sizeof(iv), 100 + len);
        add_sealed(&d, (struct bytes){iv, sizeof(iv)}, (struct bytes){extra, len * 7 % 65}, len);
    }
    check_digest(&d, wanted);
    end();
}

TEST(gcm_of_every_length_is_that_of_openssl)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        check_lengths(16, ways[i],
                      "471882756103eb692fce8ee041319f148c6e231d54db4b20310aa787f85b83dc");
        check_lengths(24, ways[i],
                      "97f98ef6cdff40e76b188b2c801c4f3756657354ab090ddf9a1e34bd3381e3e9");
        check_lengths(32, ways[i],
                      "8de6865e41b8ea6bda0e65ccc03f443bb3fc0e42850c899ccd8ef7a1b3a0f1c1");
    }
}

TEST(gcm_with_every_length_of_nonce_is_that_of_openssl)
{
    uint8_t iv[128];
    struct digest d;

    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        begin_filled(ways[i], 16);
        digest_start(&d, DIGEST_SHA256);
        for (uint32_t len = 8; len <= sizeof(iv); len++) {
            fill(iv, len, 100 + len);
            add_sealed(&d, (struct bytes){iv, len}, (struct bytes){extra, 13}, 333);
        }
        check_digest(&d, "29551e7bd74d5238251013face43a74fdba77a0a63e80e3a2c300d5a6b811a0a");
        end();
    }
}

/* Nonces that were worked out backwards: the counter is at 2^32 after 1, 8, 12 and 20 blocks. */
TEST(the_counter_of_gcm_goes_round_at_32_bits)
{
    static const struct round {
        const char *iv, *digest;
    } rounds[] = {
        {"79f87b770cff23852ebeb8999b221080",
         "09803c187d04c49b7ff16e8acc8512ed168055587f25f62aa1be9c505f5ef403"},
        {"af1e4d48cdf5df8fae8833b9c823f4e6",
         "b7faed1189ab97c1dd373028d69fa27f95136ac5e2a97cd50f72af1860bc56d1"},
        {"d538fbcc4e65523116be109e4022f92f",
         "78a3bcce32d74a3cf9fa15ef4b22539dd2dec27ea4c5547d69c5656a437f5bd3"},
        {"70abed15980d0215782e3f125be1b982",
         "52f1fc15925fc52aa002ad72b15cb5d513ddf9a84ee8ba70774ae0b3a01c78b0"},
    };
    uint8_t iv[16];
    struct digest d;

    for (size_t i = 0; i < COUNT_OF(rounds); i++)
        for (size_t way = 0; way < COUNT_OF(ways); way++) {
            begin_filled(ways[way], 16);
            digest_start(&d, DIGEST_SHA256);
            add_sealed(&d, from_hex(rounds[i].iv, iv), (struct bytes){extra, 64}, TEXT);
            check_digest(&d, rounds[i].digest);
            end();
        }
}

/* ---- Pieces, places, and what is refused ---------------------------------------------------------- */

static const struct bytes iv_12 = {extra, 12};

/* In three pieces, additional data in two; to[] may overlap the text. */
static void seal_pieces(int mode, const uint8_t *from, uint8_t *to, size_t len, size_t first,
                        size_t second, uint8_t tag[TAG])
{
    size_t cut = first % 33, some = 0;

    CHECK(mbedtls_gcm_starts(&gcm, mode, iv_12.at, iv_12.len) == 0);
    CHECK(mbedtls_gcm_update_ad(&gcm, extra, cut) == 0);
    CHECK(mbedtls_gcm_update_ad(&gcm, extra + cut, 33 - cut) == 0);
    CHECK(mbedtls_gcm_update(&gcm, from, first, to, first, &some) == 0 && some == first);
    CHECK(mbedtls_gcm_update(&gcm, from + first, second - first, to + first, len - first, &some) ==
          0);
    CHECK(some == second - first);
    CHECK(mbedtls_gcm_update(&gcm, from + second, len - second, to + second, len - second, &some) ==
          0);
    CHECK(some == len - second);
    CHECK(mbedtls_gcm_finish(&gcm, NULL, 0, &some, tag, TAG) == 0 && some == 0);
}

TEST(gcm_in_pieces_is_gcm_of_the_whole)
{
    uint8_t whole[700 + TAG], is[700 + TAG];

    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        begin_filled(ways[way], 16);
        seal(iv_12, (struct bytes){extra, 33}, (struct bytes){text, 700}, whole);
        for (size_t first = 0; first <= 700; first += first < 300 ? 1 : 23)
            for (size_t second = first; second <= 700; second += 97) {
                seal_pieces(MBEDTLS_GCM_ENCRYPT, text, is, 700, first, second, is + 700);
                CHECK(memcmp(is, whole, 700 + TAG) == 0);
                seal_pieces(MBEDTLS_GCM_DECRYPT, is, is, 700, first, second, is + 700);
                CHECK(memcmp(is, text, 700) == 0 && memcmp(is + 700, whole + 700, TAG) == 0);
            }
        end();
    }
}

TEST(gcm_may_write_over_what_it_has_read)
{
    uint8_t sealed[600 + TAG], room[700 + TAG];
    size_t some;

    for (size_t way = 0; way < COUNT_OF(ways); way++)
        for (size_t before = 0; before < 40; before++) {
            begin_filled(ways[way], 32);
            seal(iv_12, iv_12, (struct bytes){text, 600}, sealed);
            memcpy(room + before, sealed, sizeof(sealed));
            CHECK(unseal(iv_12, iv_12, room + before, 600, room) == 0);
            CHECK(memcmp(room, text, 600) == 0);
            memcpy(room + before, text, 600);
            seal_pieces(MBEDTLS_GCM_ENCRYPT, room + before, room, 600, 16, 311, sealed);
            seal_pieces(MBEDTLS_GCM_DECRYPT, room, room, 600, 99, 311, sealed);
            CHECK(memcmp(room, text, 600) == 0);
            CHECK(mbedtls_gcm_update(&gcm, room, 600, room + before + 1, 600, &some) ==
                  MBEDTLS_ERR_GCM_BAD_INPUT);
            end();
        }
}

TEST(gcm_refuses_what_was_changed_and_shows_none_of_it)
{
    static const uint8_t zeros[600];
    uint8_t sealed[600 + TAG], out[600];
    struct bytes aad = {text, 21};

    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        begin_filled(ways[way], 16);
        seal(iv_12, aad, (struct bytes){text, 600}, sealed);
        for (size_t at = 0; at < sizeof(sealed); at++) {
            sealed[at] ^= 1;
            CHECK(unseal(iv_12, aad, sealed, 600, out) == MBEDTLS_ERR_GCM_AUTH_FAILED);
            CHECK(memcmp(out, zeros, 600) == 0);
            sealed[at] ^= 1;
        }
        aad.len--;
        CHECK(unseal(iv_12, aad, sealed, 600, out) == MBEDTLS_ERR_GCM_AUTH_FAILED);
        aad.len++;
        CHECK(unseal(iv_12, aad, sealed, 600, out) == 0);
        end();
    }
}

TEST(gcm_refuses_what_mbedtls_refuses)
{
    uint8_t out[600], tag[TAG];
    size_t some = 0;

    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        begin_filled(ways[way], 16);
        CHECK(mbedtls_gcm_starts(&gcm, MBEDTLS_GCM_ENCRYPT, extra, 12) == 0);
        CHECK(mbedtls_gcm_update(&gcm, text, 600, out, 599, &some) ==
              MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL);
        gcm.len = 0xfffffffe0 - 599;
        CHECK(mbedtls_gcm_update(&gcm, text, 600, out, 600, &some) == MBEDTLS_ERR_GCM_BAD_INPUT);
        CHECK(mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, 600, extra, 0, NULL, 0, text,
                                        out, TAG, tag) == MBEDTLS_ERR_GCM_BAD_INPUT);
        CHECK(mbedtls_gcm_auth_decrypt(&gcm, 600, extra, 12, NULL, 0, tag, 3, text, out) ==
              MBEDTLS_ERR_GCM_BAD_INPUT);
        end();
    }
}

TEST(this_processor_does_gcm_in_bulk)
{
    uint8_t keys[15 * 16] = {0}, counter[16] = {0}, sum[16] = {0}, out[600];
    struct gcm_bulk g = {keys, 14, true, counter, sum};

    if (!processor_has(PROCESSOR_GCM)) {
        test_skip("no AES or carry-less multiplication here");
        return;
    }
    CHECK(gcm_bulk(&g, text, out, 600) == 592);
    CHECK(get_be32(counter + 12) == 592 / 16);
    CHECK(gcm_bulk(&g, text, out, 15) == 0);
}
