/* loader/envelope.h - a disk image inside of a gzip file (ovf:compression="gzip").
 *
 * Known by its content, not by what the descriptor says.  bzip2, xz and zstd are not read: no standard
 * names them, and no package with them was found (docs/decisions.md).
 *
 * Spec: DSP0243 1.1.0, "References": "gzip".
 */
#ifndef LOADER_ENVELOPE_H
#define LOADER_ENVELOPE_H

#include "disks/gunzip.h"

/* Unpack all of the file once, with progress under that name; *out is NULL when it is no gzip file.  It lives in
 * the arena.  ERR_CANCELLED when the person wants to stop. */
enum err envelope_open(struct source *file, const char *name, struct arena *a, struct gunzip **out,
                       struct error *e) MUST_CHECK;

#endif
