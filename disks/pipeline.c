#include "disks/pipeline.h"

#include "base/checked.h"

#define JOB_MIN (64u << 10) /* bytes of the disk that a job unpacks, when there are as many */

enum err pipeline_tools_init(struct pipeline_tools *t, struct workers *workers, size_t alignment,
                             struct arena *a, struct error *e)
{
    *t = (struct pipeline_tools){.workers = workers};
    TRY(TAKE(a, workers->count, &t->unpacks, e));
    for (size_t i = 0; i < workers->count; i++)
        TRY(unpack_open(&t->unpacks[i], a, e));
    for (size_t i = 0; i < COUNT_OF(t->batches); i++) {
        struct batch *b = &t->batches[i];
        TRY(TAKE(a, PIPELINE_PIECES, &b->pieces, e));
        TRY(arena_take(a, WRITER_BUFFER, 1, alignment < 4096 ? 4096 : alignment,
                       (void **)&b->room.at, e));
    }
    return OK;
}

void pipeline_open(struct pipeline *p, struct pipeline_tools *t, struct writer *w,
                   struct image *image, struct ring *ring)
{
    *p = (struct pipeline){.tools = t, .writer = w, .image = image, .ring = ring};
    for (size_t i = 0; i < COUNT_OF(t->batches); i++)
        t->batches[i].count = 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The next run; *turned: it lies in another buffer than the one before. */
static enum err next_run(struct pipeline *p, struct run *run, bool *turned)
{
    uint64_t turns = p->ring ? p->ring->turns : 0;

    *turned = false;
    *run = p->next;
    p->next.length = 0;
    if (run->length)
        return OK;
    TRY(image_next(p->image, run, &p->why));
    p->ended = run->length == 0;
    *turned = p->ring && p->ring->turns != turns;
    return OK;
}

static enum err gather_some(struct pipeline *p, struct batch *b)
{
    struct run run;
    bool turned;

    while (b->count < PIPELINE_PIECES && writer_has_room(p->writer, &b->room)) {
        TRY(next_run(p, &run, &turned));
        if (p->ended)
            return OK;
        if (turned && b->count) {
            p->next = run;
            return OK;
        }
        if (run.kind == RUN_ZERO)
            continue;
        TRY(writer_plan(p->writer, &run, &b->room, &b->pieces[b->count], &p->why));
        b->count++;
        p->reached = run.offset;
        if (!p->ring)
            return OK;
        p->ring->keep = true;
    }
    return OK;
}

/* What fails here is told when all that was read before it has gone well. */
static void gather(struct pipeline *p, struct batch *b)
{
    b->count = 0;
    b->room.used = 0;
    if (p->ended)
        return;
    p->failure = gather_some(p, b);
    if (p->failure != OK)
        p->ended = true;
}

/* ---- Working --------------------------------------------------------------------------------- */

static void work(void *context, size_t job, size_t worker)
{
    struct pipeline *p = context;
    struct batch *b = &p->tools->batches[p->current];

    if (job < p->errand_jobs) {
        errands_work(&p->errands, job);
        return;
    }
    size_t first = (job - p->errand_jobs) * p->each;
    size_t end = (size_t)min_u64(first + p->each, b->count);
    for (size_t i = first; i < end; i++)
        piece_unpack(&b->pieces[i], &p->tools->unpacks[worker]);
}

static void begin(struct pipeline *p)
{
    const struct batch *b = &p->tools->batches[p->current];

    p->each = (size_t)max_u64(JOB_MIN / p->image->granule, 1);
    p->errand_jobs = errands_take(&p->errands);
    workers_begin(p->tools->workers, work, p, p->errand_jobs + (b->count + p->each - 1) / p->each);
}

static enum err finish(struct pipeline *p, struct error *e)
{
    TRY(workers_finish(p->tools->workers, e));
    return errands_judge(&p->errands, e);
}

static enum err write(struct pipeline *p, struct batch *b, struct error *e)
{
    enum err err = writer_write(p->writer, b->pieces, b->count, &p->tools->unpacks[0], e);

    b->count = 0;
    return err;
}

/* ---- All at once ----------------------------------------------------------------------------- */

static struct batch *batch_at(struct pipeline *p, size_t behind)
{
    return &p->tools->batches[(p->current + behind) % PIPELINE_BATCHES];
}

static struct batch *before(struct pipeline *p)
{
    return batch_at(p, PIPELINE_BATCHES - 1);
}

/* Work while the disk does. */
static enum err wait_for_target(struct pipeline *p, struct error *e)
{
    struct target *target = p->writer->target;

    while (target_is_busy(target) && workers_do_one(p->tools->workers))
        continue;
    return target_wait(target, e);
}

/* The one before the one before is still on its way to the disk, and its room is the next one's. */
static enum err write_and_gather(struct pipeline *p, struct error *e)
{
    TRY(wait_for_target(p, e));
    TRY(write(p, before(p), e));
    gather(p, batch_at(p, 1));
    return OK;
}

/* What was gathered is worked on while the batch before is written and the next one read. */
static enum err overlap(struct pipeline *p, struct error *e)
{
    begin(p);
    enum err err = write_and_gather(p, e);
    /* The workers must not be left at work, whatever happened. */
    struct error ignored;
    enum err finished = finish(p, err == OK ? e : &ignored);
    p->current = (p->current + 1) % PIPELINE_BATCHES;
    return err == OK ? finished : err;
}

/* The image keeps nothing: one after the other. */
static enum err in_turn(struct pipeline *p, struct error *e)
{
    struct batch *b = batch_at(p, 0);

    begin(p);
    TRY(finish(p, e));
    TRY(write(p, b, e));
    TRY(target_wait(p->writer->target, e));
    gather(p, b);
    return OK;
}

static enum err end(struct pipeline *p, struct error *e)
{
    TRY(write(p, before(p), e));
    TRY(target_wait(p->writer->target, e));
    if (p->failure != OK)
        *e = p->why;
    return p->failure;
}

enum err pipeline_step(struct pipeline *p, bool *done, struct error *e)
{
    *done = false;
    if (!p->started)
        gather(p, batch_at(p, 0));
    p->started = true;
    TRY(p->ring ? overlap(p, e) : in_turn(p, e));
    *done = p->ended && !batch_at(p, 0)->count;
    return *done ? end(p, e) : OK;
}
