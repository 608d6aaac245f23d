/* host/inspect.h - ovfboot inspect: what a package is, what it needs, what can be set, and whether a
 * machine would do. */
#ifndef HOST_INSPECT_H
#define HOST_INSPECT_H

#include "host/machine.h"
#include "host/session.h"
#include "loader/fit.h"

/* One virtual system, seen for itself. */
struct inspected_system {
    struct plan plan;
    struct error no_disks; /* code OK: plan.disks is what can be known of them */
};

/* A disk of the machine that a disk of the appliance would go to. */
struct inspected_target {
    const char *text; /* for people; "" when that is not decided */
};

struct inspected {
    const char *file;        /* as it was named */
    const struct plan *open; /* the package, with nothing chosen */
    struct inspected_system *systems;
    size_t count; /* 0: it describes no virtual system */

    bool planned; /* what follows is for the one system */
    const struct described *machine;
    struct needs needs;
    struct inspected_target targets[CONFIG_TARGETS_MAX];
    struct error verdict; /* code OK: the machine does */
};

/* Prints all of it.  With --plan ERR_HARDWARE and the like when the machine does not do. */
enum err inspect(struct session *s, struct error *e) MUST_CHECK;

void inspect_text(const struct inspected *what);
void inspect_json(const struct inspected *what);

#endif
