/* disks/image.h - a guest disk as runs of data, in the order in which the image file holds them.
 *
 *     TRY(image_open(stream, size, &scratch, &image, e));
 *     do {
 *         TRY(image_next(image, &run, e));
 *         ... run.packed is valid until the next image_next(), or longer in a ring (base/ring.h) ...
 *     } while (run.length);
 *
 * A run is one granule of the disk, cut short only by the end of the disk; what no run covers
 * reads as zeros.  A damaged image may give the same granule twice: disks/writer.c notices.
 * Image readers never decompress: a run says how its bytes are packed, and disks/writer.c
 * unpacks them where they belong.
 */
#ifndef DISKS_IMAGE_H
#define DISKS_IMAGE_H

#include "base/arena.h"
#include "base/ring.h"
#include "base/source.h"
#include "base/stream.h"

enum run_kind {
    RUN_ZERO,   /* zeros; packed is empty */
    RUN_STORED, /* packed holds the bytes as they are */
    RUN_ZLIB,   /* packed holds one zlib stream (RFC 1950) of exactly length bytes, or, when the end
                 * of the disk cuts the run short, of up to a granule: what goes past is dropped */
    RUN_DEFLATE, /* likewise one deflate stream (RFC 1951) */
    RUN_ZSTD,    /* likewise one zstd frame (RFC 8878) */
};

struct run {
    uint64_t offset; /* bytes from the start of the guest disk, a multiple of the granule */
    uint64_t length; /* bytes: the granule, less at the end of the disk; 0: no more runs */
    enum run_kind kind;
    struct bytes packed; /* as it lies in the image */
    uint64_t at;         /* byte of the image file where the run begins, for messages */
};

#define GRANULE_MIN 4096u      /* bytes; no sector of a disk is larger, docs/limits.md */
#define RUN_MAX     (1u << 20) /* bytes; the largest granule, docs/limits.md */

struct image;

struct image_ops {
    enum err (*next)(struct image *image, struct run *run, struct error *e);
};

struct image {
    const struct image_ops *ops;
    const char *name;     /* for messages; borrowed */
    const char *format;   /* for people: "streamOptimized VMDK" */
    const char *unit;     /* what the format calls a granule, for messages: "grain" */
    uint64_t capacity;    /* bytes of the guest disk */
    uint32_t granule;     /* bytes, a power of two from GRANULE_MIN to RUN_MAX */
    uint32_t sector_size; /* bytes; what the image says that the guest reads in; mostly 512 */
};

/* For images that are read in order; those of disks/map.h are not.
 *
 * Find the format by the first bytes of the stream and open it.  size is the stream's length in
 * bytes where that is known, else 0; only a raw disk needs it.  All memory that image_next() will
 * need is taken here.  A disk without a known format is taken for raw when it begins with a boot
 * sector (0x55 0xAA at byte 510), so that a web page saved under a disk's name is not.
 * ERR_UNSUPPORTED, by name, for formats that are known and not read. */
enum err image_open(struct stream *stream, uint64_t size, struct arena *a, struct image **out,
                    struct error *e) MUST_CHECK;

/* The next run; its length is 0 at the end of the image. */
enum err image_next(struct image *image, struct run *run, struct error *e) MUST_CHECK;

/* A disk that can be read at any offset as an image: runs in the order of the disk.  format is for people;
 * disk is borrowed, and a ring whose buffers have room for a run. */
enum err source_image_open(struct source *disk, const char *format, uint32_t sector_size,
                           struct ring *ring, struct arena *a, struct image **out,
                           struct error *e) MUST_CHECK;

/* The guest disk as a source, to look into it before anything is written: file is the image.
 * ERR_UNSUPPORTED when the image can only be read in order.  The source and its buffers live in
 * the arena; file is borrowed for as long. */
enum err image_source_open(struct source *file, struct arena *a, struct source **out,
                           struct error *e) MUST_CHECK;

/* The same for a disk that need not be started from: what has no format that is known is a raw disk,
 * with a boot sector or not. */
enum err image_data_source_open(struct source *file, struct arena *a, struct source **out,
                                struct error *e) MUST_CHECK;

#endif
