/* parsers/gpt.h - the sectors of a partition table: MBR, GPT header, GPT entry.
 *
 * Pure: bytes in, struct out.  disks/partitions.c finds the table on a disk, disks/gpt_move.c
 * moves its backup.
 *
 * Spec: UEFI 2.10, "GUID Partition Table (GPT) Disk Layout" and "Legacy Master Boot Record".
 */
#ifndef PARSERS_GPT_H
#define PARSERS_GPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MBR_SIZE       512  /* bytes, in the first sector whatever its size */
#define MBR_PARTITIONS 4    /* primary ones */
#define MBR_PROTECTIVE 0xee /* type of the partition that stands for a GPT */
#define MBR_ESP        0xef /* type of an EFI system partition */

struct mbr_partition {
    uint8_t type;   /* 0: unused */
    uint32_t first; /* LBA */
    uint32_t count; /* sectors */
};

/* False when the sector has no MBR signature, or when a partition's boot indicator is neither 0
 * nor 0x80: the boot sector of a file system has the same signature, and code there. */
bool mbr_parse(const uint8_t sector[MBR_SIZE], struct mbr_partition out[MBR_PARTITIONS]);

/* The disk's signature, which tells it from others; 0 when nobody gave it one. */
uint32_t mbr_signature(const uint8_t sector[MBR_SIZE]);

/* True of a type whose partition holds a chain of logical ones. */
bool mbr_is_extended(uint8_t type);

/* Set the size of partition index, in sectors. */
void mbr_store_count(uint8_t sector[MBR_SIZE], size_t index, uint32_t count);

/* Set partition index, not active, and with the cylinder, head and sector that stand for a place
 * that only the LBA can tell. */
void mbr_store(uint8_t sector[MBR_SIZE], size_t index, const struct mbr_partition *p);

/* Set where it lies, alone: its type and whether it is active stay. */
void mbr_store_place(uint8_t sector[MBR_SIZE], size_t index, uint32_t first, uint32_t count);

#define GPT_HEADER_MIN  92         /* bytes of the header that the specification names */
#define GPT_ENTRIES_MAX (1u << 20) /* bytes of all entries that are read; docs/limits.md */

struct gpt_header {
    uint32_t header_size; /* bytes that the checksum covers */
    uint64_t self;        /* LBA of this header, */
    uint64_t alternate;   /* and of the other one */
    uint64_t first_usable;
    uint64_t last_usable;  /* LBA */
    uint8_t guid[16];      /* the disk's, as on disk */
    uint64_t entries;      /* LBA of the first entry */
    uint32_t entry_count;  /* used or not */
    uint32_t entry_size;   /* bytes, 128 times a power of two */
    uint32_t entries_crc;  /* of all of them */
    size_t entries_length; /* bytes: count times size, at most GPT_ENTRIES_MAX */
};

/* Read the header at lba, the bytes of one whole sector.  False unless all of it holds: signature,
 * checksum, own place, an order of the areas that makes sense. */
bool gpt_parse_header(const uint8_t *sector, size_t sector_size, uint64_t lba,
                      struct gpt_header *out);

/* Write the fields back into a sector that holds a header, with a new checksum. */
void gpt_store_header(uint8_t *sector, const struct gpt_header *h);

/* Write a header of GPT_HEADER_MIN bytes into a sector of zeros. */
void gpt_make_header(uint8_t *sector, const struct gpt_header *h);

/* Sectors that the entries take up. */
uint64_t gpt_entry_sectors(const struct gpt_header *h, size_t sector_size);

#define GPT_NAME_UNITS 36 /* UTF-16 units of a partition's name */

/* text as the name of a partition: cut, at a whole character, where it is longer than GPT_NAME_UNITS.  False when it
 * is not UTF-8. */
#define GPT_NAME_TEXT (GPT_NAME_UNITS * 3 + 1) /* bytes of it as UTF-8, with the NUL */
bool gpt_name_cut(const char *text, char out[GPT_NAME_TEXT]);

struct gpt_entry {
    uint8_t type[16]; /* GUID as on disk; all zeros: unused */
    uint8_t guid[16];
    uint64_t first; /* LBA */
    uint64_t last;  /* LBA, inclusive */
    uint16_t name[GPT_NAME_UNITS];
    size_t name_units; /* up to the first 0 */
};

/* True when the entry is used. */
bool gpt_parse_entry(const uint8_t entry[128], struct gpt_entry *out);

/* Set where the partition lies, alone. */
void gpt_store_place(uint8_t entry[128], uint64_t first, uint64_t last);

/* Write the fields into an entry of 128 bytes, with no attributes. */
void gpt_store_entry(uint8_t entry[128], const struct gpt_entry *e);

/* Types as on disk: an EFI system partition, and a Microsoft basic data one, which holds a FAT. */
extern const uint8_t gpt_type_esp[16];
extern const uint8_t gpt_type_data[16];

/* A partition that holds an archive from its first byte on: a type of our own, which docs/guide.md tells. */
extern const uint8_t gpt_type_archive[16];

/* A part of GRUB, for machines with a BIOS. */
extern const uint8_t gpt_type_bios[16];

/* CRC-32 as GPT uses it; goes on from an earlier result, 0 to begin. */
uint32_t gpt_crc32(uint32_t crc, const uint8_t *at, size_t len);

#endif
