#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "disks/writer.h"
#include "tests/build/disk_build.h"
#include "tests/build/vmdk_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

#define GRAIN 65536u

static uint8_t memory[40 << 20];
static uint8_t guest[12 << 20]; /* what the guest disk should be */
static struct error error;
static struct fake_target target;
static size_t room_opened, room_sealed; /* in the arena */

/* A guest disk of size bytes with a GPT in sectors of sector_size, data and holes; as a VMDK. */
static void build(struct vmdk_build *b, size_t size, uint32_t sector_size, uint32_t grain)
{
    struct build_partition part = {{0}, 64, 100, "root"};
    struct vmdk_options options = {.capacity = size / 512, .grain = grain / 512, .stored = true};
    size_t count = (size + grain - 1) / grain;

    memcpy(part.type, build_type_linux, 16);
    memset(guest, 0, sizeof(guest));
    for (size_t at = 65 * 4096; at + 60000 < size; at += 300000)
        fill_noise(guest + at, 60000, (uint32_t)at);
    if (sector_size)
        build_gpt(guest, size / sector_size, sector_size, &part, 1);
    vmdk_build_begin(b, options);
    /* Odd ones first: nothing is in order. */
    for (size_t i = 0; i < 2 * count; i++) {
        static uint8_t zeros[1 << 20];
        size_t at = (i < count ? i : i - count) * grain;
        size_t len = (size_t)min_u64(grain, size - at);
        if (at / grain % 2 != (i < count) || memcmp(guest + at, zeros, len) == 0)
            continue;
        vmdk_build_grain(b, at / 512, guest + at, len);
    }
    vmdk_build_end(b);
}

static enum err begin(struct writer *w, struct target *t, const struct image *image,
                      struct arena *a)
{
    uint8_t *buffer;

    TRY(arena_take(a, WRITER_BUFFER, 1, 4096, (void **)&buffer, &error));
    memset(buffer, 0xa5, WRITER_BUFFER); /* as another writer may leave it */
    TRY(writer_init(w, t, buffer, a, &error));
    return writer_open(w, image, a, &error);
}

/* Deploy onto the target.  The whole of it, as loader/deploy.c does it. */
static enum err deploy(const struct vmdk_build *b, struct writer *w)
{
    struct fake_stream stream;
    struct image *image;
    struct arena a;
    enum err code;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_stream_init(&stream, "disk.vmdk", (struct bytes){b->at, b->len}, 1 << 20);
    code = image_open(&stream.stream, 0, &a, &image, &error);
    if (code == OK)
        code = begin(w, &target.target, image, &a);
    room_opened = arena_room(&a);
    if (code == OK)
        code = writer_erase(w, &error);
    if (code == OK)
        code = pipe_all(w, image, NULL, a, &error);
    for (bool done = false; code == OK && !done;)
        code = writer_fill(w, &done, &error);
    if (code == OK)
        code = writer_seal(w, &error);
    room_sealed = arena_room(&a);
    fake_stream_release(&stream);
    return code;
}

static void check_same(size_t size, uint64_t more, uint32_t gpt_sectors, uint32_t sector_size,
                       uint32_t grain)
{
    uint64_t sectors = (size + sector_size - 1) / sector_size + more;
    struct vmdk_build b;
    struct writer w;

    build(&b, size, gpt_sectors, grain);
    fake_target_init(&target, sectors, sector_size);
    CHECK(deploy(&b, &w) == OK);
    CHECK(memcmp(target.disk, guest, size) == 0);
    CHECK(memcmp(target.disk, target.durable, (size_t)target_size(&target.target)) == 0);
    for (size_t at = size; at < round_up(size, sector_size); at++)
        CHECK(target.disk[at] == 0);
    CHECK(room_opened == room_sealed);
    fake_target_release(&target);
    vmdk_build_release(&b);
}

TEST(a_disk_full_of_garbage_becomes_the_guest_disk)
{
    check_same(9 << 20, 0, 512, 512, GRAIN);
    check_same(9 << 20, 0, 4096, 4096, GRAIN);
    check_same(10 << 20, 0, 512, 512, 1 << 20);
    check_same(5 << 20, 0, 512, 4096, 4096);
    check_same((11 << 20) + 512 * 7, 0, 0, 512, GRAIN);
    check_same((11 << 20) + 512 * 7, 0, 0, 4096, GRAIN);
    check_same((11 << 20) + 512 * 7, 9999, 0, 4096, GRAIN);
}

TEST(disks_around_the_size_of_what_is_held_back_are_right)
{
    static const size_t sizes[] = {1,    2,    3,    2047, 2048, 2049, 2055, 4095,
                                   4096, 4097, 6143, 6144, 6145, 8192, 8193};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        check_same(sizes[i] * 512, 0, 0, 512, GRAIN);
        check_same(sizes[i] * 512, 0, 0, 4096, GRAIN);
        check_same(sizes[i] * 512, 5000, 0, 512, GRAIN);
    }
}

TEST(what_a_whole_last_grain_has_behind_the_end_of_the_disk_is_dropped)
{
    static uint8_t whole[GRAIN];
    size_t size = (3 << 20) + 512;
    struct vmdk_build b;
    struct writer w;

    fill_noise(whole, sizeof(whole), 2);
    vmdk_build_begin(&b, (struct vmdk_options){.capacity = size / 512, .stored = true});
    vmdk_build_grain(&b, (3 << 20) / 512, whole, sizeof(whole));
    vmdk_build_end(&b);
    fake_target_init(&target, (size + 4095) / 4096, 4096);
    CHECK(deploy(&b, &w) == OK);
    CHECK(memcmp(target.disk + (3 << 20), whole, 512) == 0);
    for (size_t at = size; at < round_up(size, 4096); at++)
        CHECK(target.disk[at] == 0);
    fake_target_release(&target);
    vmdk_build_release(&b);
}

TEST(a_zeroed_target_gets_only_what_is_data)
{
    struct vmdk_build b;
    struct writer w;

    build(&b, 9 << 20, 512, GRAIN);
    fake_target_init(&target, 9 << 11, 512);
    memset(target.disk, 0, 9 << 20);
    target.target.zeroed = true;
    CHECK(deploy(&b, &w) == OK);
    CHECK(memcmp(target.disk, guest, 9 << 20) == 0);
    CHECK(w.bytes_written < 9 << 20);
    fake_target_release(&target);
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
    memset(target.disk + lba * t->sector_size, 0, (size_t)(count - zeros_lie) * t->sector_size);
    return OK;
}

TEST(holes_become_zeros_whether_the_target_makes_them_or_lies)
{
    static struct target_ops ops;
    struct vmdk_options options = {.capacity = (12 << 20) / 512, .stored = true};
    struct vmdk_build b;
    struct writer w;

    /* Holes of 5 and 4 MiB, and smaller ones. */
    memset(guest, 0, sizeof(guest));
    fill_noise(guest, 12 << 20, 5);
    memset(guest + (2 << 20), 0, 5 << 20);
    memset(guest + (7 << 20) + GRAIN, 0, 4 << 20);
    memset(guest + (11 << 20) + 3 * GRAIN, 0, 3 * GRAIN);
    vmdk_build_begin(&b, options);
    for (size_t at = 0; at < 12 << 20; at += GRAIN)
        if (guest[at] || memcmp(guest + at, guest + at + 1, GRAIN - 1) != 0)
            vmdk_build_grain(&b, at / 512, guest + at, GRAIN);
    vmdk_build_end(&b);
    for (int lies = 0; lies < 2; lies++) {
        fake_target_init(&target, (12 << 20) / 512, 512);
        ops = *target.target.ops;
        ops.zero = zero;
        target.target.ops = &ops;
        zeros_asked = 0;
        zeros_lie = lies;
        CHECK(deploy(&b, &w) == OK);
        CHECK(zeros_asked == 2 - lies);
        CHECK(memcmp(target.disk, guest, 12 << 20) == 0);
        fake_target_release(&target);
    }
    vmdk_build_release(&b);
}

TEST(runs_in_order_are_written_in_large_pieces)
{
    static uint8_t data[GRAIN];
    struct memory_source source;
    struct source_stream stream;
    struct vmdk_build b;
    struct image *image;
    struct ring ring;
    struct writer w;
    struct arena a;

    fill_noise(data, sizeof(data), 1);
    vmdk_build_begin(&b, (struct vmdk_options){.capacity = (12 << 20) / 512, .stored = true});
    for (uint64_t i = 0; i < (12 << 20) / GRAIN; i++)
        vmdk_build_grain(&b, i * 128, data, sizeof(data));
    vmdk_build_end(&b);
    fake_target_init(&target, (12 << 20) / 512, 512);
    arena_init(&a, memory, sizeof(memory), "tests");
    memory_source_init(&source, "disk.vmdk", (struct bytes){b.at, b.len});
    NEED(ring_init(&ring, RING_BUFFERS, 3 << 20, &a, &error) == OK);
    source_stream_open(&stream, &source.source, &ring);
    NEED(image_open(&stream.stream, 0, &a, &image, &error) == OK);
    CHECK(begin(&w, &target.target, image, &a) == OK);
    CHECK(pipe_all(&w, image, &ring, a, &error) == OK);
    /* The middle, of 11 MiB less the tail, in pieces of 2 MiB, and what is left of a buffer of 3 MiB. */
    CHECK(target.count <= 2 * (b.len / (3 << 20) + 1));
    CHECK(memcmp(target.disk + (1 << 20), data, GRAIN) == 0);
    fake_target_release(&target);
    vmdk_build_release(&b);
}

/* Would EDK2 see partitions?  Only behind a protective MBR; then a GPT copy that checks. */
static bool is_bootable(const uint8_t *disk)
{
    return disk[510] == 0x55 && disk[511] == 0xaa;
}

static bool has_gpt(const uint8_t *disk, uint64_t lba)
{
    uint8_t header[92];

    memcpy(header, disk + lba * 512, sizeof(header));
    uint32_t crc = get_le32(header + 16);
    put_le32(header + 16, 0);
    return memcmp(header, "EFI PART", 8) == 0 && build_crc32(header, sizeof(header)) == crc;
}

static bool is_complete(size_t size)
{
    /* All but what a moved table changes: LBA 0 and 1, and the old backup. */
    return memcmp(target.disk + 1024, guest + 1024, size - 1024 - 33 * 512) == 0;
}

TEST(never_bootable_unless_every_write_succeeded)
{
    size_t size = 3 << 20;
    struct vmdk_build b;
    struct writer w;
    enum err code;

    build(&b, size, 512, GRAIN);
    for (uint64_t more = 0; more <= 5000; more += 5000) {
        for (size_t n = 1;; n++) {
            fake_target_init(&target, size / 512 + more, 512);
            build_gpt(target.disk, size / 512 + more, 512, NULL, 0); /* an old system's */
            memcpy(target.durable, target.disk, (size_t)target_size(&target.target));
            target.fail_at = n;
            code = deploy(&b, &w);
            bool erased = target.flushes > 0;
            if (code != OK) {
                CHECK(code == ERR_IO);
                CHECK_HOLDS(error.text, "fake disk: cannot ");
            }
            for (uint32_t seed = 0; code != OK && seed < 8; seed++) {
                fake_target_cut_power(&target, seed);
                bool committing = target.flushes >= 5; /* all but LBA 0 is there */
                if (erased && !committing) {
                    CHECK(!is_bootable(target.disk));
                    CHECK(target.flushes < 2 || is_complete(size) ||
                          !has_gpt(target.disk, size / 512 + more - 1));
                }
                if (erased && is_bootable(target.disk))
                    CHECK(is_complete(size) && has_gpt(target.disk, 1));
            }
            fake_target_release(&target);
            if (code == OK)
                break;
        }
    }
    vmdk_build_release(&b);
}

TEST(a_moved_gpt_is_written_at_both_ends)
{
    size_t size = 3 << 20;
    struct vmdk_build b;
    struct writer w;

    for (uint64_t more = 1; more < 5000; more = more * 3 + 1) {
        build(&b, size, 512, GRAIN);
        fake_target_init(&target, size / 512 + more, 512);
        CHECK(deploy(&b, &w) == OK);
        CHECK(w.gpt == GPT_MOVED && is_bootable(target.disk) && is_complete(size));
        CHECK(has_gpt(target.disk, 1) && has_gpt(target.disk, size / 512 + more - 1));
        CHECK(!has_gpt(target.disk, size / 512 - 1));
        fake_target_release(&target);
        vmdk_build_release(&b);
    }
}

TEST(lba_0_is_written_last_and_alone)
{
    struct vmdk_build b;
    struct writer w;

    build(&b, 3 << 20, 512, GRAIN);
    fake_target_init(&target, 9000, 512);
    CHECK(deploy(&b, &w) == OK);
    const struct fake_write *last = &target.writes[target.count - 1];
    CHECK(last->lba == 0 && last->count == 1);
    CHECK(last[-1].lba == 1 && last[-1].count == 1 && last[-1].epoch < last->epoch);
    for (size_t i = 0; i + 1 < target.count; i++)
        CHECK(target.writes[i].lba != 0 || target.writes[i].epoch == 0);
    for (size_t i = 0; i + 2 < target.count; i++)
        CHECK(target.writes[i].lba > 1 || target.writes[i].epoch <= 1);
    fake_target_release(&target);
    vmdk_build_release(&b);
}

TEST(damage_in_a_grain_is_told_with_its_place)
{
    struct vmdk_build b;
    struct writer w;
    size_t at;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 8192, .stored = true});
    vmdk_build_grain(&b, 0, guest, GRAIN);
    at = vmdk_build_grain(&b, 4096, guest, GRAIN);
    vmdk_build_end(&b);
    CHECK(at == 131584);
    b.at[at + 5000] ^= 1;
    fake_target_init(&target, 8192, 512);
    CHECK(deploy(&b, &w) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vmdk: grain for sector 4096, at byte 131584: bad compressed data");
    CHECK(!is_bootable(target.disk));
    fake_target_release(&target);
    vmdk_build_release(&b);
}

TEST(the_same_grain_twice_is_damage)
{
    static const uint64_t sectors[] = {0, 4096, 8064}; /* head, middle, tail */

    for (size_t i = 0; i < COUNT_OF(sectors); i++) {
        struct vmdk_build b;
        struct writer w;
        vmdk_build_begin(&b, (struct vmdk_options){.capacity = 8192});
        vmdk_build_grain(&b, sectors[i], guest, GRAIN);
        vmdk_build_grain(&b, sectors[i], guest, GRAIN);
        vmdk_build_end(&b);
        fake_target_init(&target, 8192, 512);
        CHECK(deploy(&b, &w) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "the second for the same place");
        fake_target_release(&target);
        vmdk_build_release(&b);
    }
}

TEST(a_target_that_does_not_fit_is_refused_before_any_write)
{
    struct vmdk_build b;
    struct writer w;

    build(&b, 3 << 20, 512, 4096);
    fake_target_init(&target, 6143, 512);
    CHECK(deploy(&b, &w) == ERR_NO_ROOM);
    CHECK_HOLDS(error.text, "fake disk: too small for disk.vmdk: ");
    CHECK(target.count == 0);
    fake_target_release(&target);
    fake_target_init(&target, 1000, 8192);
    CHECK(deploy(&b, &w) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "sectors of 8192 bytes");
    fake_target_release(&target);
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
    arena_init(&a, memory, sizeof(memory), "tests");
    CHECK(begin(&w, &huge, &image, &a) == ERR_TOO_BIG);
    CHECK_TEXT(error.text,
               "huge.vmdk: disk of 134217729 grains, where at most 134217728 are possible");
    image.capacity -= 4096;
    arena_init(&a, memory, sizeof(memory), "tests");
    CHECK(begin(&w, &huge, &image, &a) == OK);
    arena_init(&a, memory, 16 << 20, "tests");
    CHECK(begin(&w, &huge, &image, &a) == ERR_NO_MEMORY);
}
