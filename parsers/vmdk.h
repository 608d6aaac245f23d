/* parsers/vmdk.h - the parts of a hosted sparse VMDK: header, markers, descriptor.
 *
 * Pure: bytes in, struct out.  Which kinds of VMDK are read is decided in disks/vmdk.c.
 *
 * Spec: VMware, Virtual Disk Format 5.0, "Hosted Sparse Extent Header", "Stream-Optimized
 * Compressed Sparse Extents" and "The Descriptor File".
 */
#ifndef PARSERS_VMDK_H
#define PARSERS_VMDK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

#define VMDK_SECTOR 512 /* bytes; every position in a VMDK counts these */

/* SparseExtentHeader.flags */
#define VMDK_NEWLINES     (1u << 0)  /* the line-end bytes are there to be checked */
#define VMDK_ZEROED       (1u << 2)  /* a table entry of 1 is a grain of zeros */
#define VMDK_COMPRESSED   (1u << 16) /* grains are compressed */
#define VMDK_MARKERS      (1u << 17) /* grains and tables have markers in front of them */
#define VMDK_INCOMPATIBLE 0xffff0000u

#define VMDK_AT_END       UINT64_MAX   /* header.directory: see the footer */
#define VMDK_ALGORITHM    1            /* header.algorithm: deflate, in a zlib wrapper */
#define VMDK_CAPACITY_MAX (1ull << 37) /* sectors: 64 TiB; vSphere's largest disk has 62 */

struct vmdk_header {
    uint32_t version; /* 1 to 3 */
    uint32_t flags;
    uint64_t capacity;        /* sectors of the guest disk, at most VMDK_CAPACITY_MAX */
    uint32_t grain;           /* sectors, a power of two from 8 to 2048 */
    uint64_t descriptor;      /* sector of the embedded descriptor; 0: there is none */
    uint64_t descriptor_size; /* sectors */
    uint32_t table_entries;   /* of one grain table, a power of two from 128 to 4096 */
    uint64_t directory;       /* sector of the grain directory, or VMDK_AT_END */
    uint64_t overhead;        /* sectors before the first grain */
    uint16_t algorithm;       /* of compression */
};

/* Read a header or a footer.  ERR_UNSUPPORTED for what a newer VMware may write, ERR_TOO_BIG over
 * VMDK_CAPACITY_MAX. */
enum err vmdk_parse_header(const uint8_t sector[VMDK_SECTOR], struct vmdk_header *out,
                           struct error *e) MUST_CHECK;

/* Entries of the grain directory: one for each grain table. */
uint64_t vmdk_tables(const struct vmdk_header *h);

enum vmdk_marker_kind {
    VMDK_END,       /* end of stream */
    VMDK_TABLE,     /* a grain table follows, ... */
    VMDK_DIRECTORY, /* ... the grain directory, ... */
    VMDK_FOOTER,    /* ... a header that replaces the one at the front, ... */
    VMDK_PROGRESS,  /* ... what newer vSphere writes, of no use to a reader */
    VMDK_GRAIN,     /* no marker of its own: the compressed bytes begin in it */
};

#define VMDK_MARKER_SIZE 16 /* bytes to look at */
#define VMDK_GRAIN_HEAD  12 /* bytes in front of a grain's compressed bytes */

struct vmdk_marker {
    enum vmdk_marker_kind kind;
    uint64_t sector; /* of the guest disk; VMDK_GRAIN only */
    uint64_t skip;   /* bytes that follow the marker's sector; the others only */
    uint32_t size;   /* bytes of compressed data; VMDK_GRAIN only */
};

enum err vmdk_parse_marker(const uint8_t at[VMDK_MARKER_SIZE], struct vmdk_marker *out,
                           struct error *e) MUST_CHECK;

struct vmdk_descriptor {
    char create_type[32]; /* "streamOptimized"; empty when there is none */
    bool has_parent;      /* a delta: most of the disk is in another file */
    uint32_t sector_size; /* bytes; 512 unless the descriptor says otherwise */
};

/* True when text begins as a descriptor does. */
bool vmdk_is_descriptor(struct bytes text);

/* Read the lines that matter here and pass over all others, as every reader does: real files have
 * unquoted values, CRLF, blanks behind quotes and keys of their own.  Text ends at a NUL. */
void vmdk_parse_descriptor(struct bytes text, struct vmdk_descriptor *out);

#endif
