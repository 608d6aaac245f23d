/* A QCOW2 of any bytes: its disk as runs and at any offset must be the same, or damaged both ways. */
#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/map.h"
#include "tests/pipe.h"

#define DISK_MAX (4u << 20) /* bytes; guests of more are opened, and read at both ends */

static uint8_t memory[12 << 20];
static uint8_t as_runs[DISK_MAX + RUN_MAX];
static uint8_t at_any_offset[DISK_MAX];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED || e->code == ERR_UNSUPPORTED || e->code == ERR_TOO_BIG);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
}

static enum err open_fuzzed(struct bytes file, struct arena *a, struct memory_source *source,
                            struct map **map, struct error *e)
{
    arena_init(a, memory, sizeof(memory), "fuzzing");
    memory_source_init(source, "fuzz.qcow2", file);
    return map_open(&source->source, a, map, e);
}

static enum err read_runs(struct bytes file, uint64_t *size, struct error *e)
{
    struct memory_source source;
    struct unpack unpack;
    struct image *image;
    struct map *map;
    struct arena a;
    struct run run;

    TRY(open_fuzzed(file, &a, &source, &map, e));
    TRY(map_image_open(map, one_ring(&a), &a, &image, e));
    TRY(unpack_open(&unpack, &a, e));
    *size = image->capacity;
    if (image->capacity > DISK_MAX)
        return fail(e, ERR_TOO_BIG, "more than is tried here");
    memset(as_runs, 0, sizeof(as_runs));
    for (;;) {
        TRY(image_next(image, &run, e));
        if (!run.length)
            return OK;
        assert(run.length <= image->granule && run.offset % image->granule == 0);
        assert(run.offset < image->capacity && run.length <= image->capacity - run.offset);
        if (run.kind != RUN_ZERO)
            TRY(unpack_run(&unpack, run.kind, run.packed, as_runs + run.offset, (size_t)run.length,
                           image->granule, e));
    }
}

static enum err read_all(struct bytes file, uint64_t *size, struct error *e)
{
    struct memory_source source;
    struct source *guest;
    struct map *map;
    struct arena a;

    TRY(open_fuzzed(file, &a, &source, &map, e));
    TRY(map_source_open(map, &a, &guest, e));
    *size = guest->size;
    if (guest->size > DISK_MAX) {
        TRY(source_read(guest, 0, at_any_offset, 100000, e));
        TRY(source_read(guest, guest->size - 1000, at_any_offset, 1000, e));
        return fail(e, ERR_TOO_BIG, "more than is tried here");
    }
    for (uint64_t at = 0; at < guest->size; at += 100000)
        TRY(source_read(guest, at, at_any_offset + at, (size_t)min_u64(100000, guest->size - at),
                        e));
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error first = {.code = OK}, second = {.code = OK};
    uint64_t first_size = 0, second_size = 0;
    struct bytes file = {data, size};

    /* Other formats of disks/map.h have targets of their own. */
    if (size < 4 || memcmp(data, "QFI\xfb", 4) != 0)
        return 0;
    enum err in_runs = read_runs(file, &first_size, &first);
    enum err in_source = read_all(file, &second_size, &second);
    if (in_runs != OK)
        check_error(&first);
    if (in_source != OK)
        check_error(&second);
    assert(first_size == second_size);
    if (first_size <= DISK_MAX)
        assert((in_runs == OK) == (in_source == OK));
    if (in_runs == OK && in_source == OK)
        assert(memcmp(as_runs, at_any_offset, (size_t)first_size) == 0);
    return 0;
}
