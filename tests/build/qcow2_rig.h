/* tests/build/qcow2_rig.h - a guest disk and its QCOW2 (tests/build/qcow2_build.h), and what is read in the one when
 * the other is wanted.
 *
 *     qcow2_begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
 *     qcow2_put_data(&b, 1);
 *     qcow2_check_same(&b);
 *     qcow2_build_release(&b);
 */
#ifndef TESTS_BUILD_QCOW2_RIG_H
#define TESTS_BUILD_QCOW2_RIG_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "tests/build/qcow2_build.h"

#define QCOW2_ALONE (1ull << 63) /* in an entry: nothing else refers to it */

extern uint8_t qcow2_disk[6 << 20];      /* what the guest disk should be */
extern uint8_t qcow2_read_back[6 << 20]; /* what was read */
extern struct error qcow2_error;

/* An image of a disk of zeros; clusters of it. */
void qcow2_begin(struct qcow2_build *b, struct qcow2_options options);
void qcow2_put_data(struct qcow2_build *b, uint64_t cluster);
void qcow2_put_packed(struct qcow2_build *b, uint64_t cluster);

/* Clusters of all kinds: in a row, apart, backwards, with others between, and at the end of the disk, which
 * is cut short. */
void qcow2_put_all_kinds(struct qcow2_build *b);

struct bytes qcow2_whole(const struct qcow2_build *b);

/* All of the memory. */
struct arena qcow2_memory(void);

/* Through the tables, in pieces that straddle clusters. */
enum err qcow2_read(struct bytes file, size_t step) MUST_CHECK;

/* As runs, each of which must begin where the one before ended, or behind a hole. */
enum err qcow2_read_runs(struct bytes file, size_t *packed_runs) MUST_CHECK;

/* Both ways it is the guest disk.  Returns how many of the runs were compressed. */
size_t qcow2_check_same(const struct qcow2_build *b);

#endif
