#include "crypto/entropy.h"

#include <string.h>

#include <mbedtls/hmac_drbg.h>

#include "base/bytes.h"
#include "base/text.h"

#define HEADER   2 /* bytes in front of what a source gave: its number, and its length */
#define SEED_MAX (ENTROPY_SOURCES_MAX * (HEADER + ENTROPY_READ))

_Static_assert(sizeof(mbedtls_hmac_drbg_context) <= sizeof(((struct entropy *)0)->generator),
               "generator too small");
_Static_assert(ENTROPY_READ <= 255, "its length is one byte of the seed");

/* What came of a source. */
enum outcome {
    GAVE,
    MISSING,
    STUCK
};

static mbedtls_hmac_drbg_context *generator(struct entropy *r)
{
    return (mbedtls_hmac_drbg_context *)r->generator;
}

static bool is_all(const uint8_t *word, uint8_t value)
{
    for (size_t i = 0; i < ENTROPY_WORD; i++)
        if (word[i] != value)
            return false;
    return true;
}

/* Each of these happens to a source that works once in about 2^59 readings. */
static bool is_stuck(const uint8_t at[ENTROPY_READ], const uint8_t before[ENTROPY_WORD])
{
    if (memcmp(at, before, ENTROPY_WORD) == 0)
        return true;
    for (size_t i = 0; i < ENTROPY_READ; i += ENTROPY_WORD)
        if (is_all(at + i, 0) || is_all(at + i, 0xff) ||
            (i && memcmp(at + i, at + i - ENTROPY_WORD, ENTROPY_WORD) == 0))
            return true;
    return false;
}

/* Sources that only help are taken as they are. */
static enum outcome read_source(struct entropy *r, size_t i, uint8_t to[ENTROPY_READ])
{
    const struct entropy_source *source = &r->sources[i];

    if (!source->read(to))
        return MISSING;
    if (source->is_enough && is_stuck(to, r->first[i]))
        return STUCK;
    memcpy(r->first[i], to, ENTROPY_WORD);
    return GAVE;
}

/* "EFI_RNG_PROTOCOL is missing, RDRAND is stuck" */
static enum err fail_without(const struct entropy *r, const enum outcome *outcomes, struct error *e)
{
    char list[200] = "no source is known";
    size_t len = 0;

    for (size_t i = 0; i < r->count; i++)
        if (r->sources[i].is_enough)
            len += text_format(list + len, sizeof(list) - len, "%s%s is %s", len ? ", " : "",
                               r->sources[i].name, outcomes[i] == STUCK ? "stuck" : "missing");
    return fail(
        e, ERR_NETWORK,
        "there are no random numbers, so https is refused: %s; a signed package may come by http",
        list);
}

/* What all sources give, each with its number and length in front. */
static enum err gather(struct entropy *r, uint8_t seed[SEED_MAX], size_t *len, struct error *e)
{
    enum outcome outcomes[ENTROPY_SOURCES_MAX];
    bool is_enough = false;

    *len = 0;
    for (size_t i = 0; i < r->count; i++) {
        uint8_t *at = seed + *len;
        outcomes[i] = read_source(r, i, at + HEADER);
        if (outcomes[i] != GAVE)
            continue;
        at[0] = (uint8_t)i;
        at[1] = ENTROPY_READ;
        *len += HEADER + ENTROPY_READ;
        is_enough = is_enough || r->sources[i].is_enough;
    }
    return is_enough ? OK : fail_without(r, outcomes, e);
}

static int mix(struct entropy *r, const uint8_t *seed, size_t len)
{
    if (r->is_seeded)
        return mbedtls_hmac_drbg_update(generator(r), seed, len);
    mbedtls_hmac_drbg_init(generator(r));
    int result = mbedtls_hmac_drbg_seed_buf(
        generator(r), mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), seed, len);
    if (result != 0)
        mbedtls_hmac_drbg_free(generator(r));
    r->is_seeded = result == 0;
    return result;
}

enum err entropy_random(struct entropy *r, void *to, size_t len, struct error *e)
{
    uint8_t seed[SEED_MAX], *at = to;
    size_t seed_len;

    enum err err = gather(r, seed, &seed_len, e);
    bool failed = err == OK && mix(r, seed, seed_len) != 0;
    bytes_wipe(seed, sizeof(seed));
    TRY(err);
    while (!failed && len) {
        size_t n = len < MBEDTLS_HMAC_DRBG_MAX_REQUEST ? len : MBEDTLS_HMAC_DRBG_MAX_REQUEST;
        failed = mbedtls_hmac_drbg_random(generator(r), at, n) != 0;
        at += n;
        len -= n;
    }
    if (failed)
        return fail(e, ERR_NETWORK, "there is no memory for random numbers, so https is refused");
    return OK;
}

void entropy_end(struct entropy *r)
{
    if (r->is_seeded)
        mbedtls_hmac_drbg_free(generator(r));
    r->is_seeded = false;
    bytes_wipe(r->first, sizeof(r->first));
}
