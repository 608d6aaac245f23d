/* tests/build/cut_case.h - deployments to be cut: guests and old systems of several kinds, written down once, with what the
 * disks must be in the end, from the guest alone.
 *
 *     cut_case_make(&c, &(struct cut_kind){.sector = 512, .guest_mib = 4, .target_mib = 6, .disks = 1});
 *     ... c.log, c.disks[0], c.wanted[0] ...
 *     cut_case_release(&c);
 */
#ifndef TESTS_BUILD_CUT_CASE_H
#define TESTS_BUILD_CUT_CASE_H

#include "tests/build/cut_log.h"
#include "tests/build/cut_sweep.h"

enum cut_guest {
    CUT_GPT,
    CUT_MBR,
    CUT_LOGICAL, /* an MBR without an unused entry, and a logical partition */
};

enum cut_before {
    CUT_GARBAGE,
    CUT_ZEROED,     /* and known to be */
    CUT_GPT_SYSTEM, /* all of the target */
    CUT_MBR_SYSTEM,
    CUT_PROVISIONED, /* another guest, deployed with a partition for its configuration */
};

struct cut_kind {
    const char *name;
    uint32_t sector;       /* bytes, of the target */
    uint32_t guest_sector; /* that the guest is made for; 0: the same */
    enum cut_guest guest;
    enum cut_before before;
    uint32_t guest_mib, target_mib;
    size_t disks;
    size_t piece; /* bytes of a request at most; 0: 4096 */
    bool config;  /* a partition is added */
};

struct cut_case {
    struct cut_kind kind;
    struct cut_log log;
    struct cut_disk disks[CUT_DISKS_MAX];
    uint8_t *wanted[CUT_DISKS_MAX];
    struct error error; /* code OK: it was deployed */
};

/* Their parts: a guest of another table for another seed, and a volume for its configuration, one at a time. */
void cut_guest_make(uint8_t *disk, size_t size, uint32_t sector, enum cut_guest kind,
                    uint32_t seed);
struct bytes cut_volume_make(uint32_t sector);

void cut_case_make(struct cut_case *c, const struct cut_kind *kind);
void cut_case_release(struct cut_case *c);

/* A sweep of the case's disks, over those requests. */
void cut_case_sweep(const struct cut_case *c, const struct cut_request *requests, size_t count,
                    struct cut_sweep *out);

#endif
