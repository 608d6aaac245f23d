#include "base/target.h"

#include <string.h>

#include "tests/fake_target.h"
#include "tests/test.h"

/* Remembers the last call. */
struct seen {
    struct target target;
    int writes, reads, flushes;
    uint64_t lba;
    size_t count;
};

static struct error error;

static enum err see_write(struct target *t, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    struct seen *seen = (struct seen *)t;

    (void)from, (void)e;
    seen->writes++;
    seen->lba = lba;
    seen->count = count;
    return OK;
}

static enum err see_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    struct seen *seen = (struct seen *)t;

    (void)to, (void)e;
    seen->reads++;
    seen->lba = lba;
    seen->count = count;
    return OK;
}

static enum err see_flush(struct target *t, struct error *e)
{
    ((struct seen *)t)->flushes++;
    return fail(e, ERR_IO, "no");
}

static struct seen ten_sectors(void)
{
    static const struct target_ops ops = {.write = see_write, .read = see_read, .flush = see_flush};

    return (struct seen){
        .target = {.ops = &ops, .name = "disk", .sectors = 10, .sector_size = 512, .alignment = 1}};
}

TEST(a_target_passes_on_what_lies_inside)
{
    struct seen seen = ten_sectors();
    uint8_t sector[512];

    CHECK(target_size(&seen.target) == 5120);
    CHECK(target_write(&seen.target, 9, sector, 1, &error) == OK);
    CHECK(seen.writes == 1 && seen.lba == 9 && seen.count == 1);
    CHECK(target_read(&seen.target, 0, sector, 10, &error) == OK);
    CHECK(seen.reads == 1 && seen.lba == 0 && seen.count == 10);
    CHECK(target_flush(&seen.target, &error) == ERR_IO);
    CHECK(seen.flushes == 1);
}

TEST(nothing_to_write_or_read_asks_nobody)
{
    struct seen seen = ten_sectors();

    CHECK(target_write(&seen.target, 10, NULL, 0, &error) == OK);
    CHECK(target_read(&seen.target, 10, NULL, 0, &error) == OK);
    CHECK(seen.writes == 0 && seen.reads == 0);
}

TEST(no_sector_past_the_end_of_a_target_is_asked_for)
{
    static const struct {
        uint64_t lba;
        size_t count;
    } cases[] = {{10, 1}, {9, 2}, {11, 0}, {0, 11}, {UINT64_MAX, 1}, {1, SIZE_MAX}};
    struct seen seen = ten_sectors();
    uint8_t sector[512];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(target_write(&seen.target, cases[i].lba, sector, cases[i].count, &error) ==
              ERR_NO_ROOM);
        CHECK(target_read(&seen.target, cases[i].lba, sector, cases[i].count, &error) ==
              ERR_NO_ROOM);
    }
    CHECK(seen.writes == 0 && seen.reads == 0);
    CHECK(target_write(&seen.target, 8, sector, 4, &error) == ERR_NO_ROOM);
    CHECK_TEXT(error.text, "disk: has 10 sectors, but 4 from sector 8 are needed");
}

TEST(the_null_target_takes_everything_and_reads_as_zeros)
{
    struct target t;
    static uint8_t sectors[2 * 4096 + 1];

    null_target_init(&t, 100, 4096);
    CHECK(target_size(&t) == 409600 && t.sector_size == 4096 && !t.zeroed);
    memset(sectors, 'x', sizeof(sectors));
    CHECK(target_write(&t, 98, sectors, 2, &error) == OK);
    CHECK(sectors[0] == 'x');
    CHECK(target_read(&t, 98, sectors, 2, &error) == OK);
    for (size_t i = 0; i < 2 * 4096; i++)
        CHECK(sectors[i] == 0);
    CHECK(sectors[2 * 4096] == 'x');
    CHECK(target_write(&t, 99, sectors, 2, &error) == ERR_NO_ROOM);
    CHECK(target_flush(&t, &error) == OK);
}

TEST(a_target_is_read_at_any_offset_through_a_buffer)
{
    static _Alignas(4096) uint8_t buffer[8192];
    static uint8_t out[40000];
    struct target_source source;
    static struct fake_target disk;
    struct error e;

    for (uint32_t size = 512; size <= 4096; size *= 8) {
        fake_target_init(&disk, 65536 / size, size);
        target_source_init(&source, &disk.target, buffer, sizeof(buffer));
        CHECK(source.source.size == 65536);
        for (size_t at = 0; at < 20000; at += 701)
            for (size_t len = 1; len < sizeof(out); len = len * 3 + 7) {
                CHECK(source_read(&source.source, at, out, len, &e) == OK);
                CHECK(memcmp(out, disk.disk + at, len) == 0);
            }
        CHECK(source_read(&source.source, 65535, out, 2, &e) == ERR_DAMAGED);
        fake_target_release(&disk);
    }
}
