/* host/compress.h - a block of bytes into one zlib stream; libdeflate behind it.
 *
 * The same bytes give the same stream, whoever compresses them.
 *
 * Spec: RFC 1950, RFC 1951.
 */
#ifndef HOST_COMPRESS_H
#define HOST_COMPRESS_H

#include "base/bytes.h"
#include "base/error.h"

struct compress {
    void *library; /* libdeflate's compressor */
};

/* Open and close are for one thread at a time, since libdeflate's allocator is global, and not while
 * disks/inflate.h opens; one struct compress then serves one thread at a time. */
enum err compress_open(struct compress *c, struct error *e) MUST_CHECK;
void compress_close(struct compress *c); /* one that never opened, too */

/* The most bytes that len bytes can become. */
size_t compress_bound(size_t len);

/* to has room for compress_bound(); returns the bytes that the stream has. */
size_t compress_zlib(struct compress *c, struct bytes in, uint8_t *to);

#endif
