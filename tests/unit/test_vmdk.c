#include <string.h>

#include "base/checked.h"
#include "disks/inflate.h"
#include "disks/vmdk.h"
#include "tests/build/vmdk_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define GRAIN 65536u

static uint8_t memory[8 << 20];
static uint8_t disk[4 << 20]; /* what the guest disk should be */
static uint8_t read_back[4 << 20];
static uint64_t capacity; /* of what was decoded */
static struct error error;

static struct arena fresh(void)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    return a;
}

/* A VMDK of a disk of size bytes that has data in the grains of a list, in that order. */
static void build(struct vmdk_build *b, struct vmdk_options options, size_t size, const int *grains,
                  size_t count)
{
    memset(disk, 0, sizeof(disk));
    options.capacity = size / 512;
    vmdk_build_begin(b, options);
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)grains[i] * GRAIN;
        size_t len = (size_t)min_u64(GRAIN, size - at);
        fill_noise(disk + at, len / 3, (uint32_t)grains[i] + 1);
        memset(disk + at + len / 3, grains[i], len / 3);
        vmdk_build_grain(b, at / 512, disk + at, len);
    }
    vmdk_build_end(b);
}

/* Decode in order, in steps of so many bytes, into read_back. */
static enum err decode(struct bytes file, size_t step)
{
    struct arena a = fresh();
    struct fake_stream stream;
    struct inflate inflate;
    struct image *image;
    struct run run;
    size_t len;
    enum err code;

    memset(read_back, 0, sizeof(read_back));
    fake_stream_init(&stream, "disk.vmdk", file, step);
    code = inflate_open(&inflate, &a, &error);
    if (code == OK)
        code = image_open(&stream.stream, 0, &a, &image, &error);
    while (code == OK) {
        code = image_next(image, &run, &error);
        if (code != OK || run.length == 0)
            break;
        CHECK(run.offset + run.length <= image->capacity && run.kind == RUN_ZLIB);
        code = inflate_zlib(&inflate, run.packed, read_back + run.offset, (size_t)run.length,
                            image->granule, &len, &error);
    }
    if (code == OK)
        capacity = image->capacity;
    fake_stream_release(&stream);
    return code;
}

static enum err decode_built(const struct vmdk_build *b)
{
    return decode((struct bytes){b->at, b->len}, 1);
}

/* Read the whole disk through the tables, in pieces that straddle grains. */
static enum err read_all(struct bytes file, uint64_t size)
{
    struct arena a = fresh();
    struct fake_source source;
    struct source *guest;

    fake_source_init(&source, "disk.vmdk", file);
    TRY(image_source_open(&source.source, &a, &guest, &error));
    CHECK(guest->size == size);
    memset(read_back, 0xee, sizeof(read_back));
    for (uint64_t at = 0; at < guest->size; at += 50000)
        TRY(source_read(guest, at, read_back + at, (size_t)min_u64(50000, guest->size - at),
                        &error));
    return OK;
}

/* In order and at any offset, it is the disk. */
static void check_built(const struct vmdk_build *b, size_t size)
{
    static const size_t steps[] = {1, 511, 512, 4096, 70000, 1 << 22};
    struct bytes file = {b->at, b->len};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        CHECK(decode(file, steps[i]) == OK);
        CHECK(capacity == size && memcmp(disk, read_back, size) == 0);
    }
    CHECK(read_all(file, size) == OK);
    CHECK(memcmp(disk, read_back, size) == 0);
}

static void check_same(struct vmdk_options options, size_t size, const int *grains, size_t count)
{
    struct vmdk_build b;

    build(&b, options, size, grains, count);
    check_built(&b, size);
    vmdk_build_release(&b);
}

static const int some[] = {0, 1, 5, 6, 30};

TEST(a_vmdk_with_a_footer_reads_the_same_in_order_and_at_any_offset)
{
    check_same((struct vmdk_options){0}, 2 << 20, some, COUNT_OF(some));
}

TEST(a_vmdk_with_its_tables_in_front_reads_the_same)
{
    check_same((struct vmdk_options){.tables_in_front = true}, 2 << 20, some, COUNT_OF(some));
}

TEST(a_vmdk_with_tables_in_front_may_just_end)
{
    check_same((struct vmdk_options){.tables_in_front = true, .no_end = true}, 2 << 20, some,
               COUNT_OF(some));
}

TEST(grains_may_come_in_any_order)
{
    static const int order[] = {30, 2, 31, 0, 17, 16};

    check_same((struct vmdk_options){0}, 2 << 20, order, COUNT_OF(order));
}

TEST(versions_1_and_2_and_progress_markers_and_uncompressed_blocks_are_read)
{
    check_same((struct vmdk_options){.version = 1, .stored = true}, 1 << 20, some, 3);
    check_same((struct vmdk_options){.version = 2, .more_flags = VMDK_ZEROED}, 1 << 20, some, 3);
    check_same((struct vmdk_options){.progress = true}, 1 << 20, some, 3);
}

TEST(a_table_of_another_size_is_read)
{
    check_same((struct vmdk_options){.table_entries = 128}, 2 << 20, some, COUNT_OF(some));
}

TEST(a_table_entry_of_1_is_a_grain_of_zeros_where_the_flag_says_so)
{
    struct vmdk_build b;

    for (uint32_t flag = 0; flag <= VMDK_ZEROED; flag += VMDK_ZEROED) {
        vmdk_build_begin(
            &b, (struct vmdk_options){
                    .capacity = 4096, .version = 2, .more_flags = flag, .tables_in_front = true});
        b.entries[3] = 1;
        vmdk_build_end(&b);
        memset(disk, 0, 4096 * 512);
        CHECK(read_all((struct bytes){b.at, b.len}, 4096 * 512) == (flag ? OK : ERR_DAMAGED));
        CHECK(!flag || memcmp(disk, read_back, 4096 * 512) == 0);
        CHECK(decode_built(&b) == (flag ? OK : ERR_DAMAGED)); /* no grain is missing */
        vmdk_build_release(&b);
    }
}

TEST(the_last_grain_may_be_short_in_the_file)
{
    static const int last[] = {0, 16};

    check_same((struct vmdk_options){0}, (1 << 20) + 512 * 5, last, 2);
}

TEST(the_last_grain_may_be_whole_in_the_file)
{
    static uint8_t whole[GRAIN];
    size_t size = (1 << 20) + 1024;
    struct vmdk_build b;

    fill_noise(whole, sizeof(whole), 9);
    memset(disk, 0, sizeof(disk));
    memcpy(disk + (1 << 20), whole, 1024);
    vmdk_build_begin(&b, (struct vmdk_options){.capacity = size / 512});
    vmdk_build_grain(&b, 2048, whole, sizeof(whole));
    vmdk_build_end(&b);
    check_built(&b, size);
    vmdk_build_release(&b);
}

TEST(bytes_behind_the_end_of_a_vmdk_do_no_harm)
{
    static uint8_t noise_behind[3000];
    struct vmdk_build b;

    build(&b, (struct vmdk_options){0}, 1 << 20, some, 3);
    fill_noise(noise_behind, sizeof(noise_behind), 3);
    vmdk_build_append(&b, noise_behind, sizeof(noise_behind));
    check_built(&b, 1 << 20);
    vmdk_build_release(&b);
}

/* Cut anywhere: never OK, and the sentence names the file and says that it ends. */
static void check_cuts(struct vmdk_options options, size_t last_ok)
{
    struct vmdk_build b;

    build(&b, options, 1 << 20, some, 2);
    for (size_t len = 512; len < b.len - last_ok; len += len % 512 == 1 ? 510 : 1) {
        CHECK(decode((struct bytes){b.at, len}, 1 << 20) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "disk.vmdk: ");
        CHECK_HOLDS(error.text, "ends at byte ");
    }
    vmdk_build_release(&b);
}

TEST(a_vmdk_that_is_cut_is_never_taken_for_whole)
{
    check_cuts((struct vmdk_options){.stored = true}, 512);
    check_cuts((struct vmdk_options){.tables_in_front = true}, 1536);
}

TEST(a_cut_inside_a_grain_says_which_and_where)
{
    struct vmdk_build b;
    size_t at;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 4096, .stored = true});
    at = vmdk_build_grain(&b, 256, disk, GRAIN);
    b.len = at + 1000;
    CHECK(at == 65536);
    CHECK(decode_built(&b) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vmdk: ends at byte 66536, inside the grain for sector 256 that "
                           "begins at byte 65536");
    vmdk_build_release(&b);
}

TEST(a_missing_end_of_stream_marker_is_damage)
{
    struct vmdk_build b;

    build(&b, (struct vmdk_options){0}, 1 << 20, some, 2);
    b.len -= 512;
    CHECK(decode_built(&b) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "without its end-of-stream marker");
    vmdk_build_release(&b);
}

TEST(zeros_instead_of_the_rest_are_not_taken_for_the_end)
{
    struct vmdk_build b;
    size_t middle;

    for (int front = 0; front < 2; front++) {
        build(&b, (struct vmdk_options){.tables_in_front = front}, 1 << 20, some, 3);
        middle = (size_t)b.entries[1] * 512;
        memset(b.at + middle, 0, b.len - middle);
        CHECK(decode_built(&b) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, front ? "after 1 of 3 grains" : "before any footer");
        vmdk_build_release(&b);
    }
}

TEST(a_grain_outside_the_disk_is_refused_with_its_place)
{
    struct vmdk_build b;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 256});
    vmdk_build_grain(&b, 256, disk, GRAIN);
    vmdk_build_end(&b);
    CHECK(decode_built(&b) == ERR_DAMAGED);
    CHECK_TEXT(error.text,
               "disk.vmdk: grain for sector 256, at byte 65536: the disk ends at sector 256");
    vmdk_build_release(&b);
}

TEST(a_grain_between_grains_is_refused)
{
    struct vmdk_build b;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 1024});
    vmdk_build_grain(&b, 100, disk, GRAIN);
    vmdk_build_end(&b);
    CHECK(decode_built(&b) == ERR_DAMAGED);
    CHECK_HOLDS(error.text,
                "grain for sector 100, at byte 65536: grains begin at multiples of 128");
    vmdk_build_release(&b);
}

TEST(damaged_grains_and_tables_are_noticed_at_any_offset_too)
{
    struct vmdk_build b;
    size_t at;

    build(&b, (struct vmdk_options){.stored = true}, 1 << 20, some, 2);
    at = (size_t)b.entries[1] * 512;
    b.at[at + 12 + 100] ^= 1; /* Adler-32 sees it */
    CHECK(read_all((struct bytes){b.at, b.len}, 1 << 20) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "disk.vmdk: grain for sector 128, at byte ");
    CHECK_HOLDS(error.text, "bad compressed data");
    b.at[at + 12 + 100] ^= 1;
    b.at[at] ^= 1; /* the grain says it is another */
    CHECK(read_all((struct bytes){b.at, b.len}, 1 << 20) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "no grain for sector 128 at byte ");
    vmdk_build_release(&b);

    build(&b, (struct vmdk_options){.tables_in_front = true}, 1 << 20, some, 2);
    memset(b.at + 3 * 512, 0xff, 4); /* the directory points far away */
    CHECK(read_all((struct bytes){b.at, b.len}, 1 << 20) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "before its grain table");
    vmdk_build_release(&b);
}

TEST(a_failing_read_of_the_file_is_told)
{
    struct arena a = fresh();
    struct fake_source source;
    struct vmdk_build b;
    struct source *guest;

    build(&b, (struct vmdk_options){0}, 1 << 20, some, 2);
    for (size_t n = 1; n < 8; n++) {
        struct arena scratch = a;
        fake_source_init(&source, "disk.vmdk", (struct bytes){b.at, b.len});
        source.fail_at = n;
        enum err code = image_source_open(&source.source, &scratch, &guest, &error);
        if (code == OK)
            code = source_read(guest, 0, read_back, 4096, &error);
        CHECK(code == (source.reads >= n ? ERR_IO : OK));
    }
    vmdk_build_release(&b);
}

/* Open a VMDK with something about it changed. */
static enum err open_changed(size_t at, uint8_t value, const char *descriptor)
{
    struct vmdk_build b;
    enum err code;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 2048, .descriptor = descriptor});
    vmdk_build_end(&b);
    if (at)
        b.at[at] = value;
    code = decode_built(&b);
    vmdk_build_release(&b);
    return code;
}

TEST(other_kinds_of_vmdk_are_refused_by_name)
{
    CHECK(open_changed(0, 0, NULL) == OK);
    CHECK(open_changed(4, 4, NULL) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: VMDK version 4");
    CHECK(open_changed(10, 0, "# Disk DescriptorFile\ncreateType=\"monolithicSparse\"\n") ==
          ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: monolithicSparse VMDK, where only streamOptimized is read");
    CHECK(open_changed(10, 1, NULL) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: compressed VMDK without markers");
    CHECK(open_changed(10, 7, NULL) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: VMDK with unknown flags 0x40000");
    CHECK(open_changed(77, 2, NULL) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: VMDK with compression algorithm 2");
    CHECK(open_changed(0, 0, "# Disk DescriptorFile\nparentCID=1a2b3c4d\r\n") == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.vmdk: delta VMDK, which needs the disk it was made from");
    CHECK(open_changed(20, 132, NULL) == ERR_DAMAGED); /* sectors of a grain */
    CHECK(open_changed(19, 1, NULL) == ERR_TOO_BIG);
    CHECK(open_changed(73, '\r', NULL) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "copied as text");
}

TEST(an_unknown_marker_is_damage)
{
    struct vmdk_build b;

    vmdk_build_begin(&b, (struct vmdk_options){.capacity = 2048});
    vmdk_build_append(&b, NULL, 512);
    b.at[65536 + 12] = 9;
    CHECK(decode_built(&b) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vmdk: at byte 65536: unknown marker of type 9");
    vmdk_build_release(&b);
}
