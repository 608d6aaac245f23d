#include "disks/pipeline.h"

#include <string.h>

#include "tests/fake_target.h"
#include "tests/test.h"

#define GRAIN  4096u
#define GRAINS (6u * PIPELINE_PIECES)

/* A disk that has written only when it was asked so many times, and sees what is done meanwhile. */
struct slow_target {
    struct target target;
    struct fake_target fake;
    const struct workers *workers;
    size_t patience,
        asks; /* how often it says that it is busy; how often it was asked since the first submit */
    bool under_way;
    size_t waits, idle_waits; /* for something under way; of these while jobs were left */
    size_t done;              /* jobs of the batch, at the last wait */
};

static _Alignas(4096) uint8_t memory[48 << 20];
static _Alignas(4096) uint8_t guest[GRAINS * GRAIN];
static struct error error;
static struct slow_target slow;
static struct workers alone;

static enum err slow_submit(struct target *t, uint64_t lba, const void *from, size_t count,
                            struct error *e)
{
    (void)t;
    slow.under_way = true;
    slow.asks = 0;
    return target_write(&slow.fake.target, lba, from, count, e);
}

static bool slow_is_busy(struct target *t)
{
    (void)t;
    return slow.under_way && slow.asks++ < slow.patience;
}

static enum err slow_wait(struct target *t, struct error *e)
{
    (void)t;
    (void)e;
    if (slow.under_way && alone.under_way) {
        slow.waits++;
        slow.idle_waits += !workers_done(&alone);
        slow.done = atomic_load(&alone.done);
    }
    slow.under_way = false;
    return OK;
}

static enum err slow_write(struct target *t, uint64_t lba, const void *from, size_t count,
                           struct error *e)
{
    (void)t;
    return target_write(&slow.fake.target, lba, from, count, e);
}

static enum err slow_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    (void)t;
    return target_read(&slow.fake.target, lba, to, count, e);
}

static enum err slow_flush(struct target *t, struct error *e)
{
    (void)t;
    return target_flush(&slow.fake.target, e);
}

static enum err next_grain(struct image *image, struct run *run, struct error *e)
{
    static uint64_t at;

    (void)e;
    *run = (struct run){.offset = at, .kind = RUN_STORED};
    if (at == image->capacity) {
        at = 0;
        return OK;
    }
    run->length = GRAIN;
    run->packed = (struct bytes){guest + at, GRAIN};
    at += GRAIN;
    return OK;
}

static enum err copy(struct image *image, struct error *e)
{
    static struct pipeline_tools tools;
    static struct pipeline pipeline;
    static struct writer writer;
    static struct ring ring; /* of which nothing is used: all runs lie in guest, for good */
    struct arena a;
    bool done;

    arena_init(&a, memory, sizeof(memory), "tests");
    workers_init(&alone, NULL, 1);
    TRY(pipeline_tools_init(&tools, &alone, 4096, &a, e));
    TRY(writer_init(&writer, &slow.target, tools.batches[0].room.at, &a, e));
    TRY(writer_open(&writer, image, &a, e));
    TRY(writer_erase(&writer, e));
    pipeline_open(&pipeline, &tools, &writer, image, &ring);
    do
        TRY(pipeline_step(&pipeline, &done, e));
    while (!done);
    for (done = false; !done;)
        TRY(writer_fill(&writer, &done, e));
    return writer_seal(&writer, e);
}

/* Onto a disk that is busy for so many questions. */
static void run(size_t patience)
{
    static const struct target_ops ops = {.write = slow_write,
                                          .read = slow_read,
                                          .flush = slow_flush,
                                          .submit = slow_submit,
                                          .wait = slow_wait,
                                          .is_busy = slow_is_busy};
    static const struct image_ops image_ops = {next_grain};
    struct image image = {.ops = &image_ops,
                          .name = "disk.raw",
                          .format = "test",
                          .unit = "grain",
                          .capacity = sizeof(guest),
                          .granule = GRAIN,
                          .sector_size = 512};

    fill_noise(guest, sizeof(guest), 5);
    memset(&slow, 0, sizeof(slow));
    fake_target_init(&slow.fake, sizeof(guest) / 512, 512);
    slow.target = slow.fake.target;
    slow.target.ops = &ops;
    slow.patience = patience;
    CHECK(copy(&image, &error) == OK);
    CHECK(memcmp(slow.fake.disk, guest, sizeof(guest)) == 0);
    CHECK(slow.waits > 2);
    fake_target_release(&slow.fake);
}

TEST(a_disk_that_is_busy_is_not_waited_for_while_there_is_work)
{
    run(GRAINS);
    CHECK(slow.idle_waits == 0);
}

TEST(a_disk_that_has_written_gets_its_next_batch_before_the_work_is_done)
{
    run(3);
    CHECK(slow.idle_waits == slow.waits && slow.done == 3);
}
