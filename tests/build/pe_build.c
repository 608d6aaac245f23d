#include "tests/build/pe_build.h"

#include <string.h>

#include "base/bytes.h"

void pe_build_begin(struct pe_build *b, uint8_t *at, bool is_64)
{
    size_t coff = PE_BUILD_PE + 4, optional = coff + 20;
    size_t directories = is_64 ? 112 : 96;

    *b = (struct pe_build){.at = at, .len = PE_BUILD_HEADERS, .is_64 = is_64, .optional = optional};
    b->sections = optional + directories + 16 * 8;
    memcpy(at, "MZ", 2);
    put_le32(at + 60, PE_BUILD_PE);
    memcpy(at + PE_BUILD_PE, "PE\0\0", 4);
    put_le16(at + coff, is_64 ? 0x8664 : 0x014c);
    put_le16(at + coff + 16, (uint16_t)(directories + 16 * 8));
    put_le16(at + optional, is_64 ? 0x020b : 0x010b);
    put_le32(at + optional + 32, 4096);
    put_le32(at + optional + 36, 512);
    put_le32(at + optional + 56, 4096);
    put_le32(at + optional + 60, PE_BUILD_HEADERS);
    put_le16(at + optional + 68, 10);
    put_le32(at + optional + directories - 4, 16);
}

void pe_build_section(struct pe_build *b, const char *name, uint8_t fill, uint32_t size)
{
    uint8_t *count = b->at + PE_BUILD_PE + 6, *image = b->at + b->optional + 56;
    uint8_t *entry = b->at + b->sections + 40u * get_le16(count);
    uint32_t raw_size = (size + 511) & ~511u;

    memcpy(entry, name, strlen(name));
    put_le32(entry + 8, size);
    put_le32(entry + 12, get_le32(image));
    put_le32(entry + 16, raw_size);
    put_le32(entry + 20, (uint32_t)b->len);
    put_le32(entry + 36, 0x40000040);
    put_le32(image, get_le32(image) + ((size + 4095) & ~4095u));
    put_le16(count, (uint16_t)(get_le16(count) + 1));
    memset(b->at + b->len, fill, size);
    b->len += raw_size;
}

void pe_build_signature(struct pe_build *b, uint16_t type, const void *data, uint32_t len)
{
    uint8_t *directory = b->at + b->sections - 12 * 8; /* the fifth of 16 */
    uint8_t *entry = b->at + b->len;
    uint32_t padded = (8 + len + 7) & ~7u;

    if (!get_le32(directory))
        put_le32(directory, (uint32_t)b->len);
    put_le32(directory + 4, get_le32(directory + 4) + padded);
    put_le32(entry, 8 + len);
    put_le16(entry + 4, 0x0200);
    put_le16(entry + 6, type);
    memcpy(entry + 8, data, len);
    b->len += padded;
}
