#include "tests/fake_target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint32_t noise(uint32_t *state)
{
    /* xorshift32, Marsaglia 2003; never 0 */
    uint32_t x = *state ? *state : 0x9e3779b9u;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

void fill_noise(uint8_t *at, size_t len, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;

    for (size_t i = 0; i < len; i += sizeof(state)) {
        uint32_t four = noise(&state);
        memcpy(at + i, &four, len - i < sizeof(four) ? len - i : sizeof(four));
    }
}

/* True when this operation is the one that fails, or comes after it. */
static bool fails(struct fake_target *t)
{
    t->done++;
    return t->fail_at && (t->once ? t->done == t->fail_at : t->done >= t->fail_at);
}

static enum err fake_write(struct target *target, uint64_t lba, const void *from, size_t count,
                           struct error *e)
{
    struct fake_target *t = (struct fake_target *)target;
    size_t len = count * target->sector_size;
    bool was_off = t->fail_at && !t->once && t->done >= t->fail_at;
    bool fail_now = fails(t);

    assert(t->count < FAKE_WRITES_MAX);
    if (!was_off) { /* the write that fails may have got through in part */
        uint8_t *copy = malloc(len);
        assert(copy);
        memcpy(copy, from, len);
        t->writes[t->count++] = (struct fake_write){lba, count, t->flushes, copy};
    }
    if (fail_now)
        return fail(e, ERR_IO, "%s: cannot write sector %llu", target->name,
                    (unsigned long long)lba);
    memcpy(t->disk + lba * target->sector_size, from, len);
    return OK;
}

static enum err fake_read(struct target *target, uint64_t lba, void *to, size_t count,
                          struct error *e)
{
    struct fake_target *t = (struct fake_target *)target;

    t->reads++;
    if (t->fail_read && (t->once ? t->reads == t->fail_read : t->reads >= t->fail_read))
        return fail(e, ERR_IO, "%s: cannot read sector %llu", target->name,
                    (unsigned long long)lba);
    memcpy(to, t->disk + lba * target->sector_size, count * target->sector_size);
    return OK;
}

static enum err fake_flush(struct target *target, struct error *e)
{
    struct fake_target *t = (struct fake_target *)target;

    if (fails(t))
        return fail(e, ERR_IO, "%s: cannot flush", target->name);
    memcpy(t->durable, t->disk, (size_t)target_size(target));
    for (size_t i = 0; i < t->count; i++) {
        free(t->writes[i].data);
        t->writes[i].data = NULL;
    }
    t->flushes++;
    return OK;
}

void fake_target_init(struct fake_target *t, uint64_t sectors, uint32_t sector_size)
{
    static const struct target_ops ops = {
        .write = fake_write, .read = fake_read, .flush = fake_flush};
    size_t size = (size_t)sectors * sector_size;

    *t = (struct fake_target){.target = {.ops = &ops,
                                         .name = "fake disk",
                                         .sectors = sectors,
                                         .sector_size = sector_size,
                                         .alignment = 4096}};
    t->disk = malloc(size);
    t->durable = malloc(size);
    assert(t->disk && t->durable);
    fill_noise(t->disk, size, 4711);
    memcpy(t->durable, t->disk, size);
}

void fake_target_plug(struct fake_target *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->writes[i].data);
    t->count = t->done = t->fail_at = 0;
    memcpy(t->durable, t->disk, (size_t)target_size(&t->target));
}

void fake_target_release(struct fake_target *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->writes[i].data);
    free(t->disk);
    free(t->durable);
}

void fake_target_cut_power(struct fake_target *t, uint32_t seed)
{
    uint32_t sector = t->target.sector_size, state = seed + 1;
    size_t first = 0;

    memcpy(t->disk, t->durable, (size_t)target_size(&t->target));
    while (first < t->count && !t->writes[first].data)
        first++;
    /* Seed 0: all of them got through; 1: none did. */
    for (size_t n = t->count - first; n && seed != 1; n--) {
        const struct fake_write *w = &t->writes[t->count - n];
        for (size_t i = 0; i < w->count; i++)
            if (seed == 0 || noise(&state) % 2)
                memcpy(t->disk + (w->lba + i) * sector, w->data + i * sector, sector);
    }
}
