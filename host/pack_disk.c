#include "host/pack_disk.h"

#include <string.h>

#include "base/checked.h"
#include "crypto/digest.h"
#include "loader/port.h"
#include "loader/progress.h"

#define GRAIN    VMDK_WRITE_GRAIN
#define CHECKSUM 4 /* bytes at the end of a zlib stream: Adler-32 of what it unpacks to */

_Static_assert(VMDK_WRITE_ENTRIES % PACK_GRAINS == 0, "a table ends where a job does");

/* One disk on its way. */
struct way {
    struct packer *packer;
    const struct pack_input *in;
    struct spool *spool;
    struct packed *out;
    struct vmdk_write layout;
    struct digest content; /* of its size, and the numbers of its grains and their checksums */
    uint64_t next;         /* byte of the disk that is read next */
    struct progress progress;
};

/* ---- Jobs ------------------------------------------------------------------------------------ */

static void compress_job(void *context, size_t number, size_t worker)
{
    struct pack_batch *batch = context;
    struct pack_job *job = &batch->jobs[number];
    uint8_t *to = job->out;

    for (size_t i = 0; i < PACK_GRAINS; i++) {
        struct bytes grain = {job->in + i * GRAIN, GRAIN};
        job->sizes[i] = 0;
        if (job->is_hole || i * GRAIN >= job->len || bytes_are_zero(grain))
            continue;
        size_t len = compress_zlib(&batch->packer->compress[worker], grain, to + VMDK_GRAIN_HEAD);
        job->sizes[i] = vmdk_write_grain(to, job->first + i, len);
        to += job->sizes[i];
    }
}

static enum err take_buffers(struct packer *p, struct error *e)
{
    size_t in = (size_t)PACK_GRAINS * GRAIN, count = 2 * p->workers->count;
    size_t one = (size_t)round_up(VMDK_GRAIN_HEAD + compress_bound(GRAIN), VMDK_SECTOR);
    size_t each = in + PACK_GRAINS * one;
    uint8_t *memory;

    TRY(port_take_memory(COUNT_OF(p->batches) * count * each, &memory, e));
    for (size_t i = 0; i < COUNT_OF(p->batches); i++) {
        p->batches[i].packer = p;
        for (size_t k = 0; k < count; k++, memory += each) {
            p->batches[i].jobs[k].in = memory;
            p->batches[i].jobs[k].out = memory + in;
        }
    }
    return OK;
}

enum err packer_start(struct packer *p, struct workers *workers, struct error *e)
{
    *p = (struct packer){.workers = workers};
    TRY(take_buffers(p, e));
    for (size_t i = 0; i < workers->count; i++)
        TRY(compress_open(&p->compress[i], e));
    return OK;
}

void packer_stop(struct packer *p)
{
    struct error ignored;

    if (p->workers)
        (void)!workers_finish(p->workers, &ignored);
    for (size_t i = 0; i < COUNT_OF(p->compress); i++)
        compress_close(&p->compress[i]);
}

/* ---- Reading and writing --------------------------------------------------------------------- */

static enum err fill(struct way *w, struct pack_job *job, struct error *e)
{
    size_t len = (size_t)min_u64(PACK_GRAINS * GRAIN, w->in->disk->size - w->next);

    job->first = w->next / GRAIN;
    job->len = len;
    job->is_hole = w->in->raw && file_source_data(w->in->raw, w->next) >= w->next + len;
    if (!job->is_hole) {
        TRY(source_read(w->in->disk, w->next, job->in, len, e));
        memset(job->in + len, 0, (size_t)(round_up(len, GRAIN) - len));
    }
    w->next += len;
    return progress_show(&w->progress, w->next, e);
}

/* What tells this disk's content from another's, as far as 32 bits can. */
static void note_content(struct way *w, uint64_t number, const uint8_t *grain)
{
    uint8_t text[8 + CHECKSUM];

    put_le64(text, number);
    memcpy(text + 8, grain + VMDK_GRAIN_HEAD + get_le32(grain + 8) - CHECKSUM, CHECKSUM);
    digest_add(&w->content, (struct bytes){text, sizeof(text)});
}

static enum err put_table(struct way *w, struct error *e)
{
    uint8_t table[VMDK_WRITE_TABLE];
    size_t len;

    if (vmdk_write_table(&w->layout, table, &len, e) != OK)
        return within(e, "%s", w->in->name);
    return spool_add(w->spool, (struct bytes){table, len}, e);
}

static enum err put_job(struct way *w, const struct pack_job *job, struct error *e)
{
    struct bytes all = {job->out, 0};
    uint64_t end = job->first * GRAIN + job->len;

    for (size_t i = 0; i < PACK_GRAINS; i++) {
        if (!job->sizes[i])
            continue;
        note_content(w, job->first + i, job->out + all.len);
        if (vmdk_write_place(&w->layout, job->first + i, job->sizes[i], e) != OK)
            return within(e, "%s", w->in->name);
        all.len += job->sizes[i];
    }
    TRY(spool_add(w->spool, all, e));
    if (end == w->in->disk->size || end % ((uint64_t)VMDK_WRITE_ENTRIES * GRAIN) == 0)
        return put_table(w, e);
    return OK;
}

/* As much of the disk as the jobs of a batch hold. */
static enum err fill_batch(struct way *w, struct pack_batch *batch, struct error *e)
{
    for (batch->count = 0;
         batch->count < 2 * w->packer->workers->count && w->next < w->in->disk->size;
         batch->count++)
        TRY(fill(w, &batch->jobs[batch->count], e));
    return OK;
}

static enum err put_batch(struct way *w, const struct pack_batch *batch, struct error *e)
{
    for (size_t i = 0; i < batch->count; i++)
        TRY(put_job(w, &batch->jobs[i], e));
    return OK;
}

static enum err put_batches(struct way *w, struct error *e)
{
    struct pack_batch *now = &w->packer->batches[0], *other = &w->packer->batches[1];

    other->count = 0;
    TRY(fill_batch(w, now, e));
    while (now->count) {
        struct pack_batch *begun = now;
        workers_begin(w->packer->workers, compress_job, begun, begun->count);
        TRY(put_batch(w, other, e));
        TRY(fill_batch(w, other, e));
        TRY(workers_finish(w->packer->workers, e));
        now = other;
        other = begun;
    }
    return put_batch(w, other, e);
}

static enum err put_body(struct way *w, struct arena scratch, struct error *e)
{
    uint8_t digest[DIGEST_MAX], size[8];
    struct bytes end;

    put_le64(size, w->out->sectors);
    digest_start(&w->content, DIGEST_SHA256);
    digest_add(&w->content, (struct bytes){size, sizeof(size)});
    TRY(put_batches(w, e));
    TRY(vmdk_write_end(&w->layout, &scratch, &end, e));
    TRY(spool_add(w->spool, end, e));
    digest_finish(&w->content, digest);
    w->out->id = get_le32(digest);
    w->out->size = w->spool->source.size - w->out->offset;
    return OK;
}

enum err pack_disk(struct packer *p, const struct pack_input *in, struct spool *spool,
                   struct arena scratch, struct packed *out, struct error *e)
{
    struct way *w;

    TRY(TAKE(&scratch, 1, &w, e));
    *w = (struct way){.packer = p, .in = in, .spool = spool, .out = out};
    out->offset = spool->source.size;
    if (!in->disk->size)
        return fail(e, ERR_DAMAGED, "%s: is a disk of 0 bytes", in->name);
    if (vmdk_write_start(&w->layout, in->disk->size, &scratch, e) != OK)
        return within(e, "%s", in->name);
    out->sectors = w->layout.capacity;
    progress_start(&w->progress, in->name, in->disk->size);
    enum err err = put_body(w, scratch, e);
    progress_end(&w->progress);
    return err;
}
