/* crypto/entropy.h - random bytes out of several sources, of which none is believed alone for longer
 * than it takes to mix the others in.
 *
 *     static const struct entropy_source sources[] = {{"RDRAND", true, read_rdrand}, ...};
 *     struct entropy entropy = {.sources = sources, .count = COUNT_OF(sources)};
 *     TRY(entropy_random(&entropy, key, sizeof(key), e));
 *     entropy_end(&entropy);
 *
 * Each call reads every source and puts what they gave into an HMAC_DRBG with SHA-256, which is seeded
 * by the first call and reseeded by each later one; its output is what comes out.  Whoever knows all
 * sources but one knows nothing of the output.
 *
 * A source that gives zeros, ones, the same word twice, or what it gave before, is stuck, and as good
 * as missing.  Without one that is enough alone there are no random bytes: time that passes is mixed
 * in, and is never enough.
 *
 * Spec: NIST SP 800-90A Rev. 1, "HMAC_DRBG"; mbedTLS does the work.
 */
#ifndef CRYPTO_ENTROPY_H
#define CRYPTO_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ENTROPY_READ        64 /* bytes of a source at a time: 512 bits for a generator of 256 */
#define ENTROPY_SOURCES_MAX 4
#define ENTROPY_WORD        8 /* bytes that are compared to see that a source is stuck */

struct entropy_source {
    const char *name;                       /* in messages: "RDRAND" */
    bool is_enough;                         /* alone; the others only help */
    bool (*read)(uint8_t to[ENTROPY_READ]); /* false: it is not there, or failed */
};

struct entropy {
    const struct entropy_source *sources; /* borrowed */
    size_t count;                         /* at most ENTROPY_SOURCES_MAX */
    bool is_seeded;
    uint8_t first[ENTROPY_SOURCES_MAX][ENTROPY_WORD]; /* of what each gave last */
    _Alignas(16) uint8_t generator[160];              /* asserted in crypto/entropy.c */
};

/* ERR_NETWORK in a whole sentence when no source is enough, or it ran out of memory.  Nothing is
 * written to to then. */
enum err entropy_random(struct entropy *r, void *to, size_t len, struct error *e) MUST_CHECK;

/* Forget everything; the libraries' memory is given back. */
void entropy_end(struct entropy *r);

#endif
