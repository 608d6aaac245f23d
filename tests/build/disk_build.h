/* tests/build/disk_build.h - partition tables and FAT file systems in memory.
 *
 * Written from the specifications, without parsers/: what reads them is what is tested.
 */
#ifndef TESTS_BUILD_DISK_BUILD_H
#define TESTS_BUILD_DISK_BUILD_H

#include <stddef.h>
#include <stdint.h>

struct build_partition {
    uint8_t type[16]; /* GUID as on disk; MBR: the first byte */
    uint64_t first;   /* LBA */
    uint64_t last;    /* LBA, inclusive */
    const char *label;
};

extern const uint8_t build_type_esp[16];
extern const uint8_t build_type_linux[16];

/* An MBR with up to four partitions. */
void build_mbr(uint8_t *disk, const struct build_partition *partitions, size_t count);

/* A protective MBR and both copies of a GPT of 128 entries, for a disk of that many sectors. */
void build_gpt(uint8_t *disk, uint64_t sectors, uint32_t sector_size,
               const struct build_partition *partitions, size_t count);

/* Put a header's checksum right after a test has changed it. */
void build_gpt_resum(uint8_t *header);

/* CRC-32, bit by bit. */
uint32_t build_crc32(const uint8_t *at, size_t len);

struct fat_build {
    uint8_t *at;
    size_t size;
    unsigned bits; /* 12, 16 or 32 */
    uint32_t fat_sectors;
    uint32_t root_sectors; /* of the fixed root */
    uint32_t next;         /* free cluster */
};

/* An empty FAT with clusters of one sector of 512 bytes.  at holds zeros. */
void fat_build_begin(struct fat_build *b, uint8_t *at, size_t size, unsigned bits);

/* Add a directory, or a file without contents, to the directory that begins at a cluster; 0 is the
 * root.  Returns the new one's cluster.  alias is the short name, 11 bytes padded with blanks; name
 * is a long name besides, or NULL. */
uint32_t fat_build_directory(struct fat_build *b, uint32_t parent, const char *alias,
                             const char *name);
uint32_t fat_build_file(struct fat_build *b, uint32_t parent, const char *alias, const char *name,
                        uint32_t size);

/* The same from a path of names that need no long form: "EFI/BOOT/BOOTX64.EFI". */
void fat_build_path(struct fat_build *b, const char *path);

/* Set a FAT entry. */
void fat_build_link(struct fat_build *b, uint32_t cluster, uint32_t next);

#endif
