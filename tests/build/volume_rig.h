/* tests/build/volume_rig.h - a FAT volume in sectors of 512 bytes, and the same as it is seen in others.
 *
 *     volume_begin(4 << 20, 16);
 *     volume_add_file(0, "A       TXT", NULL, 100, 1);
 *     CHECK(volume_convert(4096) == OK);
 *     ... volume_new[0 .. volume_size - 1] ...
 */
#ifndef TESTS_BUILD_VOLUME_RIG_H
#define TESTS_BUILD_VOLUME_RIG_H

#include "tests/build/disk_build.h"
#include "tests/fake_source.h"

#define VOLUME_MAX    (35u << 20) /* a FAT32 of clusters of 512 bytes is no smaller */
#define VOLUME_MEMORY (8u << 20)

/* Each by itself, so that the sanitizer sees who goes beyond it. */
extern uint8_t volume_old[VOLUME_MAX], volume_new[VOLUME_MAX], volume_memory[VOLUME_MEMORY];
extern size_t volume_size; /* of the volume that was begun, bytes */
extern struct fat_build volume_build;
extern struct error volume_error;

void volume_begin(size_t bytes, unsigned bits);

/* Where a cluster is. */
uint8_t *volume_cluster(uint32_t cluster);

/* A file of many clusters, each behind the one before and step clusters further on. */
uint32_t volume_add_file(uint32_t parent, const char *alias, const char *name, uint32_t bytes,
                         uint32_t step);

/* \EFI\A.TXT of 1 byte, \ROOT.BIN of 512, \EMPTY.BIN, and in \EFI\systemd-and-more "a long name.efi" of 5000 and
 * LARGE.BIN of 20000. */
void volume_add_all(void);

/* See it in such sectors, with that much of the memory; and read all of it. */
enum err volume_view(struct fake_source *source, uint64_t new_size, uint32_t sector, size_t room,
                     struct source **view) MUST_CHECK;
enum err volume_convert(uint32_t sector) MUST_CHECK;

#endif
