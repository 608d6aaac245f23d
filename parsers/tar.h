/* parsers/tar.h - one 512-byte header of a tar archive: V7, POSIX ustar, GNU, and VMware's.
 *
 * Pure: bytes in, struct out; no I/O and no allocation.  loader/archive.c walks the archive, and
 * parsers/pax.h reads the contents of the headers that describe the next member.  Messages begin
 * with what is wrong; the caller puts the place in front:
 *
 *     enum err err = tar_parse(block, &header, e);
 *     if (err)
 *         return within(e, "header at byte %llu", offset);
 *
 * Source: IEEE Std 1003.1, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 */
#ifndef PARSERS_TAR_H
#define PARSERS_TAR_H

#include <stdint.h>

#include "base/error.h"

#define TAR_BLOCK    512
#define TAR_NAME_MAX 256 /* bytes: prefix 155 + '/' + name 100 */

enum tar_kind {
    TAR_END,        /* a block of zeros: no more members */
    TAR_FILE,       /* an ordinary file; size bytes of contents follow, padded to TAR_BLOCK */
    TAR_DIR,        /* a folder */
    TAR_LINK,       /* a hard or symbolic link */
    TAR_SPARSE,     /* a GNU file with holes left out: what follows is not its contents */
    TAR_PAX,        /* pax records for the next member */
    TAR_PAX_GLOBAL, /* pax records for all members that follow */
    TAR_LONG_NAME,  /* GNU: the name of the next member */
    TAR_LONG_LINK,  /* GNU: what the next member links to */
    TAR_OTHER,      /* a device, a volume label, or unknown: contents are to be stepped over */
};

struct tar_header {
    enum tar_kind kind;
    char name[TAR_NAME_MAX + 1]; /* NUL-terminated; any bytes but NUL, may be empty */
    uint64_t size;               /* bytes of contents that follow, at most INT64_MAX */
};

/* Fails with ERR_DAMAGED when the checksum or the size is wrong. */
enum err tar_parse(const uint8_t block[TAR_BLOCK], struct tar_header *out,
                   struct error *e) MUST_CHECK;

/* Bytes from the end of this header to the next one: size rounded up to TAR_BLOCK. */
uint64_t tar_stride(const struct tar_header *header);

#endif
