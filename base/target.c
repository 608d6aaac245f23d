#include "base/target.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"

uint64_t target_size(const struct target *t)
{
    return t->sectors * t->sector_size;
}

static enum err check_range(const struct target *t, uint64_t lba, size_t count, const void *buffer,
                            struct error *e)
{
    assert(((uintptr_t)buffer & (t->alignment - 1)) == 0);
    if (lba > t->sectors || count > t->sectors - lba)
        return fail(e, ERR_NO_ROOM, "%s: has %llu sectors, but %zu from sector %llu are needed",
                    t->name, (unsigned long long)t->sectors, count, (unsigned long long)lba);
    return OK;
}

enum err target_write(struct target *t, uint64_t lba, const void *from, size_t count,
                      struct error *e)
{
    TRY(check_range(t, lba, count, from, e));
    return count ? t->ops->write(t, lba, from, count, e) : OK;
}

enum err target_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    TRY(check_range(t, lba, count, to, e));
    return count ? t->ops->read(t, lba, to, count, e) : OK;
}

enum err target_flush(struct target *t, struct error *e)
{
    return t->ops->flush(t, e);
}

enum err target_submit(struct target *t, uint64_t lba, const void *from, size_t count,
                       struct error *e)
{
    TRY(check_range(t, lba, count, from, e));
    if (!count)
        return OK;
    return (t->ops->submit ? t->ops->submit : t->ops->write)(t, lba, from, count, e);
}

enum err target_wait(struct target *t, struct error *e)
{
    return t->ops->wait ? t->ops->wait(t, e) : OK;
}

bool target_is_busy(struct target *t)
{
    return t->ops->is_busy && t->ops->is_busy(t);
}

enum err target_zero(struct target *t, uint64_t lba, uint64_t count, bool *done, struct error *e)
{
    *done = false;
    if (count > t->sectors || lba > t->sectors - count)
        return fail(e, ERR_NO_ROOM, "%s: has %llu sectors, but %llu from sector %llu are needed",
                    t->name, (unsigned long long)t->sectors, (unsigned long long)count,
                    (unsigned long long)lba);
    return t->ops->zero ? t->ops->zero(t, lba, count, done, e) : OK;
}

static enum err read_sectors(struct source *source, uint64_t offset, void *to, size_t len,
                             struct error *e)
{
    struct target_source *s = (struct target_source *)source;
    size_t sector = s->target->sector_size, skip = (size_t)(offset % sector);
    uint8_t *out = to;

    for (uint64_t lba = offset / sector; len; skip = 0) {
        size_t count = (size_t)min_u64(s->room, round_up(skip + (uint64_t)len, sector)) / sector;
        size_t piece = (size_t)min_u64(count * sector - skip, len);
        TRY(target_read(s->target, lba, s->buffer, count, e));
        memcpy(out, s->buffer + skip, piece);
        out += piece;
        len -= piece;
        lba += count;
    }
    return OK;
}

void target_source_init(struct target_source *s, struct target *t, uint8_t *buffer, size_t room)
{
    static const struct source_ops ops = {.read = read_sectors};

    *s = (struct target_source){
        {.ops = &ops, .name = t->name, .size = target_size(t)}, t, buffer, room};
}

static enum err null_write(struct target *t, uint64_t lba, const void *from, size_t count,
                           struct error *e)
{
    (void)t, (void)lba, (void)from, (void)count, (void)e;
    return OK;
}

static enum err null_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    (void)lba, (void)e;
    memset(to, 0, count * t->sector_size);
    return OK;
}

static enum err null_flush(struct target *t, struct error *e)
{
    (void)t, (void)e;
    return OK;
}

void null_target_init(struct target *t, uint64_t sectors, uint32_t sector_size)
{
    static const struct target_ops ops = {
        .write = null_write, .read = null_read, .flush = null_flush};

    *t = (struct target){.ops = &ops,
                         .name = "null target",
                         .sectors = sectors,
                         .sector_size = sector_size,
                         .alignment = 1};
}
