/* base/checked.h - arithmetic that says when it does not fit. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* True when a + b, a * b fit in *out. */
static inline bool add_fits(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool mul_fits(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* value rounded down or up to a multiple of unit, any unit but 0; up must not overflow. */
static inline uint64_t round_down(uint64_t value, uint64_t unit)
{
    return value - value % unit;
}

static inline bool is_power_of_two(uint64_t n)
{
    return n && !(n & (n - 1));
}

static inline uint64_t round_up(uint64_t value, uint64_t unit)
{
    return round_down(value + unit - 1, unit);
}

#endif
