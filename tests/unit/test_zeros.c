#include "disks/zeros.h"

#include <string.h>

#include "tests/fake_target.h"
#include "tests/test.h"

#define SIZE (16u << 20) /* bytes of the disk */

/* What a disk does when it is asked for zeros. */
enum nature {
    HONEST,
    REFUSES,        /* says that it cannot */
    DOES_NOTHING,   /* and says it did */
    WHOLE_UNITS,    /* of 64 KiB, as one that deallocates may */
    NOT_THE_LAST,   /* it counts wrongly */
    STOPS_IN_MIDDLE /* half of it */
};

static enum nature nature;
static int asked;
static struct fake_target disk;
static struct error error;

static enum err zero(struct target *t, uint64_t lba, uint64_t count, bool *done, struct error *e)
{
    uint64_t unit = (64u << 10) / t->sector_size, end = lba + count;

    (void)e;
    asked++;
    *done = nature != REFUSES;
    if (nature == REFUSES || nature == DOES_NOTHING)
        return OK;
    if (nature == WHOLE_UNITS) {
        lba = (lba + unit - 1) / unit * unit;
        end = end / unit * unit;
    }
    if (nature == NOT_THE_LAST)
        end--;
    if (nature == STOPS_IN_MIDDLE)
        end = lba + count / 2;
    memset(disk.disk + lba * t->sector_size, 0, (size_t)(end - lba) * t->sector_size);
    return OK;
}

/* The fake disk, which says that it can make zeros. */
static void open_disk(enum nature is, uint32_t sector, bool was_zero)
{
    static struct target_ops ops;

    fake_target_init(&disk, SIZE / sector, sector);
    ops = *disk.target.ops;
    ops.zero = zero;
    disk.target.ops = &ops;
    nature = is;
    asked = 0;
    if (was_zero)
        memset(disk.disk, 0, SIZE);
}

static bool all_zero(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (disk.disk[i])
            return false;
    return true;
}

TEST(zeros_of_an_honest_disk_are_believed_and_nothing_beside_them_changes)
{
    static _Alignas(4096) uint8_t room[4096];
    static uint8_t before[SIZE];
    struct zeros z = {.refused = false};
    bool done;

    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        open_disk(HONEST, sector, false);
        memcpy(before, disk.disk, SIZE);
        size_t from = 3 * sector, to = from + ZEROS_MIN + 7 * sector;
        CHECK(zeros_make(&z, &disk.target, 3, (to - from) / sector, room, &done, &error) == OK);
        CHECK(done && asked == 1 && all_zero(from, to));
        CHECK(memcmp(disk.disk, before, from) == 0);
        CHECK(memcmp(disk.disk + to, before + to, SIZE - to) == 0);
        fake_target_release(&disk);
    }
}

TEST(a_disk_that_does_not_what_it_says_is_found_out_and_not_asked_again)
{
    static _Alignas(4096) uint8_t room[4096];
    bool done;

    for (enum nature is = REFUSES; is <= STOPS_IN_MIDDLE; is++)
        for (int was_zero = 0; was_zero < 2; was_zero++) {
            struct zeros z = {.refused = false};
            open_disk(is, 512, was_zero);
            CHECK(zeros_make(&z, &disk.target, 5, SIZE / 1024, room, &done, &error) == OK);
            CHECK(!done && z.refused && asked == 1);
            CHECK(zeros_make(&z, &disk.target, 5, SIZE / 1024, room, &done, &error) == OK);
            CHECK(!done && asked == 1);
            fake_target_release(&disk);
        }
}

TEST(the_room_holds_zeros_when_it_was_used_and_what_it_held_when_not)
{
    static _Alignas(4096) uint8_t room[4096];
    struct zeros z = {.refused = false};
    bool done;

    open_disk(DOES_NOTHING, 512, false);
    room[0] = room[511] = 7;
    CHECK(zeros_make(&z, &disk.target, 0, ZEROS_MIN / 512 - 1, room, &done, &error) == OK);
    CHECK(!done && !z.refused && asked == 0 && room[0] == 7 && room[511] == 7);
    CHECK(zeros_make(&z, &disk.target, 0, ZEROS_MIN / 512, room, &done, &error) == OK);
    CHECK(!done && asked == 1 && room[0] == 0 && room[511] == 0);
    fake_target_release(&disk);
}

TEST(a_disk_without_zeros_of_its_own_is_left_alone)
{
    static _Alignas(4096) uint8_t room[4096];
    struct zeros z = {.refused = false};
    bool done;

    fake_target_init(&disk, SIZE / 512, 512);
    CHECK(zeros_make(&z, &disk.target, 0, SIZE / 512, room, &done, &error) == OK);
    CHECK(!done && disk.done == 0);
    fake_target_release(&disk);
}

TEST(a_disk_that_fails_is_told)
{
    static _Alignas(4096) uint8_t room[4096];
    struct zeros z = {.refused = false};
    bool done;

    open_disk(HONEST, 512, false);
    disk.fail_at = 3;
    CHECK(zeros_make(&z, &disk.target, 0, SIZE / 512, room, &done, &error) == ERR_IO);
    CHECK(asked == 0);
    fake_target_release(&disk);
}
