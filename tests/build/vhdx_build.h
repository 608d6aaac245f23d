/* tests/build/vhdx_build.h - VHDX images in memory.
 *
 * Written from [MS-VHDX], without parsers/: what reads them is what is tested.  The log is at 1 MiB, the metadata
 * are behind it, then the block table, then blocks as they are added.
 */
#ifndef TESTS_BUILD_VHDX_BUILD_H
#define TESTS_BUILD_VHDX_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VHDX_BUILD_HEADER  0x10000 /* byte of the second header, which is the newer one: 0x20000 */
#define VHDX_BUILD_REGIONS 0x30000 /* the second table: 0x40000 */
#define VHDX_BUILD_LOG     0x100000
#define VHDX_BUILD_SECTOR  4096

struct vhdx_options {
    uint64_t capacity;
    uint32_t block_size;  /* 0: 1 MiB */
    uint32_t sector_size; /* 0: 512 */
    uint32_t log_size;    /* 0: 1 MiB */
    bool fixed;
};

struct vhdx_build {
    struct vhdx_options options;
    uint8_t *at;
    size_t len;           /* bytes so far, whole MiB */
    size_t metadata, bat; /* bytes of the file */
};

/* All but blocks; every entry of the block table is 0.  Release it. */
void vhdx_build_begin(struct vhdx_build *b, struct vhdx_options options);
void vhdx_build_release(struct vhdx_build *b);

/* Make the checksums of what is at the places of headers and region tables right. */
void vhdx_build_sum(struct vhdx_build *b);

/* Where a block's entry is; set it. */
size_t vhdx_build_where(const struct vhdx_build *b, uint64_t block);
void vhdx_build_entry(struct vhdx_build *b, uint64_t block, uint64_t entry);

/* Add a block, of which len bytes are given; its place is returned. */
size_t vhdx_build_data(struct vhdx_build *b, uint64_t block, const uint8_t *data, size_t len);

/* Set an entry of both region tables, or of the metadata table; more of them when number is the next. */
void vhdx_build_region(struct vhdx_build *b, unsigned number, const char *guid, uint64_t at,
                       uint32_t len, uint32_t required);
void vhdx_build_item(struct vhdx_build *b, unsigned number, const char *guid, uint32_t at,
                     uint32_t len, uint32_t flags);

/* The log is to be replayed: both headers say so, with a GUID of these bytes; 0: it is not. */
void vhdx_build_session(struct vhdx_build *b, uint8_t guid);

struct vhdx_put {
    uint64_t at;
    const uint8_t *data; /* VHDX_BUILD_SECTOR bytes; NULL: zeros */
    uint64_t len;        /* of zeros */
};

struct vhdx_log {
    uint32_t at; /* byte of the log */
    uint64_t sequence;
    uint32_t tail;
    uint64_t flushed, last; /* 0: what the file has */
    uint32_t padding;       /* sectors behind the data */
};

/* Put an entry into the log, round its end when it does not fit there; where the next one begins is returned. */
uint32_t vhdx_build_log(struct vhdx_build *b, struct vhdx_log log, const struct vhdx_put *puts,
                        size_t count);

/* Byte n of the entry that begins there, and its checksum made right. */
uint8_t *vhdx_build_in_log(struct vhdx_build *b, uint32_t at, uint32_t n);
void vhdx_build_sum_log(struct vhdx_build *b, uint32_t at);

#endif
