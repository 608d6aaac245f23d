#include "tests/build/qcow2_rig.h"

#include <string.h>

#include "base/checked.h"
#include "disks/map.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

static uint8_t memory[10 << 20];
uint8_t qcow2_disk[6 << 20], qcow2_read_back[6 << 20];
struct error qcow2_error;

struct arena qcow2_memory(void)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    return a;
}

struct bytes qcow2_whole(const struct qcow2_build *b)
{
    return (struct bytes){b->at, b->len};
}

enum err qcow2_read(struct bytes file, size_t step)
{
    struct arena a = qcow2_memory();
    struct fake_source source;
    struct source *guest;

    fake_source_init(&source, "disk.qcow2", file);
    TRY(image_source_open(&source.source, &a, &guest, &qcow2_error));
    if (guest->size > sizeof(qcow2_read_back))
        return fail(&qcow2_error, ERR_TOO_BIG, "more than is tried here");
    memset(qcow2_read_back, 0xee, sizeof(qcow2_read_back));
    for (uint64_t at = 0; at < guest->size; at += step)
        TRY(source_read(guest, at, qcow2_read_back + at, (size_t)min_u64(step, guest->size - at),
                        &qcow2_error));
    return OK;
}

enum err qcow2_read_runs(struct bytes file, size_t *packed_runs)
{
    struct arena a = qcow2_memory();
    struct fake_source source;
    struct unpack unpack;
    struct image *image;
    struct map *map;
    struct run run;
    uint64_t end = 0;

    *packed_runs = 0;
    memset(qcow2_read_back, 0, sizeof(qcow2_read_back));
    fake_source_init(&source, "disk.qcow2", file);
    TRY(map_open(&source.source, &a, &map, &qcow2_error));
    TRY(map_image_open(map, one_ring(&a), &a, &image, &qcow2_error));
    TRY(unpack_open(&unpack, &a, &qcow2_error));
    for (;;) {
        TRY(image_next(image, &run, &qcow2_error));
        if (!run.length)
            return OK;
        CHECK(run.offset >= end && run.offset % image->granule == 0);
        end = run.offset + run.length;
        CHECK(end <= image->capacity);
        *packed_runs += run.kind == RUN_DEFLATE;
        if (run.kind != RUN_ZERO)
            TRY(unpack_run(&unpack, run.kind, run.packed, qcow2_read_back + run.offset,
                           (size_t)run.length, image->granule, &qcow2_error));
    }
}

size_t qcow2_check_same(const struct qcow2_build *b)
{
    static const size_t steps[] = {512, 50000, 1 << 20};
    size_t packed_runs = 0, size = (size_t)b->options.capacity;

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        CHECK(qcow2_read(qcow2_whole(b), steps[i]) == OK);
        CHECK(memcmp(qcow2_disk, qcow2_read_back, size) == 0);
    }
    CHECK_TEXT(qcow2_read_runs(qcow2_whole(b), &packed_runs) == OK ? "" : qcow2_error.text, "");
    CHECK(memcmp(qcow2_disk, qcow2_read_back, size) == 0);
    return packed_runs;
}

void qcow2_begin(struct qcow2_build *b, struct qcow2_options options)
{
    memset(qcow2_disk, 0, sizeof(qcow2_disk));
    qcow2_build_begin(b, options);
}

static size_t length_of(const struct qcow2_build *b, uint64_t cluster)
{
    return (size_t)min_u64(b->cluster, b->options.capacity - cluster * b->cluster);
}

void qcow2_put_data(struct qcow2_build *b, uint64_t cluster)
{
    uint8_t *at = qcow2_disk + cluster * b->cluster;

    fill_noise(at, length_of(b, cluster), (uint32_t)cluster + 1);
    qcow2_build_data(b, cluster, at, length_of(b, cluster));
}

void qcow2_put_packed(struct qcow2_build *b, uint64_t cluster)
{
    uint8_t *at = qcow2_disk + cluster * b->cluster;
    size_t len = length_of(b, cluster);

    memset(at, (int)cluster + 7, len);
    fill_noise(at, len / 9, (uint32_t)cluster + 1);
    qcow2_build_packed(b, cluster, at, len);
}

void qcow2_put_all_kinds(struct qcow2_build *b)
{
    uint64_t last = (b->options.capacity - 1) / b->cluster;

    qcow2_put_data(b, 0);
    qcow2_put_data(b, 1);
    qcow2_put_packed(b, 2);
    qcow2_put_packed(b, 3);
    qcow2_put_data(b, 6);
    qcow2_put_data(b, 5);
    qcow2_put_data(b, 7);
    qcow2_put_packed(b, last - 1);
    qcow2_put_data(b, last);
}
