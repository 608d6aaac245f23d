#include "loader/deploy.h"

#include "base/guard.h"
#include "base/text.h"
#include "loader/lane.h"
#include "loader/port.h"
#include "loader/progress.h"

static enum err init_lanes(struct lane *lanes, const struct plan *plan,
                           struct target *const targets[], struct arena *work, struct error *e)
{
    struct lane_tools *tools;
    size_t alignment = 1;

    for (size_t i = 0; i < plan->count; i++)
        if (targets[i]->alignment > alignment)
            alignment = targets[i]->alignment;
    TRY(TAKE(work, 1, &tools, e));
    TRY(lane_tools_init(tools, port_workers(), alignment, work, e));
    for (size_t i = 0; i < plan->count; i++) {
        TRY(lane_init(&lanes[i], tools, &plan->disks[i], targets[i], !plan->as_it_is, work, e));
        TRY(plan_check_target(lanes[i].disk, targets[i], *work, e));
    }
    return OK;
}

/* Whatever can fail before the first write fails here. */
static enum err try_lanes(struct lane *lanes, size_t count, struct arena work, struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        struct arena scratch = work;
        TRY(lane_open(&lanes[i], &scratch, e));
    }
    return OK;
}

static enum err prove_lanes(struct lane *lanes, size_t count, struct arena work, struct error *e)
{
    for (size_t i = 0; i < count; i++)
        if (lane_prove(&lanes[i], work, e) != OK) {
            (void)port_progress(NULL);
            return e->code;
        }
    return OK;
}

/* Zeros where the guest disk has holes: on a large disk the longest part. */
static enum err fill(struct lane *lane, struct error *e)
{
    const struct plan_disk *disk = lane->disk;
    uint64_t before = lane->writer.bytes_written;
    struct progress progress;
    bool done;

    if (disk->is_blank)
        progress_start(&progress, disk->name, disk->capacity);
    else
        progress_start(&progress, "zeros between the data", 0);
    do {
        TRY(writer_fill(&lane->writer, &done, e));
        TRY(progress_show(&progress, lane->writer.bytes_written - before, e));
    } while (!done);
    progress_end(&progress);
    return OK;
}

static enum err run_lane(struct lane *lane, struct arena work, struct error *e)
{
    TRY(lane_open(lane, &work, e));
    TRY(writer_erase(&lane->writer, e));
    if (!lane->disk->is_blank)
        TRY(lane_copy(lane, e));
    return fill(lane, e);
}

static void take_proof(struct lane *lane, struct proved *out)
{
    *out = (struct proved){.kind = DIGEST_SHA256};
    if (!lane->disk->is_blank && lane->is_hashed)
        proving_digest(&lane->proving, &out->kind, out->digest);
}

static void say_done(const struct plan_disk *disk)
{
    char size[TEXT_SIZE_MAX];

    text_size(size, disk->capacity);
    if (disk->is_blank)
        port_say("Blank      %s: %s of zeros", disk->name, size);
    else
        port_say("%s     %s: %s; %s", parts_are_listed(&disk->parts) ? "Proved" : "Read  ",
                 disk->name, parts_verified(&disk->parts), size);
}

static enum err run_lanes(struct lane *lanes, size_t count, struct arena work, struct proved out[],
                          struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        if (run_lane(&lanes[i], work, e) != OK) {
            (void)port_progress(NULL);
            return e->code;
        }
        take_proof(&lanes[i], &out[i]);
        say_done(lanes[i].disk);
    }
    for (size_t i = count; i > 0; i--)
        TRY(writer_seal(&lanes[i - 1].writer, e));
    return OK;
}

/* The work on a disk that is long: read beforehand, copied, filled. */
static unsigned count_stages(const struct lane *lanes, size_t count)
{
    unsigned stages = 0;

    for (size_t i = 0; i < count; i++)
        stages += 1u + (lanes[i].disk->is_blank ? 0u : 1u) +
                  (lanes[i].is_twice && lanes[i].is_hashed ? 1u : 0u);
    return stages;
}

static enum err run_all(struct lane *lanes, size_t count, struct arena work, struct proved out[],
                        struct error *e)
{
    progress_stages(count_stages(lanes, count));
    TRY(prove_lanes(lanes, count, work, e));
    return run_lanes(lanes, count, work, out, e);
}

enum err deploy(const struct plan *plan, struct target *const targets[],
                const struct provision *provision, struct arena work, struct proved out[],
                struct error *e)
{
    struct lane *lanes;

    TRY(TAKE(&work, plan->count, &lanes, e));
    if (init_lanes(lanes, plan, targets, &work, e) != OK ||
        try_lanes(lanes, plan->count, work, e) != OK ||
        (provision && writer_set_config(&lanes[0].writer, provision->volume, provision->guid, e)) ||
        run_all(lanes, plan->count, work, out, e) != OK)
        return within(e, "%s", plan->package->name);
    return guard_check(&work, e);
}

void deploy_say_sectors(const struct plan_disk *disk, const struct target *target)
{
    if (plan_resectors(disk, target->sector_size))
        port_say(
            "Sectors    %s is made for sectors of %u bytes; its partition table and FAT volumes "
            "are rewritten for %u",
            disk->name, disk->sector_size, target->sector_size);
}
