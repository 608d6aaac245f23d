/* Hashing what passes, file by file, and comparing each with the manifest when it ends. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "loader/parts.h"

static const struct disk_file *current(const struct proving *p, const struct proving_state *s)
{
    return &p->parts->at[s->part];
}

static enum digest_kind kind_of(const struct disk_file *part, size_t i)
{
    return part->expected.count ? part->expected.kinds[i] : DIGEST_SHA256;
}

static void start_part(const struct disk_file *part, struct proving_state *s)
{
    s->left = part->size;
    s->count = part->expected.count ? part->expected.count : 1;
    for (size_t i = 0; i < s->count; i++)
        digest_start(&s->digests[i], kind_of(part, i));
}

static enum err finish_part(const struct disk_file *part, struct proving_state *s, struct error *e)
{
    uint8_t digest[DIGEST_MAX];

    for (size_t i = 0; i < s->count; i++) {
        digest_finish(&s->digests[i], digest);
        if (!i)
            memcpy(s->first, digest, sizeof(digest));
        if (part->expected.count)
            TRY(verify_digest(&part->expected, i, digest, e));
    }
    digest_add(&s->all, (struct bytes){s->first, digest_size(kind_of(part, 0))});
    return OK;
}

/* Parts that have ended, and those that are empty; the last one stays open for proving_finish(). */
static enum err next_parts(const struct proving *p, struct proving_state *s, struct error *e)
{
    while (!s->left && s->part + 1 < p->parts->count) {
        TRY(finish_part(current(p, s), s, e));
        s->part++;
        start_part(current(p, s), s);
    }
    return OK;
}

static enum err hash_span(const struct proving *p, struct proving_state *s, struct bytes bytes,
                          struct error *e)
{
    while (bytes.len) {
        TRY(next_parts(p, s, e));
        if (!s->left)
            return fail(e, ERR_IO, "%s: has more bytes than it had", p->parts->source->name);
        size_t n = (size_t)min_u64(bytes.len, s->left);
        for (size_t i = 0; i < s->count; i++)
            digest_add(&s->digests[i], (struct bytes){bytes.at, n});
        s->left -= n;
        (void)take(&bytes, n);
    }
    return OK;
}

static enum err hash(const struct proving *p, struct proving_state *s, const struct spans *spans,
                     struct error *e)
{
    for (size_t i = 0; i < spans->count; i++)
        TRY(hash_span(p, s, spans->at[i], e));
    return OK;
}

/* ---- The errand ------------------------------------------------------------------------------ */

static size_t errand_take(struct errand *x)
{
    struct proving *p = x->of;

    p->taken = p->waiting;
    p->waiting.count = 0;
    p->why.code = OK;
    return p->taken.count ? 1 : 0;
}

/* From state into next: it may be begun again. */
static void errand_work(struct errand *x, size_t job)
{
    struct proving *p = x->of;

    (void)job;
    p->next = p->state;
    (void)!hash(p, &p->next, &p->taken, &p->why);
}

static enum err errand_judge(struct errand *x, struct error *e)
{
    struct proving *p = x->of;

    if (!p->taken.count)
        return OK;
    p->taken.count = 0;
    if (p->why.code == OK)
        p->state = p->next;
    else
        *e = p->why;
    return p->why.code;
}

/* ---- The stream ------------------------------------------------------------------------------ */

/* What was shown and not hashed is about to go. */
static enum err catch_up(struct proving *p, struct error *e)
{
    struct spans spans = p->waiting;

    if (!spans.count)
        return OK;
    if (p->workers)
        TRY(workers_finish(p->workers, e));
    TRY(errand_judge(&p->errand, e));
    p->waiting.count = 0;
    return hash(p, &p->state, &spans, e);
}

static void add_span(struct spans *s, struct bytes bytes)
{
    struct bytes *last = s->count ? &s->at[s->count - 1] : NULL;

    if (last && last->at + last->len == bytes.at)
        last->len += bytes.len;
    else if (bytes.len)
        s->at[s->count++] = bytes;
}

static enum err proving_fill(struct stream *stream, size_t want, struct error *e)
{
    struct proving *p = (struct proving *)stream;
    struct bytes view;

    if (!p->ring->keep || p->waiting.count == PROVING_SPANS)
        TRY(catch_up(p, e));
    /* What our reader stepped over, the inner stream now steps over; what it left is known. */
    size_t kept = stream->window.len;
    stream_step(p->inner, p->shown - kept);
    TRY(stream_peek_upto(p->inner, want, &view, e));
    add_span(&p->waiting, (struct bytes){view.at + kept, view.len - kept});
    p->shown = view.len;
    stream->window = view;
    return OK;
}

struct stream *proving_start(struct proving *p, const struct parts *parts, struct stream *inner,
                             const struct ring *ring, struct workers *workers)
{
    static const struct stream_ops ops = {proving_fill};
    static const struct errand_ops errand_ops = {errand_take, errand_work, errand_judge};

    *p = (struct proving){.stream = {&ops, parts->source->name, {0}, inner ? inner->offset : 0},
                          .inner = inner,
                          .ring = ring,
                          .workers = workers,
                          .parts = parts,
                          .errand = {&errand_ops, p}};
    digest_start(&p->state.all, DIGEST_SHA256);
    start_part(current(p, &p->state), &p->state);
    return &p->stream;
}

void proving_add(struct proving *p, struct bytes bytes)
{
    assert(!p->waiting.count);
    add_span(&p->waiting, bytes);
}

enum err proving_finish(struct proving *p, struct error *e)
{
    TRY(catch_up(p, e));
    TRY(next_parts(p, &p->state, e));
    assert(!p->state.left && p->state.part + 1 == p->parts->count);
    return finish_part(current(p, &p->state), &p->state, e);
}

void proving_digest(struct proving *p, enum digest_kind *kind, uint8_t out[DIGEST_MAX])
{
    *kind = DIGEST_SHA256;
    if (p->parts->count > 1) {
        digest_finish(&p->state.all, out);
        return;
    }
    *kind = kind_of(current(p, &p->state), 0);
    memcpy(out, p->state.first, DIGEST_MAX);
}
