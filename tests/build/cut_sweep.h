/* tests/build/cut_sweep.h - all that power cuts during a written-down deployment (tests/build/cut_log.h) could have left,
 * judged.
 *
 * The power goes after n requests, for every n.  What was flushed by then is on the disk; of what was written to it
 * since, sector by sector:
 *
 *     nothing                             the cache was lost
 *     some, at random                     requests lost, and torn anywhere
 *     only the last request               the cache wrote back the newest first
 *     all but the end of the last one     it was torn
 *     all from a random one on            the cache wrote backwards
 *     every subset of six places          LBA 0; LBA 1; the entries; the copy of the entries; the last LBA; all else:
 *                                         whatever order there is between parts of the table and the data
 *
 * Each disk must then be one of: as it was, in every byte; dead, with an LBA 0 of zeros, which no firmware boots from; or
 * complete, right in every byte and seen by firmware_look() as what it is, with nothing to restore.  Wherever LBA 1 and the
 * last LBA hold valid GPTs, these are copies of each other.  The boot disk is complete only when all are, and all are
 * when the deployment has said that it is done.
 */
#ifndef TESTS_BUILD_CUT_SWEEP_H
#define TESTS_BUILD_CUT_SWEEP_H

#include "tests/build/cut_log.h"
#include "tests/build/firmware_judge.h"

#define CUT_DISKS_MAX 4

enum cut_order {
    CUT_NONE,
    CUT_SOME,
    CUT_ONLY_LAST,
    CUT_LAST_TORN,
    CUT_NEWEST,
    CUT_PLACES, /* seed: a bit for each that is there */
};

enum cut_verdict {
    CUT_OLD,
    CUT_DEAD,
    CUT_COMPLETE,
    CUT_MIXED,
    CUT_VERDICTS
};

struct cut_state {
    uint32_t sector_size;
    uint64_t sectors;
    const uint8_t *old, *wanted;
    enum firmware_table table; /* of the wanted disk */
    uint8_t *durable;          /* as of the last flush */
    uint8_t *whole;            /* room for all of it */
    size_t first;              /* request from which on nothing was flushed */
    size_t last;               /* the last write since; SIZE_MAX: none */
    unsigned places;           /* that were written since */
    bool is_known;             /* nothing was written since this was judged: */
    enum cut_verdict verdict;
};

struct cut_sweep {
    const struct cut_request *requests;
    size_t count;
    size_t stop; /* after so many violations; 0: never */
    struct cut_state disks[CUT_DISKS_MAX];
    size_t disk_count;

    /* Found. */
    size_t cuts, states;        /* moments; and disks that were judged */
    size_t found[CUT_VERDICTS]; /* of the states */
    size_t violations;
    size_t seen;     /* of these: firmware would take a table from it */
    char first[200]; /* what the first of them is */

    /* The state that is looked at. */
    size_t n;
    enum cut_order order;
    uint32_t seed;
};

/* wanted and old are borrowed. */
void cut_sweep_add(struct cut_sweep *s, const struct cut_disk *disk, const uint8_t *wanted,
                   enum firmware_table table);
void cut_sweep_run(struct cut_sweep *s);
void cut_sweep_release(struct cut_sweep *s);

#endif
