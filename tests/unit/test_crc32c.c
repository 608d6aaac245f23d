#include "base/crc32c.h"

#include <string.h>

#include "tests/test.h"

static uint32_t of(const char *text)
{
    return crc32c(0, (const uint8_t *)text, strlen(text));
}

TEST(crc32c_is_what_its_check_value_says)
{
    CHECK(of("") == 0);
    CHECK(of("a") == 0xc1d04330);
    CHECK(of("123456789") == 0xe3069283);
}

/* RFC 3720, B.4; its bytes are in the order in which they are sent. */
TEST(crc32c_is_what_iscsi_says)
{
    static const uint8_t read_command[48] = {
        0x01, 0xc0, 0, 0, 0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0x14, 0, 0, 0, 0,
        0,    4,    0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0,    0, 0, 2};
    uint8_t bytes[32];

    memset(bytes, 0, sizeof(bytes));
    CHECK(crc32c(0, bytes, sizeof(bytes)) == 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    CHECK(crc32c(0, bytes, sizeof(bytes)) == 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    CHECK(crc32c(0, bytes, sizeof(bytes)) == 0x46dd794e);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    CHECK(crc32c(0, bytes, sizeof(bytes)) == 0x113fdb5c);
    CHECK(crc32c(0, read_command, sizeof(read_command)) == 0xd9963a56);
}

TEST(crc32c_goes_on_from_where_it_was)
{
    const uint8_t *at = (const uint8_t *)"123456789";

    for (size_t i = 0; i <= 9; i++)
        CHECK(crc32c(crc32c(0, at, i), at + i, 9 - i) == 0xe3069283);
}

TEST(a_checksum_counts_as_zeros_in_what_it_is_of)
{
    uint8_t bytes[20], zeroed[20];

    for (size_t where = 0; where <= 16; where++) {
        memset(bytes, 0x5a, sizeof(bytes));
        memcpy(zeroed, bytes, sizeof(bytes));
        memset(zeroed + where, 0, 4);
        CHECK(crc32c_without(bytes, sizeof(bytes), where) == crc32c(0, zeroed, sizeof(zeroed)));
    }
}
