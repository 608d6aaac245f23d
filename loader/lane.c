#include "loader/lane.h"

#include "base/checked.h"
#include "disks/blank.h"
#include "disks/map.h"
#include "loader/progress.h"

_Static_assert(LANE_BUFFER >= STREAM_PEEK_MAX && LANE_BUFFER % CHECKED_PIECE == 0, "the ring");

enum err lane_tools_init(struct lane_tools *t, struct workers *workers, size_t alignment,
                         struct arena *a, struct error *e)
{
    TRY(ring_init(&t->ring, RING_BUFFERS, LANE_BUFFER, a, e));
    return pipeline_tools_init(&t->pipeline, workers, alignment, a, e);
}

enum err lane_init(struct lane *lane, struct lane_tools *tools, const struct plan_disk *disk,
                   struct target *target, bool is_hashed, struct arena *work, struct error *e)
{
    lane->disk = disk;
    lane->tools = tools;
    lane->is_hashed = is_hashed;
    lane->by_map = lane->is_twice = lane->is_proved = false;
    lane->resectors = plan_resectors(disk, target->sector_size);
    if (!disk->is_blank) {
        TRY(map_knows(disk->image, &lane->by_map, e));
        lane->is_twice = lane->by_map || lane->resectors || disk->gunzip;
    }
    if (lane->is_twice && is_hashed)
        TRY(checked_source_init(&lane->checked, disk->parts.source, work, e));
    return writer_init(&lane->writer, target, tools->pipeline.batches[0].room.at, work, e);
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* The image that will be read out of order: once it is proved, nothing else than what was proved. */
static enum err open_proved(struct lane *lane, struct arena *work, struct source **out,
                            struct error *e)
{
    const struct plan_disk *disk = lane->disk;
    struct source *file = lane->is_proved ? &lane->checked.source : disk->parts.source;

    if (lane->is_hashed)
        TRY(checked_source_open(&lane->checked, &lane->tools->ring, work, e));
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
    return source_image_open(guest, lane->disk->format, sector, &lane->tools->ring, work,
                             &lane->image, e);
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
        return map_image_open(map, &lane->tools->ring, work, &lane->image, e);
    }
    source_stream_open(&lane->file, file, &lane->tools->ring);
    return image_open(&lane->file.stream, file->size, work, &lane->image, e);
}

static enum err open_once(struct lane *lane, struct arena *work, struct error *e)
{
    const struct parts *parts = &lane->disk->parts;
    struct stream *proved;

    source_stream_open(&lane->file, parts->source, &lane->tools->ring);
    if (!lane->is_hashed)
        return image_open(&lane->file.stream, parts->source->size, work, &lane->image, e);
    proved = proving_start(&lane->proving, parts, &lane->file.stream, &lane->tools->ring,
                           lane->tools->pipeline.workers);
    return image_open(proved, parts->source->size, work, &lane->image, e);
}

static enum err open_image(struct lane *lane, struct arena *work, struct error *e)
{
    const struct plan_disk *disk = lane->disk;

    if (disk->is_blank)
        return blank_open(disk->name, disk->capacity, work, &lane->image, e);
    return lane->is_twice ? open_twice(lane, work, e) : open_once(lane, work, e);
}

enum err lane_open(struct lane *lane, struct arena *work, struct error *e)
{
    TRY(open_image(lane, work, e));
    TRY(writer_open(&lane->writer, lane->image, work, e));
    pipeline_open(&lane->pipeline, &lane->tools->pipeline, &lane->writer, lane->image,
                  &lane->tools->ring);
    if (lane->is_hashed && !lane->disk->is_blank)
        errands_add(&lane->pipeline.errands,
                    lane->is_twice ? &lane->checked.errand : &lane->proving.errand);
    return OK;
}

/* ---- Proving beforehand ---------------------------------------------------------------------- */

static void hash_job(void *context, size_t job, size_t worker)
{
    (void)worker;
    errands_work(context, job);
}

static enum err finish(struct lane *lane, struct errands *errands, struct error *e)
{
    TRY(workers_finish(lane->tools->pipeline.workers, e));
    return errands_judge(errands, e);
}

static enum err read_piece(struct source *file, uint64_t offset, uint8_t *to, size_t len,
                           struct error *e)
{
    for (size_t done = 0; done < len; done += READ_MAX)
        TRY(source_read(file, offset + done, to + done, (size_t)min_u64(len - done, READ_MAX), e));
    return OK;
}

/* Read it in order, to its end: what is read is hashed while the next is read. */
static enum err read_all(struct lane *lane, struct errands *errands, struct error *e)
{
    struct source *file = lane->disk->parts.source;
    struct ring *ring = &lane->tools->ring;
    struct progress progress;

    progress_start(&progress, lane->disk->name, file->size);
    for (uint64_t at = 0; at < file->size; at += LANE_BUFFER) {
        size_t len = (size_t)min_u64(file->size - at, LANE_BUFFER);
        ring->keep = true;
        uint8_t *to = ring_turn(ring);
        TRY(read_piece(file, at, to, len, e));
        TRY(finish(lane, errands, e));
        proving_add(&lane->proving, (struct bytes){to, len});
        checked_source_learn(&lane->checked, (struct bytes){to, len});
        workers_begin(lane->tools->pipeline.workers, hash_job, errands, errands_take(errands));
        TRY(progress_show(&progress, at + len, e));
    }
    TRY(finish(lane, errands, e));
    progress_end(&progress);
    return OK;
}

static enum err prove(struct lane *lane, struct error *e)
{
    struct workers *workers = lane->tools->pipeline.workers;
    struct errands errands = {.count = 0};
    struct error ignored;

    (void)proving_start(&lane->proving, &lane->disk->parts, NULL, NULL, NULL);
    lane->checked.learns = true;
    errands_add(&errands, &lane->proving.errand);
    errands_add(&errands, &lane->checked.errand);
    if (read_all(lane, &errands, e) != OK) {
        (void)!workers_finish(workers, &ignored);
        return e->code;
    }
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

enum err lane_prove(struct lane *lane, struct arena work, struct error *e)
{
    if (!lane->is_twice)
        return OK;
    if (lane->is_hashed)
        TRY(prove(lane, e));
    return check_map(lane, work, e);
}

/* ---- Copying --------------------------------------------------------------------------------- */

/* Bytes read, of a file that is read in order, else bytes of the disk. */
static uint64_t reached(const struct lane *lane)
{
    if (lane->is_twice)
        return lane->pipeline.reached;
    return lane->is_hashed ? lane->proving.stream.offset : lane->file.stream.offset;
}

enum err lane_copy(struct lane *lane, struct error *e)
{
    const struct source *file = lane->disk->parts.source;
    struct progress progress;
    bool done;

    progress_start(&progress, lane->disk->name,
                   lane->is_twice ? lane->image->capacity : file->size);
    do {
        TRY(pipeline_step(&lane->pipeline, &done, e));
        TRY(progress_show(&progress, reached(lane), e));
    } while (!done);
    progress_end(&progress);
    if (lane->is_twice || !lane->is_hashed)
        return OK;
    TRY(stream_drain(&lane->proving.stream, e));
    return proving_finish(&lane->proving, e);
}
