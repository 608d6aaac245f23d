#include "loader/language.h"

#include <string.h>

#include "tests/test.h"

static const char *tag(const char *name)
{
    static char out[LANGUAGE_MAX];

    return language_tag((struct bytes){(const uint8_t *)name, strlen(name)}, out);
}

TEST(language_names_become_tags)
{
    CHECK_TEXT(tag("de_DE.UTF-8"), "de-DE");
    CHECK_TEXT(tag("ca_ES@valencia"), "ca-ES");
    CHECK_TEXT(tag("en-US"), "en-US");
    CHECK_TEXT(tag("fr"), "fr");
    CHECK_TEXT(tag("zh-Hant-TW"), "zh-Hant-TW");
    CHECK_TEXT(tag("es-419"), "es-419");
}

TEST(language_names_that_name_none_are_empty)
{
    static const char *const none[] = {
        "",       "C",     "POSIX",     "C.UTF-8", ".UTF-8", "1a",    "-de",          "de-",    "d",
        "de--DE", "de DE", "d\xc3\xa4", "de\n",    "d-e",    "de-D/", "abcdefghi-DE", "\x1b[2J"};

    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        CHECK_TEXT(tag(none[i]), "");
    CHECK_TEXT(tag("aaaaaaaa-bbbbbbbb-cccccccc-ddddddddd"), "");
    CHECK_TEXT(tag("aaaaaaaa-bbbbbbbb-cccccccc-ddd-eeee"), "aaaaaaaa-bbbbbbbb-cccccccc-ddd-eeee");
    CHECK_TEXT(tag("aaaaaaaa-bbbbbbbb-cccccccc-ddd-eeeef"), "");
}

TEST(language_names_end_at_a_nul)
{
    static const uint8_t variable[] = "en-GB\0rest";
    char out[LANGUAGE_MAX];

    CHECK_TEXT(language_tag((struct bytes){variable, sizeof(variable)}, out), "en-GB");
    CHECK_TEXT(language_tag((struct bytes){variable, 2}, out), "en");
    CHECK_TEXT(language_tag((struct bytes){NULL, 0}, out), "");
}
