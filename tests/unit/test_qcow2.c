#include <string.h>

#include "base/checked.h"
#include "disks/map.h"
#include "tests/build/qcow2_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

#define ALONE (1ull << 63)

static uint8_t memory[10 << 20];
static uint8_t disk[6 << 20]; /* what the guest disk should be */
static uint8_t read_back[6 << 20];
static struct error error;

static struct arena fresh(void)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    return a;
}

static struct bytes whole(const struct qcow2_build *b)
{
    return (struct bytes){b->at, b->len};
}

/* Through the tables, in pieces that straddle clusters. */
static enum err read_at_any_offset(struct bytes file, size_t step)
{
    struct arena a = fresh();
    struct fake_source source;
    struct source *guest;

    fake_source_init(&source, "disk.qcow2", file);
    TRY(image_source_open(&source.source, &a, &guest, &error));
    if (guest->size > sizeof(read_back))
        return fail(&error, ERR_TOO_BIG, "more than is tried here");
    memset(read_back, 0xee, sizeof(read_back));
    for (uint64_t at = 0; at < guest->size; at += step)
        TRY(source_read(guest, at, read_back + at, (size_t)min_u64(step, guest->size - at),
                        &error));
    return OK;
}

/* As runs, each of which must begin where the one before ended, or behind a hole. */
static enum err read_runs(struct bytes file, size_t *packed_runs)
{
    struct arena a = fresh();
    struct fake_source source;
    struct unpack unpack;
    struct image *image;
    struct map *map;
    struct run run;
    uint64_t end = 0;

    *packed_runs = 0;
    memset(read_back, 0, sizeof(read_back));
    fake_source_init(&source, "disk.qcow2", file);
    TRY(map_open(&source.source, &a, &map, &error));
    TRY(map_image_open(map, one_ring(&a), &a, &image, &error));
    TRY(unpack_open(&unpack, &a, &error));
    for (;;) {
        TRY(image_next(image, &run, &error));
        if (!run.length)
            return OK;
        CHECK(run.offset >= end && run.offset % image->granule == 0);
        end = run.offset + run.length;
        CHECK(end <= image->capacity);
        *packed_runs += run.kind == RUN_DEFLATE;
        if (run.kind != RUN_ZERO)
            TRY(unpack_run(&unpack, run.kind, run.packed, read_back + run.offset,
                           (size_t)run.length, image->granule, &error));
    }
}

static size_t check_same(const struct qcow2_build *b)
{
    static const size_t steps[] = {512, 50000, 1 << 20};
    size_t packed_runs = 0, size = (size_t)b->options.capacity;

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        CHECK(read_at_any_offset(whole(b), steps[i]) == OK);
        CHECK(memcmp(disk, read_back, size) == 0);
    }
    CHECK_TEXT(read_runs(whole(b), &packed_runs) == OK ? "" : error.text, "");
    CHECK(memcmp(disk, read_back, size) == 0);
    return packed_runs;
}

static void begin(struct qcow2_build *b, struct qcow2_options options)
{
    memset(disk, 0, sizeof(disk));
    qcow2_build_begin(b, options);
}

static size_t length_of(const struct qcow2_build *b, uint64_t cluster)
{
    return (size_t)min_u64(b->cluster, b->options.capacity - cluster * b->cluster);
}

static void put_data(struct qcow2_build *b, uint64_t cluster)
{
    uint8_t *at = disk + cluster * b->cluster;

    fill_noise(at, length_of(b, cluster), (uint32_t)cluster + 1);
    qcow2_build_data(b, cluster, at, length_of(b, cluster));
}

static void put_packed(struct qcow2_build *b, uint64_t cluster)
{
    uint8_t *at = disk + cluster * b->cluster;
    size_t len = length_of(b, cluster);

    memset(at, (int)cluster + 7, len);
    fill_noise(at, len / 9, (uint32_t)cluster + 1);
    qcow2_build_packed(b, cluster, at, len);
}

/* Clusters of all kinds: in a row, apart, backwards, with others between, and at the end of the disk, which
 * is cut short. */
static void put_all_kinds(struct qcow2_build *b)
{
    uint64_t last = (b->options.capacity - 1) / b->cluster;

    put_data(b, 0);
    put_data(b, 1);
    put_packed(b, 2);
    put_packed(b, 3);
    put_data(b, 6);
    put_data(b, 5);
    put_data(b, 7);
    put_packed(b, last - 1);
    put_data(b, last);
}

TEST(clusters_of_every_size_read_the_same_in_order_and_at_any_offset)
{
    for (unsigned version = 2; version <= 3; version++) {
        for (unsigned bits = 9; bits <= 18; bits++) {
            struct qcow2_build b;
            uint64_t capacity = (12ull << bits) - (bits > 9 ? 512 : 0);
            begin(&b, (struct qcow2_options){version, bits, capacity, false});
            put_all_kinds(&b);
            size_t packed_runs = check_same(&b);
            CHECK(packed_runs == (bits >= 12 ? 3 : 0));
            qcow2_build_release(&b);
        }
    }
}

TEST(the_largest_clusters_are_two_runs_each)
{
    struct qcow2_build b;

    begin(&b, (struct qcow2_options){3, 21, (4 << 20) + (3 << 19), false});
    put_packed(&b, 0);
    put_data(&b, 1);
    put_packed(&b, 2);
    CHECK(check_same(&b) == 0);
    qcow2_build_release(&b);
}

TEST(a_disk_of_many_tables_is_found_through_all_of_them)
{
    struct qcow2_build b;

    begin(&b, (struct qcow2_options){3, 9, 5 << 20, false}); /* 160 tables of 32 KiB each */
    for (uint64_t cluster = 3; cluster < 10240; cluster += cluster < 300 ? 1 : 61)
        put_data(&b, cluster);
    put_data(&b, 10239);
    check_same(&b);
    qcow2_build_release(&b);
}

TEST(a_zero_cluster_is_zeros_whatever_its_place_holds)
{
    struct qcow2_build b;
    uint8_t noisy[4096];

    begin(&b, (struct qcow2_options){3, 12, 10 * 4096, false});
    put_data(&b, 0);
    fill_noise(noisy, sizeof(noisy), 3);
    size_t at = qcow2_build_data(&b, 1, noisy, sizeof(noisy));
    qcow2_build_entry(&b, 1, at | ALONE | 1, 0);
    qcow2_build_entry(&b, 2, 1, 0);
    put_data(&b, 3);
    check_same(&b);
    qcow2_build_release(&b);
}

TEST(a_cluster_whose_table_or_data_is_shared_is_read_all_the_same)
{
    struct qcow2_build b;

    begin(&b, (struct qcow2_options){3, 12, 6 * 4096, false});
    put_data(&b, 1);
    qcow2_build_entry(&b, 4, get_be64(b.at + qcow2_build_where(&b, 1)) & ~ALONE, 0);
    qcow2_put64(b.at + b.l1, get_be64(b.at + b.l1) & ~ALONE);
    memcpy(disk + 4 * 4096, disk + 4096, 4096);
    check_same(&b);
    qcow2_build_release(&b);
}

TEST(subclusters_are_data_zeros_or_holes_one_by_one)
{
    static const unsigned sizes[] = {14, 16, 18};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct qcow2_build b;
        size_t cluster = (size_t)1 << sizes[i], part = cluster / 32;
        begin(&b, (struct qcow2_options){3, sizes[i], 7 * cluster - 512, true});
        put_data(&b, 0);
        put_packed(&b, 1);
        put_data(&b, 3);
        put_packed(&b, 5);
        put_data(&b, 6);
        uint64_t entry = get_be64(b.at + qcow2_build_where(&b, 3));
        qcow2_build_entry(&b, 3, entry, 0x0f0505f0ull << 32 | 0x80f0a00f);
        for (unsigned n = 0; n < 32; n++)
            if (!(0x80f0a00fu >> n & 1))
                memset(disk + 3 * cluster + n * part, 0, part);
        qcow2_build_entry(&b, 4, 0, 0xffffffffull << 32);
        CHECK(check_same(&b) == 2);
        qcow2_build_release(&b);
    }
}

TEST(what_is_packed_may_end_with_the_file_inside_of_a_sector)
{
    struct qcow2_build b;

    begin(&b, (struct qcow2_options){3, 16, 3 << 16, false});
    put_packed(&b, 1);
    NEED(b.len % 512 != 0);
    CHECK(check_same(&b) == 1);
    b.len -= 512;
    CHECK(read_at_any_offset(whole(&b), 65536) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "disk.qcow2: cluster for sector 128 lies at byte");
    qcow2_build_release(&b);
}

TEST(what_does_not_unpack_to_a_cluster_is_damage)
{
    struct qcow2_build b;
    size_t runs;

    begin(&b, (struct qcow2_options){3, 12, 3 << 12, false});
    put_packed(&b, 1);
    size_t at = (size_t)(get_be64(b.at + qcow2_build_where(&b, 1)) & 0xffffffff);
    memset(b.at + at, 0xff, 40);
    CHECK(read_at_any_offset(whole(&b), 4096) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "disk.qcow2: cluster for sector 8, at byte ");
    CHECK(read_runs(whole(&b), &runs) == ERR_DAMAGED);
    qcow2_build_release(&b);

    /* Compressed to three clusters, as far as its entry tells. */
    begin(&b, (struct qcow2_options){3, 21, 2 << 20, false});
    put_packed(&b, 0);
    b.len = 20 << 20;
    qcow2_build_entry(&b, 0, qcow2_build_packed_entry(&b, 8 << 20, 4 << 20), 0);
    CHECK(read_at_any_offset(whole(&b), 4096) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "is compressed to 4194304 bytes");
    qcow2_build_release(&b);
}

/* One change to the bytes of an image that is fine. */
static enum err changed(unsigned version, size_t offset, size_t size, uint64_t value)
{
    struct qcow2_build b;
    enum err code;

    begin(&b, (struct qcow2_options){version, 12, 8 * 4096, false});
    put_data(&b, 1);
    if (size == 4)
        qcow2_put32(b.at + offset, (uint32_t)value);
    else if (size == 8)
        qcow2_put64(b.at + offset, value);
    else
        b.at[offset] = (uint8_t)value;
    code = read_at_any_offset(whole(&b), 4096);
    qcow2_build_release(&b);
    return code;
}

static void check_refused(enum err got, enum err wanted, const char *part)
{
    CHECK(got == wanted);
    CHECK_HOLDS(error.text, "disk.qcow2: ");
    CHECK_HOLDS(error.text, part);
    error.text[0] = '\0';
}

TEST(an_image_that_is_not_to_be_had_alone_is_refused_by_name)
{
    struct qcow2_build b;

    for (unsigned version = 2; version <= 3; version++) {
        begin(&b, (struct qcow2_options){version, 12, 8 * 4096, false});
        qcow2_put64(b.at + 8, 512);
        qcow2_put32(b.at + 16, 8);
        memcpy(b.at + 512, "base.img and more", 17);
        check_refused(read_at_any_offset(whole(&b), 4096), ERR_UNSUPPORTED,
                      "a QCOW2 that only holds the differences to another image: base.img");
        CHECK(changed(version, 8, 8, UINT64_MAX) == ERR_UNSUPPORTED); /* its name is nowhere */
        qcow2_build_release(&b);
        check_refused(changed(version, 32, 4, 1), ERR_UNSUPPORTED, "encrypted (AES)");
        check_refused(changed(version, 32, 4, 2), ERR_UNSUPPORTED, "encrypted (LUKS)");
        check_refused(changed(version, 32, 4, 9), ERR_UNSUPPORTED, "encrypted (in a way");
    }
    begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    qcow2_build_extension(&b, 0xe2792aca, "raw", 3);
    qcow2_build_extension(&b, 0x44415441, "disk.data", 9);
    b.at[79] = 1 << 2;
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_UNSUPPORTED,
                  "a QCOW2 whose data is in another file: disk.data");
    qcow2_build_release(&b);
}

TEST(features_are_read_passed_over_or_refused_by_name)
{
    uint8_t names[2 * 48] = {0};
    struct qcow2_build b;

    CHECK(changed(3, 79, 1, 1) == OK);                  /* dirty: counts of references only */
    CHECK(changed(3, 80, 8, UINT64_MAX) == OK);         /* compatible ones */
    CHECK(changed(3, 88, 8, UINT64_MAX & ~2ull) == OK); /* those that writers clear */
    CHECK(changed(2, 79, 1, 0xff) == OK);               /* version 2 has none */
    CHECK(changed(3, 60, 4, 5) == OK);                  /* snapshots */
    check_refused(changed(3, 79, 1, 2), ERR_DAMAGED, "marked as corrupt");
    check_refused(changed(3, 79, 1, 1 << 6), ERR_UNSUPPORTED, "feature 6 (no name)");
    check_refused(changed(3, 72, 1, 0x80), ERR_UNSUPPORTED, "feature 63 (no name)");
    check_refused(changed(3, 79, 1, 1 << 3), ERR_DAMAGED, "compression type 0");

    begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    names[0] = 1; /* a compatible one of that number */
    names[1] = 5;
    memcpy(names + 2, "wrong", 5);
    names[48 + 1] = 5;
    memset(names + 48 + 2, 'x', 46); /* all of the field */
    qcow2_build_extension(&b, 0x12345678, "?", 1);
    qcow2_build_extension(&b, 0x6803f857, names, sizeof(names));
    b.at[79] = 1 << 5;
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_UNSUPPORTED,
                  "feature 5 (xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx)");
    qcow2_put32(b.at + 104 + 4, UINT32_MAX); /* an extension that does not end */
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_UNSUPPORTED, "feature 5 (no name)");
    qcow2_build_release(&b);
}

TEST(other_compressions_are_refused_by_name)
{
    struct qcow2_build b;

    begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    put_data(&b, 1);
    qcow2_put32(b.at + 100, 112);
    CHECK(read_at_any_offset(whole(&b), 4096) == OK);
    b.at[104] = 1;
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_DAMAGED,
                  "compression type 1, which its");
    b.at[79] = 1 << 3;
    CHECK(read_at_any_offset(whole(&b), 4096) == OK);
    b.at[104] = 2;
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_UNSUPPORTED, "compression type 2");
    qcow2_build_release(&b);
}

TEST(a_header_that_contradicts_itself_is_damage)
{
    struct qcow2_build b;

    check_refused(changed(3, 4, 4, 1), ERR_UNSUPPORTED, "a QCOW of version 1");
    check_refused(changed(3, 4, 4, 4), ERR_UNSUPPORTED, "a QCOW of version 4");
    check_refused(changed(3, 20, 4, 8), ERR_DAMAGED, "clusters of 2^8 bytes");
    check_refused(changed(3, 20, 4, 22), ERR_UNSUPPORTED, "clusters of 2^22 bytes");
    check_refused(changed(3, 20, 4, UINT32_MAX), ERR_UNSUPPORTED, "clusters of 2^");
    check_refused(changed(3, 24, 8, 0), ERR_DAMAGED, "a disk of 0 bytes");
    check_refused(changed(3, 24, 8, 4097), ERR_DAMAGED, "a disk of 4097 bytes");
    check_refused(changed(3, 24, 8, 1ull << 63), ERR_DAMAGED,
                  "a disk of 9223372036854775808 bytes");
    check_refused(changed(3, 24, 8, (2 << 20) + 512), ERR_DAMAGED,
                  "with 1 entries in its L1 table");
    check_refused(changed(3, 36, 4, 0), ERR_DAMAGED, "with 0 entries in its L1 table");
    check_refused(changed(3, 40, 8, 0), ERR_DAMAGED, "whose L1 table is at byte 0");
    check_refused(changed(3, 40, 8, 4096 + 512), ERR_DAMAGED, "whose L1 table is at byte 4608");
    check_refused(changed(3, 40, 8, 1 << 24), ERR_DAMAGED,
                  "its L1 table of 8 bytes is at byte 16777216");
    check_refused(changed(3, 40, 8, UINT64_MAX << 12), ERR_DAMAGED, "its L1 table of 8 bytes");
    check_refused(changed(3, 100, 4, 96), ERR_DAMAGED, "a header of 96 bytes");
    check_refused(changed(3, 100, 4, 108), ERR_DAMAGED, "a header of 108 bytes");
    check_refused(changed(3, 100, 4, UINT32_MAX - 7), ERR_DAMAGED, "a header of 4294967288 bytes");
    check_refused(changed(3, 79, 1, 1 << 4), ERR_DAMAGED, "clusters of 2^12 bytes"); /* extended */

    begin(&b, (struct qcow2_options){3, 9, 4096, false});
    for (size_t len = 4; len < 104; len++) {
        check_refused(read_at_any_offset((struct bytes){b.at, len}, 4096), ERR_DAMAGED,
                      "inside its header");
    }
    qcow2_build_release(&b);
}

TEST(entries_that_make_no_sense_are_damage)
{
    const size_t l1 = 4096, l2 = 8192 + 8, data = 12288;
    struct qcow2_build b;

    CHECK(changed(3, l2, 8, data) == OK);
    check_refused(changed(3, l1, 8, 8192 | 1), ERR_DAMAGED,
                  "at byte 4096: entry 0000000000002001 of an L1");
    check_refused(changed(3, l1, 8, 8192 | 1ull << 56), ERR_DAMAGED, "of an L1 table");
    check_refused(changed(3, l1, 8, 8192 + 512), ERR_DAMAGED, "of an L1 table");
    check_refused(changed(3, l1, 8, 1 << 24), ERR_DAMAGED, "inside its L2 table");
    check_refused(changed(3, l2, 8, data | 2), ERR_DAMAGED,
                  "at byte 8200: entry 0000000000003002 of an L2");
    check_refused(changed(3, l2, 8, data | 1ull << 56), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(3, l2, 8, data + 512), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(3, l2, 8, ALONE), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(2, l2, 8, data | 1), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(3, l2, 8, data + 4096), ERR_DAMAGED,
                  "cluster for sector 8 lies at byte 16384, and the file ends at byte 16384");
    check_refused(changed(3, l2, 8, 0x00fffffffffff000), ERR_DAMAGED,
                  "cluster for sector 8 lies at");
    check_refused(changed(3, l2, 8, 1ull << 62 | 1ull << 57), ERR_DAMAGED,
                  "cluster for sector 8 lies at");

    begin(&b, (struct qcow2_options){3, 14, 1 << 20, true});
    put_data(&b, 1);
    size_t where = qcow2_build_where(&b, 1);
    uint64_t entry = get_be64(b.at + where);
    qcow2_build_entry(&b, 1, entry, 0x100000001ull); /* there, and zeros */
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_DAMAGED, "of an L2 table");
    qcow2_build_entry(&b, 1, 0, 1); /* there, and nowhere */
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_DAMAGED, "of an L2 table");
    qcow2_build_entry(&b, 1, entry | 1, 1);
    check_refused(read_at_any_offset(whole(&b), 4096), ERR_DAMAGED, "of an L2 table");
    qcow2_build_release(&b);
}

TEST(what_follows_damage_does_not_keep_the_rest_from_being_read)
{
    struct fake_source source;
    struct qcow2_build b;
    struct source *guest;
    struct arena a = fresh();

    begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    put_data(&b, 0);
    put_data(&b, 1);
    put_data(&b, 2);
    b.len -= 4096;
    qcow2_build_entry(&b, 3, 3, 0);
    fake_source_init(&source, "disk.qcow2", whole(&b));
    NEED(image_source_open(&source.source, &a, &guest, &error) == OK);
    CHECK(source_read(guest, 0, read_back, 8192, &error) == OK);
    CHECK(memcmp(read_back, disk, 8192) == 0);
    CHECK(source_read(guest, 8192, read_back, 1, &error) == ERR_DAMAGED);
    CHECK(source_read(guest, 3 * 4096, read_back, 1, &error) == ERR_DAMAGED);
    qcow2_build_release(&b);
}

TEST(a_qcow2_whose_file_fails_is_an_error_at_every_read)
{
    struct qcow2_build b;
    bool read_all = false;

    begin(&b, (struct qcow2_options){3, 12, 64 * 4096, false});
    put_all_kinds(&b);
    for (size_t fail_at = 1; !read_all; fail_at++) {
        struct arena a = fresh();
        struct fake_source source;
        struct source *guest;
        fake_source_init(&source, "disk.qcow2", whole(&b));
        source.fail_at = fail_at;
        enum err code = image_source_open(&source.source, &a, &guest, &error);
        if (code == OK)
            code = source_read(guest, 0, read_back, (size_t)guest->size, &error);
        read_all = source.reads < fail_at;
        CHECK(code == (read_all ? OK : ERR_IO));
    }
    qcow2_build_release(&b);
}

TEST(a_huge_disk_of_holes_is_measured_table_by_table)
{
    struct fake_source source;
    struct qcow2_build b;
    struct image *image;
    struct arena a = fresh();
    struct map *map;
    struct run run;

    begin(&b, (struct qcow2_options){3, 16, 64ull << 40, false});
    fill_noise(disk, b.cluster, 1);
    qcow2_build_data(&b, (40ull << 40) / b.cluster, disk, b.cluster);
    fake_source_init(&source, "disk.qcow2", whole(&b));
    NEED(map_open(&source.source, &a, &map, &error) == OK);
    NEED(map_image_open(map, one_ring(&a), &a, &image, &error) == OK);
    CHECK(image->capacity == 64ull << 40);
    NEED(image_next(image, &run, &error) == OK);
    NEED(run.offset == 40ull << 40 && run.length == b.cluster);
    CHECK(memcmp(run.packed.at, disk, b.cluster) == 0);
    NEED(image_next(image, &run, &error) == OK);
    CHECK(run.length == 0);
    CHECK(source.reads < 100);
    qcow2_build_release(&b);
}
