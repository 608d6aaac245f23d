#include "base/bytes.h"

#include "base/checked.h"
#include "tests/test.h"

static const uint8_t data[] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0xff};

TEST(numbers_are_read_little_and_big_endian)
{
    CHECK(get_le16(data) == 0x8201);
    CHECK(get_le32(data) == 0x84038201);
    CHECK(get_le64(data) == 0x8807860584038201);
    CHECK(get_be16(data) == 0x0182);
    CHECK(get_be32(data) == 0x01820384);
    CHECK(get_be64(data) == 0x0182038405860788);
    CHECK(get_le32(data + 1) == 0x05840382);
    CHECK(get_le16(data + 7) == 0xff88);
}

TEST(numbers_are_written_as_they_are_read)
{
    uint8_t out[9] = {0};

    put_le64(out, 0x8807860584038201);
    for (size_t i = 0; i < 8; i++)
        CHECK(out[i] == data[i]);
    CHECK(out[8] == 0);
    put_le32(out, 0xdeadbeef);
    CHECK(get_le32(out) == 0xdeadbeef && out[4] == 0x05);
    put_le16(out, 0xcafe);
    CHECK(get_le16(out) == 0xcafe && get_le16(out + 2) == 0xdead);
}

TEST(a_take_steps_over_what_it_gives)
{
    struct bytes in = {data, sizeof(data)};

    CHECK(take_u8(&in) == 0x01);
    CHECK(take_le16(&in) == 0x0382);
    CHECK(take_le32(&in) == 0x07860584);
    CHECK(in.len == 2 && in.at == data + 7);
    CHECK(take(&in, 2) == data + 7);
    CHECK(in.len == 0 && bytes_ok(&in));
    CHECK(take(&in, 0) == data + 9 && bytes_ok(&in));

    in = (struct bytes){data, 8};
    CHECK(take_le64(&in) == 0x8807860584038201 && bytes_ok(&in));
}

TEST(a_take_that_came_up_short_stays_short)
{
    struct bytes in = {data, 3};

    CHECK(take_le32(&in) == 0);
    CHECK(!bytes_ok(&in) && in.len == 0);
    CHECK(take_u8(&in) == 0 && take_le16(&in) == 0 && take_le64(&in) == 0);
    CHECK(take(&in, 0) == NULL);
    CHECK(!bytes_ok(&in));

    in = (struct bytes){data, sizeof(data)};
    CHECK(take(&in, SIZE_MAX) == NULL && !bytes_ok(&in));
}

TEST(checked_arithmetic_says_when_it_does_not_fit)
{
    uint64_t n;

    CHECK(add_fits(UINT64_MAX - 1, 1, &n) && n == UINT64_MAX);
    CHECK(!add_fits(UINT64_MAX, 1, &n));
    CHECK(mul_fits(UINT32_MAX, UINT32_MAX, &n) && n == 0xfffffffe00000001);
    CHECK(!mul_fits((uint64_t)1 << 32, (uint64_t)1 << 32, &n));
    CHECK(mul_fits(0, UINT64_MAX, &n) && n == 0);
    CHECK(min_u64(1, 2) == 1 && min_u64(2, 1) == 1 && max_u64(1, 2) == 2 && max_u64(2, 1) == 2);
}

TEST(rounding_goes_to_any_unit)
{
    CHECK(round_down(0, 512) == 0 && round_down(511, 512) == 0 && round_down(512, 512) == 512);
    CHECK(round_up(0, 512) == 0 && round_up(1, 512) == 512 && round_up(512, 512) == 512);
    CHECK(round_down(10, 3) == 9 && round_up(10, 3) == 12 && round_up(9, 3) == 9);
}
