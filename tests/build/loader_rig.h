/* tests/build/loader_rig.h - a machine with disks and a package on its stick, for the whole loader.
 *
 *     stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
 *     CHECK(stand_run("target = nvme\n") == OK && stand_is_guest(NVME));
 *     stand_end();
 */
#ifndef TESTS_BUILD_LOADER_RIG_H
#define TESTS_BUILD_LOADER_RIG_H

#include "loader/loader.h"
#include "tests/build/package_build.h"
#include "tests/fake_port.h"

#define STAND_GUEST (4u << 20) /* bytes of each guest disk */

/* The machine's disks; one is a sector too small for the guest. */
enum {
    NVME,
    SATA,
    STICK,
    SMALL,
    STAND_DISKS
};

struct stand {
    uint32_t sector_size;       /* bytes that the guest's table counts in; 0: 512; kept, too */
    const char *file_extra;     /* attributes of each File; kept from test to test, as ... */
    struct package_build built; /* ... its sections are */
    uint8_t guest[STAND_GUEST];
    struct fake_source archive;
    struct fake_target targets[STAND_DISKS];
    struct fake_source reads[STAND_DISKS];
    struct loader loader;
    struct error error;
};

extern struct stand stand;

/* A machine with an OVA of count disks on its stick, each of which holds that loader. */
void stand_begin(size_t count, const char *guest_loader, unsigned faults);
void stand_end(void);

enum err stand_run(const char *settings) MUST_CHECK;

bool stand_is_guest(size_t disk);

/* No disk was written, and nothing started. */
bool stand_untouched(void);

#endif
