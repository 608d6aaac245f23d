#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "disks/inflate.h"
#include "disks/vmdk.h"
#include "disks/vmdk_write.h"
#include "tests/build/zlib_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define GRAIN VMDK_WRITE_GRAIN
#define ROOM  (4u << 20)

static uint8_t memory[24 << 20];
static uint8_t disk[100 << 20];
static uint8_t back[GRAIN];
static uint8_t file[ROOM];
static size_t file_len;
static struct error error;

static struct arena fresh(void)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    return a;
}

static void add(const void *bytes, size_t len)
{
    NEED(len <= ROOM - file_len);
    memcpy(file + file_len, bytes, len);
    file_len += len;
}

static void add_grain(struct vmdk_write *w, uint64_t number)
{
    static uint8_t packed[VMDK_GRAIN_HEAD + ZLIB_ROOM(GRAIN) + VMDK_SECTOR];
    size_t len = zlib_fixed(disk + number * GRAIN, GRAIN, packed + VMDK_GRAIN_HEAD);

    len = vmdk_write_grain(packed, number, len);
    CHECK(len % VMDK_SECTOR == 0);
    CHECK(vmdk_write_place(w, number, len, &error) == OK);
    add(packed, len);
}

/* The disk, size bytes of it, into file; what is listed of its grains has data. */
static void write_disk(uint64_t size, const uint64_t *grains, size_t count, const char *name,
                       uint32_t id)
{
    uint8_t table[VMDK_WRITE_TABLE];
    struct arena a = fresh();
    struct vmdk_write w;
    struct bytes end;
    size_t len, at = 0;

    file_len = VMDK_WRITE_FRONT;
    NEED(vmdk_write_start(&w, size, &a, &error) == OK);
    for (uint64_t i = 0; i < w.tables; i++) {
        for (; at < count && grains[at] / VMDK_WRITE_ENTRIES == i; at++)
            add_grain(&w, grains[at]);
        NEED(vmdk_write_table(&w, table, &len, &error) == OK);
        add(table, len);
    }
    NEED(at == count && vmdk_write_end(&w, &a, &end, &error) == OK);
    add(end.at, end.len);
    vmdk_write_front(w.capacity, name, id, file);
    CHECK(file_len % VMDK_SECTOR == 0);
}

static void reads_in_order(uint64_t size, size_t grains)
{
    struct arena a = fresh();
    struct fake_stream stream;
    struct inflate inflate;
    struct image *image;
    struct run run;
    size_t len, seen = 0;

    fake_stream_init(&stream, "disk.vmdk", (struct bytes){file, file_len}, 4096);
    NEED(inflate_open(&inflate, &a, &error) == OK);
    NEED(image_open(&stream.stream, 0, &a, &image, &error) == OK);
    CHECK(image->capacity == round_up(size, VMDK_SECTOR) && image->granule == GRAIN);
    for (;;) {
        NEED(image_next(image, &run, &error) == OK);
        if (!run.length)
            break;
        seen++;
        NEED(inflate_zlib(&inflate, run.packed, back, GRAIN, GRAIN, &len, &error) == OK);
        CHECK(memcmp(back, disk + run.offset, GRAIN) == 0);
    }
    CHECK(seen == grains);
    fake_stream_release(&stream);
}

static void reads_at_any_offset(uint64_t size)
{
    struct arena a = fresh();
    struct fake_source source;
    struct source *guest;

    fake_source_init(&source, "disk.vmdk", (struct bytes){file, file_len});
    NEED(image_source_open(&source.source, &a, &guest, &error) == OK);
    CHECK(guest->size == round_up(size, VMDK_SECTOR));
    for (uint64_t at = 0; at < guest->size; at += 50000) {
        size_t len = (size_t)min_u64(50000, guest->size - at);
        NEED(source_read(guest, at, back, len, &error) == OK);
        CHECK(memcmp(back, disk + at, len) == 0);
    }
}

static void check_same(uint64_t size, const uint64_t *grains, size_t count)
{
    memset(disk, 0, sizeof(disk));
    for (size_t i = 0; i < count; i++) {
        size_t len = (size_t)min_u64(GRAIN, size - grains[i] * GRAIN);
        fill_noise(disk + grains[i] * GRAIN, (len + 1) / 2, (uint32_t)grains[i] + 1);
    }
    write_disk(size, grains, count, "disk.vmdk", 7);
    reads_in_order(size, count);
    reads_at_any_offset(size);
}

TEST(a_vmdk_that_was_written_reads_the_same_in_order_and_at_any_offset)
{
    static const uint64_t grains[] = {0, 3, 4, 511, 512, 1030, 1599};

    check_same(100 << 20, grains, COUNT_OF(grains));
}

TEST(a_table_without_grains_is_left_out)
{
    static const uint64_t grains[] = {1200};

    check_same(100 << 20, grains, 1);
    CHECK(file_len < VMDK_WRITE_FRONT + 2 * GRAIN);
}

TEST(a_disk_of_zeros_has_no_grain)
{
    check_same(70 << 20, NULL, 0);
    CHECK(file_len == VMDK_WRITE_FRONT + 5 * VMDK_SECTOR);
}

TEST(a_disk_may_end_anywhere)
{
    static const uint64_t sizes[] = {1,         511,   512,       513,
                                     GRAIN - 1, GRAIN, GRAIN + 1, 5 * GRAIN + 700};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        uint64_t last = (sizes[i] - 1) / GRAIN;
        check_same(sizes[i], &last, 1);
    }
}

TEST(header_and_footer_are_as_the_format_says)
{
    static const uint64_t grain = 0;
    struct vmdk_header front, footer;
    const uint8_t *end;

    check_same(1 << 20, &grain, 1);
    end = file + file_len - (size_t)3 * VMDK_SECTOR;
    NEED(vmdk_parse_header(file, &front, &error) == OK);
    NEED(vmdk_parse_header(end + VMDK_SECTOR, &footer, &error) == OK);
    CHECK(front.version == 3 && front.flags == (VMDK_NEWLINES | VMDK_COMPRESSED | VMDK_MARKERS));
    CHECK(front.directory == VMDK_AT_END && front.overhead == 128 && front.grain == 128);
    CHECK(front.table_entries == 512 && front.capacity == 2048 && front.algorithm == 1);
    CHECK(footer.directory * VMDK_SECTOR == file_len - (size_t)4 * VMDK_SECTOR);
    CHECK(get_le64(end) == 1 && get_le32(end + 8) == 0 && get_le32(end + 12) == 3);
    for (size_t i = 0; i < VMDK_SECTOR; i++)
        CHECK(end[2 * VMDK_SECTOR + i] == 0);
}

TEST(the_descriptor_says_what_disk_it_is)
{
    static const uint64_t grain = 0;
    const char *text = (const char *)file + VMDK_SECTOR;
    struct vmdk_descriptor d;

    check_same(1 << 20, &grain, 1);
    write_disk(1 << 20, &grain, 1, "a b (1).vmdk", 0x12ab);
    CHECK_HOLDS(text, "\nCID=000012ab\n");
    CHECK_HOLDS(text, "\nRDONLY 2048 SPARSE \"a b (1).vmdk\"\n");
    vmdk_parse_descriptor((struct bytes){file + VMDK_SECTOR, 10240}, &d);
    CHECK_TEXT(d.create_type, "streamOptimized");
    CHECK(!d.has_parent);
    /* What would mean that there is no content, or no parent. */
    write_disk(1 << 20, &grain, 1, "x", 0xffffffff);
    CHECK_HOLDS(text, "\nCID=fffffffd\n");
    write_disk(1 << 20, &grain, 1, "x", 0xfffffffe);
    CHECK_HOLDS(text, "\nCID=fffffffc\n");
}

TEST(names_that_a_descriptor_can_hold)
{
    char name[VMDK_WRITE_NAME_MAX + 2];

    CHECK(vmdk_write_can_name("a b.vmdk") && vmdk_write_can_name("\xc3\xa4"));
    CHECK(!vmdk_write_can_name("") && !vmdk_write_can_name("a\"b") && !vmdk_write_can_name("a\nb"));
    CHECK(!vmdk_write_can_name("\x7f") && !vmdk_write_can_name("a\\b"));
    memset(name, 'n', sizeof(name));
    name[VMDK_WRITE_NAME_MAX] = '\0';
    CHECK(vmdk_write_can_name(name));
    name[VMDK_WRITE_NAME_MAX] = 'n';
    name[VMDK_WRITE_NAME_MAX + 1] = '\0';
    CHECK(!vmdk_write_can_name(name));
}

TEST(a_disk_or_a_file_that_is_too_large_is_refused)
{
    struct arena a = fresh();
    struct vmdk_write w;
    uint8_t table[VMDK_WRITE_TABLE];
    size_t len;

    CHECK(vmdk_write_start(&w, (VMDK_CAPACITY_MAX + 1) * VMDK_SECTOR, &a, &error) == ERR_TOO_BIG);
    CHECK(vmdk_write_start(&w, VMDK_CAPACITY_MAX * VMDK_SECTOR, &a, &error) == OK);
    CHECK(w.tables == 1u << 21);
    w.next = UINT32_MAX - 100;
    CHECK(vmdk_write_place(&w, 0, 100 * VMDK_SECTOR, &error) == OK);
    CHECK(vmdk_write_place(&w, 1, VMDK_SECTOR, &error) == ERR_TOO_BIG);
    CHECK(vmdk_write_table(&w, table, &len, &error) == ERR_TOO_BIG);
    a.end = a.next + 1000;
    CHECK(vmdk_write_start(&w, VMDK_CAPACITY_MAX * VMDK_SECTOR, &a, &error) == ERR_NO_MEMORY);
}
