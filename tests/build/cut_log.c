#include "tests/build/cut_log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct cut_request *add(struct cut_log *log, struct cut_request request)
{
    if (log->count == log->room) {
        log->room = log->room ? 2 * log->room : 1024;
        log->requests = realloc(log->requests, log->room * sizeof(*log->requests));
        assert(log->requests);
    }
    log->requests[log->count] = request;
    return &log->requests[log->count++];
}

/* from NULL: zeros. */
static void add_write(struct cut_disk *d, uint64_t lba, const uint8_t *from, size_t count)
{
    size_t sector = d->target.sector_size, most = d->log->piece / sector;

    for (size_t done = 0, part; done < count; done += part) {
        part = count - done < most ? count - done : most;
        uint8_t *data = calloc(part, sector);
        assert(data);
        if (from)
            memcpy(data, from + done * sector, part * sector);
        add(d->log, (struct cut_request){d->number, false, lba + done, part, data});
        memcpy(d->now + (lba + done) * sector, data, part * sector);
        d->log->writes++;
    }
}

static void check_idle(struct cut_disk *d)
{
    d->log->broken |= d->submitted != SIZE_MAX;
}

static enum err log_write(struct target *t, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    struct cut_disk *d = (struct cut_disk *)t;

    (void)e;
    check_idle(d);
    add_write(d, lba, from, count);
    return OK;
}

static enum err log_submit(struct target *t, uint64_t lba, const void *from, size_t count,
                           struct error *e)
{
    struct cut_disk *d = (struct cut_disk *)t;
    size_t before = d->log->count, at = 0;

    (void)e;
    if (d->submitted == SIZE_MAX)
        d->submitted = before;
    add_write(d, lba, from, count);
    size_t all = d->log->count - d->submitted;
    if (all > d->from_room) {
        d->from_room = 2 * all;
        d->from = realloc(d->from, d->from_room * sizeof(*d->from));
        assert(d->from);
    }
    for (size_t i = before; i < d->log->count; i++) {
        d->from[i - d->submitted] = (const uint8_t *)from + at;
        at += d->log->requests[i].count * t->sector_size;
    }
    return OK;
}

static enum err log_wait(struct target *t, struct error *e)
{
    struct cut_disk *d = (struct cut_disk *)t;

    (void)e;
    for (size_t i = d->submitted; i < d->log->count; i++) {
        const struct cut_request *r = &d->log->requests[i];
        d->log->broken |=
            memcmp(r->data, d->from[i - d->submitted], r->count * t->sector_size) != 0;
    }
    d->submitted = SIZE_MAX;
    return OK;
}

static enum err log_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    struct cut_disk *d = (struct cut_disk *)t;

    (void)e;
    check_idle(d);
    memcpy(to, d->now + lba * t->sector_size, count * t->sector_size);
    return OK;
}

static enum err log_flush(struct target *t, struct error *e)
{
    struct cut_disk *d = (struct cut_disk *)t;

    (void)e;
    check_idle(d);
    add(d->log, (struct cut_request){.disk = d->number, .flush = true});
    return OK;
}

static enum err log_zero(struct target *t, uint64_t lba, uint64_t count, bool *done,
                         struct error *e)
{
    struct cut_disk *d = (struct cut_disk *)t;

    (void)e;
    check_idle(d);
    add_write(d, lba, NULL, (size_t)count);
    *done = true;
    return OK;
}

void cut_log_init(struct cut_log *log, size_t piece)
{
    *log = (struct cut_log){.piece = piece};
}

void cut_log_release(struct cut_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->requests[i].data);
    free(log->requests);
    *log = (struct cut_log){.piece = log->piece};
}

void cut_disk_init(struct cut_disk *d, struct cut_log *log, size_t number, const uint8_t *contents,
                   uint64_t sectors, uint32_t sector_size)
{
    static const struct target_ops ops = {.write = log_write,
                                          .read = log_read,
                                          .flush = log_flush,
                                          .submit = log_submit,
                                          .wait = log_wait,
                                          .zero = log_zero};
    size_t size = (size_t)sectors * sector_size;

    *d = (struct cut_disk){.target = {.ops = &ops,
                                      .name = "disk of a sweep",
                                      .sectors = sectors,
                                      .sector_size = sector_size,
                                      .alignment = 4096},
                           .log = log,
                           .number = number,
                           .submitted = SIZE_MAX};
    d->old = malloc(size);
    d->now = malloc(size);
    assert(d->old && d->now);
    memcpy(d->old, contents, size);
    memcpy(d->now, contents, size);
}

void cut_disk_release(struct cut_disk *d)
{
    free(d->old);
    free(d->now);
    free(d->from);
}
