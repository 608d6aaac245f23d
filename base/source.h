/* base/source.h - bytes at any offset: a file, a member of an archive, a guest disk.
 *
 * A concrete source starts with a struct source and casts back in its own file only.  Whoever
 * made it closes it.
 */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/ring.h"

struct source;

struct source_ops {
    /* Read exactly len bytes at offset; source_read() has checked the range. */
    enum err (*read)(struct source *s, uint64_t offset, void *to, size_t len, struct error *e);
    /* NULL, or: show them where they lie in a ring of the source's own; at is NULL when they cannot be. */
    enum err (*view)(struct source *s, uint64_t offset, size_t len, struct bytes *out,
                     struct error *e);
};

struct source {
    const struct source_ops *ops;
    const char *name; /* for messages; borrowed for the source's life */
    uint64_t size;    /* bytes */

    /* Of files that were joined (base/joined_source.h): where the second, the third ... begins, in
     * bytes; borrowed. */
    const uint64_t *seams;
    size_t seam_count;
};

/* Read exactly len bytes.  ERR_DAMAGED when they reach past the end: whatever said that there
 * would be bytes was wrong. */
enum err source_read(struct source *s, uint64_t offset, void *to, size_t len,
                     struct error *e) MUST_CHECK;

/* The same where they lie, or read into room of the ring, at least len bytes large: good for as long as what
 * is in a ring (base/ring.h). */
enum err source_view(struct source *s, uint64_t offset, size_t len, struct ring *ring,
                     struct bytes *out, struct error *e) MUST_CHECK;

/* Bytes in memory, borrowed. */
struct memory_source {
    struct source source;
    const uint8_t *at;
};
void memory_source_init(struct memory_source *s, const char *name, struct bytes bytes);

/* size bytes of inner from offset, which is borrowed.  ERR_DAMAGED when inner is shorter. */
struct slice_source {
    struct source source;
    struct source *inner;
    uint64_t offset;
};
enum err slice_source_init(struct slice_source *s, const char *name, struct source *inner,
                           uint64_t offset, uint64_t size, struct error *e) MUST_CHECK;

#endif
