/* In front of mbedTLS's GCM, under its own names; crypto/mbedtls_plain.h gives those of mbedTLS other
 * ones.  Whole blocks, when they are many, are for gcm_bulk(); mbedTLS begins and ends: additional
 * data, parts of blocks and tags are its own.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/aes.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>

#include "crypto/gcm_bulk.h"
#include "crypto/processor.h"

#define BLOCK    16
#define BULK_MIN 64u            /* bytes; for less it does not pay to make powers of H */
#define TEXT_MAX 0xfffffffe0ull /* bytes under one nonce: NIST SP 800-38D, 5.2.1.1 */

int plain_gcm_update(mbedtls_gcm_context *ctx, const unsigned char *input, size_t input_length,
                     unsigned char *output, size_t output_size, size_t *output_length);

/* Not what mbedTLS would refuse. */
static bool is_for_bulk(const mbedtls_gcm_context *ctx, const unsigned char *input, size_t len,
                        const unsigned char *output, size_t room)
{
    bool overtakes = output > input && (size_t)(output - input) < len;

    return len >= BULK_MIN && len <= room && len <= TEXT_MAX - ctx->len && !overtakes &&
           processor_has(PROCESSOR_GCM);
}

/* After a whole block.  AES is the one cipher of crypto/mbedtls_config.h. */
static size_t do_bulk(mbedtls_gcm_context *ctx, const unsigned char *input, unsigned char *output,
                      size_t len)
{
    const mbedtls_aes_context *aes = ctx->cipher_ctx.cipher_ctx;
    struct gcm_bulk g = {
        .keys = (const uint8_t *)(aes->buf + aes->rk_offset),
        .rounds = aes->nr,
        .encrypts = ctx->mode == MBEDTLS_GCM_ENCRYPT,
        .counter = ctx->y,
        .sum = ctx->buf,
    };
    size_t done = gcm_bulk(&g, input, output, len);

    ctx->len += done;
    return done;
}

/* The first block is mbedTLS's, which ends what came before: additional data, or part of a block. */
static int update_in_bulk(mbedtls_gcm_context *ctx, const unsigned char *input, size_t len,
                          unsigned char *output)
{
    size_t done = BLOCK - ctx->len % BLOCK, some;
    int ret = plain_gcm_update(ctx, input, done, output, done, &some);

    if (ret != 0)
        return ret;
    done += do_bulk(ctx, input + done, output + done, len - done);
    return plain_gcm_update(ctx, input + done, len - done, output + done, len - done, &some);
}

int mbedtls_gcm_update(mbedtls_gcm_context *ctx, const unsigned char *input, size_t input_length,
                       unsigned char *output, size_t output_size, size_t *output_length)
{
    if (!is_for_bulk(ctx, input, input_length, output, output_size))
        return plain_gcm_update(ctx, input, input_length, output, output_size, output_length);
    *output_length = input_length;
    return update_in_bulk(ctx, input, input_length, output);
}

int mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context *ctx, int mode, size_t length,
                              const unsigned char *iv, size_t iv_len, const unsigned char *add,
                              size_t add_len, const unsigned char *input, unsigned char *output,
                              size_t tag_len, unsigned char *tag)
{
    size_t some;
    int ret = mbedtls_gcm_starts(ctx, mode, iv, iv_len);

    if (ret == 0)
        ret = mbedtls_gcm_update_ad(ctx, add, add_len);
    if (ret == 0)
        ret = mbedtls_gcm_update(ctx, input, length, output, length, &some);
    if (ret == 0)
        ret = mbedtls_gcm_finish(ctx, NULL, 0, &some, tag, tag_len);
    return ret;
}

int mbedtls_gcm_auth_decrypt(mbedtls_gcm_context *ctx, size_t length, const unsigned char *iv,
                             size_t iv_len, const unsigned char *add, size_t add_len,
                             const unsigned char *tag, size_t tag_len, const unsigned char *input,
                             unsigned char *output)
{
    unsigned char wanted[BLOCK];
    int ret = mbedtls_gcm_crypt_and_tag(ctx, MBEDTLS_GCM_DECRYPT, length, iv, iv_len, add, add_len,
                                        input, output, tag_len, wanted);

    if (ret == 0 && mbedtls_ct_memcmp(tag, wanted, tag_len) != 0) {
        mbedtls_platform_zeroize(output, length);
        ret = MBEDTLS_ERR_GCM_AUTH_FAILED;
    }
    return ret;
}
