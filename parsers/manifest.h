/* parsers/manifest.h - the manifest of an OVF package: a digest for each file.
 *
 * Lenient in spelling, strict in meaning: every form of line that real tools write is read
 * ("SHA256(name)= hex", "SHA1 (name) = hex", "SHA2-256(name)= hex", CRLF, no last newline); any
 * other line is an error with its number, never skipped.  The name reaches to the last ')' that
 * is followed by '='.
 *
 * Spec: DSP0243 1.1.0 and 2.1.1, "OVF package", the manifest's ABNF.
 */
#ifndef PARSERS_MANIFEST_H
#define PARSERS_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

enum digest_kind {
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
};

#define DIGEST_MAX 64 /* bytes of the longest digest */

/* Bytes of a digest of that kind; its name for people: "SHA-256". */
size_t digest_size(enum digest_kind kind);
const char *digest_name(enum digest_kind kind);

#define MANIFEST_LINES_MAX 4096 /* docs/limits.md */

struct manifest_entry {
    const char *name; /* NUL-terminated, in the arena; as written, not decoded */
    uint32_t line;    /* from 1, for messages */
    enum digest_kind kind;
    uint8_t digest[DIGEST_MAX];
};

struct manifest {
    struct manifest_entry *entries; /* in the order of the file */
    size_t count;
};

/* The same name may stand in several entries; the caller checks them all.  No lines, no entries.
 * ERR_DAMAGED for a line that is no digest, ERR_UNSUPPORTED for an algorithm that is not done
 * (MD5), both with the line's number; ERR_TOO_BIG over MANIFEST_LINES_MAX. */
enum err manifest_parse(struct bytes text, struct arena *a, struct manifest *out,
                        struct error *e) MUST_CHECK;

#endif
