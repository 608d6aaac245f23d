/* tests/fuzz/both_ways.h - the disk of a map, read as runs and at any offset, for fuzz targets: both must come to
 * the same end.  Included by one file of a program. */
#ifndef TESTS_FUZZ_BOTH_WAYS_H
#define TESTS_FUZZ_BOTH_WAYS_H

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/map.h"

#define DISK_MAX (4u << 20) /* bytes; of larger disks only the ends are read */

static uint8_t in_order[DISK_MAX];
static uint8_t at_any_offset[DISK_MAX];

static enum err put_runs(struct image *image, struct error *e)
{
    uint64_t next = 0;
    struct run run;

    memset(in_order, 0, (size_t)image->capacity);
    do {
        TRY(image_next(image, &run, e));
        assert(run.offset >= next && run.offset <= image->capacity);
        assert(run.length <= image->granule && run.length <= image->capacity - run.offset);
        assert(run.kind == RUN_ZERO || (run.kind == RUN_STORED && run.packed.len == run.length));
        if (run.kind == RUN_STORED)
            memcpy(in_order + run.offset, run.packed.at, (size_t)run.length);
        next = run.offset + run.length;
    } while (run.length);
    return OK;
}

static enum err read_all(struct source *guest, struct error *e)
{
    for (uint64_t at = 0; at < guest->size; at += 100000)
        TRY(source_read(guest, at, at_any_offset + at, (size_t)min_u64(100000, guest->size - at),
                        e));
    return OK;
}

/* Of a disk of more than DISK_MAX bytes. */
static enum err read_ends(struct source *guest, struct error *e)
{
    TRY(source_read(guest, 0, at_any_offset, 1000, e));
    return source_read(guest, guest->size - 1000, at_any_offset, 1000, e);
}

static bool are_the_same(uint64_t size)
{
    return memcmp(in_order, at_any_offset, (size_t)size) == 0;
}

#endif
