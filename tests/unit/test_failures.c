/* Whatever fails in a whole deployment, from the package's first byte to the last flush: the right code, a sentence with a
 * name in it, and no disk that starts. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "loader/deploy.h"
#include "loader/memory.h"
#include "tests/build/cut_case.h"
#include "tests/build/deploy_rig.h"
#include "tests/build/firmware_judge.h"
#include "tests/build/package_build.h"
#include "tests/fake_port.h"
#include "tests/test.h"

#define SEEDS 2          /* of a power cut after the failure */
#define GUEST (4u << 20) /* bytes */
#define ROOM  (3u << 20) /* bytes more of a target, for what is told */
#define DISKS 2
#define QUEUE 2048

/* A fake disk with a queue, which does last what was submitted first, and tells at the end what failed. */
struct queued {
    struct target target;
    struct fake_target fake;
    struct request {
        uint64_t lba;
        const void *from;
        size_t count;
    } queue[QUEUE];
    size_t count;
};

static struct queued disks[DISKS];
static struct fake_source source;
static struct package_build built;
static uint8_t guest[GUEST], complete[DISKS][GUEST + ROOM];
static uint8_t package_memory[MEMORY_PACKAGE], work_memory[RIG_MEMORY];
static struct error error;

/* ---- The disks -------------------------------------------------------------------------------- */

static enum err queued_write(struct target *t, uint64_t lba, const void *from, size_t count,
                             struct error *e)
{
    struct queued *q = (struct queued *)t;

    CHECK(!q->count);
    return target_write(&q->fake.target, lba, from, count, e);
}

static enum err queued_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    struct queued *q = (struct queued *)t;

    CHECK(!q->count);
    return target_read(&q->fake.target, lba, to, count, e);
}

static enum err queued_flush(struct target *t, struct error *e)
{
    struct queued *q = (struct queued *)t;

    CHECK(!q->count);
    return target_flush(&q->fake.target, e);
}

static enum err queued_submit(struct target *t, uint64_t lba, const void *from, size_t count,
                              struct error *e)
{
    struct queued *q = (struct queued *)t;

    (void)e;
    CHECK(q->count < QUEUE);
    q->queue[q->count++] = (struct request){lba, from, count};
    return OK;
}

static enum err queued_wait(struct target *t, struct error *e)
{
    struct queued *q = (struct queued *)t;
    enum err err = OK;

    while (q->count) {
        const struct request *r = &q->queue[--q->count];
        if (target_write(&q->fake.target, r->lba, r->from, r->count, e) != OK)
            err = e->code;
    }
    return err;
}

static void plug_in(uint32_t sector, bool has_queue)
{
    static const struct target_ops plain = {
        .write = queued_write, .read = queued_read, .flush = queued_flush};
    static const struct target_ops ops = {.write = queued_write,
                                          .read = queued_read,
                                          .flush = queued_flush,
                                          .submit = queued_submit,
                                          .wait = queued_wait};

    for (size_t i = 0; i < DISKS; i++) {
        fake_target_init(&disks[i].fake, (GUEST + ROOM) / sector, sector);
        disks[i].target = disks[i].fake.target;
        disks[i].target.ops = has_queue ? &ops : &plain;
        disks[i].count = 0;
    }
}

static void unplug(void)
{
    for (size_t i = 0; i < DISKS; i++)
        fake_target_release(&disks[i].fake);
}

static const uint8_t *sector_of(void *context, uint64_t lba)
{
    const struct fake_target *t = context;

    return t->disk + lba * t->target.sector_size;
}

static bool starts(struct fake_target *t)
{
    struct firmware_disk d = {sector_of, t, t->target.sectors, t->target.sector_size};

    return firmware_look(&d).table != FIRMWARE_NOTHING;
}

static bool is_untouched(void)
{
    return disks[0].fake.done == 0 && disks[1].fake.done == 0;
}

/* ---- The whole of it -------------------------------------------------------------------------- */

struct way {
    uint32_t guest_sector, sector;
    enum cut_guest guest;
    bool has_queue;
    bool once; /* of what fails, one fails, and not all after it */
};

static const struct way ways[] = {
    {512, 512, CUT_LOGICAL, false, false},
    {512, 512, CUT_LOGICAL, true, true},
    {4096, 4096, CUT_GPT, true, false},
    {512, 4096, CUT_GPT, false, true}, /* read twice: proved before anything is written */
};

static void begin(const struct way *way)
{
    static struct vmdk_build image;

    if (way->guest_sector == way->sector)
        cut_guest_make(guest, GUEST, way->guest_sector, way->guest, 2);
    else
        build_guest(guest, GUEST, way->guest_sector, "EFI/BOOT/BOOTX64.EFI");
    build_image(&image, guest, GUEST);
    struct build_disk files[DISKS] = {{.href = "boot.vmdk", .image = {image.at, image.len}},
                                      {.href = "data.vmdk", .image = {image.at, image.len}}};
    fake_port_reset();
    package_build(&built, files, DISKS, 0);
    vmdk_build_release(&image);
}

/* New disks, and nothing fails. */
static void begin_run(const struct way *way)
{
    plug_in(way->sector, way->has_queue);
    fake_source_init(&source, "box.ova", (struct bytes){built.tar.at, built.tar.len});
    source.once = disks[0].fake.once = disks[1].fake.once = way->once;
}

static void end(void)
{
    package_build_release(&built);
}

static enum err run_in(const struct way *way, struct arena a, struct arena work)
{
    static struct proved proved[DISKS];
    static struct package package;
    static struct plan plan;
    struct target *targets[DISKS] = {&disks[0].target, &disks[1].target};
    struct provision provision = {.volume = cut_volume_make(way->sector), .guid = {7}};

    TRY(package_open_archive(&package, &source.source, &a, &error));
    TRY(build_plan(&package, "unattended = yes\n", &a, work, &plan, &error));
    return deploy(&plan, targets, &provision, work, proved, &error);
}

static enum err run_within(const struct way *way, struct bytes memory, struct bytes more_memory)
{
    struct arena a, work;

    arena_init(&a, package_memory, sizeof(package_memory), "the package");
    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    if (memory.at)
        arena_init(&a, (void *)(uintptr_t)memory.at, memory.len, "the package");
    if (more_memory.at)
        arena_init(&work, (void *)(uintptr_t)more_memory.at, more_memory.len, "unpacking");
    error = (struct error){.code = OK};
    enum err err = run_in(way, a, work);
    CHECK(err == OK || err == error.code);
    CHECK(!strchr(error.text, '\n') && (err == OK || strlen(error.text) > 20));
    return err;
}

static enum err run(const struct way *way)
{
    return run_within(way, (struct bytes){0}, (struct bytes){0});
}

static bool holds_a_name(const char *text)
{
    return strstr(text, "box.ova") || strstr(text, "fake disk") || strstr(text, "the package");
}

/* What starts is complete: the failure was in the last flush. */
static bool is_complete(size_t disk)
{
    return memcmp(disks[disk].fake.disk, complete[disk], sizeof(complete[disk])) == 0;
}

static void check_dead(void)
{
    for (uint32_t seed = 0; seed <= SEEDS; seed++) {
        for (size_t i = 0; seed && i < DISKS; i++)
            fake_target_cut_power(&disks[i].fake, seed);
        if (starts(&disks[0].fake))
            CHECK(is_complete(0) && is_complete(1));
    }
}

static bool is_long(void)
{
    const char *is = getenv("OVFBOOT_LONG");

    return is && strcmp(is, "0") != 0;
}

/* The one that comes next fails, until nothing does: how many that were, about.
 * Every stride-th, unless OVFBOOT_LONG=1. */
typedef void arming(size_t n);

static size_t each(const struct way *way, arming *arm, size_t stride, const char *told)
{
    enum err err = ERR_IO;
    size_t n = 0;

    begin(way);
    for (; n < 2 || err != OK; n += n && !is_long() ? stride : 1) {
        begin_run(way);
        if (n)
            arm(n);
        err = run(way);
        CHECK(err == OK || err == ERR_IO);
        if (n == 0)
            for (size_t i = 0; i < DISKS; i++)
                memcpy(complete[i], disks[i].fake.disk, sizeof(complete[i]));
        if (err != OK)
            CHECK_HOLDS(error.text, told);
        CHECK(err == OK || holds_a_name(error.text));
        check_dead();
        CHECK(err != OK || starts(&disks[0].fake));
        unplug();
    }
    end();
    return n - 1;
}

static void fail_read(size_t n)
{
    source.fail_at = n;
}

TEST(each_read_that_fails_stops_a_deployment)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        CHECK(each(&ways[i], fail_read, 7, "box.ova: cannot read byte ") > 10);
}

static void fail_write_of_boot_disk(size_t n)
{
    disks[0].fake.fail_at = n;
}

static void fail_write_of_data_disk(size_t n)
{
    disks[1].fake.fail_at = n;
}

TEST(each_write_and_flush_that_fails_stops_a_deployment)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        CHECK(each(&ways[i], fail_write_of_boot_disk, 2, "box.ova: fake disk: cannot ") > 10);
        CHECK(each(&ways[i], fail_write_of_data_disk, 3, "box.ova: fake disk: cannot ") > 10);
    }
}

static void fail_read_of_boot_disk(size_t n)
{
    disks[0].fake.fail_read = n;
}

/* Of what it has written, it reads what says where logical partitions are. */
TEST(each_read_of_the_target_that_fails_stops_a_deployment)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        size_t reads = each(&ways[i], fail_read_of_boot_disk, 1, "box.ova: ");
        CHECK((reads > 1) == (ways[i].guest == CUT_LOGICAL));
    }
}

/* A step further each time, larger where more is taken at once.  To the byte, so that a sanitizer sees what is
 * past it. */
static void with_little(const struct way *way, bool of_package)
{
    size_t most = of_package ? MEMORY_PACKAGE : RIG_MEMORY;
    enum err err = ERR_NO_MEMORY;

    begin_run(way);
    for (size_t room = 1; room < most && err != OK; room += room / 16 + 777) {
        struct bytes memory = {malloc(room), room}, none = {0};
        err = run_within(way, of_package ? memory : none, of_package ? none : memory);
        CHECK(err == OK || err == ERR_NO_MEMORY);
        CHECK(err == OK || is_untouched());
        CHECK(err == OK || holds_a_name(error.text));
        free((void *)(uintptr_t)memory.at);
    }
    CHECK(err == OK && starts(&disks[0].fake));
    unplug();
}

TEST(memory_that_is_missing_is_missed_before_the_first_write)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        begin(&ways[i]);
        with_little(&ways[i], true);
        with_little(&ways[i], false);
        end();
    }
}
