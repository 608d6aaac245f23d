/* disks/map_source.c and disks/map_image.c, over a map that tests make up. */
#include "disks/map.h"

#include <string.h>

#include "base/checked.h"
#include "disks/inflate.h"
#include "tests/build/zlib_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

#define SIZE (12u << 20)

static uint8_t memory[8 << 20];
static uint8_t file[SIZE];
static uint8_t disk[SIZE];
static uint8_t read_back[SIZE];
static struct error error;

struct made_up {
    struct map map;
    struct fake_source file;
    struct arena arena;
    struct extent extents[64]; /* one for each granule; the last for all that follow */
};

static enum err find(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    (void)e;
    *out = ((struct made_up *)m)->extents[min_u64(number, 63)];
    return OK;
}

static void begin(struct made_up *m, uint32_t granule, uint64_t capacity)
{
    static const struct map_ops ops = {find};

    *m = (struct made_up){.map = {.ops = &ops,
                                  .file = &m->file.source,
                                  .format = "made up",
                                  .unit = "piece",
                                  .capacity = capacity,
                                  .granule = granule,
                                  .sector_size = 512}};
    fake_source_init(&m->file, "disk.map", (struct bytes){file, sizeof(file)});
    arena_init(&m->arena, memory, sizeof(memory), "tests");
    memset(disk, 0, sizeof(disk));
    fill_noise(file, sizeof(file), 3);
}

/* Granule number is stored at a byte of the file. */
static void store(struct made_up *m, uint64_t number, uint64_t at)
{
    uint64_t start = number * m->map.granule;

    m->extents[number] = (struct extent){RUN_STORED, at, 1, 0};
    memcpy(disk + start, file + at, (size_t)min_u64(m->map.granule, m->map.capacity - start));
}

static void check_source(struct made_up *m)
{
    struct source *guest;

    memset(read_back, 0xee, sizeof(read_back));
    NEED(map_source_open(&m->map, &m->arena, &guest, &error) == OK);
    CHECK(guest->size == m->map.capacity);
    for (uint64_t at = 0; at < guest->size; at += 100001)
        CHECK(source_read(guest, at, read_back + at, (size_t)min_u64(100001, guest->size - at),
                          &error) == OK);
    CHECK(memcmp(read_back, disk, (size_t)m->map.capacity) == 0);
}

/* The runs go forward, and are granules; what none covers is zeros. */
static size_t check_image(struct made_up *m)
{
    struct inflate inflate;
    struct image *image;
    struct run run;
    uint64_t done = 0;
    size_t len, runs = 0;

    arena_init(&m->arena, memory, sizeof(memory), "tests");
    memset(read_back, 0, sizeof(read_back));
    CHECK(inflate_open(&inflate, &m->arena, &error) == OK);
    CHECK(map_image_open(&m->map, one_ring(&m->arena), &m->arena, &image, &error) == OK);
    CHECK(image->granule >= GRANULE_MIN && image->granule <= RUN_MAX);
    for (;; runs++) {
        if (image_next(image, &run, &error) != OK) {
            test_failed(__FILE__, __LINE__, error.text);
            return 0;
        }
        if (!run.length)
            break;
        CHECK(run.offset >= done && run.offset % image->granule == 0);
        done = run.offset + run.length;
        CHECK(run.length == min_u64(image->granule, image->capacity - run.offset));
        if (run.kind == RUN_STORED)
            memcpy(read_back + run.offset, run.packed.at, (size_t)run.length);
        else if (run.kind == RUN_ZLIB)
            CHECK(inflate_zlib(&inflate, run.packed, read_back + run.offset, (size_t)run.length,
                               image->granule, &len, &error) == OK);
    }
    CHECK(memcmp(read_back, disk, (size_t)m->map.capacity) == 0);
    return runs;
}

/* What is read ahead is good as long as the ring keeps it: the first bytes of the file are there again, at the
 * end of the disk, when the ring has long gone round over what was put together between. */
#define AGAIN_FIRST 64u                     /* granules in one place */
#define AGAIN_LAST  ((11u << 20) / 512 - 8) /* granules from here on lie where the first ones do */

static enum err find_again(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    (void)m;
    (void)e;
    if (number < AGAIN_FIRST)
        *out = (struct extent){RUN_STORED, number * 512, AGAIN_FIRST - number, 0};
    else if (number < AGAIN_LAST)
        *out = (struct extent){RUN_STORED, (1u << 20) + (number ^ 1) * 512, 1, 0};
    else
        *out = (struct extent){RUN_STORED, (number - AGAIN_LAST) * 512, AGAIN_LAST + 8 - number, 0};
    return OK;
}

TEST(what_was_read_ahead_is_not_taken_for_what_the_ring_has_now)
{
    static const struct map_ops ops = {find_again};
    static struct made_up m;
    struct extent x;

    begin(&m, 512, 11u << 20);
    m.map.ops = &ops;
    for (uint64_t number = 0; number < m.map.capacity / 512; number++) {
        NEED(find_again(&m.map, number, &x, &error) == OK);
        memcpy(disk + number * 512, file + x.at, 512);
    }
    CHECK(check_image(&m) == m.map.capacity / 4096);
}

TEST(granules_smaller_than_a_run_are_put_together)
{
    struct made_up m;

    begin(&m, 512, 3 * 4096 + 512 * 3);
    store(&m, 7, 100);   /* the last of the first run */
    store(&m, 16, 5000); /* the first of the third; the second is a hole */
    store(&m, 26, 512);  /* the last of all */
    check_source(&m);
    CHECK(check_image(&m) == 3);
}

TEST(granules_larger_than_a_run_are_cut)
{
    struct made_up m;

    begin(&m, 4 << 20, (10 << 20) + 512);
    store(&m, 0, 77);
    store(&m, 2, 4 << 20);
    check_source(&m);
    CHECK(check_image(&m) == 4 + 3);
}

TEST(a_hole_reaches_across_granules_and_to_the_end)
{
    struct made_up m;

    begin(&m, 65536, 64 * 65536 - 512);
    store(&m, 5, 0);
    m.extents[0].count = 5;
    m.extents[6].count = 1000000; /* more than there are */
    check_source(&m);
    CHECK(check_image(&m) == 1);
    m.extents[5] = (struct extent){.kind = RUN_ZERO};
    memset(disk, 0, sizeof(disk));
    CHECK(check_image(&m) == 0);
}

TEST(an_extent_of_many_granules_is_read_in_one)
{
    struct made_up m;

    begin(&m, 4096, 16 * 4096);
    for (uint64_t i = 0; i < 16; i++) {
        store(&m, i, 8192 + i * 4096);
        m.extents[i].count = 16 - i + 5;
    }
    check_source(&m);
    CHECK(m.file.reads == 1);
    CHECK(check_image(&m) == 16);
}

TEST(stored_zeros_become_a_hole)
{
    struct made_up m;

    begin(&m, 65536, 2 * 65536);
    memset(file, 0, 65536);
    store(&m, 0, 0);
    store(&m, 1, 65536 - 1);
    check_source(&m);
    CHECK(check_image(&m) == 2);
}

static size_t pack(struct made_up *m, uint64_t number, size_t at)
{
    uint8_t *start = disk + number * m->map.granule;
    size_t len;

    memset(start, 'a' + (int)number, m->map.granule);
    fill_noise(start, m->map.granule / 4, (uint32_t)number + 1);
    len = zlib_fixed(start, m->map.granule, file + at);
    m->extents[number] = (struct extent){RUN_ZLIB, at, 9, (uint32_t)len};
    m->map.packs = m->map.granule;
    return at + len;
}

static void check_packed(uint32_t granule)
{
    struct made_up m;
    size_t at;

    begin(&m, granule, 4 * granule);
    at = pack(&m, 0, 1);
    at = pack(&m, 3, at);
    store(&m, 1, at);
    check_source(&m);
    CHECK(check_image(&m) == 3 * granule / min_u64(max_u64(granule, GRANULE_MIN), RUN_MAX) ||
          granule < GRANULE_MIN);
}

TEST(packed_granules_are_unpacked_or_passed_on)
{
    check_packed(512);
    check_packed(4096);
    check_packed(65536);
    check_packed(RUN_MAX);
    check_packed(2 * RUN_MAX);
}

static void check_damaged(struct made_up *m, const char *text)
{
    struct source *guest;
    struct image *image;
    struct run run;

    NEED(map_source_open(&m->map, &m->arena, &guest, &error) == OK);
    CHECK(source_read(guest, 0, read_back, 1, &error) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, text);
    arena_init(&m->arena, memory, sizeof(memory), "tests");
    NEED(map_image_open(&m->map, one_ring(&m->arena), &m->arena, &image, &error) == OK);
    enum err code = image_next(image, &run, &error);
    CHECK(code == ERR_DAMAGED || (code == OK && run.kind == RUN_ZLIB));
}

TEST(what_lies_outside_of_the_file_is_damaged)
{
    struct made_up m;

    begin(&m, 65536, 65536);
    m.extents[0] = (struct extent){RUN_STORED, SIZE - 65535, 1, 0};
    check_damaged(&m, "disk.map: piece for sector 0 lies at byte 12517377, and the file ends at "
                      "byte 12582912");
    m.extents[0].at = UINT64_MAX;
    check_damaged(&m, "lies at byte 18446744073709551615");
    m.map.packs = m.map.granule;
    m.extents[0] = (struct extent){RUN_ZLIB, SIZE - 5, 1, 6};
    check_damaged(&m, "lies at byte 12582907");
}

TEST(the_last_granule_may_be_cut_off_where_the_disk_ends)
{
    struct made_up m;

    begin(&m, 65536, 512);
    store(&m, 0, SIZE - 512);
    check_source(&m);
    CHECK(check_image(&m) == 1);
}

TEST(packed_granules_that_are_too_large_or_nonsense_are_damaged)
{
    struct made_up m;

    begin(&m, 65536, 65536);
    m.map.packs = m.map.granule;
    m.extents[0] = (struct extent){RUN_ZLIB, 0, 1, MAP_PACKED_MAX + 513};
    check_damaged(&m, "disk.map: piece for sector 0 is compressed to 2097665 bytes");
    m.extents[0] = (struct extent){RUN_ZLIB, 3, 1, 1000};
    check_damaged(&m, "disk.map: piece for sector 0, at byte 3: ");
}

TEST(all_places_are_checked_without_reading_any)
{
    struct made_up m;

    begin(&m, 1 << 16, (1 << 20) + 512);
    for (uint64_t i = 0; i < 16; i++)
        store(&m, i, i << 16);
    m.extents[16] = (struct extent){RUN_STORED, SIZE - 512, 1, 0}; /* all that the disk has there */
    CHECK(map_check(&m.map, &error) == OK);
    m.extents[16].at++;
    CHECK(map_check(&m.map, &error) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "piece for sector 2048 lies at byte ");
    CHECK(m.file.reads == 0);
}
