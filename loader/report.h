/* loader/report.h - what became of a run, as a JSON document for whoever runs many machines.
 *
 * docs/report.schema.json has its members.  No value of a property is in it, and no user, password or
 * query of a URL.  What a run has not come to is left out.
 */
#ifndef LOADER_REPORT_H
#define LOADER_REPORT_H

#include "loader/deploy.h"
#include "loader/port.h"

#define REPORT_FORMAT       1
#define REPORT_STAGES_MAX   16
#define REPORT_WARNINGS_MAX 8

enum outcome {
    OUTCOME_RUNNING,  /* a stage begins */
    OUTCOME_STARTING, /* the guest is started next */
    OUTCOME_DONE,     /* and it is not to be started */
    OUTCOME_FAILED,
};

struct report_stage {
    const char *name;
    uint64_t began, ended; /* ms, of port_milliseconds(); ended is 0 while it lasts */
};

struct report {
    const struct machine *machine;
    const struct config *config;
    const char *start;       /* the URL that ovfboot came from; NULL: a medium */
    bool is_sealed;          /* its anchors are */
    const char *place;       /* of the package, for people; NULL: not known yet, as those below */
    uint64_t size;           /* bytes of an archive; 0 */
    const struct plan *plan; /* opened */
    const struct found_disk *found; /* of the machine, once it was looked */
    size_t found_count;
    const char *task;             /* "deploy", "configure" or "start" */
    const struct proved *proved;  /* of each disk of the plan */
    const char *const *targets;   /* likewise, for people */
    const struct provision *told; /* what the guest is */
    uint32_t retries;             /* of servers */
    const char *warnings[REPORT_WARNINGS_MAX];
    size_t warning_count;
    struct report_stage stages[REPORT_STAGES_MAX];
    size_t stage_count;
};

/* The last stage ends, and another begins; NULL: none. */
void report_stage(struct report *r, const char *name);

/* One that is said on the console, too; in the arena. */
void report_warn(struct report *r, struct arena *a, const char *format, ...) PRINTF_LIKE(3, 4);

/* The document, in the arena.  why: the failure. */
enum err report_write(const struct report *r, enum outcome outcome, const struct error *why,
                      struct arena *a, struct arena work, struct bytes *out,
                      struct error *e) MUST_CHECK;

#endif
