#include "parsers/decimal.h"

#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

static bool parses(const char *text)
{
    struct decimal unused;

    return decimal_parse(text, strlen(text), &unused);
}

static int compare(const char *a, const char *b)
{
    struct decimal x, y;

    if (!decimal_parse(a, strlen(a), &x) || !decimal_parse(b, strlen(b), &y))
        return 99;
    return decimal_compare(&x, &y);
}

TEST(a_decimal_number_has_digits_and_perhaps_a_sign_a_fraction_and_an_exponent)
{
    const char *const good[] = {"0",     "-1",  "+1",   "1.5",  ".5",
                                "-.5e3", "1e9", "1E+9", "1e-9", "007"};
    const char *const bad[] = {"",   "-",  "+",   ".",   "5.",  "e1",    "1e",    "1e+", "1.e5",
                               " 1", "1 ", "1,5", "0x1", "--1", "1.2.3", "1e1.5", "inf", "nan"};

    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!parses(good[i]))
            test_failed(good[i], 0, "is not taken");
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (parses(bad[i]))
            test_failed(bad[i], 0, "is taken");
}

TEST(decimal_numbers_compare_by_their_value_and_exactly)
{
    /* In ascending order. */
    const char *const row[] = {
        "-1e1000000000",
        "-18446744073709551616",
        "-18446744073709551615.5",
        "-10.67",
        "-10",
        "-9",
        "-0.001",
        "0",
        "1e-400",
        "0.001",
        "0.0010000000000000000000000000000000000000001",
        "9",
        "10",
        "10.67",
        "10.670001",
        "18446744073709551615",
        "18446744073709551615.000000001",
        "18446744073709551616",
        "1e20",
    };
    const char *const same[][2] = {
        {"1", "1.0"},   {"1", "+1"},      {"0", "-0"},          {"0", "0.000e9"},
        {"100", "1e2"}, {"0.01", "1e-2"}, {"12.50", "012.5"},   {"-1250", "-1.25e3"},
        {".5", "0.5"},  {"50e-1", "5"},   {"0.00120e3", "1.2"}, {"1e01", "10"},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++)
        for (size_t j = 0; j < COUNT_OF(row); j++) {
            int result = compare(row[i], row[j]);
            if ((result < 0) != (i < j) || (result > 0) != (i > j))
                test_failed(row[i], 0, row[j]);
        }
    for (size_t i = 0; i < COUNT_OF(same); i++)
        if (compare(same[i][0], same[i][1]) != 0)
            test_failed(same[i][0], 0, same[i][1]);
}

TEST(a_whole_number_is_digits_with_a_minus_where_that_is_allowed)
{
    CHECK(decimal_is_whole("0", 1, false) && decimal_is_whole("-5", 2, true));
    CHECK(!decimal_is_whole("-5", 2, false) && !decimal_is_whole("+5", 2, true));
    CHECK(!decimal_is_whole("", 0, true) && !decimal_is_whole("-", 1, true));
    CHECK(!decimal_is_whole("1.0", 3, true) && !decimal_is_whole("1e1", 3, true));
}
