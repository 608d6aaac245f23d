#include "loader/deploy.h"

#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "crypto/checked_source.h"
#include "disks/blank.h"
#include "disks/map.h"
#include "loader/port.h"
#include "loader/progress.h"

/* One disk on its way: the reading end and the writing end.  Disks follow one another, so all but
 * what the writers hold until the seal is in memory for one of them at a time. */
struct lane {
    const struct plan_disk *disk;
    struct source_stream file;
    struct proving proving;
    struct image *image;
    struct writer writer;

    bool by_map;    /* it is read by its tables */
    bool resectors; /* what is written is a view of it, on the target's sectors */
    bool is_twice;  /* it is read twice: proved before anything is erased, and then out of order */
    bool is_proved;
    struct checked_source checked;
};

/* What is read out of order is read twice. */
static enum err init_lane(struct lane *lane, const struct plan_disk *disk,
                          const struct target *target, struct arena *work, struct error *e)
{
    lane->disk = disk;
    lane->by_map = lane->is_twice = lane->is_proved = false;
    lane->resectors = plan_resectors(disk, target->sector_size);
    if (disk->is_blank)
        return OK;
    TRY(map_knows(disk->image, &lane->by_map, e));
    lane->is_twice = lane->by_map || lane->resectors || disk->gunzip;
    return lane->is_twice ? checked_source_init(&lane->checked, disk->parts.source, work, e) : OK;
}

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
        TRY(init_lane(&lanes[i], &plan->disks[i], targets[i], work, e));
        TRY(plan_check_target(lanes[i].disk, targets[i], *work, e));
        TRY(writer_init(&lanes[i].writer, targets[i], buffer, work, e));
    }
    return OK;
}

/* The image that will be read out of order: once it is proved, nothing else than what was proved. */
static enum err open_proved(struct lane *lane, struct arena *work, struct source **out,
                            struct error *e)
{
    const struct plan_disk *disk = lane->disk;
    struct source *file = lane->is_proved ? &lane->checked.source : disk->parts.source;

    TRY(checked_source_open(&lane->checked, work, e));
    *out = file;
    if (!disk->gunzip)
        return OK;
    gunzip_read_from(disk->gunzip, file);
    *out = &disk->gunzip->source;
    return OK;
}

static enum err open_resectored(struct lane *lane, struct source *file, struct arena *work,
                                struct error *e)
{
    uint32_t sector = lane->writer.target->sector_size;
    struct source *guest;

    TRY(plan_open_guest(lane->disk, file, sector, work, &guest, e));
    return source_image_open(guest, lane->disk->format, sector, work, &lane->image, e);
}

static enum err open_twice(struct lane *lane, struct arena *work, struct error *e)
{
    struct source *file;
    struct map *map;

    TRY(open_proved(lane, work, &file, e));
    if (lane->resectors)
        return open_resectored(lane, file, work, e);
    if (lane->by_map) {
        TRY(map_open(file, work, &map, e));
        return map_image_open(map, work, &lane->image, e);
    }
    TRY(source_stream_init(&lane->file, file, DEPLOY_READ_AHEAD, work, e));
    return image_open(&lane->file.stream, file->size, work, &lane->image, e);
}

static enum err open_image(struct lane *lane, struct arena *work, struct error *e)
{
    const struct plan_disk *disk = lane->disk;

    if (disk->is_blank)
        return blank_open(disk->name, disk->capacity, work, &lane->image, e);
    if (lane->is_twice)
        return open_twice(lane, work, e);
    TRY(source_stream_init(&lane->file, disk->parts.source, DEPLOY_READ_AHEAD, work, e));
    return image_open(proving_start(&lane->proving, &disk->parts, &lane->file.stream),
                      disk->parts.source->size, work, &lane->image, e);
}

static enum err open_lane(struct lane *lane, struct arena *work, struct error *e)
{
    TRY(open_image(lane, work, e));
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

/* Read it in order, to its end, and compare. */
static enum err prove(struct lane *lane, struct arena work, struct error *e)
{
    struct progress progress;
    struct stream *s;
    struct bytes view;

    TRY(source_stream_init(&lane->file, lane->disk->parts.source, DEPLOY_READ_AHEAD, &work, e));
    s = proving_start(&lane->proving, &lane->disk->parts,
                      checked_source_learn(&lane->checked, &lane->file.stream));
    progress_start(&progress, lane->disk->name, lane->disk->parts.source->size);
    do {
        TRY(stream_peek_upto(s, STREAM_PEEK_MAX, &view, e));
        stream_step(s, view.len);
        TRY(progress_show(&progress, s->offset, e));
    } while (view.len);
    progress_end(&progress);
    lane->is_proved = true;
    return proving_finish(&lane->proving, e);
}

/* That everything the tables speak of is there. */
static enum err check_map(struct lane *lane, struct arena work, struct error *e)
{
    struct source *file;
    struct map *map;

    if (!lane->by_map)
        return OK;
    TRY(open_proved(lane, &work, &file, e));
    TRY(map_open(file, &work, &map, e));
    return map_check(map, e);
}

static enum err prove_lanes(struct lane *lanes, size_t count, struct arena work, struct error *e)
{
    for (size_t i = 0; i < count; i++)
        if (lanes[i].is_twice &&
            (prove(&lanes[i], work, e) != OK || check_map(&lanes[i], work, e) != OK)) {
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

/* Read, hash, unpack and write one disk; prove it, unless that is done. */
static enum err copy(struct lane *lane, struct error *e)
{
    struct progress progress;
    struct run run;

    progress_start(&progress, lane->disk->name,
                   lane->is_twice ? lane->image->capacity : lane->disk->parts.source->size);
    do {
        TRY(image_next(lane->image, &run, e));
        TRY(writer_put(&lane->writer, &run, e));
        TRY(progress_show(&progress, lane->is_twice ? run.offset : lane->proving.stream.offset, e));
    } while (run.length);

    if (!lane->is_twice)
        TRY(stream_drain(&lane->proving.stream, e));
    progress_end(&progress);
    return lane->is_twice ? OK : proving_finish(&lane->proving, e);
}

static enum err run_lane(struct lane *lane, struct arena work, struct error *e)
{
    TRY(open_lane(lane, &work, e));
    TRY(writer_erase(&lane->writer, e));
    if (!lane->disk->is_blank)
        TRY(copy(lane, e));
    return fill(lane, e);
}

static void take_proof(struct lane *lane, struct proved *out)
{
    *out = (struct proved){.kind = DIGEST_SHA256};
    if (!lane->disk->is_blank)
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

enum err deploy(const struct plan *plan, struct target *const targets[],
                const struct provision *provision, struct arena work, struct proved out[],
                struct error *e)
{
    struct lane *lanes;

    TRY(TAKE(&work, plan->count, &lanes, e));
    if (init_lanes(lanes, plan, targets, &work, e) != OK ||
        try_lanes(lanes, plan->count, work, e) != OK ||
        prove_lanes(lanes, plan->count, work, e) != OK ||
        (provision && writer_set_config(&lanes[0].writer, provision->volume, provision->guid, e)) ||
        run_lanes(lanes, plan->count, work, out, e) != OK)
        return within(e, "%s", plan->package->name);
    return OK;
}

void deploy_say_sectors(const struct plan_disk *disk, const struct target *target)
{
    if (plan_resectors(disk, target->sector_size))
        port_say(
            "Sectors    %s is made for sectors of %u bytes; its partition table and FAT volumes "
            "are rewritten for %u",
            disk->name, disk->sector_size, target->sector_size);
}
