/* tests/build/zlib_build.h - zlib streams, written by hand: tests need no compressor.
 *
 * Source: RFC 1950; RFC 1951, "Non-compressed blocks" and "Compression with fixed Huffman codes".
 */
#ifndef TESTS_BUILD_ZLIB_BUILD_H
#define TESTS_BUILD_ZLIB_BUILD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that the results need at most. */
#define ZLIB_ROOM(len) ((len) + (len) / 8 + 64)

/* Uncompressed blocks.  Returns the length. */
size_t zlib_stored(const uint8_t *data, size_t len, uint8_t *out);

/* One block with the fixed codes: literals, and repetitions of the byte before. */
size_t zlib_fixed(const uint8_t *data, size_t len, uint8_t *out);

#endif
