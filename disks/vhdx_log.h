/* disks/vhdx_log.h - a VHDX file as it is once its log was replayed.  The file itself is not touched: what the log
 * would write is put over the bytes that are read.
 *
 * Spec: [MS-VHDX] 8.0, 2.3.2 "Log Sequence" and 2.3.3 "Log Replay".
 */
#ifndef DISKS_VHDX_LOG_H
#define DISKS_VHDX_LOG_H

#include "base/arena.h"
#include "base/source.h"
#include "parsers/vhdx.h"

#define VHDX_LOG_MAX         (64u << 20) /* bytes of a log that is replayed, docs/limits.md */
#define VHDX_LOG_WRITES_MAX  16384u      /* of the entries that are replayed, docs/limits.md */
#define VHDX_LOG_IN_VAIN_MAX (64u << 20) /* bytes of entries with wrong checksums, docs/limits.md */

/* *out is the file itself when there is nothing to replay.  file is borrowed for as long; what the log writes is
 * read from it when it is needed, and a list of the writes is in the arena.  ERR_DAMAGED when no sequence of
 * entries is whole, when the file was cut since, or when the log writes into itself or into the headers;
 * ERR_TOO_BIG by the bounds above. */
enum err vhdx_log_open(struct source *file, const struct vhdx_header *header, struct arena *a,
                       struct source **out, struct error *e) MUST_CHECK;

#endif
