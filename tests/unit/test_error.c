#include "base/error.h"

#include <string.h>

#include "base/utf.h"
#include "tests/test.h"

TEST(fail_records_the_code_and_the_sentence)
{
    struct error e;

    CHECK(fail(&e, ERR_IO, "sector %u", 7u) == ERR_IO);
    CHECK(e.code == ERR_IO);
    CHECK_TEXT(e.text, "sector 7");
}

TEST(within_puts_the_context_in_front)
{
    struct error e;

    (void)fail(&e, ERR_DAMAGED, "bad compressed data");
    CHECK(within(&e, "grain for sector %u", 8192u) == ERR_DAMAGED);
    CHECK(within(&e, "%s", "photon.ova") == ERR_DAMAGED);
    CHECK(e.code == ERR_DAMAGED);
    CHECK_TEXT(e.text, "photon.ova: grain for sector 8192: bad compressed data");
}

/* Names come from the package: none may be so long that it hides what happened. */
TEST(within_does_not_name_a_thing_twice)
{
    struct error e;

    (void)fail(&e, ERR_DAMAGED, "disk.raw: ends early");
    CHECK(within(&e, "%s", "disk.raw") == ERR_DAMAGED);
    CHECK_TEXT(e.text, "disk.raw: ends early");
    (void)within(&e, "%s", "disk");
    CHECK_TEXT(e.text, "disk: disk.raw: ends early");
    (void)fail(&e, ERR_DAMAGED, "disk.raw:");
    (void)within(&e, "%s", "disk.raw");
    CHECK_TEXT(e.text, "disk.raw: disk.raw:");
}

TEST(the_fact_survives_a_name_of_any_length)
{
    char name[1000];

    for (size_t len = 0; len < sizeof(name); len++) {
        struct error e;
        memset(name, 'n', len);
        name[len] = '\0';
        (void)fail(&e, ERR_UNTRUSTED, "its digest is not the one in the manifest");
        CHECK(within(&e, "%s", name) == ERR_UNTRUSTED);
        CHECK(strlen(e.text) < sizeof(e.text));
        CHECK_HOLDS(e.text, ": its digest is not the one in the manifest");
        CHECK(len > 300 || strlen(e.text) == len + 2 + 41);
    }
}

TEST(long_texts_are_cut_at_a_whole_character)
{
    char name[1000];

    for (size_t len = 0; len + 4 < sizeof(name); len++) {
        struct error e;
        memset(name, 'n', len);
        strcpy(name + len, "\xf0\x9f\x92\xbe");
        (void)fail(&e, ERR_IO, "%s%s", name, name);
        CHECK(strlen(e.text) < sizeof(e.text) && utf8_valid(e.text, strlen(e.text)));
        (void)within(&e, "%s", name);
        CHECK(strlen(e.text) < sizeof(e.text) && utf8_valid(e.text, strlen(e.text)));
    }
}

TEST(every_code_has_its_own_advice)
{
    for (enum err a = OK; a < ERR_COUNT; a++) {
        CHECK(strlen(err_advice(a)) > 10);
        for (enum err b = OK; b < a; b++)
            CHECK(strcmp(err_advice(a), err_advice(b)) != 0);
    }
}

static enum err fails_on_two(int n)
{
    return n == 2 ? ERR_CANCELLED : OK;
}

static enum err tries(int n, bool *went_on)
{
    TRY(fails_on_two(n));
    *went_on = true;
    return OK;
}

TEST(try_returns_what_failed_and_goes_on_otherwise)
{
    bool went_on = false;

    CHECK(tries(2, &went_on) == ERR_CANCELLED && !went_on);
    CHECK(tries(1, &went_on) == OK && went_on);
}
