/* disks/vhdx_log.c and parsers/vhdx_log.c. */
#include "disks/vhdx_log.h"

#include <string.h>

#include "base/checked.h"
#include "disks/vhdx.h"
#include "tests/build/vhdx_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define MIB     (1u << 20)
#define SECTOR  VHDX_BUILD_SECTOR
#define LOG     VHDX_BUILD_LOG
#define SIZE    (6u * MIB)
#define SESSION 0x33

static uint8_t memory[4 << 20];
static uint8_t expected[SIZE + 2 * MIB]; /* the file after the replay */
static uint8_t read_back[SIZE + 2 * MIB];
static uint8_t some[64][SECTOR];
static struct error error;

/* Two blocks, noise in them, and a log that is to be replayed and has nothing yet. */
static void begin(struct vhdx_build *b)
{
    vhdx_build_begin(b, (struct vhdx_options){.capacity = 4 * MIB});
    fill_noise(some[0], sizeof(some), 9);
    for (uint64_t block = 0; block < 2; block++) {
        size_t at = vhdx_build_data(b, block, some[0], sizeof(some));
        fill_noise(b->at + at, MIB, (uint32_t)block + 1);
    }
    vhdx_build_session(b, SESSION);
    memset(expected, 0, sizeof(expected));
    memcpy(expected, b->at, b->len);
}

static enum err open_log(const struct vhdx_build *b, struct fake_source *file, struct source **out)
{
    struct vhdx_header header = {.log = {LOG, b->options.log_size}, .must_replay = true};
    struct arena a;

    memcpy(header.log_guid, b->at + 2 * VHDX_BUILD_HEADER + 48, VHDX_GUID);
    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(file, "disk.vhdx", (struct bytes){b->at, b->len});
    return vhdx_log_open(&file->source, &header, &a, out, &error);
}

/* What is in front of the log, and behind it, is as expected. */
static void check_replayed(const struct vhdx_build *b, uint64_t size)
{
    static const size_t pieces[] = {512, 3333, 65536, 3 * MIB};
    struct fake_source file;
    struct source *after;

    NEED(open_log(b, &file, &after) == OK);
    CHECK(after->size == size);
    memcpy(expected + LOG, b->at + LOG, b->options.log_size);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        memset(read_back, 0xee, sizeof(read_back));
        for (uint64_t at = 0; at < size; at += pieces[i])
            CHECK(source_read(after, at, read_back + at, (size_t)min_u64(pieces[i], size - at),
                              &error) == OK);
        CHECK(memcmp(read_back, expected, (size_t)size) == 0);
    }
}

static void check_refused(const struct vhdx_build *b, enum err code, const char *text)
{
    struct fake_source file;
    struct source *after;

    CHECK(open_log(b, &file, &after) == code);
    CHECK_TEXT(error.text, text);
    error.text[0] = '\0';
}

static struct vhdx_put data_at(uint64_t at, size_t which)
{
    memcpy(expected + at, some[which], SECTOR);
    return (struct vhdx_put){at, some[which], 0};
}

static struct vhdx_put zeros_at(uint64_t at, uint64_t len)
{
    memset(expected + at, 0, (size_t)len);
    return (struct vhdx_put){at, NULL, len};
}

TEST(data_and_zeros_of_a_log_are_over_what_the_file_has)
{
    struct vhdx_build b;

    begin(&b);
    struct vhdx_put puts[] = {
        data_at(4 * MIB, 0),         zeros_at(4 * MIB + 2 * SECTOR, 3 * SECTOR),
        data_at(5 * MIB + 40960, 1), data_at(192 << 10, 2),
        data_at(SIZE - SECTOR, 3),   zeros_at(5 * MIB, 0)};
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 1}, puts, COUNT_OF(puts));
    check_replayed(&b, SIZE);
    vhdx_build_release(&b);
}

TEST(a_log_that_nothing_is_to_be_replayed_of_is_not_looked_at)
{
    struct vhdx_header header = {.log = {0, UINT64_MAX}};
    struct source file = {.name = "disk.vhdx"}, *out = NULL;
    struct arena a = {0};

    CHECK(vhdx_log_open(&file, &header, &a, &out, &error) == OK && out == &file);
}

/* Entries of the sequence numbers first to last, each of which overwrites what the one before wrote, and
 * something of its own. */
static uint32_t put_entries(struct vhdx_build *b, uint32_t at, uint64_t first, uint64_t last)
{
    uint32_t tail = at;

    for (uint64_t n = first; n <= last; n++) {
        struct vhdx_put puts[] = {data_at(4 * MIB + 8 * SECTOR, n % 64),
                                  data_at(4 * MIB + (16 + n % 64) * SECTOR, n % 64),
                                  zeros_at(5 * MIB + n % 64 * SECTOR, SECTOR)};
        at = vhdx_build_log(b, (struct vhdx_log){.at = at, .sequence = n, .tail = tail}, puts,
                            COUNT_OF(puts));
    }
    return at;
}

TEST(later_entries_are_over_earlier_ones)
{
    struct vhdx_build b;

    begin(&b);
    put_entries(&b, 5 * SECTOR, (1ull << 32) - 3, (1ull << 32) + 4);
    check_replayed(&b, SIZE);
    vhdx_build_release(&b);
}

TEST(entries_go_round_the_end_of_the_log)
{
    for (uint32_t sectors = 1; sectors < 16; sectors++) {
        struct vhdx_build b;
        begin(&b);
        uint32_t end = put_entries(&b, MIB - sectors * SECTOR, 70, 74);
        CHECK(end == 5 * 3 * SECTOR - sectors * SECTOR);
        check_replayed(&b, SIZE);
        vhdx_build_release(&b);
    }
}

TEST(a_log_that_is_full_is_replayed_wherever_it_begins)
{
    for (uint32_t start = 0; start < MIB; start += 17 * SECTOR) {
        struct vhdx_build b;
        begin(&b);
        struct vhdx_put put = data_at(4 * MIB, start / SECTOR % 64);
        uint32_t at = put_entries(&b, start, 1, 84);
        CHECK((at + 4 * SECTOR) % MIB == start);
        vhdx_build_log(&b, (struct vhdx_log){at, 85, start, 0, 0, 2}, &put, 1);
        check_replayed(&b, SIZE);
        vhdx_build_release(&b);
    }
}

TEST(descriptors_fill_as_many_sectors_as_they_need)
{
    static const size_t counts[] = {125, 126, 127, 254, 255, 300};

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct vhdx_put puts[300];
        struct vhdx_build b;
        begin(&b);
        for (size_t n = 0; n < counts[i]; n++)
            puts[n] =
                n % 3 ? zeros_at(4 * MIB + n * 4096, 4096) : data_at(4 * MIB + n * 4096, n % 64);
        vhdx_build_log(&b,
                       (struct vhdx_log){.at = MIB - SECTOR, .sequence = 9, .tail = MIB - SECTOR},
                       puts, counts[i]);
        check_replayed(&b, SIZE);
        vhdx_build_release(&b);
    }
}

TEST(entries_in_front_of_the_tail_are_not_replayed)
{
    struct vhdx_put early, late;
    struct vhdx_build b;

    begin(&b);
    early = data_at(4 * MIB, 1);
    memcpy(expected + 4 * MIB, b.at + 4 * MIB, SECTOR);
    late = data_at(5 * MIB, 2);
    uint32_t at = vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, &early, 1);
    vhdx_build_log(&b, (struct vhdx_log){.at = at, .sequence = 5, .tail = at}, &late, 1);
    check_replayed(&b, SIZE);
    vhdx_build_release(&b);
}

TEST(the_newest_sequence_that_is_whole_is_the_one)
{
    struct vhdx_build b;
    uint8_t before[SECTOR];

    for (int newer_first = 0; newer_first < 2; newer_first++) {
        begin(&b);
        memcpy(before, expected + 4 * MIB, SECTOR);
        struct vhdx_put old = data_at(4 * MIB, 1), new = data_at(5 * MIB, 2);
        memcpy(expected + 4 * MIB, before, SECTOR);
        vhdx_build_log(&b,
                       (struct vhdx_log){newer_first ? 0 : 8 * SECTOR, 40,
                                         newer_first ? 0 : 8 * SECTOR, 0, 0, 0},
                       &new, 1);
        vhdx_build_log(&b,
                       (struct vhdx_log){newer_first ? 8 * SECTOR : 0, 7,
                                         newer_first ? 8 * SECTOR : 0, 0, 0, 0},
                       &old, 1);
        check_replayed(&b, SIZE);
        vhdx_build_release(&b);
    }
}

TEST(an_entry_that_was_not_written_to_its_end_ends_the_sequence)
{
    struct vhdx_build b;

    begin(&b);
    uint32_t at = put_entries(&b, 0, 1, 3);
    vhdx_build_log(&b, (struct vhdx_log){.at = at, .sequence = 4},
                   &(struct vhdx_put){5 * MIB + 200 * SECTOR, some[5], 0}, 1);
    *vhdx_build_in_log(&b, at, 2 * SECTOR - 100) ^= 1;
    check_replayed(&b, SIZE);
    vhdx_build_release(&b);
}

TEST(an_entry_of_another_session_or_number_ends_the_sequence)
{
    static const uint64_t numbers[] = {4, 3, 5, 2, 1ull << 32 | 4};

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct vhdx_build b;
        begin(&b);
        uint32_t at = put_entries(&b, 0, 1, 3);
        vhdx_build_log(&b, (struct vhdx_log){.at = at, .sequence = numbers[i]},
                       &(struct vhdx_put){5 * MIB + 200 * SECTOR, some[5], 0}, 1);
        if (numbers[i] == 4) {
            *vhdx_build_in_log(&b, at, 47) ^= 1;
            vhdx_build_sum_log(&b, at);
        }
        check_replayed(&b, SIZE);
        vhdx_build_release(&b);
    }
}

TEST(the_file_is_as_long_as_the_log_says)
{
    struct vhdx_put put;
    struct vhdx_build b;

    begin(&b);
    put = data_at(4 * MIB, 1);
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4, .last = 8 * MIB}, &put, 1);
    check_replayed(&b, 8 * MIB);
    put = data_at(7 * MIB, 2);
    memcpy(expected + 4 * MIB, b.at + 4 * MIB, SECTOR);
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4, .last = MIB}, &put, 1);
    check_replayed(&b, 7 * MIB + SECTOR);
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4, .flushed = 7 * MIB}, &put, 1);
    check_refused(&b, ERR_DAMAGED,
                  "disk.vhdx: ends at byte 6291456, but its log says that it has at least 7340032 "
                  "bytes");
    vhdx_build_release(&b);
}

TEST(a_log_that_cannot_be_read_is_an_error_at_every_read)
{
    struct vhdx_build b;
    bool read_all = false;

    begin(&b);
    put_entries(&b, MIB - 7 * SECTOR, 1, 9);
    for (size_t fail_at = 1; !read_all; fail_at++) {
        struct fake_source file;
        struct source *guest;
        struct arena a;
        struct map *map;
        arena_init(&a, memory, sizeof(memory), "tests");
        fake_source_init(&file, "disk.vhdx", (struct bytes){b.at, b.len});
        file.fail_at = fail_at;
        enum err code = vhdx_open(&file.source, &a, &map, &error);
        if (code == OK)
            code = map_source_open(map, &a, &guest, &error);
        if (code == OK)
            code = source_read(guest, 0, read_back, (size_t)guest->size, &error);
        read_all = file.reads < fail_at;
        CHECK(code == (read_all ? OK : ERR_IO));
    }
    vhdx_build_release(&b);
}

/* All that a writer does through its log: the block table, the metadata and a region table are wrong until it is
 * replayed. */
TEST(a_vhdx_that_was_not_closed_is_read_as_its_log_says)
{
    struct fake_source file;
    struct vhdx_build b;
    struct source *guest;
    struct arena a;
    struct map *map;

    begin(&b);
    const size_t places[] = {0x30000, 0x40000, b.metadata, b.metadata + 0x10000, b.bat};
    struct vhdx_put puts[COUNT_OF(places)];
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        memcpy(some[i], b.at + places[i], SECTOR);
        puts[i] = (struct vhdx_put){places[i], some[i], 0};
    }
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, puts, COUNT_OF(places));
    for (size_t i = 0; i < COUNT_OF(places); i++)
        memset(b.at + places[i], 0xff, SECTOR);
    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&file, "disk.vhdx", (struct bytes){b.at, b.len});
    NEED(vhdx_open(&file.source, &a, &map, &error) == OK);
    NEED(map_source_open(map, &a, &guest, &error) == OK);
    CHECK(source_read(guest, 0, read_back, 4 * MIB, &error) == OK);
    CHECK(memcmp(read_back, b.at + 4 * MIB, 2 * MIB) == 0);
    vhdx_build_release(&b);
}
