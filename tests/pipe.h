/* tests/pipe.h - what loader/lane.c has around images and writers, for tests of those alone. */
#ifndef TESTS_PIPE_H
#define TESTS_PIPE_H

#include "disks/map.h"
#include "disks/pipeline.h"

/* A ring that keeps nothing, of which there is one per program at a time. */
static inline struct ring *one_ring(struct arena *a)
{
    static struct ring ring;
    struct error ignored;

    return ring_init(&ring, 1, MAP_PACKED_MAX + 512, a, &ignored) == OK ? &ring : NULL;
}

/* All runs of the image, by this processor alone.  ring NULL: one at a time. */
static inline enum err pipe_all(struct writer *w, struct image *image, struct ring *ring,
                                struct arena scratch, struct error *e)
{
    static struct pipeline_tools tools;
    static struct pipeline pipeline;
    static struct workers alone;
    bool done;

    workers_init(&alone, NULL, 1);
    TRY(pipeline_tools_init(&tools, &alone, 4096, &scratch, e));
    pipeline_open(&pipeline, &tools, w, image, ring);
    do
        TRY(pipeline_step(&pipeline, &done, e));
    while (!done);
    return OK;
}

#endif
