/* What is written; when, and what a power cut leaves: test_writer_commit.c. */
#include "disks/writer.h"

#include <string.h>

#include "base/checked.h"
#include "tests/build/writer_rig.h"
#include "tests/fake_source.h"
#include "tests/pipe.h"
#include "tests/test.h"

static void check_same(size_t size, uint64_t more, uint32_t gpt_sectors, uint32_t sector_size,
                       uint32_t grain)
{
    uint64_t sectors = (size + sector_size - 1) / sector_size + more;
    struct vmdk_build b;
    struct writer w;

    written_build(&b, size, gpt_sectors, grain);
    fake_target_init(&written_target, sectors, sector_size);
    CHECK(written_deploy(&b, &w) == OK);
    CHECK(memcmp(written_target.disk, written_guest, size) == 0);
    CHECK(memcmp(written_target.disk, written_target.durable,
                 (size_t)target_size(&written_target.target)) == 0);
    for (size_t at = size; at < round_up(size, sector_size); at++)
        CHECK(written_target.disk[at] == 0);
    CHECK(written_room_opened == written_room_sealed);
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}

TEST(a_disk_full_of_garbage_becomes_the_guest_disk)
{
    check_same(9 << 20, 0, 512, 512, WRITTEN_GRAIN);
    check_same(9 << 20, 0, 4096, 4096, WRITTEN_GRAIN);
    check_same(10 << 20, 0, 512, 512, 1 << 20);
    check_same(5 << 20, 0, 512, 4096, 4096);
    check_same((11 << 20) + 512 * 7, 0, 0, 512, WRITTEN_GRAIN);
    check_same((11 << 20) + 512 * 7, 0, 0, 4096, WRITTEN_GRAIN);
    check_same((11 << 20) + 512 * 7, 9999, 0, 4096, WRITTEN_GRAIN);
}

TEST(disks_around_the_size_of_what_is_held_back_are_right)
{
    static const size_t sizes[] = {1,    2,    3,    2047, 2048, 2049, 2055, 4095,
                                   4096, 4097, 6143, 6144, 6145, 8192, 8193};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        check_same(sizes[i] * 512, 0, 0, 512, WRITTEN_GRAIN);
        check_same(sizes[i] * 512, 0, 0, 4096, WRITTEN_GRAIN);
        check_same(sizes[i] * 512, 5000, 0, 512, WRITTEN_GRAIN);
    }
}

TEST(what_a_whole_last_grain_has_behind_the_end_of_the_disk_is_dropped)
{
    static uint8_t whole[WRITTEN_GRAIN];
    size_t size = (3 << 20) + 512;
    struct vmdk_build b;
    struct writer w;

    fill_noise(whole, sizeof(whole), 2);
    vmdk_build_begin(&b, (struct vmdk_options){.capacity = size / 512, .stored = true});
    vmdk_build_grain(&b, (3 << 20) / 512, whole, sizeof(whole));
    vmdk_build_end(&b);
    fake_target_init(&written_target, (size + 4095) / 4096, 4096);
    CHECK(written_deploy(&b, &w) == OK);
    CHECK(memcmp(written_target.disk + (3 << 20), whole, 512) == 0);
    for (size_t at = size; at < round_up(size, 4096); at++)
        CHECK(written_target.disk[at] == 0);
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}

TEST(a_zeroed_target_gets_only_what_is_data)
{
    struct vmdk_build b;
    struct writer w;

    written_build(&b, 9 << 20, 512, WRITTEN_GRAIN);
    fake_target_init(&written_target, 9 << 11, 512);
    memset(written_target.disk, 0, 9 << 20);
    written_target.target.zeroed = true;
    CHECK(written_deploy(&b, &w) == OK);
    CHECK(memcmp(written_target.disk, written_guest, 9 << 20) == 0);
    CHECK(w.bytes_written < 9 << 20);
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}

/* Asked for zeros, the disk makes them; one that lies leaves the last sector. */
static int zeros_asked;
static bool zeros_lie;

static enum err zero(struct target *t, uint64_t lba, uint64_t count, bool *done, struct error *e)
{
    (void)e;
    zeros_asked++;
    *done = true;
    memset(written_target.disk + lba * t->sector_size, 0,
           (size_t)(count - zeros_lie) * t->sector_size);
    return OK;
}

TEST(holes_become_zeros_whether_the_target_makes_them_or_lies)
{
    static struct target_ops ops;
    struct vmdk_options options = {.capacity = (12 << 20) / 512, .stored = true};
    struct vmdk_build b;
    struct writer w;

    /* Holes of 5 and 4 MiB, and smaller ones. */
    memset(written_guest, 0, sizeof(written_guest));
    fill_noise(written_guest, 12 << 20, 5);
    memset(written_guest + (2 << 20), 0, 5 << 20);
    memset(written_guest + (7 << 20) + WRITTEN_GRAIN, 0, 4 << 20);
    memset(written_guest + (11 << 20) + 3 * WRITTEN_GRAIN, 0, 3 * WRITTEN_GRAIN);
    vmdk_build_begin(&b, options);
    for (size_t at = 0; at < 12 << 20; at += WRITTEN_GRAIN)
        if (written_guest[at] ||
            memcmp(written_guest + at, written_guest + at + 1, WRITTEN_GRAIN - 1) != 0)
            vmdk_build_grain(&b, at / 512, written_guest + at, WRITTEN_GRAIN);
    vmdk_build_end(&b);
    for (int lies = 0; lies < 2; lies++) {
        fake_target_init(&written_target, (12 << 20) / 512, 512);
        ops = *written_target.target.ops;
        ops.zero = zero;
        written_target.target.ops = &ops;
        zeros_asked = 0;
        zeros_lie = lies;
        CHECK(written_deploy(&b, &w) == OK);
        CHECK(zeros_asked == 2 - lies);
        CHECK(memcmp(written_target.disk, written_guest, 12 << 20) == 0);
        fake_target_release(&written_target);
    }
    vmdk_build_release(&b);
}

TEST(runs_in_order_are_written_in_large_pieces)
{
    static uint8_t data[WRITTEN_GRAIN];
    struct memory_source source;
    struct source_stream stream;
    struct vmdk_build b;
    struct image *image;
    struct ring ring;
    struct writer w;
    struct arena a;

    fill_noise(data, sizeof(data), 1);
    vmdk_build_begin(&b, (struct vmdk_options){.capacity = (12 << 20) / 512, .stored = true});
    for (uint64_t i = 0; i < (12 << 20) / WRITTEN_GRAIN; i++)
        vmdk_build_grain(&b, i * 128, data, sizeof(data));
    vmdk_build_end(&b);
    fake_target_init(&written_target, (12 << 20) / 512, 512);
    arena_init(&a, written_memory, sizeof(written_memory), "tests");
    memory_source_init(&source, "disk.vmdk", (struct bytes){b.at, b.len});
    NEED(ring_init(&ring, RING_BUFFERS, 3 << 20, &a, &written_error) == OK);
    source_stream_open(&stream, &source.source, &ring);
    NEED(image_open(&stream.stream, 0, &a, &image, &written_error) == OK);
    CHECK(written_begin(&w, &written_target.target, image, &a) == OK);
    CHECK(pipe_all(&w, image, &ring, a, &written_error) == OK);
    /* The middle, of 11 MiB less the tail, in pieces of 2 MiB, and what is left of a buffer of 3 MiB. */
    CHECK(written_target.count <= 2 * (b.len / (3 << 20) + 1));
    CHECK(memcmp(written_target.disk + (1 << 20), data, WRITTEN_GRAIN) == 0);
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}

TEST(damage_in_a_grain_is_told_with_its_place)
{
    struct vmdk_build b;
    struct writer w;
    size_t at;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 8192, .stored = true});
    vmdk_build_grain(&b, 0, written_guest, WRITTEN_GRAIN);
    at = vmdk_build_grain(&b, 4096, written_guest, WRITTEN_GRAIN);
    vmdk_build_end(&b);
    CHECK(at == 131584);
    b.at[at + 5000] ^= 1;
    fake_target_init(&written_target, 8192, 512);
    CHECK(written_deploy(&b, &w) == ERR_DAMAGED);
    CHECK_TEXT(written_error.text,
               "disk.vmdk: grain for sector 4096, at byte 131584: bad compressed data");
    CHECK(!written_is_bootable(written_target.disk));
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}

TEST(the_same_grain_twice_is_damage)
{
    static const uint64_t sectors[] = {0, 4096, 8064}; /* head, middle, tail */

    for (size_t i = 0; i < COUNT_OF(sectors); i++) {
        struct vmdk_build b;
        struct writer w;
        vmdk_build_begin(&b, (struct vmdk_options){.capacity = 8192});
        vmdk_build_grain(&b, sectors[i], written_guest, WRITTEN_GRAIN);
        vmdk_build_grain(&b, sectors[i], written_guest, WRITTEN_GRAIN);
        vmdk_build_end(&b);
        fake_target_init(&written_target, 8192, 512);
        CHECK(written_deploy(&b, &w) == ERR_DAMAGED);
        CHECK_HOLDS(written_error.text, "the second for the same place");
        fake_target_release(&written_target);
        vmdk_build_release(&b);
    }
}

TEST(a_target_that_does_not_fit_is_refused_before_any_write)
{
    struct vmdk_build b;
    struct writer w;

    written_build(&b, 3 << 20, 512, 4096);
    fake_target_init(&written_target, 6143, 512);
    CHECK(written_deploy(&b, &w) == ERR_NO_ROOM);
    CHECK_HOLDS(written_error.text, "fake disk: too small for disk.vmdk: ");
    CHECK(written_target.count == 0);
    fake_target_release(&written_target);
    fake_target_init(&written_target, 1000, 8192);
    CHECK(written_deploy(&b, &w) == ERR_UNSUPPORTED);
    CHECK_HOLDS(written_error.text, "sectors of 8192 bytes");
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}

TEST(a_map_over_the_limit_is_refused)
{
    struct image image = {.name = "huge.vmdk", .unit = "grain", .granule = 4096};
    struct target huge;
    struct writer w;
    struct arena a;

    null_target_init(&huge, 1ull << 40, 512);
    image.capacity = 4096ull * (8ull * WRITER_MAP_MAX + 1);
    arena_init(&a, written_memory, sizeof(written_memory), "tests");
    CHECK(written_begin(&w, &huge, &image, &a) == ERR_TOO_BIG);
    CHECK_TEXT(written_error.text,
               "huge.vmdk: disk of 134217729 grains, where at most 134217728 are possible");
    image.capacity -= 4096;
    arena_init(&a, written_memory, sizeof(written_memory), "tests");
    CHECK(written_begin(&w, &huge, &image, &a) == OK);
    arena_init(&a, written_memory, 16 << 20, "tests");
    CHECK(written_begin(&w, &huge, &image, &a) == ERR_NO_MEMORY);
}
