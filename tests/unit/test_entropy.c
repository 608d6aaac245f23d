#include "crypto/entropy.h"

#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

static struct error error;
static struct entropy entropy;

/* Sources that count up, one more with each reading. */
static uint8_t reading;
static bool has_a, has_b;

static bool give(uint8_t to[ENTROPY_READ], uint8_t start)
{
    for (size_t i = 0; i < ENTROPY_READ; i++)
        to[i] = (uint8_t)(start + reading + i);
    return true;
}

static bool read_a(uint8_t to[ENTROPY_READ])
{
    return has_a && give(to, 0);
}

static bool read_b(uint8_t to[ENTROPY_READ])
{
    return has_b && give(to, 0x80);
}

static bool read_time(uint8_t to[ENTROPY_READ])
{
    return give(to, 0x40);
}

/* What the stuck source gives. */
static uint8_t stuck[ENTROPY_READ];

static bool read_stuck(uint8_t to[ENTROPY_READ])
{
    memcpy(to, stuck, ENTROPY_READ);
    return true;
}

static void use(const struct entropy_source *sources, size_t count)
{
    entropy_end(&entropy);
    entropy = (struct entropy){.sources = sources, .count = count};
    reading = 0;
    has_a = has_b = true;
}

static enum err take(void *to, size_t len)
{
    reading++;
    error = (struct error){0};
    return entropy_random(&entropy, to, len, &error);
}

static const struct entropy_source three[] = {
    {"ALPHA", true, read_a}, {"BETA", true, read_b}, {"time", false, read_time}};

/* NIST SP 800-90A's HMAC_DRBG, computed with Python's hmac and hashlib: K and V as it starts them,
 * seeded with 00 40, 01..40, 01 40, 81..c0, 02 40, 41..80; 48 bytes; reseeded with 00 40, 02..41,
 * 01 40, 82..c1, 02 40, 42..81; 16 bytes. */
TEST(entropy_is_what_the_standard_says)
{
    static const uint8_t first[48] = {
        0x0d, 0x72, 0x00, 0x00, 0x8b, 0xb0, 0x0b, 0xbf, 0x6c, 0x93, 0xb1, 0x7b,
        0xbd, 0x71, 0x89, 0xa9, 0x59, 0x32, 0x5f, 0xd1, 0x1e, 0x27, 0xdb, 0xa7,
        0x53, 0xb0, 0x62, 0x52, 0x4b, 0xe4, 0xe5, 0x8e, 0x3a, 0xf9, 0x1b, 0xb3,
        0x5b, 0xea, 0x9b, 0xa2, 0xfb, 0x86, 0x85, 0xfa, 0xc4, 0x1e, 0xed, 0xa4,
    };
    static const uint8_t second[16] = {
        0x9f, 0xaf, 0x66, 0x9b, 0x9b, 0x46, 0xe5, 0xc9,
        0xa9, 0xbc, 0x67, 0x64, 0x31, 0xe2, 0x1e, 0xd5,
    };
    uint8_t out[48];

    use(three, COUNT_OF(three));
    NEED(take(out, 48) == OK);
    CHECK(memcmp(out, first, 48) == 0);
    NEED(take(out, 16) == OK);
    CHECK(memcmp(out, second, 16) == 0);
    use(three, COUNT_OF(three)); /* and again from the start */
    NEED(take(out, 48) == OK);
    CHECK(memcmp(out, first, 48) == 0);
}

TEST(entropy_takes_every_source_in)
{
    uint8_t all[32], without_a[32], without_b[32], without_time[32];

    use(three, 3);
    NEED(take(all, 32) == OK);
    use(three, 3);
    has_a = false;
    NEED(take(without_a, 32) == OK);
    use(three, 3);
    has_b = false;
    NEED(take(without_b, 32) == OK);
    use(three, 2);
    NEED(take(without_time, 32) == OK);
    CHECK(memcmp(all, without_a, 32) != 0 && memcmp(all, without_b, 32) != 0 &&
          memcmp(all, without_time, 32) != 0 && memcmp(without_a, without_b, 32) != 0);
}

TEST(entropy_without_a_source_that_is_enough_is_refused)
{
    uint8_t out[4] = "abc";

    use(three, 3);
    has_a = has_b = false;
    CHECK(take(out, 4) == ERR_NETWORK && memcmp(out, "abc", 4) == 0);
    CHECK_TEXT(error.text, "there are no random numbers, so https is refused: ALPHA is missing, "
                           "BETA is missing; a signed package may come by http");
    use(three, 0);
    CHECK(take(out, 4) == ERR_NETWORK);
    CHECK_HOLDS(error.text, "no source is known");
}

TEST(entropy_is_refused_as_well_when_sources_go_away_later)
{
    uint8_t out[4];

    use(three, 3);
    NEED(take(out, 4) == OK);
    has_a = has_b = false;
    CHECK(take(out, 4) == ERR_NETWORK);
    has_b = true;
    CHECK(take(out, 4) == OK);
}

/* A stuck source and time alone. */
static enum err take_stuck(void)
{
    static const struct entropy_source sources[] = {{"RDRAND", true, read_stuck},
                                                    {"time", false, read_time}};
    uint8_t out[8];

    use(sources, COUNT_OF(sources));
    return take(out, 8);
}

static void unstick(void)
{
    for (size_t i = 0; i < ENTROPY_READ; i++)
        stuck[i] = (uint8_t)(i * 7 + 1);
}

TEST(entropy_of_a_source_that_is_stuck_does_not_count)
{
    uint8_t out[8];

    unstick();
    CHECK(take_stuck() == OK);
    CHECK(take(out, 8) == ERR_NETWORK); /* the same again */
    CHECK_HOLDS(error.text, "RDRAND is stuck");
    unstick();
    memset(stuck + 56, 0xff, 8); /* as some processors of AMD after they slept */
    CHECK(take_stuck() == ERR_NETWORK);
    unstick();
    memset(stuck + 16, 0, 8);
    CHECK(take_stuck() == ERR_NETWORK);
    unstick();
    memcpy(stuck + 48, stuck + 40, 8); /* a word twice */
    CHECK(take_stuck() == ERR_NETWORK);
    unstick();
    stuck[0] = 0xfe; /* a byte more or less is no sign of anything */
    CHECK(take_stuck() == OK);
}

TEST(entropy_of_a_stuck_source_is_left_out_where_another_is_enough)
{
    static const struct entropy_source sources[] = {{"RDRAND", true, read_stuck},
                                                    {"BETA", true, read_b}};
    uint8_t out[8];

    memset(stuck, 0xff, sizeof(stuck));
    use(sources, COUNT_OF(sources));
    CHECK(take(out, 8) == OK);
    has_b = false;
    CHECK(take(out, 8) == ERR_NETWORK);
    CHECK_HOLDS(error.text, "RDRAND is stuck, BETA is missing");
}

TEST(entropy_differs_between_calls_and_has_any_length)
{
    static uint8_t one[3000], two[3000];

    use(three, 3);
    NEED(take(one, sizeof(one)) == OK && take(two, sizeof(two)) == OK);
    CHECK(memcmp(one, two, sizeof(one)) != 0);
    CHECK(memcmp(one, one + 1024, 1024) != 0 && memcmp(one + 2976, two + 2976, 24) != 0);
    CHECK(take(one, 0) == OK);
    entropy_end(&entropy);
}
