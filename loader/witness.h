/* loader/witness.h - what this machine's firmware remembers of a deployment, where only signed
 * packages are taken.
 *
 * A record on a disk proves nothing: whoever can write to the disk can write it.  So under
 * verify = signature ovfboot leaves a variable in the firmware that no operating system can read or
 * change (it is there for boot services only), and believes a record only when that agrees.  It
 * proves that this ovfboot, on this machine, deployed that package to that disk.  It does not prove
 * what the guest, or whoever took the disk out, has made of it since: docs/security.md.
 */
#ifndef LOADER_WITNESS_H
#define LOADER_WITNESS_H

#include "crypto/digest.h"
#include "loader/port.h"

#define WITNESS_PACKAGE 32 /* bytes of record_identity.package, a SHA-256 */

enum err witness_agrees(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk,
                        bool *agrees, struct error *e) MUST_CHECK;

/* ERR_NO_ROOM, or ERR_IO, when the firmware does not take it. */
enum err witness_leave(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk,
                       struct error *e) MUST_CHECK;

/* Of a disk that is about to be erased; there need not be one. */
void witness_forget(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk);

#endif
