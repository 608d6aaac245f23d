#include "crypto/hash_stream.h"

#include <assert.h>

static enum err hash_fill(struct stream *stream, size_t want, struct error *e)
{
    struct hash_stream *h = (struct hash_stream *)stream;
    struct bytes view;

    /* What our reader stepped over, the inner stream now steps over; what it left is known. */
    size_t kept = stream->window.len;
    stream_step(h->inner, h->shown - kept);

    TRY(stream_peek_upto(h->inner, want, &view, e));
    for (size_t i = 0; i < h->count; i++)
        digest_add(&h->digest[i], (struct bytes){view.at + kept, view.len - kept});
    h->shown = view.len;
    stream->window = view;
    return OK;
}

void hash_stream_init(struct hash_stream *h, struct stream *inner, const enum digest_kind *kinds,
                      size_t count)
{
    static const struct stream_ops ops = {hash_fill};

    assert(count <= HASH_STREAM_MAX);
    h->stream = (struct stream){&ops, inner->name, {0}, inner->offset};
    h->inner = inner;
    h->count = count;
    h->shown = 0;
    for (size_t i = 0; i < count; i++)
        digest_start(&h->digest[i], kinds[i]);
}
