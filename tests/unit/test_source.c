#include "base/source.h"

#include <string.h>

#include "tests/test.h"

static const uint8_t data[] = "0123456789";
static struct error error;

static struct memory_source digits(void)
{
    struct memory_source s;

    memory_source_init(&s, "digits", (struct bytes){data, 10});
    return s;
}

TEST(a_source_reads_exactly_what_is_asked_for)
{
    struct memory_source s = digits();

    for (size_t offset = 0; offset <= 10; offset++) {
        for (size_t len = 0; len <= 10 - offset; len++) {
            uint8_t out[11];
            memset(out, '#', sizeof(out));
            CHECK(source_read(&s.source, offset, out, len, &error) == OK);
            CHECK(memcmp(out, data + offset, len) == 0);
            CHECK(out[len] == '#');
        }
    }
}

TEST(a_source_does_not_read_past_its_end)
{
    static const struct {
        uint64_t offset;
        size_t len;
    } cases[] = {{10, 1},         {9, 2},          {0, 11},       {11, 0},
                 {UINT64_MAX, 1}, {UINT64_MAX, 0}, {1, SIZE_MAX}, {UINT64_MAX, SIZE_MAX}};
    struct memory_source s = digits();

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK(source_read(&s.source, cases[i].offset, NULL, cases[i].len, &error) == ERR_DAMAGED);
    CHECK(source_read(&s.source, 8, NULL, 4, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "digits: ends at byte 10, but 4 bytes from byte 8 are needed");
}

TEST(a_slice_is_a_source_of_its_own)
{
    struct memory_source s = digits();
    struct slice_source slice, inner;
    uint8_t out[3];

    CHECK(slice_source_init(&slice, "slice", &s.source, 2, 6, &error) == OK);
    CHECK(slice.source.size == 6);
    CHECK(source_read(&slice.source, 3, out, 3, &error) == OK && memcmp(out, "567", 3) == 0);
    CHECK(source_read(&slice.source, 4, out, 3, &error) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "slice: ends at byte 6");
    CHECK(slice_source_init(&inner, "inner", &slice.source, 5, 1, &error) == OK);
    CHECK(source_read(&inner.source, 0, out, 1, &error) == OK && out[0] == '7');
}

TEST(a_slice_past_its_source_is_refused)
{
    struct memory_source s = digits();
    struct slice_source slice;

    CHECK(slice_source_init(&slice, "slice", &s.source, 10, 0, &error) == OK);
    CHECK(slice_source_init(&slice, "slice", &s.source, 0, 10, &error) == OK);
    CHECK(slice_source_init(&slice, "slice", &s.source, 11, 0, &error) == ERR_DAMAGED);
    CHECK(slice_source_init(&slice, "slice", &s.source, 1, UINT64_MAX, &error) == ERR_DAMAGED);
    CHECK(slice_source_init(&slice, "slice", &s.source, UINT64_MAX, 2, &error) == ERR_DAMAGED);
    CHECK(slice_source_init(&slice, "slice", &s.source, 5, 6, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "slice: needs 6 bytes from byte 5 of digits, which ends at byte 10");
}
