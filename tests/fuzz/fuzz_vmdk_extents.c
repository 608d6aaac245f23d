/* A VMDK with tables of any bytes, as one file or as three that are joined: read in order and at any offset, to the
 * same end. */
#include <assert.h>
#include <string.h>

#include "disks/vmdk_extents.h"
#include "tests/fuzz/both_ways.h"
#include "tests/pipe.h"

static uint8_t memory[8 << 20];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED || e->code == ERR_UNSUPPORTED || e->code == ERR_TOO_BIG);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
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
    TRY(map_image_open(map, one_ring(&a), &a, image, e));
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
        if (read_ends(guest, &first) != OK)
            check_error(&first);
        return;
    }
    enum err one = put_runs(image, &first), other = read_all(guest, &second);
    assert((one == OK) == (other == OK));
    if (one == OK)
        assert(are_the_same(guest->size));
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
