/* Units of bytes, as DSP0004 writes them ("byte * 2^30", "mebibyte") and as programs older than
 * it did ("MegaBytes", "GB").
 *
 * Source: DSP0004 2.5.0 and later, "Programmatic Units"; the words, and which power they mean, are
 * those of descriptors that VMware's and Sun's tools wrote (docs/formats.md). */
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/ovf_read.h"

/* Compared with every letter's case: DSP0004's own are in lower case, and decimal. */
static const struct {
    const char *word;
    uint64_t bytes;
} exact[] = {
    {"byte", 1},
    {"kilobyte", 1000},
    {"megabyte", 1000000},
    {"gigabyte", 1000000000},
    {"terabyte", 1000000000000},
    {"kibibyte", 1ull << 10},
    {"mebibyte", 1ull << 20},
    {"gibibyte", 1ull << 30},
    {"tebibyte", 1ull << 40},
};

/* Compared without regard to case, with or without a plural's s: binary. */
static const struct {
    const char *word;
    unsigned shift;
} loose[] = {
    {"byte", 0},       {"bytes", 0},      {"kb", 10},        {"mb", 20},        {"gb", 30},
    {"tb", 40},        {"kilobyte", 10},  {"megabyte", 20},  {"gigabyte", 30},  {"terabyte", 40},
    {"kilobytes", 10}, {"megabytes", 20}, {"gigabytes", 30}, {"terabytes", 40}, {"kib", 10},
    {"mib", 20},       {"gib", 30},       {"tib", 40},
};

static void skip_blanks(const char **at)
{
    while (text_is_space(**at))
        ++*at;
}

static bool take_digits(const char **at, uint64_t *out)
{
    size_t len = 0;

    while ((*at)[len] >= '0' && (*at)[len] <= '9')
        len++;
    if (!text_to_u64(*at, len, out))
        return false;
    *at += len;
    return true;
}

/* 1024, 2^20, 2 ^ 20 */
static bool take_power(const char **at, uint64_t *out)
{
    uint64_t base, exponent;

    if (!take_digits(at, &base))
        return false;
    skip_blanks(at);
    *out = base;
    if (**at != '^')
        return true;
    ++*at;
    skip_blanks(at);
    if (!take_digits(at, &exponent) || exponent > 64)
        return false;
    *out = 1;
    for (; exponent; exponent--)
        if (!mul_fits(*out, base, out))
            return false;
    return true;
}

static bool take_word(const char **at, uint64_t *out)
{
    char word[16];
    size_t len = 0;

    while ((text_lower((*at)[len]) >= 'a' && text_lower((*at)[len]) <= 'z'))
        len++;
    if (len == 0 || len >= sizeof(word))
        return false;
    memcpy(word, *at, len);
    word[len] = '\0';
    *at += len;
    for (size_t i = 0; i < COUNT_OF(exact); i++) {
        *out = exact[i].bytes;
        if (strcmp(word, exact[i].word) == 0)
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(loose); i++) {
        *out = 1ull << loose[i].shift;
        if (text_same(word, loose[i].word))
            return true;
    }
    return false;
}

bool read_unit(const char *text, uint64_t *bytes)
{
    uint64_t factor;
    bool named = false;

    *bytes = 1;
    if (!text)
        return true;
    skip_blanks(&text);
    if (!*text)
        return true;
    for (;;) {
        bool word = *text < '0' || *text > '9';
        if (!(word ? take_word(&text, &factor) : take_power(&text, &factor)))
            return false;
        if ((word && named) || !mul_fits(*bytes, factor, bytes))
            return false;
        named = named || word;
        skip_blanks(&text);
        if (!*text)
            return named && *bytes != 0; /* byte * 0^20 is no unit of anything */
        if (*text++ != '*')
            return false;
        skip_blanks(&text);
    }
}
