/* tests/build/qcow2_build.h - QCOW2 images in memory.
 *
 * Written from QEMU's docs/interop/qcow2, without parsers/: what reads them is what is tested.  There are no
 * reference counts, which readers need not look at.
 */
#ifndef TESTS_BUILD_QCOW2_BUILD_H
#define TESTS_BUILD_QCOW2_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qcow2_options {
    unsigned version;      /* 0: 3 */
    unsigned cluster_bits; /* 0: 16 */
    uint64_t capacity;     /* bytes */
    bool extended;         /* L2 entries of 16 bytes */
};

struct qcow2_build {
    struct qcow2_options options;
    uint8_t *at;
    size_t len;     /* bytes so far; whole clusters but behind what is packed */
    size_t l1;      /* byte of the L1 table */
    size_t cluster; /* bytes */
};

/* Header, end of its extensions, and an L1 table that is empty.  Release it. */
void qcow2_build_begin(struct qcow2_build *b, struct qcow2_options options);
void qcow2_build_release(struct qcow2_build *b);

/* Set a cluster's L2 entry, and its bitmap when entries are extended; an L2 table is made when there is none. */
void qcow2_build_entry(struct qcow2_build *b, uint64_t cluster, uint64_t entry, uint64_t bitmap);

/* Where that entry is. */
size_t qcow2_build_where(const struct qcow2_build *b, uint64_t cluster);

/* A cluster as it is, of which len bytes are given: its entry is set, and its place returned. */
size_t qcow2_build_data(struct qcow2_build *b, uint64_t cluster, const uint8_t *data, size_t len);

/* A cluster that is compressed: len bytes, which are a cluster, or less at the end of the disk.  They lie right
 * behind what was added before.  Returns the bytes that they became. */
size_t qcow2_build_packed(struct qcow2_build *b, uint64_t cluster, const uint8_t *data, size_t len);

/* The number that an entry for so many bytes there is. */
uint64_t qcow2_build_packed_entry(const struct qcow2_build *b, size_t offset, size_t len);

/* A header extension behind those there are. */
void qcow2_build_extension(struct qcow2_build *b, uint32_t type, const void *data, size_t len);

void qcow2_put32(uint8_t *at, uint32_t value);
void qcow2_put64(uint8_t *at, uint64_t value);

#endif
