/* crypto/moment.h - a time of day that may not be known, for dates in certificates.
 *
 * Firmware's clock has an empty battery more often than one thinks, and a package is verified
 * before any network could tell the time.  The date of the loader's build is one thing that is
 * sure: a clock before it is wrong.
 */
#ifndef CRYPTO_MOMENT_H
#define CRYPTO_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct moment {
    bool known;
    uint64_t unix_seconds; /* since 1970-01-01 00:00:00 UTC; before is 0 */
};

/* What the dates of certificates are compared with. */
struct clock {
    struct moment now;
    uint64_t built; /* Unix seconds: when the loader was built */
};

/* True when now can be relied on: known, and not before the loader's build. */
bool clock_is_right(const struct clock *c);

/* Proleptic Gregorian calendar, UTC; month and day from 1.  The caller has checked the ranges. */
uint64_t moment_seconds(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                        unsigned second);

/* "2026-01-03 12:00:00 UTC". */
#define MOMENT_TEXT_MAX 32
const char *moment_text(char out[MOMENT_TEXT_MAX], uint64_t unix_seconds);

#endif
