/* loader/course.h - one run of the loader, on its way: what loader.c, its sister files share. */
#ifndef LOADER_COURSE_H
#define LOADER_COURSE_H

#include "loader/authority.h"
#include "loader/deploy.h"
#include "loader/http_folder.h"
#include "loader/installed.h"
#include "loader/loader.h"
#include "loader/online.h"
#include "loader/port.h"
#include "loader/report.h"
#include "loader/screen.h"

/* What there is to do. */
enum task {
    TASK_DEPLOY,
    TASK_CONFIGURE, /* the package is installed: what the guest is told is written anew */
    TASK_START,     /* it is installed, and nothing is written */
};

/* What a person has to say yes to before anything is erased: asked once, with all that it means. */
enum sure {
    SURE_NOT_ASKED, /* settings have decided */
    SURE_FOUND,     /* the disk holds what ovfboot has not put there */
    SURE_GUEST,     /* it holds another deployment */
    SURE_CHOSEN,    /* a person has chosen it */
};

/* What one run decides on its way. */
struct course {
    struct loader *loader;
    struct machine machine;
    struct found_package *place; /* where the package is */
    struct authority authority;
    struct online online;
    struct http_folder remote; /* in use when the package is on a web server */
    struct package package;
    struct plan plan;
    struct found_disk *disks; /* of the machine */
    size_t disk_count;
    struct found_disk *known;   /* the disk that holds this very package already; NULL: none, ... */
    struct installed installed; /* ... else what is on it; later what is on the first disk chosen */
    struct found_disk chosen[CONFIG_TARGETS_MAX]; /* for each disk of the plan */
    enum sure sure;
    struct screen_head head;
    struct answers *answers; /* the same all the way, forwards and back */
    enum task task;
    bool is_decided, is_performed; /* the task */
    struct report report;
    uint32_t log_number; /* of this run's files; 0: none yet */
    bool report_is_lost; /* one was not taken: those of stages are left out */
    bool provides;       /* the guest is told something: */
    struct provision provision;
    struct proved proved[CONFIG_TARGETS_MAX]; /* of each disk, once deployed */
};

/* The settings of all places, the sealed policy above them (loader/conf.c). */
enum err read_settings(struct course *c, struct bytes policy, struct error *e) MUST_CHECK;

/* The package that the settings name, or a person: on a medium, or on a web server. */
enum err open_package(struct course *c, struct error *e) MUST_CHECK;

/* The disks that there are, with the media of ovfboot and the package marked as such. */
enum err find_disks(struct course *c, struct error *e) MUST_CHECK;

/* Which disk of the machine each disk of the plan goes to, by rules or by asking, and what the guest
 * is told.  Nothing is written. */
enum err choose_targets(struct course *c, struct error *e) MUST_CHECK;

/* Before a deployment: is there room for what the guest is told?  Then the last question to a person:
 * what will be done, and what is erased (loader/summary.h). */
enum err confirm_targets(struct course *c, struct error *e) MUST_CHECK;

/* Whether a disk holds this very package already (loader/again.c): what was answered for it then need
 * not be asked again. */
enum err recognise(struct course *c, struct error *e) MUST_CHECK;

/* Once the system is chosen: the properties that a person answered then. */
enum err recall_answers(struct course *c, struct error *e) MUST_CHECK;

/* Once targets are chosen: what there is to do, by what is on them and by settings. */
enum err decide_task(struct course *c, struct error *e) MUST_CHECK;

/* Before a deployment: may what is on the targets be erased (loader/occupied.c)?  Asks. */
enum err check_erase(struct course *c, struct error *e) MUST_CHECK;

/* Report, when the settings want it (loader/tell.c); why: of a failure.  Fails only when they want the
 * report to be taken, and not of a failure. */
enum err tell(struct course *c, enum outcome outcome, const struct error *why,
              struct error *e) MUST_CHECK;

/* What the course knows by now, into its report; targets is the report's. */
void look_back(struct course *c, const char *targets[CONFIG_TARGETS_MAX]);

/* Leave a log of the run (loader/logs.c), again when it goes on and fails.  That there is no place for it changes
 * nothing. */
void keep_log(struct course *c, enum outcome outcome, const struct error *why);

/* The same on the disk that the run wrote, where the guest is told something (loader/logs_disk.c). */
enum err keep_log_on_disk(struct course *c, struct bytes text, struct bytes document,
                          struct error *e) MUST_CHECK;

/* TASK_CONFIGURE. */
enum err rewrite_configuration(struct course *c, struct error *e) MUST_CHECK;

/* After a deployment, where only signed packages are taken: loader/witness.h. */
void leave_witness(struct course *c);

#endif
