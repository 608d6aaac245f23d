/* In front of mbedTLS's SHA-1 and SHA-256, as crypto/gcm.c is of its GCM: whole blocks are for
 * sha1_bulk(), where the processor has it, and sha256_bulk(); parts of blocks and what ends a text are mbedTLS's.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>

#include "crypto/processor.h"
#include "crypto/sha_bulk.h"

#define BLOCK 64u /* bytes */

int plain_sha1_update(mbedtls_sha1_context *ctx, const unsigned char *input, size_t ilen);
int plain_sha256_update(mbedtls_sha256_context *ctx, const unsigned char *input, size_t ilen);

/* How many bytes end a block that was begun; all of them where there is no whole block behind. */
static size_t before_blocks(const uint32_t total[2], size_t len)
{
    size_t begun = total[0] % BLOCK, head = begun ? BLOCK - begun : 0;

    return len >= head + BLOCK ? head : len;
}

/* total is one number, its lower half first. */
static void count(uint32_t total[2], size_t len)
{
    uint64_t sum = ((uint64_t)total[1] << 32 | total[0]) + len;

    total[0] = (uint32_t)sum;
    total[1] = (uint32_t)(sum >> 32);
}

int mbedtls_sha1_update(mbedtls_sha1_context *ctx, const unsigned char *input, size_t ilen)
{
    size_t head = processor_has(PROCESSOR_SHA) ? before_blocks(ctx->total, ilen) : ilen;
    int ret = plain_sha1_update(ctx, input, head);

    if (ret != 0 || head == ilen)
        return ret;
    size_t bulk = sha1_bulk(ctx->state, input + head, ilen - head);
    count(ctx->total, bulk);
    return plain_sha1_update(ctx, input + head + bulk, ilen - head - bulk);
}

int mbedtls_sha256_update(mbedtls_sha256_context *ctx, const unsigned char *input, size_t ilen)
{
    size_t head = before_blocks(ctx->total, ilen);
    int ret = plain_sha256_update(ctx, input, head);

    if (ret != 0 || head == ilen)
        return ret;
    size_t bulk = sha256_bulk(ctx->state, input + head, ilen - head);
    count(ctx->total, bulk);
    return plain_sha256_update(ctx, input + head + bulk, ilen - head - bulk);
}

int mbedtls_sha1(const unsigned char *input, size_t ilen, unsigned char output[20])
{
    mbedtls_sha1_context ctx;

    mbedtls_sha1_init(&ctx);
    int ret = mbedtls_sha1_starts(&ctx);
    if (ret == 0)
        ret = mbedtls_sha1_update(&ctx, input, ilen);
    if (ret == 0)
        ret = mbedtls_sha1_finish(&ctx, output);
    mbedtls_sha1_free(&ctx);
    return ret;
}

int mbedtls_sha256(const unsigned char *input, size_t ilen, unsigned char *output, int is224)
{
    mbedtls_sha256_context ctx;

    mbedtls_sha256_init(&ctx);
    int ret = mbedtls_sha256_starts(&ctx, is224);
    if (ret == 0)
        ret = mbedtls_sha256_update(&ctx, input, ilen);
    if (ret == 0)
        ret = mbedtls_sha256_finish(&ctx, output);
    mbedtls_sha256_free(&ctx);
    return ret;
}
