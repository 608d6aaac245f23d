/* parsers/decimal.h - decimal numbers compared as they are written, without arithmetic.
 *
 * Firmware has no floating point library, and integers of a descriptor may be larger than 64 bits.
 * So numbers stay text: the digits, and which power of ten the first of them stands for.  Two such
 * compare exactly, however long they are.
 */
#ifndef PARSERS_DECIMAL_H
#define PARSERS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_EXPONENT_MAX 1000000000 /* larger exponents count as this one */

struct decimal {
    const char *digits; /* from the first that is not 0, with a point perhaps; borrows the text */
    size_t len;         /* 0: the number is zero */
    int64_t power;      /* of ten, of the first digit */
    bool negative;
};

/* All of text is [+|-] digits [. digits] [e [+|-] digits]; digits in front of the point may be
 * missing when some stand behind it. */
bool decimal_parse(const char *text, size_t len, struct decimal *out);

/* Less than 0, 0 or more than 0 as a is less than, equal to or more than b. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

/* All of text is digits, with a minus in front where is_signed allows one. */
bool decimal_is_whole(const char *text, size_t len, bool is_signed);

#endif
