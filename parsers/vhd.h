/* parsers/vhd.h - the structures of a VHD ("VPC") disk image.
 *
 * Spec: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0: "Hard Disk Footer Format",
 * "Dynamic Disk Header Format", "Block Allocation Table and Data Blocks".
 */
#ifndef PARSERS_VHD_H
#define PARSERS_VHD_H

#include "base/bytes.h"
#include "base/error.h"

#define VHD_FOOTER 512  /* bytes; 511 in files of old versions of Virtual PC */
#define VHD_HEADER 1024 /* bytes of the dynamic disk header */
#define VHD_SECTOR 512
#define VHD_UNUSED UINT32_MAX /* entry of the block allocation table: a hole */

enum vhd_type {
    VHD_FIXED = 2,
    VHD_DYNAMIC = 3,
    VHD_DIFFERENCING = 4,
};

struct vhd_footer {
    uint32_t type;     /* enum vhd_type, or another number */
    uint64_t header;   /* byte of the dynamic disk header */
    uint64_t capacity; /* bytes, after the rule below */
};

struct vhd_header {
    uint64_t table;   /* byte of the block allocation table: 4 bytes each, big-endian, in sectors */
    uint32_t entries; /* of it */
    uint32_t
        block_size; /* bytes of data; a bitmap of a bit per sector, in whole sectors, is in front */
};

/* True when the bytes, of which there are at least 8, begin with a footer's cookie. */
bool vhd_is_footer(const uint8_t *at);

/* at is VHD_FOOTER bytes, the last of which does not matter.  The size of the disk is the product of its
 * geometry when Virtual PC or an old QEMU wrote it, and that is not the largest there is; else the current
 * size (QEMU, block/vpc.c, has the same rule).  ERR_DAMAGED. */
enum err vhd_parse_footer(const uint8_t *at, struct vhd_footer *out, struct error *e) MUST_CHECK;

/* at is VHD_HEADER bytes.  ERR_DAMAGED. */
enum err vhd_parse_header(const uint8_t *at, struct vhd_header *out, struct error *e) MUST_CHECK;

#endif
