/* parsers/fat.h - the parts of a FAT file system: boot sector and directory entries.
 *
 * Pure: bytes in, struct out.  disks/fat.c walks clusters and directories.
 *
 * Spec: Microsoft, "FAT32 File System Specification" 1.03, "Boot Sector and BPB", "FAT Directory
 * Structure" and "FAT Long Directory Entries".
 */
#ifndef PARSERS_FAT_H
#define PARSERS_FAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fat_kind {
    FAT_12,
    FAT_16,
    FAT_32,
};

struct fat_layout {
    enum fat_kind kind;
    uint32_t sector_size;  /* bytes, a power of two from 512 to 4096 */
    uint32_t cluster_size; /* bytes, at most 1 MiB */
    uint64_t fat;          /* bytes from the start of the volume to the first FAT, */
    uint64_t fat_size;     /* its size in bytes, */
    uint64_t root;         /* offset of a fixed root directory, FAT12 and FAT16 only, */
    uint64_t root_size;    /* its size, */
    uint64_t data;         /* and offset of cluster 2, all in bytes */
    uint32_t clusters;     /* how many; the last one is number clusters + 1 */
    uint32_t root_cluster; /* FAT32 only */
};

/* False when the sector is no boot sector of a FAT volume of at most size bytes. */
bool fat_parse_boot(const uint8_t sector[512], uint64_t size, struct fat_layout *out);

/* A FAT's entry for a cluster: where it begins, in bytes from the start of the FAT; how many bytes it
 * takes to read it; and the cluster that follows, 0 at the end of a chain. */
uint64_t fat_link_offset(enum fat_kind kind, uint32_t cluster);
size_t fat_link_size(enum fat_kind kind);
uint32_t fat_parse_link(enum fat_kind kind, uint32_t cluster, const uint8_t *at);

#define FAT_ENTRY_SIZE 32  /* bytes of a directory entry */
#define FAT_NAME_MAX   255 /* characters of a long name */
#define FAT_LONG_PART  13  /* characters of it in one entry */

enum fat_entry_kind {
    FAT_END,   /* no more entries */
    FAT_EMPTY, /* free, or the volume's label */
    FAT_LONG,  /* a part of the long name of the file or directory that follows */
    FAT_FILE,
    FAT_DIRECTORY,
};

struct fat_entry {
    enum fat_entry_kind kind;
    char name[13];    /* FAT_FILE, FAT_DIRECTORY: the short name, "BOOTX64.EFI" */
    uint8_t checksum; /* of the short name; FAT_LONG: of the one it belongs to */
    uint32_t cluster; /* the first one; 0: an empty file, or the root as ".." */
    uint32_t size;    /* bytes, FAT_FILE only */
    uint32_t
        written; /* FAT_FILE: when, the date in the upper half, both as in the entry; 0: not told */
    uint8_t order; /* FAT_LONG: its place, from 1; the parts come backwards */
    bool is_last;  /* FAT_LONG: the end of the name, so that a new one begins here */
    /* FAT_LONG: ASCII, up to the first 0; what is not ASCII is a 0x7f, which no name has. */
    char part[FAT_LONG_PART + 1];
};

void fat_parse_entry(const uint8_t entry[FAT_ENTRY_SIZE], enum fat_kind kind,
                     struct fat_entry *out);

#endif
