#include "parsers/size.h"

#include <string.h>

#include "base/compiler.h"

bool size_unit(struct bytes word, uint64_t *out)
{
    static const struct {
        const char *word;
        uint64_t bytes;
    } units[] = {
        {"KiB", 1ull << 10}, {"MiB", 1ull << 20},  {"GiB", 1ull << 30},     {"TiB", 1ull << 40},
        {"kB", 1000},        {"MB", 1000 * 1000u}, {"GB", 1000 * 1000000u}, {"TB", 1000000000000},
    };

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        *out = units[i].bytes;
        if (word.len == strlen(units[i].word) && memcmp(word.at, units[i].word, word.len) == 0)
            return true;
    }
    return false;
}
