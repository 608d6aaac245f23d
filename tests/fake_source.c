#include "tests/fake_source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum err fake_read(struct source *source, uint64_t offset, void *to, size_t len,
                          struct error *e)
{
    struct fake_source *s = (struct fake_source *)source;

    s->reads++;
    if (s->fail_at && (s->once ? s->reads == s->fail_at : s->reads >= s->fail_at))
        return fail(e, ERR_IO, "%s: cannot read byte %llu", source->name,
                    (unsigned long long)offset);
    memcpy(to, s->at + offset, len);
    return OK;
}

void fake_source_init(struct fake_source *s, const char *name, struct bytes bytes)
{
    static const struct source_ops ops = {.read = fake_read};

    *s =
        (struct fake_source){{.ops = &ops, .name = name, .size = bytes.len}, bytes.at, 0, 0, false};
}

static enum err fake_fill(struct stream *stream, size_t want, struct error *e)
{
    struct fake_stream *s = (struct fake_stream *)stream;
    size_t have = stream->window.len;
    size_t len = want > s->step ? want : s->step;

    (void)e;
    if (len > have + s->rest.len)
        len = have + s->rest.len;
    if (len < have)
        len = have;
    uint8_t *shown = malloc(len ? len : 1);
    assert(shown);
    if (have)
        memcpy(shown, stream->window.at, have);
    if (len > have)
        memcpy(shown + have, take(&s->rest, len - have), len - have);
    free(s->shown);
    s->shown = shown;
    stream->window = (struct bytes){shown, len};
    return OK;
}

void fake_stream_init(struct fake_stream *s, const char *name, struct bytes bytes, size_t step)
{
    static const struct stream_ops ops = {fake_fill};

    *s = (struct fake_stream){.stream = {.ops = &ops, .name = name}, .rest = bytes, .step = step};
}

void fake_stream_release(struct fake_stream *s)
{
    free(s->shown);
}
