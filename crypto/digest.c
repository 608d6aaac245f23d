#include "crypto/digest.h"

#include <string.h>

#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

#include "base/arena.h"
#include "base/stream.h"

union contexts {
    mbedtls_sha1_context sha1;
    mbedtls_sha256_context sha256;
    mbedtls_sha512_context sha512;
};

_Static_assert(sizeof(union contexts) <= sizeof(((struct digest *)0)->state), "state too small");

/* The functions of mbedTLS below fail only where a hardware accelerator does; there is none. */
static union contexts *contexts(struct digest *d)
{
    return (union contexts *)d->state;
}

void digest_start(struct digest *d, enum digest_kind kind)
{
    d->kind = kind;
    switch (kind) {
    case DIGEST_SHA1:
        mbedtls_sha1_init(&contexts(d)->sha1);
        (void)!mbedtls_sha1_starts(&contexts(d)->sha1);
        break;
    case DIGEST_SHA256:
        mbedtls_sha256_init(&contexts(d)->sha256);
        (void)!mbedtls_sha256_starts(&contexts(d)->sha256, 0);
        break;
    case DIGEST_SHA384:
    case DIGEST_SHA512:
        mbedtls_sha512_init(&contexts(d)->sha512);
        (void)!mbedtls_sha512_starts(&contexts(d)->sha512, kind == DIGEST_SHA384);
        break;
    }
}

void digest_add(struct digest *d, struct bytes bytes)
{
    switch (d->kind) {
    case DIGEST_SHA1:
        (void)!mbedtls_sha1_update(&contexts(d)->sha1, bytes.at, bytes.len);
        break;
    case DIGEST_SHA256:
        (void)!mbedtls_sha256_update(&contexts(d)->sha256, bytes.at, bytes.len);
        break;
    case DIGEST_SHA384:
    case DIGEST_SHA512:
        (void)!mbedtls_sha512_update(&contexts(d)->sha512, bytes.at, bytes.len);
        break;
    }
}

void digest_finish(struct digest *d, uint8_t out[DIGEST_MAX])
{
    memset(out, 0, DIGEST_MAX);
    switch (d->kind) {
    case DIGEST_SHA1:
        (void)!mbedtls_sha1_finish(&contexts(d)->sha1, out);
        break;
    case DIGEST_SHA256:
        (void)!mbedtls_sha256_finish(&contexts(d)->sha256, out);
        break;
    case DIGEST_SHA384:
    case DIGEST_SHA512:
        (void)!mbedtls_sha512_finish(&contexts(d)->sha512, out);
        break;
    }
}

enum err digest_source(struct source *s, enum digest_kind kind, struct arena scratch,
                       uint8_t out[DIGEST_MAX], struct error *e)
{
    struct source_stream stream;
    struct digest d;
    struct bytes view;

    TRY(source_stream_init(&stream, s, READ_MAX, &scratch, e));
    digest_start(&d, kind);
    do {
        TRY(stream_peek_upto(&stream.stream, 1, &view, e));
        digest_add(&d, view);
        stream_step(&stream.stream, view.len);
    } while (view.len);
    digest_finish(&d, out);
    return OK;
}

const char *digest_hex(enum digest_kind kind, const uint8_t *digest, char out[2 * DIGEST_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = digest_size(kind);

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}
