/* disks/vhdx_log.c and parsers/vhdx_log.c: logs that are refused; what is replayed is in
 * tests/unit/test_vhdx_log.c. */
#include "disks/vhdx_log.h"

#include <string.h>

#include "tests/build/vhdx_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define MIB     (1u << 20)
#define SECTOR  VHDX_BUILD_SECTOR
#define LOG     VHDX_BUILD_LOG
#define SESSION 0x33

static uint8_t memory[4 << 20];
static uint8_t some[SECTOR];
static struct error error;

/* A log that is to be replayed and has nothing yet. */
static void begin(struct vhdx_build *b)
{
    vhdx_build_begin(b, (struct vhdx_options){.capacity = 4 * MIB});
    fill_noise(some, sizeof(some), 9);
    for (uint64_t block = 0; block < 2; block++)
        vhdx_build_data(b, block, some, sizeof(some));
    vhdx_build_session(b, SESSION);
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

static void check_refused(const struct vhdx_build *b, enum err code, const char *text)
{
    struct fake_source file;
    struct source *after;

    CHECK(open_log(b, &file, &after) == code);
    CHECK_TEXT(error.text, text);
    error.text[0] = '\0';
}

static const char *const nothing_whole = "disk.vhdx: was not closed, and its log, at byte 1048576, "
                                         "has no sequence of entries that is whole";

TEST(a_sequence_whose_oldest_entry_is_gone_is_none)
{
    struct vhdx_put put = {4 * MIB, some, 0};
    struct vhdx_build b;

    begin(&b);
    check_refused(&b, ERR_DAMAGED, nothing_whole);
    vhdx_build_log(&b, (struct vhdx_log){8 * SECTOR, 7, 4 * SECTOR, 0, 0, 0}, &put, 1);
    check_refused(&b, ERR_DAMAGED, nothing_whole);
    vhdx_build_log(&b, (struct vhdx_log){4 * SECTOR, 6, 4 * SECTOR, 0, 0, 2}, &put, 1);
    vhdx_build_log(&b, (struct vhdx_log){8 * SECTOR, 7, 7 * SECTOR, 0, 0, 0}, &put, 1);
    check_refused(&b, ERR_DAMAGED, nothing_whole);
    vhdx_build_release(&b);
}

/* An entry of a descriptor with data, one of zeros, and a data sector, with one number of it changed and the
 * checksum right. */
static enum err changed(uint32_t at, unsigned size, uint64_t value)
{
    struct fake_source file;
    struct source *after;
    struct vhdx_build b;

    begin(&b);
    struct vhdx_put puts[] = {{4 * MIB, some, 0}, {5 * MIB, NULL, SECTOR}};
    vhdx_build_log(&b, (struct vhdx_log){SECTOR, 1ull << 32 | 5, SECTOR, 0, 0, 0}, puts, 2);
    uint8_t *to = vhdx_build_in_log(&b, SECTOR, at);
    if (size == 4)
        put_le32(to, (uint32_t)value);
    else
        put_le64(to, value);
    if (at != 4 && get_le32(vhdx_build_in_log(&b, SECTOR, 8)) <= 2 * MIB)
        vhdx_build_sum_log(&b, SECTOR);
    enum err code = open_log(&b, &file, &after);
    if (code == ERR_DAMAGED)
        CHECK_TEXT(error.text, nothing_whole);
    vhdx_build_release(&b);
    return code;
}

TEST(every_field_of_an_entry_must_be_right)
{
    const uint32_t data = 64, zeros = 96, sector = SECTOR;

    CHECK(changed(16, 8, 1ull << 32 | 5) == OK);
    CHECK(changed(0, 4, 0x65676f6d) == ERR_DAMAGED);
    CHECK(changed(4, 4, 7) == ERR_DAMAGED);
    CHECK(changed(8, 4, 0) == ERR_DAMAGED);
    CHECK(changed(8, 4, SECTOR) == ERR_DAMAGED);
    CHECK(changed(8, 4, 2 * SECTOR) == OK);
    CHECK(changed(8, 4, 2 * SECTOR + 512) == ERR_DAMAGED);
    CHECK(changed(8, 4, MIB + SECTOR) == ERR_DAMAGED);
    CHECK(changed(8, 4, UINT32_MAX - 4095) == ERR_DAMAGED);
    CHECK(changed(12, 4, SECTOR + 512) == ERR_DAMAGED);
    CHECK(changed(12, 4, MIB) == ERR_DAMAGED);
    CHECK(changed(12, 4, 2 * SECTOR) == ERR_DAMAGED);
    CHECK(changed(16, 8, 0) == ERR_DAMAGED);
    CHECK(changed(16, 8, 1ull << 32 | 6) == ERR_DAMAGED);
    CHECK(changed(24, 4, 3) == ERR_DAMAGED); /* a descriptor that is none */
    CHECK(changed(24, 4, UINT32_MAX) == ERR_DAMAGED);
    CHECK(changed(24, 4, 1) == OK); /* what is behind the descriptors is no matter */
    CHECK(changed(24, 4, 0) == OK);
    CHECK(changed(32, 8, 0) == ERR_DAMAGED);
    CHECK(changed(data, 4, 0x63736565) == ERR_DAMAGED);
    CHECK(changed(data + 16, 8, 4 * MIB + 512) == ERR_DAMAGED);
    CHECK(changed(data + 16, 8, UINT64_MAX << 12) == ERR_DAMAGED);
    CHECK(changed(data + 24, 8, 5) == ERR_DAMAGED);
    CHECK(changed(zeros, 4, 0x63736564) == ERR_DAMAGED); /* data, and no sector for them */
    CHECK(changed(zeros, 4, 0x6f726579) == ERR_DAMAGED);
    CHECK(changed(zeros + 8, 8, SECTOR + 512) == ERR_DAMAGED);
    CHECK(changed(zeros + 8, 8, UINT64_MAX << 12) == ERR_DAMAGED);
    CHECK(changed(zeros + 24, 8, 1ull << 33 | 5) == ERR_DAMAGED);
    CHECK(changed(sector, 4, 0x61746165) == ERR_DAMAGED);
    CHECK(changed(sector + 4, 4, 0) == ERR_DAMAGED);
    CHECK(changed(sector + 4092, 4, 6) == ERR_DAMAGED);
}

TEST(an_entry_has_all_of_its_descriptors)
{
    struct vhdx_put puts[127];
    struct vhdx_build b;

    begin(&b);
    for (size_t i = 0; i < COUNT_OF(puts); i++)
        puts[i] = (struct vhdx_put){4 * MIB, NULL, SECTOR};
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, puts, COUNT_OF(puts));
    put_le32(vhdx_build_in_log(&b, 0, 8), SECTOR);
    vhdx_build_sum_log(&b, 0);
    check_refused(&b, ERR_DAMAGED, nothing_whole);
    vhdx_build_release(&b);
}

/* The one before it is then the newest that is whole. */
TEST(an_entry_whose_tail_is_nowhere_is_none)
{
    static const uint32_t tails[] = {SECTOR + 512, MIB, UINT32_MAX - 4095};
    struct vhdx_put put = {4 * MIB, some, 0};
    struct fake_source file;
    struct source *after;
    struct vhdx_build b;

    begin(&b);
    uint32_t at = vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, &put, 1);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        vhdx_build_log(&b, (struct vhdx_log){at, 5, tails[i], 0, 0, 0}, &put, 1);
        CHECK(open_log(&b, &file, &after) == OK);
    }
    vhdx_build_log(&b, (struct vhdx_log){at, 5, SECTOR, 0, 0, 0}, &put, 1);
    check_refused(&b, ERR_DAMAGED, nothing_whole);
    vhdx_build_release(&b);
}

TEST(a_log_writes_neither_to_itself_nor_to_the_headers)
{
    static const struct {
        uint64_t at, len;
        const char *text;
    } cases[] = {
        {0, SECTOR, "disk.vhdx: its log writes to byte 0, into the headers"},
        {0x2f000, 2 * SECTOR, "disk.vhdx: its log writes to byte 192512, into the headers"},
        {LOG, SECTOR, "disk.vhdx: its log writes to byte 1048576, into itself"},
        {LOG - SECTOR, 2 * SECTOR, "disk.vhdx: its log writes to byte 1044480, into itself"},
        {2 * MIB - SECTOR, SECTOR, "disk.vhdx: its log writes to byte 2093056, into itself"},
    };
    struct vhdx_build b;

    begin(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vhdx_put put = {cases[i].at, NULL, cases[i].len};
        vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, &put, 1);
        check_refused(&b, ERR_DAMAGED, cases[i].text);
    }
    vhdx_build_release(&b);
}

TEST(a_log_outside_of_the_file_is_damaged)
{
    struct vhdx_build b;

    begin(&b);

    b.len = 2 * MIB - 1;
    check_refused(&b, ERR_DAMAGED,
                  "disk.vhdx: its log of 1048576 bytes is at byte 1048576, and "
                  "the file ends at byte 2097151");
    b.len = MIB - 1;
    check_refused(&b, ERR_DAMAGED,
                  "disk.vhdx: its log of 1048576 bytes is at byte 1048576, and "
                  "the file ends at byte 1048575");
    b.len = 2 * MIB;
    b.options.log_size = 0;
    check_refused(&b, ERR_DAMAGED, nothing_whole);
    b.options.log_size = 65 * MIB;
    check_refused(&b, ERR_TOO_BIG,
                  "disk.vhdx: was not closed, and its log has 68157440 bytes, "
                  "where at most 67108864 are replayed");
    vhdx_build_release(&b);
}

TEST(a_log_of_more_writes_than_are_replayed_is_refused)
{
    static struct vhdx_put puts[VHDX_LOG_WRITES_MAX + 1];
    struct fake_source file;
    struct source *after;
    struct vhdx_build b;

    begin(&b);
    for (size_t i = 0; i < COUNT_OF(puts); i++)
        puts[i] = (struct vhdx_put){4 * MIB, NULL, SECTOR};
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, puts, VHDX_LOG_WRITES_MAX);
    CHECK(open_log(&b, &file, &after) == OK);
    vhdx_build_log(&b, (struct vhdx_log){.sequence = 4}, puts, COUNT_OF(puts));
    check_refused(&b, ERR_TOO_BIG,
                  "disk.vhdx: its log has 16385 writes to replay, where at most 16384 are");
    vhdx_build_release(&b);
}

/* As long as they are, but for their checksum; and then a valid one of 5 MiB. */
static void put_wrong(struct vhdx_build *b, uint32_t count)
{
    struct vhdx_put none = {4 * MIB, NULL, 0};
    uint32_t at = count * SECTOR;

    for (uint32_t i = 0; i < count; i++) {
        vhdx_build_log(b, (struct vhdx_log){.at = i * SECTOR, .sequence = 4}, &none, 1);
        put_le32(vhdx_build_in_log(b, i * SECTOR, 8), 4 * MIB);
    }
    vhdx_build_log(b, (struct vhdx_log){at, 4, at, 0, 0, 5 * MIB / SECTOR}, &none, 1);
}

TEST(a_log_full_of_wrong_entries_does_not_take_for_ever)
{
    struct fake_source file;
    struct source *after;
    struct vhdx_build b;

    vhdx_build_begin(&b, (struct vhdx_options){.capacity = MIB, .log_size = 6 * MIB});
    vhdx_build_session(&b, SESSION);
    put_wrong(&b, 15);
    CHECK(open_log(&b, &file, &after) == OK);
    put_wrong(&b, 17);
    check_refused(&b, ERR_TOO_BIG,
                  "disk.vhdx: its log has more than 67108864 bytes of entries "
                  "with wrong checksums");
    vhdx_build_release(&b);
}

/* A file whose bytes are others from read number change_at on. */
struct changing {
    struct source source;
    const uint8_t *at;
    size_t reads, change_at;
};

static enum err changing_read(struct source *source, uint64_t offset, void *to, size_t len,
                              struct error *e)
{
    struct changing *s = (struct changing *)source;

    (void)e;
    memcpy(to, s->at + offset, len);
    if (++s->reads >= s->change_at)
        memset(to, 0xff, len);
    return OK;
}

TEST(a_log_that_changes_while_it_is_read_is_noticed)
{
    static const struct source_ops ops = {.read = changing_read};
    struct vhdx_put puts[] = {{4 * MIB, some, 0}, {5 * MIB, NULL, SECTOR}};
    struct changing file = {.change_at = 1};
    struct vhdx_build b;
    uint32_t at = 0, noticed = 0;

    begin(&b);
    for (uint64_t n = 1; n <= 100; n++)
        at = vhdx_build_log(&b, (struct vhdx_log){at, n, 0, 0, 0, 0}, puts, 2);
    for (; file.reads + 1 >= file.change_at; file.change_at++) {
        struct vhdx_header header = {.log = {LOG, MIB}, .must_replay = true};
        struct source *after;
        struct arena a;
        memset(header.log_guid, SESSION, VHDX_GUID);
        arena_init(&a, memory, sizeof(memory), "tests");
        file = (struct changing){
            {.ops = &ops, .name = "disk.vhdx", .size = b.len}, b.at, 0, file.change_at};
        enum err code = vhdx_log_open(&file.source, &header, &a, &after, &error);
        bool has_changed = file.reads >= file.change_at;
        if (file.change_at == 1)
            CHECK(code == ERR_DAMAGED);
        else /* where it changed before all entries were found, fewer are replayed */
            CHECK(code == OK || (has_changed && code == ERR_IO));
        noticed += code == ERR_IO;
    }
    CHECK(file.change_at > 20 && noticed > 15);
    vhdx_build_release(&b);
}
