/* parsers/qcow2.h - the structures of a QCOW2 disk image, versions 2 and 3.
 *
 * Numbers are big-endian.  The disk is made of clusters; an L1 table has the places of L2 tables, each of
 * which is one cluster and has an entry for each cluster of the disk.  With extended L2 entries a cluster
 * has 32 subclusters, and an entry tells of each of them.
 *
 * Spec: QEMU, docs/interop/qcow2: "Header", "Additional fields", "Header extensions", "Feature name table",
 * "Cluster mapping", "Extended L2 Entries".
 */
#ifndef PARSERS_QCOW2_H
#define PARSERS_QCOW2_H

#include "base/bytes.h"
#include "base/error.h"

#define QCOW2_HEADER_MIN       72u /* bytes; of version 2 */
#define QCOW2_CLUSTER_BITS_MIN 9u
#define QCOW2_CLUSTER_BITS_MAX 21u /* 2 MiB, as QEMU reads and writes them */
#define QCOW2_SUBCLUSTERS      32u /* of a cluster, with extended L2 entries */

enum qcow2_compression {
    QCOW2_DEFLATE = 0,
    QCOW2_ZSTD = 1,
};

struct qcow2_header {
    uint32_t version; /* 2 or 3 */
    uint32_t
        cluster_bits;    /* a cluster has 1 << that many bytes; QCOW2_CLUSTER_BITS_MIN to ..._MAX */
    uint64_t capacity;   /* bytes, whole sectors of 512, more than 0; not always whole clusters */
    uint64_t l1_table;   /* byte of the L1 table, a multiple of the cluster */
    uint32_t l1_entries; /* of 8 bytes; enough for capacity */
    uint32_t l2_bits;    /* an L2 table has 1 << that many entries */
    enum qcow2_compression compression; /* of clusters that are compressed */
    bool has_subclusters;               /* extended L2 entries: of 16 bytes instead of 8 */
};

enum qcow2_kind {
    QCOW2_ZERO,
    QCOW2_DATA,   /* as it is, from at on */
    QCOW2_PACKED, /* compressed, a cluster as a whole */
};

struct qcow2_piece {
    enum qcow2_kind kind;
    uint64_t at;     /* byte of the file */
    uint32_t packed; /* bytes there, of what is packed; the last sector may be of something else */
};

/* True when the bytes, of which there are at least 4, are the magic. */
bool qcow2_is_header(const uint8_t *at);

/* head is the beginning of the file: all of it, or at least its first 64 KiB.  ERR_UNSUPPORTED, by name, for
 * what needs another file (a backing file, an external data file), what is encrypted, compressed by
 * something else than deflate or zstd, or has an incompatible feature that nobody knows; ERR_DAMAGED for what
 * contradicts itself, or says that it is corrupt. */
enum err qcow2_parse_header(struct bytes head, struct qcow2_header *out,
                            struct error *e) MUST_CHECK;

/* Bytes of an L2 entry. */
uint32_t qcow2_l2_entry_size(const struct qcow2_header *h);

/* *table is the byte of an L2 table, by its entry in the L1 table, or 0: there is none, and its
 * clusters are holes.  ERR_DAMAGED. */
enum err qcow2_parse_l1(const struct qcow2_header *h, const uint8_t *entry, uint64_t *table,
                        struct error *e) MUST_CHECK;

/* What an L2 entry tells of a subcluster, or, where there are none, of number 0: the cluster.
 * ERR_DAMAGED. */
enum err qcow2_parse_l2(const struct qcow2_header *h, const uint8_t *entry, uint32_t subcluster,
                        struct qcow2_piece *out, struct error *e) MUST_CHECK;

#endif
