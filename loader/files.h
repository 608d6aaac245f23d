/* loader/files.h - files of the package that the guest gets beside its properties: those of
 * EnvironmentFilesSection.
 *
 * They go below ovffiles/ on the volume of loader/provision.h, by the path that the descriptor gives
 * them.  Each is read whole, proved by the manifest as a disk is, and unpacked, before anything is
 * written.
 *
 * Spec: DSP8023 2.0.1, EnvironmentFilesSection_Type and EnvironmentFile_Type; DSP8027 has no element
 * for them, so ovf-env.xml does not name them.
 */
#ifndef LOADER_FILES_H
#define LOADER_FILES_H

#include "loader/plan.h"

#define FILES_FOLDER   "ovffiles/"
#define FILES_SIZE_MAX (8u << 20) /* bytes of all together, packed or not; docs/limits.md */
#define FILES_PATH_MAX 240        /* bytes of a path with the folder; docs/limits.md */

/* Read those of the chosen system into plan->files.  Not wanted: they are not looked at, and a note
 * says that the guest goes without them.  Fails with
 *
 *     ERR_UNSUPPORTED  a path that leaves the folder or that FAT cannot hold, or two that are one
 *                      there; a file in chunks, or compressed by something else than gzip
 *     ERR_UNTRUSTED    the manifest has another digest, or none
 *     ERR_TOO_BIG      the limits above, or those of disks/fat_make.h
 *     ERR_NOT_FOUND, ERR_DAMAGED, ERR_IO as the package is
 */
enum err files_read(struct plan *plan, bool wanted, struct arena *a, struct arena work,
                    struct error *e) MUST_CHECK;

#endif
