#include "base/crc32c.h"

uint32_t crc32_by(const uint32_t table[16], uint32_t crc, const uint8_t *at, size_t len)
{
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

uint32_t crc32c(uint32_t crc, const uint8_t *at, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };

    return crc32_by(table, crc, at, len);
}

uint32_t crc32c_without(const uint8_t *at, size_t len, size_t where)
{
    static const uint8_t zeros[4];
    uint32_t crc = crc32c(0, at, where);

    crc = crc32c(crc, zeros, sizeof(zeros));
    return crc32c(crc, at + where + 4, len - where - 4);
}
