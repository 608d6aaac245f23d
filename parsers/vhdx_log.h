/* parsers/vhdx_log.h - the log of a VHDX disk image.
 *
 * The log is a ring of sectors of 4 KiB.  An entry is some of them in a row: a header, descriptors of what is to
 * be written where, and a data sector for each descriptor that has data.  A data sector has the entry's number
 * at both ends; the bytes that belong there are in the descriptor.
 *
 * Spec: [MS-VHDX] 8.0, 2.3 "Log".
 */
#ifndef PARSERS_VHDX_LOG_H
#define PARSERS_VHDX_LOG_H

#include "parsers/vhdx.h"

#define VHDX_LOG_SECTOR   4096u /* bytes */
#define VHDX_ENTRY_HEAD   64u   /* bytes; the descriptors are right behind it */
#define VHDX_DESCRIPTOR   32u   /* bytes; they fill whole sectors */
#define VHDX_LOG_LEADING  8     /* bytes of a data sector that its descriptor has */
#define VHDX_LOG_TRAILING 4

struct vhdx_entry {
    uint64_t sequence;    /* more than 0; each entry's is that of the one before and 1 */
    uint32_t length;      /* bytes, whole sectors, at most the log's */
    uint32_t tail;        /* byte of the log: the oldest entry that is still to be replayed */
    uint32_t descriptors; /* so many fit into the length */
    uint64_t flushed;     /* bytes that the file has at least, when nobody cut it */
    uint64_t last;        /* bytes that it must have */
    uint32_t checksum;
};

struct vhdx_write {
    uint64_t
        at; /* byte of the file, a multiple of VHDX_LOG_SECTOR; at + len is at most INT64_MAX */
    uint64_t len; /* bytes, whole sectors; of data: one */
    bool has_data;
    uint8_t leading[VHDX_LOG_LEADING], trailing[VHDX_LOG_TRAILING];
};

/* at is a sector of the log: true when it begins an entry of the session that the header speaks of.  Whether
 * the checksum is right is left to the caller, who has all of the entry. */
bool vhdx_parse_entry(const uint8_t *at, const struct vhdx_header *h, struct vhdx_entry *out);

/* Sectors of an entry that have its head and descriptors. */
uint32_t vhdx_descriptor_sectors(const struct vhdx_entry *entry);

/* The CRC-32C of an entry goes on over its sector number n, from 0 on. */
uint32_t vhdx_entry_sum(uint32_t crc, const uint8_t *sector, uint32_t n);

/* False when it is no descriptor of an entry with that number. */
bool vhdx_parse_descriptor(const uint8_t *at, uint64_t sequence, struct vhdx_write *out);

/* A data sector of such an entry. */
bool vhdx_is_data(const uint8_t *sector, uint64_t sequence);

/* A data sector to what is written. */
void vhdx_restore(uint8_t sector[VHDX_LOG_SECTOR], const struct vhdx_write *write);

#endif
