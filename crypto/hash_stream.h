/* crypto/hash_stream.h - a stream that hashes what passes through it.
 *
 * It shows the inner stream's window, so nothing is copied, and every byte is hashed exactly once,
 * when it arrives in the window: the digest covers what the reader behind it saw.  Several digests
 * can be made at once, since a manifest may list a file under more than one.
 */
#ifndef CRYPTO_HASH_STREAM_H
#define CRYPTO_HASH_STREAM_H

#include "base/stream.h"
#include "crypto/digest.h"

#define HASH_STREAM_MAX 4 /* one for each digest_kind */

struct hash_stream {
    struct stream stream;
    struct stream *inner; /* borrowed */
    struct digest digest[HASH_STREAM_MAX];
    size_t count;
    size_t shown; /* bytes of the inner window that were hashed and shown */
};

/* kinds must not repeat. */
void hash_stream_init(struct hash_stream *h, struct stream *inner, const enum digest_kind *kinds,
                      size_t count);

#endif
