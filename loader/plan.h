/* loader/plan.h - what will be done: which files of the package become which disks.
 *
 * Making the plan reads and proves everything that can be read beforehand and writes nothing.
 */
#ifndef LOADER_PLAN_H
#define LOADER_PLAN_H

#include "base/target.h"
#include "disks/guest.h"
#include "loader/config.h"
#include "loader/package.h"
#include "loader/verify.h"
#include "parsers/ovf.h"

struct plan_disk {
    const char *name;      /* the file in the package */
    const char *id;        /* of the Disk in the descriptor */
    struct source *source; /* the image file */
    struct expected expected;
    const char *format; /* "streamOptimized VMDK" */
    uint64_t capacity;  /* bytes of the guest disk, by the image */
    bool is_boot;
    bool looked_inside;   /* the image can be read at random, so what follows is known */
    uint32_t sector_size; /* bytes that the guest's partition table counts in; 0: not known */
    struct guest_loader loader;
    struct error no_loader; /* code OK: there is a loader; else why not */
};

struct plan {
    struct package *package;
    struct proof proof;
    struct expected descriptor;
    struct ovf ovf;
    const struct ovf_system *system;
    const char *title;       /* of the appliance, for people */
    struct plan_disk *disks; /* the boot disk first */
    size_t count;            /* at most CONFIG_TARGETS_MAX */
};

/* Prove the descriptor, decode it, and look at each disk.  What the plan points at lives in the
 * package arena; work is scratch. */
enum err plan_make(struct package *p, const struct authority *authority, enum guest_arch arch,
                   struct arena *a, struct arena work, struct plan *out,
                   struct error *e) MUST_CHECK;

/* ERR_NO_LOADER when it is known that the firmware cannot start the boot disk. */
enum err plan_check_loader(const struct plan *plan, struct error *e) MUST_CHECK;

/* ERR_NO_ROOM, or ERR_UNSUPPORTED for the wrong sector size, when the disk cannot go there. */
enum err plan_check_target(const struct plan_disk *disk, const struct target *target,
                           struct error *e) MUST_CHECK;

#endif
