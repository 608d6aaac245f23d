/* tests/fuzz/repair.h - puts checksums right that a fuzzer does not guess, so that what is wrong elsewhere is read.
 *
 * None of them trusts what it repairs: bytes that are no such structure stay as they are.
 */
#ifndef TESTS_FUZZ_REPAIR_H
#define TESTS_FUZZ_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPAIR_BLOCK 512 /* bytes of a block of a tar archive */

/* A file in an archive, by its header. */
struct repair_member {
    uint8_t *header, *contents;
    size_t size; /* bytes */
};

/* The next file from *at on, a multiple of REPAIR_BLOCK; begin with 0.  False: no more. */
bool repair_next(uint8_t *tar, size_t size, size_t *at, struct repair_member *out);

/* A header's size, and its checksum. */
void repair_set_size(uint8_t header[REPAIR_BLOCK], size_t size);
void repair_tar_sum(uint8_t header[REPAIR_BLOCK]);

/* The checksums of all headers. */
void repair_tar(uint8_t *tar, size_t size);

/* In each manifest of the archive (its name ends in .mf) the digests of files that are there, as far
 * as they are as long as they should be. */
void repair_manifests(uint8_t *tar, size_t size);

/* A GPT's header at LBA 1: what says that it is one, its own checksum, and that of its entries when they are
 * there. */
void repair_gpt(uint8_t *disk, size_t size, size_t sector_size);

#endif
