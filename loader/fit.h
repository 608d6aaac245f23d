/* loader/fit.h - would that machine do?  What the appliance needs, held against what is there.
 *
 * A need is a must where the appliance says what the least is (ovf:bound="min"), and for what
 * nothing runs without: the memory it was made for, a loader that the firmware can start, room for
 * each disk.  Everything else it would like: an appliance made for four processors runs on two.  What
 * is not known of a machine counts as there.
 *
 * Spec: DSP0243 1.1.0, "VirtualHardwareSection": ranges.
 */
#ifndef LOADER_FIT_H
#define LOADER_FIT_H

#include <stdbool.h>

#include "loader/machine.h"
#include "loader/plan.h"

#define NEEDS_MAX 32 /* more than there are kinds of needs, with one for each disk */

struct need {
    bool must; /* else: would like */
    bool met;
    const char *text; /* "memory: at least 2.1 GB; there are 1.0 GB" */
};

struct needs {
    struct need at[NEEDS_MAX];
    size_t count;
};

/* Everything but the targets of the disks; ram is what RAM disks will take, in bytes. */
enum err fit_check(const struct plan *plan, const struct machine *machine, uint64_t ram,
                   struct arena *a, struct needs *out, struct error *e) MUST_CHECK;

/* Put one more behind them. */
enum err fit_add(struct needs *needs, bool must, bool met, const char *text, struct arena *a,
                 struct error *e) MUST_CHECK;

/* ERR_HARDWARE, naming each must that is not met. */
enum err fit_enforce(const struct needs *needs, struct error *e) MUST_CHECK;

#endif
