/* tests/build/partition_rig.h - a guest disk with a GPT or an MBR, and the larger one it goes onto, to which a partition
 * is added.
 *
 *     adding_build_gpt(512, 8, 16, 7);
 *     CHECK(adding_run() == OK && added.number == 3);
 *
 * Sizes are in MiB, sectors in bytes.
 */
#ifndef TESTS_BUILD_PARTITION_RIG_H
#define TESTS_BUILD_PARTITION_RIG_H

#include "disks/partition_add.h"
#include "tests/build/disk_build.h"

#define MIB (1u << 20)

/* Each by itself, so that the sanitizer sees who goes beyond it. */
extern uint8_t adding_old_disk[8 * MIB], adding_new_disk[24 * MIB];
extern uint64_t adding_old_size, adding_new_size; /* bytes of them */
extern uint32_t adding_sector_size;
extern const struct partition_new adding_what; /* is added */
extern struct partition_added added;
extern struct error adding_error;

/* Disks without a table. */
void adding_begin(uint32_t sector, size_t old_mib, size_t new_mib);

/* A GPT with two partitions; the second one ends at that MiB. */
void adding_build_gpt(uint32_t sector, size_t old_mib, size_t new_mib, size_t end_mib);

/* A primary partition for build_mbr(). */
struct build_partition adding_mbr_part(uint8_t type, uint64_t first, uint64_t end);

/* Three primary ones, and an extended one from 3 MiB to that end; the fourth entry is it. */
void adding_build_extended(size_t old_mib, size_t new_mib, size_t end_mib, uint8_t type);

/* A table of a logical partition: the partition and the next table, both relative; 0: none. */
void adding_build_logical(uint64_t at, uint64_t first, uint64_t count, uint64_t base,
                          uint64_t next);

/* Add the partition to the old disk; the new one is then the target, but for the volume. */
enum err adding_run(void) MUST_CHECK;

void adding_check_refused(enum err code, const char *text);

#endif
