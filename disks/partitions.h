/* disks/partitions.h - what a disk is divided into: GPT, else MBR, read through a source.
 *
 * Used on the guest disk inside the package, before anything is written; on targets, to tell the
 * person what is on them; and on media, to find packages that lie raw in a partition.
 *
 * Spec: UEFI 2.10, "GUID Partition Table (GPT) Disk Layout" and "Legacy Master Boot Record".
 */
#ifndef DISKS_PARTITIONS_H
#define DISKS_PARTITIONS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/source.h"
#include "parsers/gpt.h"

enum table_kind {
    TABLE_NONE, /* neither a GPT nor an MBR partition table */
    TABLE_MBR,
    TABLE_GPT,
};

struct partition {
    uint32_t number;        /* from 1, as in the table */
    uint64_t offset;        /* bytes */
    uint64_t size;          /* bytes */
    uint8_t type[16];       /* GPT type GUID as on disk; for MBR byte 0 is the type, the rest 0 */
    uint8_t guid[16];       /* GPT unique GUID as on disk */
    char label[36 * 3 + 1]; /* GPT partition name as UTF-8; empty when there is none */
    bool is_esp;            /* an EFI system partition by its type */
};

struct partitions {
    enum table_kind kind;
    uint32_t sector_size; /* bytes that the table counts in */
    uint32_t signature;   /* MBR: the disk's; 0: it has none */
    struct partition *at; /* in the arena, in table order */
    size_t count;
};

/* A GPT as it is: all entries, used or not. */
struct gpt_table {
    struct gpt_header header;
    uint32_t sector_size; /* bytes that it counts in */
    uint8_t *entries;     /* header.entries_length bytes, in the arena */
};

/* The primary GPT, else the backup, as firmware does it; in sectors of 512 bytes, else of 4096, unless
 * sector_size, not 0, says which.  What is found checks. */
enum err gpt_find(struct source *disk, uint32_t sector_size, struct arena *a, struct gpt_table *out,
                  bool *found, struct error *e) MUST_CHECK;

/* Read the table, in sectors of sector_size bytes (0: a GPT in 512, then 4096; an MBR in 4096 when
 * one of its partitions holds a FAT volume of such sectors, else in 512).  A disk without a table is TABLE_NONE, not an error.  ERR_DAMAGED when there is a GPT and both its
 * copies are bad. */
enum err partitions_read(struct source *disk, uint32_t sector_size, struct arena *a,
                         struct partitions *out, struct error *e) MUST_CHECK;

#endif
