/* What QCOW2 images are read as; refusals: test_qcow2.c. */
#include <string.h>

#include "disks/map.h"
#include "tests/build/qcow2_rig.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

TEST(clusters_of_every_size_read_the_same_in_order_and_at_any_offset)
{
    for (unsigned version = 2; version <= 3; version++) {
        for (unsigned bits = 9; bits <= 18; bits++) {
            struct qcow2_build b;
            uint64_t capacity = (12ull << bits) - (bits > 9 ? 512 : 0);
            qcow2_begin(&b, (struct qcow2_options){version, bits, capacity, false});
            qcow2_put_all_kinds(&b);
            size_t packed_runs = qcow2_check_same(&b);
            CHECK(packed_runs == (bits >= 12 ? 3 : 0));
            qcow2_build_release(&b);
        }
    }
}

TEST(the_largest_clusters_are_two_runs_each)
{
    struct qcow2_build b;

    qcow2_begin(&b, (struct qcow2_options){3, 21, (4 << 20) + (3 << 19), false});
    qcow2_put_packed(&b, 0);
    qcow2_put_data(&b, 1);
    qcow2_put_packed(&b, 2);
    CHECK(qcow2_check_same(&b) == 0);
    qcow2_build_release(&b);
}

TEST(a_disk_of_many_tables_is_found_through_all_of_them)
{
    struct qcow2_build b;

    qcow2_begin(&b, (struct qcow2_options){3, 9, 5 << 20, false}); /* 160 tables of 32 KiB each */
    for (uint64_t cluster = 3; cluster < 10240; cluster += cluster < 300 ? 1 : 61)
        qcow2_put_data(&b, cluster);
    qcow2_put_data(&b, 10239);
    qcow2_check_same(&b);
    qcow2_build_release(&b);
}

TEST(a_zero_cluster_is_zeros_whatever_its_place_holds)
{
    struct qcow2_build b;
    uint8_t noisy[4096];

    qcow2_begin(&b, (struct qcow2_options){3, 12, 10 * 4096, false});
    qcow2_put_data(&b, 0);
    fill_noise(noisy, sizeof(noisy), 3);
    size_t at = qcow2_build_data(&b, 1, noisy, sizeof(noisy));
    qcow2_build_entry(&b, 1, at | QCOW2_ALONE | 1, 0);
    qcow2_build_entry(&b, 2, 1, 0);
    qcow2_put_data(&b, 3);
    qcow2_check_same(&b);
    qcow2_build_release(&b);
}

TEST(a_cluster_whose_table_or_data_is_shared_is_read_all_the_same)
{
    struct qcow2_build b;

    qcow2_begin(&b, (struct qcow2_options){3, 12, 6 * 4096, false});
    qcow2_put_data(&b, 1);
    qcow2_build_entry(&b, 4, get_be64(b.at + qcow2_build_where(&b, 1)) & ~QCOW2_ALONE, 0);
    qcow2_put64(b.at + b.l1, get_be64(b.at + b.l1) & ~QCOW2_ALONE);
    memcpy(qcow2_disk + 4 * 4096, qcow2_disk + 4096, 4096);
    qcow2_check_same(&b);
    qcow2_build_release(&b);
}

TEST(subclusters_are_data_zeros_or_holes_one_by_one)
{
    static const unsigned sizes[] = {14, 16, 18};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct qcow2_build b;
        size_t cluster = (size_t)1 << sizes[i], part = cluster / 32;
        qcow2_begin(&b, (struct qcow2_options){3, sizes[i], 7 * cluster - 512, true});
        qcow2_put_data(&b, 0);
        qcow2_put_packed(&b, 1);
        qcow2_put_data(&b, 3);
        qcow2_put_packed(&b, 5);
        qcow2_put_data(&b, 6);
        uint64_t entry = get_be64(b.at + qcow2_build_where(&b, 3));
        qcow2_build_entry(&b, 3, entry, 0x0f0505f0ull << 32 | 0x80f0a00f);
        for (unsigned n = 0; n < 32; n++)
            if (!(0x80f0a00fu >> n & 1))
                memset(qcow2_disk + 3 * cluster + n * part, 0, part);
        qcow2_build_entry(&b, 4, 0, 0xffffffffull << 32);
        CHECK(qcow2_check_same(&b) == 2);
        qcow2_build_release(&b);
    }
}

TEST(a_huge_disk_of_holes_is_measured_table_by_table)
{
    struct fake_source source;
    struct qcow2_build b;
    struct image *image;
    struct arena a = qcow2_memory();
    struct map *map;
    struct run run;

    qcow2_begin(&b, (struct qcow2_options){3, 16, 64ull << 40, false});
    fill_noise(qcow2_disk, b.cluster, 1);
    qcow2_build_data(&b, (40ull << 40) / b.cluster, qcow2_disk, b.cluster);
    fake_source_init(&source, "disk.qcow2", qcow2_whole(&b));
    NEED(map_open(&source.source, &a, &map, &qcow2_error) == OK);
    NEED(map_image_open(map, one_ring(&a), &a, &image, &qcow2_error) == OK);
    CHECK(image->capacity == 64ull << 40);
    NEED(image_next(image, &run, &qcow2_error) == OK);
    NEED(run.offset == 40ull << 40 && run.length == b.cluster);
    CHECK(memcmp(run.packed.at, qcow2_disk, b.cluster) == 0);
    NEED(image_next(image, &run, &qcow2_error) == OK);
    CHECK(run.length == 0);
    CHECK(source.reads < 100);
    qcow2_build_release(&b);
}
