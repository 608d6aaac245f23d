#include "crypto/moment.h"

#include "base/text.h"

#define DAY 86400u /* seconds */

bool clock_is_right(const struct clock *c)
{
    return c->now.known && c->now.unix_seconds >= c->built;
}

/* Years that begin in March have the leap day at their end; month and year change with it. */
uint64_t moment_seconds(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                        unsigned second)
{
    uint64_t y = month > 2 ? year : year - 1;
    uint64_t days = 365 * y + y / 4 - y / 100 + y / 400;
    const uint64_t epoch = 719468; /* 1970-01-01, counted from 0000-03-01 */

    if (year < 1970)
        return 0;
    days += (153 * (uint64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 - epoch;
    return days * DAY + hour * 3600u + minute * 60u + second;
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
    if (month == 2)
        return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

const char *moment_text(char out[MOMENT_TEXT_MAX], uint64_t unix_seconds)
{
    uint64_t days = unix_seconds / DAY;
    unsigned second = (unsigned)(unix_seconds % DAY);
    unsigned year = 1970, month = 1;

    if (days > 365u * 10000u)
        return "never";
    for (; days >= (is_leap(year) ? 366u : 365u); year++)
        days -= is_leap(year) ? 366u : 365u;
    for (; days >= days_in(year, month); month++)
        days -= days_in(year, month);
    text_format(out, MOMENT_TEXT_MAX, "%04u-%02u-%02u %02u:%02u:%02u UTC", year, month,
                (unsigned)days + 1, second / 3600, second / 60 % 60, second % 60);
    return out;
}
