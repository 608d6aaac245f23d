#include <string.h>

#include "disks/inflate.h"
#include "tests/build/zlib_build.h"
#include "tests/fake_target.h"
#include "tests/test.h"

#define LEN 100000

static uint8_t memory[1 << 16];
static uint8_t data[LEN], packed[ZLIB_ROOM(LEN)], out[LEN + 10];
static struct error error;

static void fresh(struct inflate *z)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    CHECK(inflate_open(z, &a, &error) == OK);
    fill_noise(data, LEN / 2, 1);
    memset(data + LEN / 2, 7, LEN - LEN / 2);
}

static enum err unpack(struct inflate *z, size_t packed_len, size_t least, size_t room)
{
    size_t len = 0;

    memset(out, 0xee, sizeof(out));
    return inflate_zlib(z, (struct bytes){packed, packed_len}, out, least, room, &len, &error);
}

TEST(a_zlib_stream_unpacks_into_its_exact_room)
{
    struct inflate z;

    fresh(&z);
    for (int i = 0; i < 2; i++) {
        size_t len = (i ? zlib_stored : zlib_fixed)(data, LEN, packed);
        CHECK(unpack(&z, len, LEN, LEN) == OK);
        CHECK(memcmp(data, out, LEN) == 0 && out[LEN] == 0xee);
        CHECK(unpack(&z, len, LEN, LEN - 1) == ERR_DAMAGED);
        CHECK_TEXT(error.text, "compressed data unpacks to more than 99999 bytes");
        CHECK(unpack(&z, len, LEN + 5, LEN + 10) == ERR_DAMAGED);
        CHECK_TEXT(error.text, "compressed data unpacks to 100000 bytes, where 100005 are needed");
        CHECK(unpack(&z, len, 5, LEN + 10) == OK);
    }
}

TEST(a_changed_or_cut_zlib_stream_is_damage)
{
    struct inflate z;

    fresh(&z);
    size_t len = zlib_fixed(data, LEN, packed);
    for (size_t i = 0; i < len; i += 997) {
        CHECK(unpack(&z, i, LEN, LEN) == ERR_DAMAGED);
        packed[i] ^= 0x10;
        CHECK(unpack(&z, len, LEN, LEN) == ERR_DAMAGED);
        packed[i] ^= 0x10;
    }
    CHECK(unpack(&z, len, LEN, LEN) == OK);
}

TEST(the_decompressor_comes_out_of_the_arena)
{
    struct inflate z;
    struct arena a;

    arena_init(&a, memory, 100, "decompressing");
    CHECK(inflate_open(&z, &a, &error) == ERR_NO_MEMORY);
    CHECK_HOLDS(error.text, "decompressing");
    arena_init(&a, memory, sizeof(memory), "tests");
    CHECK(inflate_open(&z, &a, &error) == OK);
    CHECK(arena_room(&a) < sizeof(memory) - 1000);
}

/* Python: gzip.compress(b"hello hello hello\n", mtime=0) */
static const uint8_t member[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90, 0x5c,
                                 0x00, 0x3b, 0x7c, 0x8a, 0xdf, 0x12, 0x00, 0x00, 0x00};

TEST(members_of_gzip_that_follow_each_other_are_one_text)
{
    uint8_t both[2 * sizeof(member) + 3] = {0};
    struct bytes file = {both, sizeof(both)};
    struct inflate z;
    size_t len = 0;

    fresh(&z);
    memcpy(both, member, sizeof(member));
    memcpy(both + sizeof(member), member, sizeof(member));
    CHECK(inflate_gzip(&z, file, out, LEN, &len, &error) == OK);
    CHECK(len == 36 && memcmp(out, "hello hello hello\nhello hello hello\n", len) == 0);
    CHECK(inflate_gzip(&z, file, out, 35, &len, &error) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "more than 35 bytes");
    both[sizeof(both) - 1] = 1;
    CHECK(inflate_gzip(&z, file, out, LEN, &len, &error) == ERR_DAMAGED);
}

TEST(a_gzip_member_unpacks_into_at_most_its_room)
{
    static uint8_t changed[sizeof(member)];
    struct inflate z;
    size_t len = 0;

    fresh(&z);
    CHECK(inflate_gzip(&z, (struct bytes){member, sizeof(member)}, out, LEN, &len, &error) == OK);
    CHECK(len == 18 && memcmp(out, "hello hello hello\n", len) == 0);
    CHECK(inflate_gzip(&z, (struct bytes){member, sizeof(member)}, out, 17, &len, &error) ==
          ERR_TOO_BIG);
    for (size_t at = 10; at < sizeof(member); at++) {
        memcpy(changed, member, sizeof(member));
        changed[at] ^= 1;
        CHECK(inflate_gzip(&z, (struct bytes){changed, sizeof(changed)}, out, LEN, &len, &error) ==
              ERR_DAMAGED);
    }
    CHECK(inflate_gzip(&z, (struct bytes){member, 5}, out, LEN, &len, &error) == ERR_DAMAGED);
}
