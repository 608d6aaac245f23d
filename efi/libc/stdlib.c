/* stdlib.c - numbers from text. */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static int digit(char c)
{
    if (isdigit(c))
        return c - '0';
    return isalpha(c) ? (c | 0x20) - 'a' + 10 : INT_MAX;
}

long strtol(const char *text, char **end, int base)
{
    const char *at = text;
    unsigned long limit = LONG_MAX;
    unsigned long value = 0;
    bool full = false;
    bool negative;

    while (isspace(*at))
        at++;
    negative = *at == '-';
    limit += negative;
    at += *at == '-' || *at == '+';
    if ((base == 0 || base == 16) && at[0] == '0' && (at[1] | 0x20) == 'x' && digit(at[2]) < 16) {
        at += 2;
        base = 16;
    } else if (base == 0) {
        base = *at == '0' ? 8 : 10;
    }

    if (end)
        *end = (char *)(uintptr_t)(digit(*at) < base ? at : text);
    for (; digit(*at) < base; at++) {
        unsigned long next = (unsigned long)digit(*at);

        full = full || value > (limit - next) / (unsigned long)base;
        value = full ? limit : value * (unsigned long)base + next;
        if (end)
            *end = (char *)(uintptr_t)(at + 1);
    }
    return (long)(negative ? 0 - value : value);
}

double strtod(const char *text, char **end)
{
    if (end)
        *end = (char *)(uintptr_t)text;
    return 0;
}
