/* base/target.h - a disk to be written, in whole sectors.
 *
 * A concrete target starts with a struct target and casts back in its own file only; whoever made
 * it closes it.  Writes may be queued: nothing is certain before target_flush() said OK.
 */
#ifndef BASE_TARGET_H
#define BASE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/source.h"

struct target;

struct target_ops {
    /* Write count sectors from lba; target_write() has checked range and alignment. */
    enum err (*write)(struct target *t, uint64_t lba, const void *from, size_t count,
                      struct error *e);
    /* Read count sectors from lba, likewise checked. */
    enum err (*read)(struct target *t, uint64_t lba, void *to, size_t count, struct error *e);
    /* Make all that was written last through a power cut. */
    enum err (*flush)(struct target *t, struct error *e);

    /* The rest may be NULL.  Begin to write: from stays untouched until wait. */
    enum err (*submit)(struct target *t, uint64_t lba, const void *from, size_t count,
                       struct error *e);
    /* All that was submitted was written; of failures the first in the order of submitting. */
    enum err (*wait)(struct target *t, struct error *e);
    /* Something that was submitted is still under way. */
    bool (*is_busy)(struct target *t);
    /* Have count sectors read as zeros, faster than by writing them; *done is false when that cannot be
     * relied on here, and they hold anything.  Nothing is under way when it is called. */
    enum err (*zero)(struct target *t, uint64_t lba, uint64_t count, bool *done, struct error *e);
};

struct target {
    const struct target_ops *ops;
    const char *name;     /* for messages; borrowed for the target's life */
    uint64_t sectors;     /* how many */
    uint32_t sector_size; /* bytes, a power of two from 512 */
    uint32_t alignment;   /* bytes, of buffers; a power of two from 1 */
    bool zeroed;          /* every sector is known to read as zeros */
};

/* Bytes of the whole target. */
uint64_t target_size(const struct target *t);

/* Write or read count sectors.  ERR_NO_ROOM past the end of the target.  Buffers are aligned. */
enum err target_write(struct target *t, uint64_t lba, const void *from, size_t count,
                      struct error *e) MUST_CHECK;
enum err target_read(struct target *t, uint64_t lba, void *to, size_t count,
                     struct error *e) MUST_CHECK;
enum err target_flush(struct target *t, struct error *e) MUST_CHECK;

/* Begin to write count sectors, checked as by target_write(), or write them at once.  The buffer is
 * borrowed until target_wait(), which is called before anything else is asked of the target but more
 * submits. */
enum err target_submit(struct target *t, uint64_t lba, const void *from, size_t count,
                       struct error *e) MUST_CHECK;
enum err target_wait(struct target *t, struct error *e) MUST_CHECK;

/* Whether target_wait() would have to wait; it may be asked at any time. */
bool target_is_busy(struct target *t);

/* Zeros without writing them.  *done is false when the target cannot: then they have to be written. */
enum err target_zero(struct target *t, uint64_t lba, uint64_t count, bool *done,
                     struct error *e) MUST_CHECK;

/* What is on a target, at any offset: read in whole sectors through a borrowed buffer. */
struct target_source {
    struct source source;
    struct target *target;
    uint8_t *buffer; /* aligned for the target */
    size_t room;     /* bytes of it, at least a sector */
};
void target_source_init(struct target_source *s, struct target *t, uint8_t *buffer, size_t room);

/* A target that takes everything and keeps nothing: for dry runs and measurements.  Reads give
 * zeros. */
void null_target_init(struct target *t, uint64_t sectors, uint32_t sector_size);

#endif
