/* Hashing what passes, file by file, and comparing each with the manifest when it ends. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "loader/parts.h"

static const struct disk_file *current(const struct proving *p)
{
    return &p->parts->at[p->part];
}

static enum digest_kind kind_of(const struct disk_file *part, size_t i)
{
    return part->expected.count ? part->expected.kinds[i] : DIGEST_SHA256;
}

static void start_part(struct proving *p)
{
    p->left = current(p)->size;
    p->count = current(p)->expected.count ? current(p)->expected.count : 1;
    for (size_t i = 0; i < p->count; i++)
        digest_start(&p->digests[i], kind_of(current(p), i));
}

static enum err finish_part(struct proving *p, struct error *e)
{
    const struct disk_file *part = current(p);
    uint8_t digest[DIGEST_MAX];

    for (size_t i = 0; i < p->count; i++) {
        digest_finish(&p->digests[i], digest);
        if (!i)
            memcpy(p->first, digest, sizeof(digest));
        if (part->expected.count)
            TRY(verify_digest(&part->expected, i, digest, e));
    }
    digest_add(&p->all, (struct bytes){p->first, digest_size(kind_of(part, 0))});
    return OK;
}

/* Parts that have ended, and those that are empty; the last one stays open for proving_finish(). */
static enum err next_parts(struct proving *p, struct error *e)
{
    while (!p->left && p->part + 1 < p->parts->count) {
        TRY(finish_part(p, e));
        p->part++;
        start_part(p);
    }
    return OK;
}

static enum err hash(struct proving *p, struct bytes bytes, struct error *e)
{
    while (bytes.len) {
        TRY(next_parts(p, e));
        if (!p->left)
            return fail(e, ERR_IO, "%s: has more bytes than it had", p->stream.name);
        size_t n = (size_t)min_u64(bytes.len, p->left);
        for (size_t i = 0; i < p->count; i++)
            digest_add(&p->digests[i], (struct bytes){bytes.at, n});
        p->left -= n;
        (void)take(&bytes, n);
    }
    return OK;
}

static enum err proving_fill(struct stream *stream, size_t want, struct error *e)
{
    struct proving *p = (struct proving *)stream;
    struct bytes view;

    /* What our reader stepped over, the inner stream now steps over; what it left is known. */
    size_t kept = stream->window.len;
    stream_step(p->inner, p->shown - kept);
    TRY(stream_peek_upto(p->inner, want, &view, e));
    TRY(hash(p, (struct bytes){view.at + kept, view.len - kept}, e));
    p->shown = view.len;
    stream->window = view;
    return OK;
}

struct stream *proving_start(struct proving *p, const struct parts *parts, struct stream *inner)
{
    static const struct stream_ops ops = {proving_fill};

    *p = (struct proving){
        .stream = {&ops, inner->name, {0}, inner->offset}, .inner = inner, .parts = parts};
    digest_start(&p->all, DIGEST_SHA256);
    start_part(p);
    return &p->stream;
}

enum err proving_finish(struct proving *p, struct error *e)
{
    TRY(next_parts(p, e));
    assert(!p->left && p->part + 1 == p->parts->count);
    return finish_part(p, e);
}

void proving_digest(struct proving *p, enum digest_kind *kind, uint8_t out[DIGEST_MAX])
{
    *kind = DIGEST_SHA256;
    if (p->parts->count > 1) {
        digest_finish(&p->all, out);
        return;
    }
    *kind = kind_of(current(p), 0);
    memcpy(out, p->first, DIGEST_MAX);
}
