/* A VMDK with tables of any bytes, as one file or as three that are joined: read in order and at any offset, to the
 * same end. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/vmdk_extents.h"

#define DISK_MAX (4u << 20) /* bytes; of larger disks only the ends are read */

static uint8_t memory[8 << 20];
static uint8_t in_order[DISK_MAX];
static uint8_t at_any_offset[DISK_MAX];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED || e->code == ERR_UNSUPPORTED || e->code == ERR_TOO_BIG);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
}

static enum err put_runs(struct image *image, struct error *e)
{
    uint64_t next = 0;
    struct run run;

    memset(in_order, 0, (size_t)image->capacity);
    do {
        TRY(image_next(image, &run, e));
        assert(run.offset >= next && run.offset <= image->capacity);
        assert(run.length <= RUN_MAX && run.length <= image->capacity - run.offset);
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

static enum err open_both(struct source *source, struct image **image, struct source **guest,
                          struct error *e)
{
    struct arena a;
    struct map *map;
    bool yes;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    TRY(vmdk_extents_knows(source, &yes, e));
    if (!yes)
        return fail(e, ERR_UNSUPPORTED, "something else");
    TRY(vmdk_extents_open(source, &a, &map, e));
    TRY(map_image_open(map, &a, image, e));
    return map_source_open(map, &a, guest, e);
}

static void try_it(struct source *source)
{
    struct error first = {0}, second = {0};
    struct source *guest;
    struct image *image;

    if (open_both(source, &image, &guest, &first) != OK) {
        check_error(&first);
        return;
    }
    assert(image->capacity == guest->size);
    if (guest->size > DISK_MAX) {
        if (source_read(guest, guest->size - 512, at_any_offset, 512, &first) != OK)
            check_error(&first);
        return;
    }
    enum err one = put_runs(image, &first), other = read_all(guest, &second);
    assert((one == OK) == (other == OK));
    if (one == OK)
        assert(memcmp(in_order, at_any_offset, (size_t)guest->size) == 0);
    else
        check_error(&first), check_error(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_source source;
    uint64_t seams[2] = {size / 4, size / 2};

    memory_source_init(&source, "fuzz.vmdk", (struct bytes){data, size});
    try_it(&source.source);
    source.source.seams = seams;
    source.source.seam_count = 2;
    try_it(&source.source);
    return 0;
}
