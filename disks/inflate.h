/* disks/inflate.h - a whole zlib or gzip stream into a buffer, in one call; libdeflate behind it.
 *
 * Grains and clusters are bounded, so decoding never has to stop and go on.  What libdeflate
 * allocates comes out of the arena: there is nothing to release.
 *
 * Spec: RFC 1950, RFC 1951, RFC 1952.
 */
#ifndef DISKS_INFLATE_H
#define DISKS_INFLATE_H

#include "base/arena.h"
#include "base/bytes.h"

struct inflate {
    void *library; /* libdeflate's decompressor, in the arena */
};

/* Not to be called by two processors at a time: libdeflate's allocator is global. */
enum err inflate_open(struct inflate *z, struct arena *a, struct error *e) MUST_CHECK;

/* Unpack one zlib stream of at least least and at most room bytes; *len is what it was.  Bytes
 * behind the stream are passed over.  ERR_DAMAGED otherwise; of to, all room bytes may have
 * changed.  One struct inflate serves one processor at a time. */
enum err inflate_zlib(struct inflate *z, struct bytes packed, uint8_t *to, size_t least,
                      size_t room, size_t *len, struct error *e) MUST_CHECK;

/* The same for deflate data without any head. */
enum err inflate_raw(struct inflate *z, struct bytes packed, uint8_t *to, size_t least, size_t room,
                     size_t *len, struct error *e) MUST_CHECK;

/* The same for a gzip file, of any length up to room: members that follow each other are one text,
 * and what else follows is damage (RFC 1952, "File format").  ERR_TOO_BIG when room is too small. */
enum err inflate_gzip(struct inflate *z, struct bytes packed, uint8_t *to, size_t room, size_t *len,
                      struct error *e) MUST_CHECK;

#endif
