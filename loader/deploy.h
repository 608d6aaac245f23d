/* loader/deploy.h - the disks of a plan onto their targets.
 *
 * Before the first write every disk is opened once, so that what can fail by then does: for lack of
 * memory, or of room.  The disks then follow one another through the same memory.  Each disk's data
 * is hashed as it is read; only when every disk's digests matched are the targets
 * sealed, the boot disk last.  A failure or a power cut before that leaves targets that do not
 * boot.  With null targets this is the full check of a package that writes nothing.
 */
#ifndef LOADER_DEPLOY_H
#define LOADER_DEPLOY_H

#include "disks/writer.h"
#include "loader/plan.h"
#include "loader/provision.h"

#define DEPLOY_READ_AHEAD (4u << 20) /* bytes of buffer between reading and unpacking */

/* What a disk's file turned out to be: the digest that the manifest proves it by, or its SHA-256
 * where there is no manifest.  Of a blank disk, and of one taken as it is, there is none: zeros. */
struct proved {
    enum digest_kind kind;
    uint8_t digest[DIGEST_MAX];
};

/* targets[i] is for plan->disks[i], and so is out[i].  provision, unless it is NULL, goes to a
 * partition of its own on the boot disk.  work holds everything that is needed. */
enum err deploy(const struct plan *plan, struct target *const targets[],
                const struct provision *provision, struct arena work, struct proved out[],
                struct error *e) MUST_CHECK;

/* Tell the person, where that is so. */
void deploy_say_sectors(const struct plan_disk *disk, const struct target *target);

#endif
