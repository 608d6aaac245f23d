/* tests/build/plan_rig.h - box.ova: a package in memory, and what is planned from it.
 *
 *     box_guest(512, "EFI/BOOT/BOOTX64.EFI");
 *     struct build_disk disks[] = {{.href = "disk1.vmdk", .image = box_image_bytes()}};
 *     CHECK(box_make(disks, 1, 0) == OK && box_plan.count == 1);
 *     box_release();
 */
#ifndef TESTS_BUILD_PLAN_RIG_H
#define TESTS_BUILD_PLAN_RIG_H

#include "loader/plan.h"
#include "tests/build/package_build.h"
#include "tests/fake_source.h"

#define BOX_DISK (4u << 20) /* bytes of the guest disk */

/* Each by itself, so that the sanitizer sees who goes beyond it. */
extern uint8_t box_memory[4 << 20], box_work_memory[24 << 20], box_disk[BOX_DISK];
extern struct vmdk_build box_image; /* of the guest disk */
extern struct package_build box_built;
extern struct fake_source box_source; /* of the package */
extern struct package box_package;
extern struct plan box_plan;
extern struct arena box_arena, box_work; /* all of the two memories */
extern struct error box_error;

/* A guest disk and its image. */
void box_guest(uint32_t sector_size, const char *loader);
struct bytes box_image_bytes(void);

/* Plan an OVA of these disks, with those settings or unattended; box_release() afterwards. */
enum err box_make(const struct build_disk *disks, size_t count, unsigned faults) MUST_CHECK;
enum err box_make_for(const struct build_disk *disks, size_t count, unsigned faults,
                      const char *settings) MUST_CHECK;
void box_release(void);

#endif
