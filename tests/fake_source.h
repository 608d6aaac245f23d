/* tests/fake_source.h - bytes in memory: a source that fails at read n, a stream in small steps. */
#ifndef TESTS_FAKE_SOURCE_H
#define TESTS_FAKE_SOURCE_H

#include "base/source.h"
#include "base/stream.h"

struct fake_source {
    struct source source;
    const uint8_t *at;
    size_t reads;   /* so far */
    size_t fail_at; /* which of them fails, and all after it; 0: none */
    bool once;      /* only that one fails */
};
void fake_source_init(struct fake_source *s, const char *name, struct bytes bytes);

/* Shows no more than it must, or step bytes if that is more; what an earlier peek showed is freed,
 * so that a sanitizer sees who still looks at it.  Release it. */
struct fake_stream {
    struct stream stream;
    struct bytes rest; /* not shown yet */
    size_t step;
    uint8_t *shown;
};
void fake_stream_init(struct fake_stream *s, const char *name, struct bytes bytes, size_t step);
void fake_stream_release(struct fake_stream *s);

#endif
