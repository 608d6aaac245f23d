/* parsers/pax.h - what describes the next member of a tar archive: pax records, GNU long names.
 *
 * loader/archive.c reads the contents of the header, at most PAX_MAX bytes, and hands them over.
 * A global header's records go into a struct pax that every later member's starts as a copy of.
 *
 * Source: IEEE Std 1003.1, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files".
 */
#ifndef PARSERS_PAX_H
#define PARSERS_PAX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

#define PAX_MAX (1u << 20) /* bytes; macOS puts file attributes there, docs/limits.md */

struct pax {
    const char *path; /* NUL-terminated, in the arena; any bytes but NUL; NULL: the header's */
    uint64_t size;    /* bytes of contents, at most INT64_MAX; instead of the header's ... */
    bool has_size;    /* ... when true */
    bool sparse;      /* holes are left out: what follows is not the file's contents */
};

/* Put what the records say into *pax, over what it says already; the last record of a key wins.
 * Keys that do not change where a file's bytes are, or what it is called, are passed over. */
enum err pax_parse(struct bytes records, struct arena *a, struct pax *pax,
                   struct error *e) MUST_CHECK;

/* The contents of a TAR_LONG_NAME or TAR_LONG_LINK header, as text in the arena; never empty. */
enum err pax_long_name(struct bytes contents, struct arena *a, const char **name,
                       struct error *e) MUST_CHECK;

#endif
