/* tests/build/writer_rig.h - a guest disk that is written onto a target, as loader/deploy.c does it.
 *
 *     written_build(&b, 9 << 20, 512, WRITTEN_GRAIN);
 *     fake_target_init(&written_target, 9 << 11, 512);
 *     CHECK(written_deploy(&b, &w) == OK);
 *     ... written_target.disk, written_guest ...
 *     fake_target_release(&written_target);
 *     vmdk_build_release(&b);
 */
#ifndef TESTS_BUILD_WRITER_RIG_H
#define TESTS_BUILD_WRITER_RIG_H

#include "disks/writer.h"
#include "tests/build/vmdk_build.h"
#include "tests/fake_target.h"

#define WRITTEN_GRAIN 65536u

/* Each by itself, so that the sanitizer sees who goes beyond it. */
extern uint8_t written_guest[12 << 20]; /* what the guest disk should be */
extern uint8_t written_memory[40 << 20];
extern struct fake_target written_target;
extern struct error written_error;
extern size_t written_room_opened, written_room_sealed; /* in the arena */

/* A guest disk of size bytes with a GPT in sectors of sector_size, data and holes; as a VMDK. */
void written_build(struct vmdk_build *b, size_t size, uint32_t sector_size, uint32_t grain);

/* A writer that is open, with a buffer that is not blank. */
enum err written_begin(struct writer *w, struct target *t, const struct image *image,
                       struct arena *a) MUST_CHECK;

/* Deploy onto the target.  The whole of it, as loader/deploy.c does it. */
enum err written_deploy(const struct vmdk_build *b, struct writer *w) MUST_CHECK;

/* Would EDK2 see partitions?  Only behind a protective MBR. */
bool written_is_bootable(const uint8_t *disk);

#endif
