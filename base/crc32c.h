/* base/crc32c.h - CRC-32C: the checksum by Castagnoli's polynomial 0x1EDC6F41, bits reflected.
 *
 * Spec: RFC 3720, 12.1 and appendix B.4.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Any CRC of 32 reflected bits, four of them at a time: table[i] is what i shifts to by its polynomial. */
uint32_t crc32_by(const uint32_t table[16], uint32_t crc, const uint8_t *at, size_t len);

/* Of the bytes behind those that gave crc; 0 to begin. */
uint32_t crc32c(uint32_t crc, const uint8_t *at, size_t len);

/* Of bytes that hold their own checksum, 4 bytes at where, which count as zeros. */
uint32_t crc32c_without(const uint8_t *at, size_t len, size_t where);

#endif
