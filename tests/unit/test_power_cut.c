/* Power cuts at every write of a deployment: tests/build/cut_sweep.h says what is judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/build/cut_case.h"
#include "tests/test.h"

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

/* Every cut of it, or every stride-th. */
static void sweep(const struct cut_kind *kind, size_t stride, size_t writes)
{
    struct cut_case c;
    struct cut_sweep s;

    cut_case_make(&c, kind);
    CHECK_TEXT(c.error.code == OK ? "" : c.error.text, "");
    CHECK(!c.log.broken && c.log.writes >= writes);
    cut_case_sweep(&c, c.log.requests, c.log.count, &s);
    s.stride = is_long() ? 1 : stride;
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

TEST(a_cut_at_any_write_leaves_the_old_system_a_dead_disk_or_the_whole_guest)
{
    static const struct cut_kind large = {.name = "2000 writes",
                                          .sector = 512,
                                          .before = CUT_GPT_SYSTEM,
                                          .guest_mib = 9,
                                          .target_mib = 12,
                                          .disks = 1,
                                          .piece = 4096};

    sweep(&large, 1, 2000);
}
