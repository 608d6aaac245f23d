/* disks/image.h - a guest disk as runs of data, in the order in which the image file holds them.
 *
 *     TRY(image_open(stream, &scratch, &image, e));
 *     do {
 *         TRY(image_next(image, &run, e));
 *         ... run.packed is valid until the next image_next() ...
 *     } while (run.length);
 *
 * Runs never overlap one another and stay inside the disk; what no run covers reads as zeros.
 * Image readers never decompress: a run says how its bytes are packed, and disks/writer.c
 * unpacks them where they belong.
 */
#ifndef DISKS_IMAGE_H
#define DISKS_IMAGE_H

#include "base/arena.h"
#include "base/source.h"
#include "base/stream.h"

enum run_kind {
    RUN_ZERO,   /* zeros; packed is empty */
    RUN_STORED, /* packed holds the bytes as they are */
    RUN_ZLIB,   /* packed holds one zlib stream (RFC 1950) of exactly length bytes, or of more at
                 * the end of the disk, where what goes past it is dropped */
};

struct run {
    uint64_t offset; /* bytes from the start of the guest disk, a multiple of the granule */
    uint64_t length; /* bytes, at most RUN_MAX; 0: no more runs */
    enum run_kind kind;
    struct bytes packed; /* as it lies in the image */
    uint64_t at;         /* byte of the image file where packed begins, for messages */
};

#define RUN_MAX (1u << 20) /* bytes a run unpacks to; the largest grain, docs/limits.md */

struct image;

struct image_ops {
    enum err (*next)(struct image *image, struct run *run, struct error *e);
};

struct image {
    const struct image_ops *ops;
    const char *name;   /* for messages; borrowed */
    const char *format; /* for people: "streamOptimized VMDK" */
    uint64_t capacity;  /* bytes of the guest disk */
    uint32_t granule;   /* bytes, a power of two from 512: runs begin at multiples of it, and end
                         * there or at the end of the disk */
};

/* Find the format by the first bytes of the stream and open it.  All memory that image_next()
 * will need is taken here.  ERR_UNSUPPORTED, by name, for formats that are known and not read. */
enum err image_open(struct stream *stream, struct arena *a, struct image **out,
                    struct error *e) MUST_CHECK;

/* The next run; its length is 0 at the end of the image. */
enum err image_next(struct image *image, struct run *run, struct error *e) MUST_CHECK;

/* The guest disk as a source, to look into it before anything is written: file is the image.
 * ERR_UNSUPPORTED when the image can only be read in order.  The source and its buffers live in
 * the arena. */
enum err image_source_open(struct source *file, struct arena *a, struct source **out,
                           struct error *e) MUST_CHECK;

#endif
