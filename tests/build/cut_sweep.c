#include "tests/build/cut_sweep.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_SEEDS 3 /* of each order that is random */
#define ENTRIES_SIZE 16384

/* ---- What is left ----------------------------------------------------------------------------- */

static uint32_t hash(uint64_t a, uint64_t b, uint64_t c)
{
    /* the finalizer of splitmix64, Steele 2014 */
    uint64_t x = a * 0x9e3779b97f4a7c15u + b * 0xd1342543de82ef95u + c * 0xaef17502108ef2d9u + 1;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(x >> 32);
}

static unsigned place(const struct cut_state *d, uint64_t lba)
{
    uint64_t entries = ENTRIES_SIZE / d->sector_size;

    if (lba < 2)
        return lba == 0 ? 1 : 2;
    if (lba < 2 + entries)
        return 4;
    if (lba + 1 == d->sectors)
        return 16;
    return lba + 1 + entries >= d->sectors ? 8 : 32;
}

static bool survives(const struct cut_sweep *s, const struct cut_state *d, size_t i, uint64_t lba)
{
    const struct cut_request *r = &s->requests[i];

    switch (s->order) {
    case CUT_NONE:
        return false;
    case CUT_SOME:
        return hash(s->n * RANDOM_SEEDS + s->seed, i, lba) % 2;
    case CUT_ONLY_LAST:
        return i == d->last;
    case CUT_LAST_TORN:
        return i != d->last || lba - r->lba < hash(s->n, s->seed, i) % r->count;
    case CUT_NEWEST:
        return i >= d->first + hash(s->n, s->seed, d->first) % (s->n - d->first);
    case CUT_PLACES:
        return s->seed & place(d, lba);
    }
    return false;
}

struct reading {
    const struct cut_sweep *sweep;
    const struct cut_state *disk;
};

static const uint8_t *sector_at(void *context, uint64_t lba)
{
    const struct reading *reading = context;
    const struct cut_state *d = reading->disk;
    size_t number = (size_t)(d - reading->sweep->disks);

    for (size_t i = reading->sweep->n; i-- > d->first && d->last != SIZE_MAX;) {
        const struct cut_request *r = &reading->sweep->requests[i];
        if (r->disk == number && !r->flush && lba >= r->lba && lba - r->lba < r->count &&
            survives(reading->sweep, d, i, lba))
            return r->data + (lba - r->lba) * d->sector_size;
    }
    return d->durable + lba * d->sector_size;
}

static void make_whole(const struct cut_sweep *s, const struct cut_state *d)
{
    size_t number = (size_t)(d - s->disks);

    memcpy(d->whole, d->durable, (size_t)d->sectors * d->sector_size);
    for (size_t i = d->first; i < s->n; i++) {
        const struct cut_request *r = &s->requests[i];
        if (r->disk != number || r->flush)
            continue;
        for (size_t at = 0; at < r->count; at++)
            if (survives(s, d, i, r->lba + at))
                memcpy(d->whole + (r->lba + at) * d->sector_size, r->data + at * d->sector_size,
                       d->sector_size);
    }
}

/* ---- What it is ------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *at, size_t len)
{
    return at[0] == 0 && memcmp(at, at + 1, len - 1) == 0;
}

static struct firmware_view view_of(const struct cut_sweep *s, const struct cut_state *d)
{
    struct reading reading = {s, d};
    struct firmware_disk disk = {sector_at, &reading, d->sectors, d->sector_size};

    return firmware_look(&disk);
}

static enum cut_verdict judge(const struct cut_sweep *s, const struct cut_state *d)
{
    struct reading reading = {s, d};
    struct firmware_view view = view_of(s, d);
    size_t size = (size_t)d->sectors * d->sector_size;

    if (view.disagree)
        return CUT_MIXED;
    if (is_zero(sector_at(&reading, 0), d->sector_size))
        return view.table == FIRMWARE_NOTHING ? CUT_DEAD : CUT_MIXED;
    make_whole(s, d);
    if (memcmp(d->whole, d->old, size) == 0)
        return CUT_OLD;
    if (memcmp(d->whole, d->wanted, size) != 0 || view.table != d->table || view.restores)
        return CUT_MIXED;
    return CUT_COMPLETE;
}

static void violation(struct cut_sweep *s, size_t disk, const char *what)
{
    static const char *const orders[] = {"none",          "some",       "only the last",
                                         "the last torn", "the newest", "places"};
    static const char *const tables[] = {"nothing", "a GPT", "an MBR"};
    struct firmware_view view = view_of(s, &s->disks[disk]);

    if (!s->violations)
        snprintf(s->first, sizeof(s->first),
                 "disk %zu: %s; cut after %zu of %zu requests, %s, seed %u; firmware sees %s%s%s",
                 disk, what, s->n, s->count, orders[s->order], s->seed, tables[view.table],
                 view.restores ? ", and restores" : "", view.disagree ? ", two that disagree" : "");
    s->seen += view.table != FIRMWARE_NOTHING || view.disagree;
    s->violations++;
}

static void judge_all(struct cut_sweep *s)
{
    bool all = true;

    for (size_t i = s->disk_count; i-- > 0;) {
        struct cut_state *d = &s->disks[i];
        if (!d->is_known)
            d->verdict = judge(s, d);
        d->is_known = d->last == SIZE_MAX;
        s->states++;
        s->found[d->verdict]++;
        if (d->verdict == CUT_MIXED)
            violation(s, i, "a mixture");
        if (s->n == s->count && d->verdict != CUT_COMPLETE)
            violation(s, i, "not complete at the end");
        if (i == 0 && d->verdict == CUT_COMPLETE && !all)
            violation(s, i, "complete before the others");
        all &= d->verdict == CUT_COMPLETE;
    }
}

/* ---- All of them ------------------------------------------------------------------------------ */

static void look(struct cut_sweep *s, enum cut_order order, uint32_t seed)
{
    s->order = order;
    s->seed = seed;
    judge_all(s);
}

static void cut_here(struct cut_sweep *s)
{
    unsigned places = 0;

    for (size_t i = 0; i < s->disk_count; i++)
        places |= s->disks[i].places;
    s->cuts++;
    look(s, CUT_NONE, 0);
    if (!places)
        return;
    look(s, CUT_ONLY_LAST, 0);
    for (uint32_t seed = 0; seed < RANDOM_SEEDS; seed++) {
        look(s, CUT_SOME, seed);
        look(s, CUT_LAST_TORN, seed);
        look(s, CUT_NEWEST, seed);
    }
    for (unsigned some = places; some; some = (some - 1) & places)
        look(s, CUT_PLACES, some);
}

static void pass(struct cut_sweep *s, size_t i)
{
    const struct cut_request *r = &s->requests[i];
    struct cut_state *d = &s->disks[r->disk];

    if (!r->flush) {
        d->last = i;
        d->is_known = false;
        for (size_t at = 0; at < r->count; at++)
            d->places |= place(d, r->lba + at);
        return;
    }
    for (size_t at = d->first; at < i; at++) {
        const struct cut_request *w = &s->requests[at];
        if (w->disk == r->disk && !w->flush)
            memcpy(d->durable + w->lba * d->sector_size, w->data, w->count * d->sector_size);
    }
    d->first = i + 1;
    d->last = SIZE_MAX;
    d->places = 0;
    d->is_known = false;
}

void cut_sweep_add(struct cut_sweep *s, const struct cut_disk *disk, const uint8_t *wanted,
                   enum firmware_table table)
{
    size_t size = (size_t)target_size(&disk->target);
    struct cut_state *d = &s->disks[s->disk_count++];

    assert(s->disk_count <= CUT_DISKS_MAX);
    *d = (struct cut_state){.sector_size = disk->target.sector_size,
                            .sectors = disk->target.sectors,
                            .old = disk->old,
                            .wanted = wanted,
                            .table = table,
                            .durable = malloc(size),
                            .whole = malloc(size),
                            .last = SIZE_MAX};
    assert(d->durable && d->whole);
    memcpy(d->durable, d->old, size);
}

void cut_sweep_run(struct cut_sweep *s)
{
    for (s->n = 0; s->n <= s->count && !(s->stop && s->violations >= s->stop); s->n++) {
        if (s->n)
            pass(s, s->n - 1);
        cut_here(s);
    }
}

void cut_sweep_release(struct cut_sweep *s)
{
    for (size_t i = 0; i < s->disk_count; i++) {
        free(s->disks[i].durable);
        free(s->disks[i].whole);
    }
}
