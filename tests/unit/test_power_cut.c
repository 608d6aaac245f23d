/* Power cuts at every write of a deployment: tests/build/cut_sweep.h says what is judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/build/cut_case.h"
#include "tests/test.h"

/* Bytes: no divisor of what is written in one go, so that pieces are odd. */
#define PIECE (40u << 10)

/* With smaller requests. */
static bool is_long(void)
{
    const char *is = getenv("OVFBOOT_LONG");

    return is && strcmp(is, "0") != 0;
}

static void say(const struct cut_kind *kind, const struct cut_case *c, const struct cut_sweep *s)
{
    printf("  %s: %zu writes, %zu cuts, %zu states: %zu old, %zu dead, %zu complete; %zu "
           "violations, %zu seen by firmware%s%s\n",
           kind->name, c->log.writes, s->cuts, s->states, s->found[CUT_OLD], s->found[CUT_DEAD],
           s->found[CUT_COMPLETE], s->violations, s->seen, s->violations ? ": " : "", s->first);
}

/* Every cut of it. */
static void sweep(const struct cut_kind *kind, size_t writes)
{
    struct cut_kind pieces = *kind;
    struct cut_case c;
    struct cut_sweep s;

    if (is_long())
        pieces.piece = kind->piece == PIECE ? 4096 : kind->piece / 4;
    cut_case_make(&c, &pieces);
    CHECK_TEXT(c.error.code == OK ? "" : c.error.text, "");
    CHECK(!c.log.broken && c.log.writes >= writes);
    cut_case_sweep(&c, c.log.requests, c.log.count, &s);
    s.stop = 1000;
    if (c.error.code == OK)
        cut_sweep_run(&s);
    say(kind, &c, &s);
    CHECK_TEXT(s.first, "");
    CHECK(s.violations == 0 && s.found[CUT_DEAD] && s.found[CUT_COMPLETE]);
    CHECK((s.found[CUT_OLD] != 0) == (kind->before != CUT_ZEROED));
    cut_sweep_release(&s);
    cut_case_release(&c);
}

TEST(a_cut_at_any_of_2000_writes_leaves_the_old_system_a_dead_disk_or_the_whole_guest)
{
    static const struct cut_kind large = {.name = "large, GPT onto a GPT system",
                                          .sector = 512,
                                          .before = CUT_GPT_SYSTEM,
                                          .guest_mib = 9,
                                          .target_mib = 12,
                                          .disks = 1,
                                          .piece = 4096};

    sweep(&large, 2000);
}

TEST(a_cut_leaves_no_mixture_whatever_guest_comes_onto_whatever_disk)
{
    static const struct cut_kind kinds[] = {
        {"GPT onto garbage, same size", 512, 0, CUT_GPT, CUT_GARBAGE, 4, 4, 1, PIECE, false},
        {"GPT onto garbage, 4096", 4096, 0, CUT_GPT, CUT_GARBAGE, 4, 6, 1, PIECE, false},
        {"GPT onto an MBR system", 512, 0, CUT_GPT, CUT_MBR_SYSTEM, 4, 6, 1, PIECE, false},
        {"GPT onto a GPT system, same size", 512, 0, CUT_GPT, CUT_GPT_SYSTEM, 4, 4, 1, PIECE,
         false},
        {"GPT onto a GPT system, 4096, same size", 4096, 0, CUT_GPT, CUT_GPT_SYSTEM, 5, 5, 1, PIECE,
         false},
        {"MBR onto a GPT system", 512, 0, CUT_MBR, CUT_GPT_SYSTEM, 4, 6, 1, PIECE, false},
        {"MBR onto a GPT system, 4096", 4096, 0, CUT_MBR, CUT_GPT_SYSTEM, 4, 4, 1, PIECE, false},
        {"MBR onto an MBR system", 512, 0, CUT_MBR, CUT_MBR_SYSTEM, 4, 5, 1, PIECE, false},
        {"GPT onto zeros", 512, 0, CUT_GPT, CUT_ZEROED, 4, 6, 1, PIECE, false},
        {"512 onto 4096, a GPT system", 4096, 512, CUT_GPT, CUT_GPT_SYSTEM, 4, 6, 1, PIECE, false},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        sweep(&kinds[i], 50);
}

TEST(a_cut_leaves_no_mixture_where_a_partition_is_added)
{
    static const struct cut_kind kinds[] = {
        {"GPT, provisioned anew", 512, 0, CUT_GPT, CUT_PROVISIONED, 4, 7, 1, PIECE, true},
        {"GPT, provisioned anew, 4096", 4096, 0, CUT_GPT, CUT_PROVISIONED, 4, 7, 1, PIECE, true},
        {"GPT, provisioned, then without", 512, 0, CUT_GPT, CUT_PROVISIONED, 4, 7, 1, PIECE, false},
        {"MBR, provisioned anew", 512, 0, CUT_MBR, CUT_PROVISIONED, 4, 7, 1, PIECE, true},
        {"MBR, provisioned anew, 4096", 4096, 0, CUT_MBR, CUT_PROVISIONED, 4, 7, 1, PIECE, true},
        {"logical partitions, onto a GPT system", 512, 0, CUT_LOGICAL, CUT_GPT_SYSTEM, 4, 7, 1,
         PIECE, true},
        {"GPT onto zeros, provisioned", 512, 0, CUT_GPT, CUT_ZEROED, 4, 7, 1, PIECE, true},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        sweep(&kinds[i], 50);
}

TEST(a_cut_leaves_no_boot_disk_without_the_others)
{
    static const struct cut_kind kinds[] = {
        {"two disks onto GPT systems", 512, 0, CUT_GPT, CUT_GPT_SYSTEM, 4, 5, 2, PIECE, false},
        {"two disks, provisioned anew, 4096", 4096, 0, CUT_GPT, CUT_PROVISIONED, 4, 7, 2, PIECE,
         true},
        {"three disks onto MBR systems", 512, 0, CUT_MBR, CUT_MBR_SYSTEM, 4, 6, 3, PIECE, false},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        sweep(&kinds[i], 100);
}

/* ---- Orders that are wrong -------------------------------------------------------------------- */

static bool is_zeros(const struct cut_request *r, size_t sector)
{
    return r->data[0] == 0 && memcmp(r->data, r->data + 1, r->count * sector - 1) == 0;
}

/* Where the guest's data begins. */
static size_t first_data(const struct cut_case *c)
{
    size_t i = 0;

    while (c->log.requests[i].flush || is_zeros(&c->log.requests[i], c->kind.sector))
        i++;
    return i;
}

static size_t last_lba_0(const struct cut_case *c)
{
    size_t i = c->log.count - 1;

    while (c->log.requests[i].flush || c->log.requests[i].disk || c->log.requests[i].lba)
        i--;
    return i;
}

/* Change the order in a copy of the log; returns its length. */
typedef size_t reorder(const struct cut_case *c, struct cut_request *out);

static size_t lba_0_in_front(const struct cut_case *c, struct cut_request *out)
{
    size_t to = first_data(c), from = last_lba_0(c);
    struct cut_request moved = out[from];

    memmove(out + to + 1, out + to, (from - to) * sizeof(*out));
    out[to] = moved;
    return c->log.count;
}

static size_t tail_left(const struct cut_case *c, struct cut_request *out)
{
    uint64_t tail = c->disks[0].target.sectors - (1 << 20) / c->kind.sector;
    size_t before = first_data(c), count = 0;

    for (size_t i = 0; i < c->log.count; i++)
        if (i >= before || c->log.requests[i].flush || c->log.requests[i].lba < tail)
            out[count++] = c->log.requests[i];
    return count;
}

static size_t no_flush(const struct cut_case *c, struct cut_request *out)
{
    size_t count = 0;

    for (size_t i = 0; i < c->log.count; i++)
        if (!c->log.requests[i].flush)
            out[count++] = c->log.requests[i];
    return count;
}

static size_t boot_disk_first(const struct cut_case *c, struct cut_request *out)
{
    size_t count = 0;

    for (size_t disk = 0; disk < c->kind.disks; disk++)
        for (size_t i = 0; i < c->log.count; i++)
            if (c->log.requests[i].disk == disk)
                out[count++] = c->log.requests[i];
    return count;
}

static size_t without_flushes; /* a bit for each: which of them */

static size_t some_flushes(const struct cut_case *c, struct cut_request *out)
{
    size_t count = 0, flush = 0;

    for (size_t i = 0; i < c->log.count; i++)
        if (!c->log.requests[i].flush || !(without_flushes >> flush++ & 1))
            out[count++] = c->log.requests[i];
    return count;
}

/* The violations that a sweep finds in that order. */
static size_t found(const struct cut_case *c, reorder *order, const char *name)
{
    struct cut_request *requests = malloc(c->log.count * sizeof(*requests));
    struct cut_sweep s;

    memcpy(requests, c->log.requests, c->log.count * sizeof(*requests));
    cut_case_sweep(c, requests, order(c, requests), &s);
    s.stop = 100;
    cut_sweep_run(&s);
    printf("  %s, %s: %zu violations, %zu seen by firmware, in %zu states%s%s\n", c->kind.name,
           name, s.violations, s.seen, s.states, s.violations ? "; first: " : "", s.first);
    cut_sweep_release(&s);
    free(requests);
    return s.violations;
}

TEST(a_sweep_finds_orders_that_are_wrong)
{
    static const struct cut_kind kinds[] = {
        {"GPT", 512, 0, CUT_GPT, CUT_GPT_SYSTEM, 4, 6, 1, PIECE, false},
        {"MBR, 4096", 4096, 0, CUT_MBR, CUT_GPT_SYSTEM, 4, 6, 1, PIECE, false},
        {"GPT, provisioned anew", 512, 0, CUT_GPT, CUT_PROVISIONED, 4, 7, 1, PIECE, true},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct cut_case c;
        cut_case_make(&c, &kinds[i]);
        CHECK(c.error.code == OK);
        CHECK(found(&c, lba_0_in_front, "LBA 0 first") > 0);
        CHECK(found(&c, tail_left, "tail left") > 0);
        CHECK(found(&c, no_flush, "no flush") > 0);
        cut_case_release(&c);
    }
}

/* LBA 0 wiped; both ends; data and zeros; the ends; the tables; LBA 0.  Those in the middle stand in for
 * each other, since LBA 0 is zeros all the time; but one of them there must be. */
TEST(a_sweep_finds_flushes_that_are_missing)
{
    static const struct cut_kind kind = {"GPT", 512, 0, CUT_GPT, CUT_GPT_SYSTEM,
                                         4,     6,   1, PIECE,   false};
    static const struct {
        size_t without;
        const char *name;
    } flushes[] = {{1, "without flush 1"},
                   {16, "without flush 5"},
                   {32, "without flush 6"},
                   {2 + 4 + 8, "without flushes 2 to 4"}};
    struct cut_case c;

    cut_case_make(&c, &kind);
    for (size_t i = 0; i < COUNT_OF(flushes); i++) {
        without_flushes = flushes[i].without;
        CHECK(found(&c, some_flushes, flushes[i].name) > 0);
    }
    cut_case_release(&c);
}

TEST(a_sweep_finds_a_boot_disk_that_is_sealed_first)
{
    static const struct cut_kind kind = {"two disks", 512, 0, CUT_GPT, CUT_GPT_SYSTEM,
                                         4,           5,   2, PIECE,   false};
    struct cut_case c;

    cut_case_make(&c, &kind);
    CHECK(found(&c, boot_disk_first, "boot disk first") > 0);
    cut_case_release(&c);
}
