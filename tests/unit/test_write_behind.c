#include "host/write_behind.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/fake_target.h"
#include "tests/test.h"

#define SECTORS 8192

static struct fake_target disk;
static uint8_t data[SECTORS * 512];
static struct error error;

static struct write_behind *start(void)
{
    static struct write_behind w;

    fake_target_init(&disk, SECTORS, 512);
    fill_noise(data, sizeof(data), 3);
    CHECK(write_behind_start(&w, &disk.target, disk.target.ops->write));
    return &w;
}

/* Two sectors to each of count places, first to last. */
static enum err put(struct write_behind *w, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(write_behind_put(w, 2 * i, data + 1024 * i, 2, &error));
    return OK;
}

TEST(more_writes_than_fit_get_to_the_disk_in_their_order)
{
    struct write_behind *w = start();

    for (int round = 0; round < 3; round++) {
        CHECK(put(w, 8 * WRITE_BEHIND_MAX) == OK);
        CHECK(write_behind_wait(w, &error) == OK);
    }
    write_behind_stop(w);
    CHECK(memcmp(disk.disk, data, 8 * WRITE_BEHIND_MAX * 1024) == 0);
    CHECK(disk.count == 3 * 8 * WRITE_BEHIND_MAX);
    for (size_t i = 0; i < disk.count; i++)
        CHECK(disk.writes[i].lba == 2 * (i % (8 * WRITE_BEHIND_MAX)));
    fake_target_release(&disk);
}

TEST(what_is_under_way_is_written_before_the_thread_ends)
{
    struct write_behind *w = start();

    CHECK(put(w, WRITE_BEHIND_MAX) == OK);
    write_behind_stop(w);
    write_behind_stop(w);
    CHECK(disk.count == WRITE_BEHIND_MAX);
    fake_target_release(&disk);
}

static atomic_bool may_write;

static enum err write_when_allowed(struct target *t, uint64_t lba, const void *from, size_t count,
                                   struct error *e)
{
    while (!atomic_load(&may_write))
        sched_yield();
    return t->ops->write(t, lba, from, count, e);
}

TEST(writes_that_are_under_way_keep_it_busy)
{
    struct write_behind *w = start();

    CHECK(!write_behind_is_busy(w));
    w->write = write_when_allowed;
    CHECK(put(w, 3) == OK && write_behind_is_busy(w));
    atomic_store(&may_write, true);
    while (write_behind_is_busy(w))
        sched_yield();
    CHECK(disk.count == 3 && write_behind_wait(w, &error) == OK);
    write_behind_stop(w);
    fake_target_release(&disk);
}

TEST(of_failed_writes_the_first_is_told_once_and_the_rest_is_not_written)
{
    for (size_t at = 1; at < 3 * WRITE_BEHIND_MAX; at += 13) {
        struct write_behind *w = start();
        char wanted[64];
        disk.fail_at = at;
        enum err err = put(w, 3 * WRITE_BEHIND_MAX);
        if (err == OK)
            err = write_behind_wait(w, &error);
        CHECK(err == ERR_IO);
        snprintf(wanted, sizeof(wanted), "fake disk: cannot write sector %zu", 2 * (at - 1));
        CHECK_TEXT(error.text, wanted);
        CHECK(disk.done == at);
        CHECK(write_behind_wait(w, &error) == OK);
        write_behind_stop(w);
        fake_target_release(&disk);
    }
}
