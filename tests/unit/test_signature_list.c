#include <string.h>

#include "parsers/signature_list.h"
#include "tests/test.h"

static const uint8_t x509[16] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t sha256[16] = {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                                   0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};
static const uint8_t x509_sha256[16] = {0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40,
                                        0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed};

static uint8_t lists[1024];
static size_t len;

/* A list of count entries of size bytes of data, filled with their number from 1. */
static void add(const uint8_t type[16], uint32_t header, uint32_t size, unsigned count)
{
    uint8_t *at = lists + len;

    memcpy(at, type, 16);
    put_le32(at + 16, 28 + header + count * (16 + size));
    put_le32(at + 20, header);
    put_le32(at + 24, 16 + size);
    memset(at + 28, 0xee, header);
    for (unsigned i = 0; i < count; i++) {
        memset(at + 28 + header + i * (16 + size), 0xdd, 16);
        memset(at + 28 + header + i * (16 + size) + 16, (int)i + 1, size);
    }
    len += 28 + header + count * (16 + size);
}

static struct signature_list_cursor begin(void)
{
    return signature_list_begin((struct bytes){lists, len});
}

TEST(lists_of_all_kinds_follow_each_other)
{
    struct signature_list_cursor cursor;
    struct signature_entry entry;

    len = 0;
    add(sha256, 0, 32, 2);
    add(x509, 4, 100, 1);
    add(x509_sha256, 0, 48, 2);
    memset(lists + len - 16, 0, 16); /* the last one's time of revocation */
    cursor = begin();
    for (uint8_t i = 1; i <= 2; i++) {
        NEED(signature_list_next(&cursor, &entry));
        CHECK(entry.kind == SIGNATURE_IMAGE_DIGEST && entry.digest == DIGEST_SHA256);
        CHECK(entry.data.len == 32 && entry.data.at[0] == i && entry.data.at[31] == i);
    }
    NEED(signature_list_next(&cursor, &entry));
    CHECK(entry.kind == SIGNATURE_CERTIFICATE && entry.data.len == 100 && entry.data.at[0] == 1);
    for (uint8_t i = 1; i <= 2; i++) {
        NEED(signature_list_next(&cursor, &entry));
        CHECK(entry.kind == SIGNATURE_CERTIFICATE_HASH && entry.data.len == 32);
        CHECK(entry.data.at[31] == i && entry.revoked_from_a_time == (i == 1));
    }
    CHECK(!signature_list_next(&cursor, &entry) && !cursor.is_damaged);
}

TEST(an_empty_database_and_an_empty_list_hold_nothing)
{
    struct signature_list_cursor cursor = signature_list_begin((struct bytes){0});
    struct signature_entry entry;

    CHECK(!signature_list_next(&cursor, &entry) && !cursor.is_damaged);
    len = 0;
    add(sha256, 0, 32, 0);
    add(sha256, 0, 32, 1);
    cursor = begin();
    CHECK(signature_list_next(&cursor, &entry) && !signature_list_next(&cursor, &entry));
    CHECK(!cursor.is_damaged);
}

TEST(digests_of_the_wrong_size_match_nothing)
{
    struct signature_list_cursor cursor;
    struct signature_entry entry;

    len = 0;
    add(sha256, 0, 31, 1);
    add(x509_sha256, 0, 32, 1);
    cursor = begin();
    CHECK(signature_list_next(&cursor, &entry) && entry.kind == SIGNATURE_OTHER);
    CHECK(signature_list_next(&cursor, &entry) && entry.kind == SIGNATURE_OTHER);
}

TEST(damaged_lists_end_the_walk_and_are_known)
{
    static const struct {
        size_t at;
        uint32_t value;
    } changes[] = {
        {16, 27},         {16, 28 + 49}, {16, 0xffffffff}, {20, 49}, {20, 1},
        {20, 0xffffffff}, {24, 16},      {24, 0},          {24, 47},
    };

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct signature_list_cursor cursor;
        struct signature_entry entry;
        len = 0;
        add(sha256, 0, 32, 1);
        put_le32(lists + changes[i].at, changes[i].value);
        cursor = begin();
        CHECK(!signature_list_next(&cursor, &entry) && cursor.is_damaged);
    }
    len = 0;
    add(sha256, 0, 32, 1);
    for (size_t whole = len--; len > 0; len--) {
        struct signature_list_cursor cursor = begin();
        struct signature_entry entry;
        CHECK(len < whole && !signature_list_next(&cursor, &entry) && cursor.is_damaged);
    }
}
