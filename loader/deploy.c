#include "loader/deploy.h"

#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "loader/port.h"
#include "loader/progress.h"

/* One disk on its way: the reading end and the writing end.  Disks follow one another, so all but
 * what the writers hold until the seal is in memory for one of them at a time. */
struct lane {
    const struct plan_disk *disk;
    struct source_stream file;
    struct hash_stream hashed;
    struct image *image;
    struct writer writer;
};

static enum err init_lanes(struct lane *lanes, const struct plan *plan,
                           struct target *const targets[], struct arena *work, struct error *e)
{
    size_t alignment = 4096;
    uint8_t *buffer;

    for (size_t i = 0; i < plan->count; i++)
        if (targets[i]->alignment > alignment)
            alignment = targets[i]->alignment;
    TRY(arena_take(work, WRITER_BUFFER, 1, alignment, (void **)&buffer, e));
    for (size_t i = 0; i < plan->count; i++) {
        lanes[i].disk = &plan->disks[i];
        TRY(plan_check_target(lanes[i].disk, targets[i], e));
        TRY(writer_init(&lanes[i].writer, targets[i], buffer, work, e));
    }
    return OK;
}

static enum err open_lane(struct lane *lane, struct arena *work, struct error *e)
{
    const struct plan_disk *disk = lane->disk;

    TRY(source_stream_init(&lane->file, disk->source, DEPLOY_READ_AHEAD, work, e));
    hash_stream_init(&lane->hashed, &lane->file.stream, disk->expected.kinds, disk->expected.count);
    TRY(image_open(&lane->hashed.stream, disk->source->size, work, &lane->image, e));
    return writer_open(&lane->writer, lane->image, work, e);
}

/* Whatever can fail before the first write fails here. */
static enum err try_lanes(struct lane *lanes, size_t count, struct arena work, struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        struct arena scratch = work;
        TRY(open_lane(&lanes[i], &scratch, e));
    }
    return OK;
}

/* Zeros where the guest disk has holes: on a large disk the longest part. */
static enum err fill(struct lane *lane, struct error *e)
{
    uint64_t before = lane->writer.bytes_written;
    struct progress progress;
    bool done;

    progress_start(&progress, "zeros between the data", 0);
    do {
        TRY(writer_fill(&lane->writer, &done, e));
        TRY(progress_show(&progress, lane->writer.bytes_written - before, e));
    } while (!done);
    progress_end(&progress);
    return OK;
}

/* Read, hash, unpack and write one disk; prove it. */
static enum err run_lane(struct lane *lane, struct arena work, struct error *e)
{
    struct progress progress;
    struct run run;

    TRY(open_lane(lane, &work, e));
    progress_start(&progress, lane->disk->name, lane->disk->source->size);
    TRY(writer_erase(&lane->writer, e));
    do {
        TRY(image_next(lane->image, &run, e));
        TRY(writer_put(&lane->writer, &run, e));
        TRY(progress_show(&progress, lane->hashed.stream.offset, e));
    } while (run.length);

    TRY(stream_drain(&lane->hashed.stream, e));
    progress_end(&progress);
    TRY(verify_hashed(&lane->disk->expected, &lane->hashed, e));
    return fill(lane, e);
}

static void take_proof(struct lane *lane, struct proved *out)
{
    const struct expected *expected = &lane->disk->expected;

    out->kind = expected->count ? expected->kinds[0] : DIGEST_SHA256;
    if (expected->count)
        memcpy(out->digest, expected->entries[0]->digest, DIGEST_MAX);
    else
        digest_finish(&lane->hashed.digest[0], out->digest);
}

static enum err run_lanes(struct lane *lanes, size_t count, struct arena work, struct proved out[],
                          struct error *e)
{
    char size[TEXT_SIZE_MAX];

    for (size_t i = 0; i < count; i++) {
        if (run_lane(&lanes[i], work, e) != OK) {
            (void)port_progress(NULL);
            return e->code;
        }
        take_proof(&lanes[i], &out[i]);
        port_say("%s     %s: %s; %s", lanes[i].disk->expected.count ? "Proved" : "Read  ",
                 lanes[i].disk->name, verify_text(&lanes[i].disk->expected),
                 text_size(size, lanes[i].disk->capacity));
    }
    for (size_t i = count; i > 0; i--)
        TRY(writer_seal(&lanes[i - 1].writer, e));
    return OK;
}

enum err deploy(const struct plan *plan, struct target *const targets[], struct arena work,
                struct proved out[], struct error *e)
{
    struct lane *lanes;

    TRY(TAKE(&work, plan->count, &lanes, e));
    if (init_lanes(lanes, plan, targets, &work, e) != OK ||
        try_lanes(lanes, plan->count, work, e) != OK ||
        run_lanes(lanes, plan->count, work, out, e) != OK)
        return within(e, "%s", plan->package->name);
    return OK;
}
