/* loader/archive.h - an OVA: a tar archive as a folder of its members.
 *
 * The whole archive is walked once, header by header, so that a truncated one is found before
 * anything is written.  Members keep their order; nothing is extracted.
 *
 * Spec: DSP0243 1.1.0, "Distribution as a single file"; IEEE Std 1003.1, pax, "ustar Interchange
 * Format".
 */
#ifndef LOADER_ARCHIVE_H
#define LOADER_ARCHIVE_H

#include "loader/folder.h"

#define ARCHIVE_MEMBERS_MAX 4096 /* docs/limits.md */

struct member {
    const char *name; /* without a leading "./"; in the arena */
    uint64_t offset;  /* bytes in the archive */
    uint64_t size;    /* bytes */
};

struct archive {
    struct folder folder;
    struct source *file; /* borrowed */
    struct member *members;
    size_t count;
};

/* Index the archive.  ERR_DAMAGED when it is cut, not a tar, or holds one name twice;
 * ERR_UNSUPPORTED, by name, for links and sparse members. */
enum err archive_open(struct archive *a, struct source *file, struct arena *arena,
                      struct error *e) MUST_CHECK;

/* The member of that name, or NULL. */
const struct member *archive_find(const struct archive *a, const char *name);

#endif
