#include "crypto/moment.h"

#include "tests/test.h"

/* Seconds by "date -u -d ... +%s" of GNU coreutils. */
static const struct {
    unsigned year, month, day, hour, minute, second;
    uint64_t seconds;
    const char *text;
} dates[] = {
    {1970, 1, 1, 0, 0, 0, 0, "1970-01-01 00:00:00 UTC"},
    {1999, 12, 31, 23, 59, 59, 946684799, "1999-12-31 23:59:59 UTC"},
    {2000, 2, 29, 0, 0, 0, 951782400, "2000-02-29 00:00:00 UTC"},
    {2000, 3, 1, 0, 0, 0, 951868800, "2000-03-01 00:00:00 UTC"},
    {2026, 1, 3, 12, 34, 56, 1767443696, "2026-01-03 12:34:56 UTC"},
    {2024, 12, 31, 0, 0, 0, 1735603200, "2024-12-31 00:00:00 UTC"},
    {2100, 2, 28, 0, 0, 0, 4107456000, "2100-02-28 00:00:00 UTC"},
    {2100, 3, 1, 0, 0, 0, 4107542400, "2100-03-01 00:00:00 UTC"},
    {9999, 12, 31, 23, 59, 59, 253402300799, "9999-12-31 23:59:59 UTC"},
};

TEST(moments_are_those_of_other_calendars)
{
    char text[MOMENT_TEXT_MAX];

    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        CHECK(moment_seconds(dates[i].year, dates[i].month, dates[i].day, dates[i].hour,
                             dates[i].minute, dates[i].second) == dates[i].seconds);
        CHECK_TEXT(moment_text(text, dates[i].seconds), dates[i].text);
    }
    CHECK(moment_seconds(1969, 12, 31, 23, 59, 59) == 0);
    CHECK(moment_seconds(0, 1, 1, 0, 0, 0) == 0);
    CHECK_TEXT(moment_text(text, UINT64_MAX), "never");
}

TEST(clock_before_the_build_is_not_right)
{
    CHECK(clock_is_right(&(struct clock){{true, 1000}, 1000}));
    CHECK(!clock_is_right(&(struct clock){{true, 999}, 1000}));
    CHECK(!clock_is_right(&(struct clock){{false, 2000}, 1000}));
}
