/* parsers/vhdx.h - the structures of a VHDX disk image, its log aside (parsers/vhdx_log.h).
 *
 * Numbers are little-endian.  Two headers say where the log is, two equal region tables where the other
 * structures are: metadata, which has the numbers of the disk, and the block allocation table (BAT).  All of
 * them, and the blocks of the disk, lie at multiples of 1 MiB.
 *
 * Spec: [MS-VHDX] 8.0: 2.2 "Header Section", 2.4 "Blocks", 2.5 "BAT", 2.6 "Metadata Region".
 */
#ifndef PARSERS_VHDX_H
#define PARSERS_VHDX_H

#include "base/bytes.h"
#include "base/error.h"

#define VHDX_MAGIC     8           /* bytes of the file type identifier's signature */
#define VHDX_HEADER    4096u       /* bytes of a header */
#define VHDX_HEADER_AT (64u << 10) /* byte of the file, of the first; as much apart */
#define VHDX_REGIONS_AT                                                                            \
    (192u << 10) /* byte of the first region table, as much apart as it is long */
#define VHDX_TABLE         (64u << 10)  /* bytes of a region table, and of the metadata table */
#define VHDX_UNIT          (1u << 20)   /* bytes: structures and blocks lie at multiples of it */
#define VHDX_GUID          16           /* bytes */
#define VHDX_BAT_ENTRY     8            /* bytes */
#define VHDX_BLOCK_MAX     (256u << 20) /* bytes */
#define VHDX_CAPACITY_MAX  (64ull << 40)
#define VHDX_GUID_TEXT_MAX 37

struct vhdx_span {
    uint64_t at; /* byte of the file, or, of an item of metadata, of their region */
    uint64_t len;
};

struct vhdx_header {
    uint64_t sequence;           /* of the two, the one with the larger number counts */
    struct vhdx_span log;        /* at multiples of VHDX_UNIT, behind the headers; may be empty */
    uint8_t log_guid[VHDX_GUID]; /* what entries of the log have that are of this session */
    bool must_replay;            /* there is such a session, and it was not ended */
};

struct vhdx_regions {
    struct vhdx_span bat, metadata;
};

enum vhdx_item {
    VHDX_PARAMETERS,  /* 8 bytes */
    VHDX_DISK_SIZE,   /* 8 */
    VHDX_SECTOR_SIZE, /* 4 */
    VHDX_PHYSICAL,    /* 4: size of the sectors underneath */
    VHDX_DISK_ID,     /* 16 */
    VHDX_PARENT,      /* how the disk is found that this one has the differences to */
    VHDX_ITEMS,       /* not an item: how many there are */
};

#define VHDX_ITEM_MAX 8 /* bytes of an item, of those that are read */

struct vhdx_items {
    struct vhdx_span at[VHDX_ITEMS]; /* from the start of the metadata region; empty: not there */
};

struct vhdx_disk {
    uint32_t block_size;  /* bytes, a power of two from VHDX_UNIT to VHDX_BLOCK_MAX */
    uint32_t sector_size; /* 512 or 4096 */
    uint64_t capacity;    /* bytes, whole sectors, more than 0, at most VHDX_CAPACITY_MAX */
    uint64_t chunk;       /* blocks; the BAT has an entry of another kind behind so many */
    bool is_fixed;        /* blocks are never given back */
};

/* True when the bytes, of which there are at least VHDX_MAGIC, are the signature of a VHDX. */
bool vhdx_is_file(const uint8_t *at);

/* Two headers as they lie in the file, VHDX_HEADER bytes each, to the one that counts.  ERR_DAMAGED when
 * neither is valid, or nothing says which; ERR_UNSUPPORTED for other versions. */
enum err vhdx_parse_headers(const uint8_t *first, const uint8_t *second, struct vhdx_header *out,
                            struct error *e) MUST_CHECK;

/* Signature and checksum of a region table, VHDX_TABLE bytes. */
bool vhdx_regions_are_valid(const uint8_t *at);

/* A valid region table.  No two regions overlap, nor does one overlap the log.  ERR_UNSUPPORTED, by its
 * GUID, for a region that has to be known and is not. */
enum err vhdx_parse_regions(const uint8_t *at, const struct vhdx_span *log,
                            struct vhdx_regions *out, struct error *e) MUST_CHECK;

/* The metadata table, VHDX_TABLE bytes at the start of a region of so many: where the known items are.
 * ERR_UNSUPPORTED, by its GUID, for an item that has to be known and is not. */
enum err vhdx_parse_metadata(const uint8_t *at, uint64_t region, struct vhdx_items *out,
                             struct error *e) MUST_CHECK;

/* What the items say, of which each has VHDX_ITEM_MAX bytes here, those behind it zeros: VHDX_PARAMETERS,
 * VHDX_DISK_SIZE, VHDX_SECTOR_SIZE.  ERR_UNSUPPORTED for a disk that has a parent. */
enum err vhdx_parse_disk(const uint8_t items[3][VHDX_ITEM_MAX], struct vhdx_disk *out,
                         struct error *e) MUST_CHECK;

/* The number of a block's entry in the BAT, and how many entries there are, up to that of the last block. */
uint64_t vhdx_bat_index(const struct vhdx_disk *d, uint64_t block);
uint64_t vhdx_bat_entries(const struct vhdx_disk *d);

/* Where a block is, by its entry; *at is 0 when it reads as zeros.  ERR_DAMAGED. */
enum err vhdx_parse_bat(const uint8_t *entry, uint64_t *at, struct error *e) MUST_CHECK;

/* True when both have a byte in common; neither reaches past UINT64_MAX. */
bool vhdx_overlap(const struct vhdx_span *a, const struct vhdx_span *b);

#endif
