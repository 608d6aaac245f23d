#define _GNU_SOURCE /* O_DIRECT */
#include "host/media_write.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "host/system.h"

#define DIRECT_UNIT                                                                                \
    4096u /* bytes: every disk's sectors divide it, and what O_DIRECT wants of buffers */
#define HOLE_UNIT 65536u /* bytes: as long as a piece of zeros must be to become a hole */

enum err media_write_init(struct media_write *w, struct arena *a, struct error *e)
{
    uint8_t **const buffers[] = {&w->buffer, &w->other, &w->head, &w->tail};

    for (size_t i = 0; i < COUNT_OF(buffers); i++)
        TRY(arena_take(a, READ_MAX, 1, DIRECT_UNIT, (void **)buffers[i], e));
    return OK;
}

static uint64_t size_of(const struct media_write *w)
{
    return target_size(&w->target->target);
}

static uint64_t tail_offset(const struct media_write *w)
{
    return size_of(w) - GPT_MAKE_ALIGNMENT;
}

/* Whole sectors of bytes at an offset. */
static enum err put(struct media_write *w, uint64_t offset, const uint8_t *at, size_t len,
                    struct error *e)
{
    struct target *t = &w->target->target;

    return target_write(t, offset / t->sector_size, at, len / t->sector_size, e);
}

enum err media_erase(struct media_write *w, struct error *e)
{
    struct target *t = &w->target->target;

    memset(w->buffer, 0, READ_MAX);
    if (t->zeroed)
        return OK;
    TRY(put(w, 0, w->buffer, t->sector_size, e));
    TRY(target_flush(t, e));
    TRY(put(w, 0, w->buffer, GPT_MAKE_ALIGNMENT, e));
    TRY(put(w, tail_offset(w), w->buffer, GPT_MAKE_ALIGNMENT, e));
    return target_flush(t, e);
}

/* ---- Partitions ------------------------------------------------------------------------------ */

/* The next bytes of a piece, to the end of a sector at least: what is behind its own is zeros. */
static enum err read_piece(const struct media_write *w, const struct media_piece *p, uint64_t at,
                           uint8_t *to, size_t *len, struct error *e)
{
    size_t n = (size_t)min_u64(READ_MAX, p->source->size - at);

    *len = (size_t)round_up(n, w->target->target.sector_size);
    TRY(source_read(p->source, at, to, n, e));
    memset(to + n, 0, *len - n);
    return OK;
}

/* Zeros are left out of a file that has holes there. */
static enum err put_data(struct media_write *w, uint64_t offset, size_t len, struct error *e)
{
    for (size_t at = 0; at < len; at += HOLE_UNIT) {
        size_t n = (size_t)min_u64(HOLE_UNIT, len - at);
        if (!bytes_are_zero((struct bytes){w->buffer + at, n}))
            TRY(put(w, offset + at, w->buffer + at, n, e));
    }
    return OK;
}

static enum err copy_piece(struct media_write *w, struct media_piece *p, struct error *e)
{
    bool has_holes = w->target->target.zeroed;
    struct digest digest;
    size_t len;

    digest_start(&digest, DIGEST_SHA256);
    for (uint64_t at = 0; at < p->source->size; at += len) {
        TRY(progress_show(&w->progress, w->done, e));
        TRY(read_piece(w, p, at, w->buffer, &len, e));
        digest_add(&digest, (struct bytes){w->buffer, len});
        TRY(has_holes ? put_data(w, p->offset + at, len, e)
                      : put(w, p->offset + at, w->buffer, len, e));
        w->done += len;
    }
    digest_finish(&digest, p->digest);
    return OK;
}

static uint64_t total(const struct media_write *w)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < w->count; i++)
        sum += w->pieces[i].source->size;
    return sum;
}

/* Each piece, with the progress of all. */
static enum err each(struct media_write *w, const char *what,
                     enum err (*step)(struct media_write *w, struct media_piece *p,
                                      struct error *e),
                     struct error *e)
{
    enum err err = OK;

    w->done = 0;
    progress_start(&w->progress, what, total(w));
    for (size_t i = 0; i < w->count && err == OK; i++)
        err = step(w, &w->pieces[i], e);
    progress_end(&w->progress);
    return err;
}

enum err media_copy(struct media_write *w, struct error *e)
{
    return each(w, w->target->target.name, copy_piece, e);
}

/* ---- The table ------------------------------------------------------------------------------- */

/* A GUID made of a digest, as version 8 of them (RFC 9562, "UUID Version 8") on disk. */
static void make_guid(const uint8_t digest[DIGEST_MAX], uint8_t guid[16])
{
    memcpy(guid, digest, 16);
    guid[7] = (uint8_t)((guid[7] & 0x0f) | 0x80);
    guid[8] = (uint8_t)((guid[8] & 0x3f) | 0x80);
}

/* Of all that was written, in its order: also the same package twice gets two. */
static void make_guids(struct media_write *w)
{
    uint8_t result[DIGEST_MAX];
    struct digest all;

    digest_start(&all, DIGEST_SHA256);
    for (size_t i = 0; i < w->count; i++) {
        digest_add(&all, (struct bytes){w->pieces[i].digest, sizeof(w->pieces[i].digest)});
        struct digest here = all;
        digest_finish(&here, result);
        make_guid(result, w->gpt.parts[i].guid);
    }
    digest_add(&all, (struct bytes){(const uint8_t *)"disk", 4});
    digest_finish(&all, result);
    make_guid(result, w->gpt.guid);
}

enum err media_table(struct media_write *w, struct error *e)
{
    struct target *t = &w->target->target;
    size_t sector = t->sector_size;

    make_guids(w);
    gpt_make_head(&w->gpt, w->head);
    size_t len = gpt_make_backup(w->head, t->sector_size, w->buffer);
    memcpy(w->tail + GPT_MAKE_ALIGNMENT - len, w->buffer, len);
    TRY(put(w, tail_offset(w), w->tail, GPT_MAKE_ALIGNMENT, e));
    TRY(target_flush(t, e));
    TRY(put(w, sector, w->head + sector, GPT_MAKE_ALIGNMENT - sector, e));
    return target_flush(t, e);
}

/* ---- Reading it again ------------------------------------------------------------------------ */

/* Not what the kernel still has in memory: past its cache, or where that cannot be, with the cache emptied. */
static enum err open_medium(struct media_write *w, struct error *e)
{
    int fd = open(w->file, O_RDONLY | O_CLOEXEC | O_DIRECT);

    if (fd >= 0 && pread(fd, w->buffer, DIRECT_UNIT, 0) != DIRECT_UNIT) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        fd = open(w->file, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return file_source_of(&w->medium, fd, w->target->target.name, e);
}

static enum err differs(const struct media_write *w, uint64_t offset, const uint8_t *is,
                        const uint8_t *wanted, struct error *e)
{
    size_t at = 0;

    while (is[at] == wanted[at])
        at++;
    return fail(e, ERR_IO,
                "%s: what was written does not come back: byte %llu is 0x%02x and should be 0x%02x",
                w->target->target.name, (unsigned long long)(offset + at), is[at], wanted[at]);
}

/* Bytes of a piece from the medium, up to the end of what was written of it. */
static enum err read_back(struct media_write *w, const struct media_piece *p, uint64_t at,
                          uint8_t *to, size_t *len, struct error *e)
{
    uint64_t left = round_up(p->source->size, w->target->target.sector_size) - at;

    *len = (size_t)min_u64(READ_MAX, left);
    return source_read(&w->medium.source, p->offset + at, to, (size_t)round_up(*len, DIRECT_UNIT),
                       e);
}

/* Its digest is another: which byte is it? */
static enum err find_difference(struct media_write *w, const struct media_piece *p, struct error *e)
{
    size_t len;

    for (uint64_t at = 0; at < p->source->size; at += len) {
        TRY(read_piece(w, p, at, w->buffer, &len, e));
        TRY(read_back(w, p, at, w->other, &len, e));
        if (memcmp(w->buffer, w->other, len) != 0)
            return differs(w, p->offset + at, w->other, w->buffer, e);
    }
    return fail(e, ERR_IO, "%s: changed while it was copied", p->source->name);
}

static enum err compare_piece(struct media_write *w, struct media_piece *p, struct error *e)
{
    uint8_t result[DIGEST_MAX];
    struct digest digest;
    size_t len;

    digest_start(&digest, DIGEST_SHA256);
    for (uint64_t at = 0; at < p->source->size; at += len) {
        TRY(progress_show(&w->progress, w->done, e));
        TRY(read_back(w, p, at, w->buffer, &len, e));
        digest_add(&digest, (struct bytes){w->buffer, len});
        w->done += len;
    }
    digest_finish(&digest, result);
    return memcmp(result, p->digest, sizeof(result)) == 0 ? OK : find_difference(w, p, e);
}

/* An end of the medium, from a byte of it on. */
static enum err compare_end(struct media_write *w, uint64_t offset, const uint8_t *wanted,
                            size_t from, struct error *e)
{
    TRY(source_read(&w->medium.source, offset, w->buffer, GPT_MAKE_ALIGNMENT, e));
    if (memcmp(w->buffer + from, wanted + from, GPT_MAKE_ALIGNMENT - from) == 0)
        return OK;
    return differs(w, offset + from, w->buffer + from, wanted + from, e);
}

enum err media_compare(struct media_write *w, struct error *e)
{
    TRY(open_medium(w, e));
    enum err err = each(w, "read again", compare_piece, e);
    if (err == OK)
        err = compare_end(w, tail_offset(w), w->tail, 0, e);
    if (err == OK)
        err = compare_end(w, 0, w->head, w->target->target.sector_size, e);
    file_source_close(&w->medium);
    return err;
}

enum err media_seal(struct media_write *w, struct error *e)
{
    struct target *t = &w->target->target;

    TRY(put(w, 0, w->head, t->sector_size, e));
    TRY(target_flush(t, e));
    TRY(open_medium(w, e));
    enum err err = compare_end(w, 0, w->head, 0, e);
    file_source_close(&w->medium);
    return err;
}
