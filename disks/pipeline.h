/* disks/pipeline.h - an image onto a target: reading, unpacking and writing at the same time.
 *
 *     pipeline_open(&p, &tools, &writer, image, ring);
 *     errands_add(&p.errands, ...);     what else is to be done with the image's bytes
 *     do
 *         TRY(pipeline_step(&p, &done, e));
 *     while (!done);
 *
 * Runs are gathered in batches.  While the workers unpack one batch and do what errands there are, the one
 * before is written and the one behind is read.  What comes out, errors too, is the same whatever the number of
 * workers: a batch ends where a buffer is full, and of what fails the first in the order of the image is told.
 */
#ifndef DISKS_PIPELINE_H
#define DISKS_PIPELINE_H

#include "base/errand.h"
#include "base/ring.h"
#include "base/workers.h"
#include "disks/writer.h"

#define PIPELINE_PIECES 1024 /* of a batch: at least WRITER_BUFFER in granules of 4 KiB */

#define PIPELINE_BATCHES 3 /* one is worked on, the one before written, the next one gathered */

struct batch {
    struct piece *pieces;
    size_t count;
    struct room room;
};

/* What all images use that follow one another; only what depends on the image is taken anew. */
struct pipeline_tools {
    struct workers *workers; /* borrowed */
    struct unpack *unpacks;  /* one for each of them */
    struct batch batches[PIPELINE_BATCHES];
};

struct pipeline {
    struct pipeline_tools *tools;
    struct writer *writer;
    struct image *image;
    struct ring *
        ring; /* that the image's runs lie in; NULL: a run is good until the next one is asked for */
    struct errands errands;

    bool started;
    size_t current;   /* number of the batch that was gathered, or is under way */
    struct run next;  /* was read, and belongs to the next batch; length 0: none */
    bool ended;       /* there are no more runs ... */
    enum err failure; /* ... because of this */
    struct error why;
    uint64_t reached;   /* bytes of the disk: the last run that was gathered, for progress */
    size_t errand_jobs; /* of the batch under way; the others unpack ... */
    size_t each;        /* ... so many pieces */
};

/* Memory for the workers of a pool; alignment is that of the targets. */
enum err pipeline_tools_init(struct pipeline_tools *t, struct workers *workers, size_t alignment,
                             struct arena *a, struct error *e) MUST_CHECK;

/* Everything is borrowed.  The writer is open. */
void pipeline_open(struct pipeline *p, struct pipeline_tools *t, struct writer *w,
                   struct image *image, struct ring *ring);

/* One batch further.  When *done, all was written, but for what the writer does at its end. */
enum err pipeline_step(struct pipeline *p, bool *done, struct error *e) MUST_CHECK;

#endif
