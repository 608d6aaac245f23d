/* loader/course.h - one run of the loader, on its way: what loader.c and destination.c share. */
#ifndef LOADER_COURSE_H
#define LOADER_COURSE_H

#include "loader/authority.h"
#include "loader/deploy.h"
#include "loader/loader.h"
#include "loader/port.h"

/* What one run decides on its way. */
struct course {
    struct loader *loader;
    struct machine machine;
    struct found_package *place; /* where the package is */
    struct authority authority;
    struct package package;
    struct plan plan;
    struct found_disk *disks; /* of the machine */
    size_t disk_count;
    struct found_disk chosen[CONFIG_TARGETS_MAX]; /* for each disk of the plan */
    bool asked;                                   /* a person chose a target */
    bool provides;                                /* the guest is told something: */
    struct provision provision;
    struct proved proved[CONFIG_TARGETS_MAX]; /* of each disk, once deployed */
};

/* Which disk of the machine each disk of the plan goes to, by rules or by asking, and what the guest
 * is told; everything is checked, and nothing written. */
enum err choose_targets(struct course *c, struct error *e) MUST_CHECK;

#endif
