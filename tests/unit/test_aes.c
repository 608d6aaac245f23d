/* mbedTLS's AES wherever its context lies: the processor's own instructions want keys at multiples of 16 bytes, a
 * context is at any multiple of 8, and a build in which aes.c and aesni.c do not agree on that dies. */
#include <mbedtls/aes.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

/* NIST FIPS 197, appendix C. */
static const uint8_t plain[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                  0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
static const struct {
    unsigned bits;
    uint8_t cipher[16];
} vectors[] = {
    {128,
     {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5,
      0x5a}},
    {256,
     {0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60,
      0x89}},
};

static bool works_at(size_t offset, unsigned bits, const uint8_t cipher[16])
{
    static _Alignas(16) uint8_t room[sizeof(mbedtls_aes_context) + 16];
    mbedtls_aes_context *aes = (mbedtls_aes_context *)(void *)(room + offset);
    uint8_t key[32], out[16], back[16];

    for (unsigned i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    mbedtls_aes_init(aes);
    bool ok = mbedtls_aes_setkey_enc(aes, key, bits) == 0 &&
              mbedtls_aes_crypt_ecb(aes, MBEDTLS_AES_ENCRYPT, plain, out) == 0 &&
              mbedtls_aes_setkey_dec(aes, key, bits) == 0 &&
              mbedtls_aes_crypt_ecb(aes, MBEDTLS_AES_DECRYPT, out, back) == 0;
    mbedtls_aes_free(aes);
    return ok && memcmp(out, cipher, 16) == 0 && memcmp(back, plain, 16) == 0;
}

TEST(aes_keys_may_lie_at_any_multiple_of_8)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        CHECK(works_at(0, vectors[i].bits, vectors[i].cipher));
        CHECK(works_at(8, vectors[i].bits, vectors[i].cipher));
    }
}
