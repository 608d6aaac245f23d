/* tests/build/deploy_rig.h - a package, disks whose operations stand in one row, and how the one gets
 * onto the others.
 *
 *     rig_begin(1, 512, 0);
 *     rig_plug_in(1, RIG_GUEST / 512, 512);
 *     CHECK(rig_run() == OK && rig_is_guest(0));
 *     rig_unplug(1);
 *     rig_end();
 */
#ifndef TESTS_BUILD_DEPLOY_RIG_H
#define TESTS_BUILD_DEPLOY_RIG_H

#include "loader/deploy.h"
#include "loader/memory.h"
#include "tests/build/package_build.h"
#include "tests/fake_port.h"

#define RIG_GUEST (4u << 20) /* bytes of each guest disk */
/* Bytes that a deployment has when a plan and a volume for the guest take 8 MiB. */
#define RIG_MEMORY (MEMORY_PACKAGE + MEMORY_WORK - (8u << 20))

struct rig_disk {
    struct target target;
    struct fake_target fake;
};

/* A write, or a flush, of one of the disks. */
struct rig_step {
    size_t disk;
    bool flush;
    uint64_t lba;
    size_t count;
};

struct rig {
    uint8_t guest[RIG_GUEST];
    struct vmdk_build image;
    struct package_build built;
    struct fake_source source; /* of the package */
    struct package package;
    struct plan plan;
    const struct provision *provision; /* what the guest is told; NULL: nothing */
    struct rig_disk disks[CONFIG_TARGETS_MAX];
    struct rig_step steps[FAKE_WRITES_MAX];
    size_t step_count;
    size_t fail_at; /* which of the steps fails, and all after it; 0: none */
    struct proved proved[CONFIG_TARGETS_MAX];
    struct error error;
};

extern struct rig rig;

/* A package of count copies of one guest disk, and its plan. */
void rig_begin(size_t count, uint32_t sector_size, unsigned faults);
void rig_end(void);

/* Its parts: the guest disk and its image; the package of count such images; one of other files. */
void rig_make_image(uint32_t sector_size);
void rig_plan_images(size_t count, unsigned faults);
void rig_plan_files(const struct build_disk *files, size_t count, unsigned faults);

/* So many disks; nothing has been done to them. */
void rig_plug_in(size_t count, uint64_t sectors, uint32_t sector_size);
void rig_unplug(size_t count);

/* Deploy, with all the memory there is or so many bytes of it; onto other targets. */
enum err rig_run(void) MUST_CHECK;
enum err rig_run_within(size_t room) MUST_CHECK;
enum err rig_run_onto(struct target *const *targets, size_t room) MUST_CHECK;

bool rig_is_bootable(size_t disk);
bool rig_is_guest(size_t disk);

#endif
