#include "parsers/decimal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && is_digit(text[n]))
        n++;
    return n;
}

/* e [+|-] digits, up to the end of text; nothing is 0. */
static bool read_exponent(const char *text, size_t len, int64_t *out)
{
    bool negative = false;
    size_t at = 1;

    *out = 0;
    if (len == 0)
        return true;
    if (*text != 'e' && *text != 'E')
        return false;
    if (at < len && (text[at] == '+' || text[at] == '-'))
        negative = text[at++] == '-';
    if (at == len || count_digits(text + at, len - at) != len - at)
        return false;
    for (; at < len; at++)
        if (*out < DECIMAL_EXPONENT_MAX)
            *out = *out * 10 + (text[at] - '0');
    if (*out > DECIMAL_EXPONENT_MAX)
        *out = DECIMAL_EXPONENT_MAX;
    if (negative)
        *out = -*out;
    return true;
}

bool decimal_parse(const char *text, size_t len, struct decimal *out)
{
    size_t at = 0, fraction = 0, first = 0;
    int64_t exponent;

    *out = (struct decimal){0};
    if (len && (*text == '+' || *text == '-'))
        out->negative = text[at++] == '-';
    text += at;
    len -= at;
    size_t whole = count_digits(text, len);
    size_t end = whole;
    if (whole < len && text[whole] == '.') {
        fraction = count_digits(text + whole + 1, len - whole - 1);
        if (fraction == 0)
            return false;
        end += 1 + fraction;
    }
    if (whole + fraction == 0 || !read_exponent(text + end, len - end, &exponent))
        return false;
    while (first < end && (text[first] == '0' || text[first] == '.'))
        first++;
    out->digits = text + first;
    out->len = end - first;
    out->power = exponent + (int64_t)whole - (int64_t)first - (first < whole);
    return true;
}

/* The next digit, stepping over a point; behind the last one zeros go on. */
static char next_digit(const struct decimal *d, size_t *at)
{
    if (*at < d->len && d->digits[*at] == '.')
        ++*at;
    return *at < d->len ? d->digits[(*at)++] : '0';
}

static int compare_size(const struct decimal *a, const struct decimal *b)
{
    size_t i = 0, j = 0;

    if (a->power != b->power)
        return a->power < b->power ? -1 : 1;
    while (i < a->len || j < b->len) {
        char x = next_digit(a, &i), y = next_digit(b, &j);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static int sign(const struct decimal *d)
{
    return d->len == 0 ? 0 : d->negative ? -1 : 1;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    int left = sign(a), right = sign(b);

    if (left != right)
        return left < right ? -1 : 1;
    return left < 0 ? -compare_size(a, b) : left == 0 ? 0 : compare_size(a, b);
}

bool decimal_is_whole(const char *text, size_t len, bool is_signed)
{
    size_t at = is_signed && len && *text == '-';

    return at < len && count_digits(text + at, len - at) == len - at;
}
