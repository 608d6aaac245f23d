#include <string.h>

#include "loader/authority.h"
#include "parsers/anchor_list.h"
#include "tests/test.h"

static uint8_t memory[1 << 20];
static struct arena arena;
static struct error error;

/* A list with one pinned key in it, and what follows of the file's text. */
static struct bytes sealed(const char *text, uint8_t *to)
{
    struct bytes contents = {(const uint8_t *)text, strlen(text)};
    uint8_t *end = anchor_list_put(to, "keys.txt", contents);

    return (struct bytes){to, (size_t)(end - to)};
}

#define KEY "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"

TEST(the_default_is_a_signature_where_somebody_is_believed)
{
    struct authority authority = {0};

    CHECK(authority_settle(&authority, VERIFY_DEFAULT, &error) == OK);
    CHECK(authority.policy == VERIFY_MANIFEST);
    authority.trust.anchor_count = 1;
    CHECK(authority_settle(&authority, VERIFY_DEFAULT, &error) == OK);
    CHECK(authority.policy == VERIFY_SIGNATURE);
    CHECK(authority_settle(&authority, VERIFY_NONE, &error) == OK);
    CHECK(authority.policy == VERIFY_NONE);
}

TEST(a_signature_by_nobody_cannot_be_asked_for)
{
    struct authority authority = {0};

    CHECK(authority_settle(&authority, VERIFY_SIGNATURE, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "there is no trust anchor");
}

TEST(sealed_anchors_are_all_taken_and_a_bad_one_is_an_error)
{
    struct authority authority = {0};
    uint8_t list[256];

    arena_init(&arena, memory, sizeof(memory), "tests");
    CHECK(authority_add_sealed(&authority, (struct bytes){list, 0}, &arena, &error) == OK);
    CHECK(!authority.is_sealed);
    CHECK(authority_add_sealed(&authority, sealed(KEY, list), &arena, &error) == OK);
    CHECK(authority.is_sealed && authority.trust.anchor_count == 1);
    CHECK(authority_add_sealed(&authority, sealed("rubbish", list), &arena, &error) != OK);
    CHECK_HOLDS(error.text, "sealed anchors: keys.txt");
}
