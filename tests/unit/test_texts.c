#include "loader/texts.h"

#include <string.h>

#include "base/text.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;

#define LICENCE                                                                                    \
    "<EulaSection><Info/><License ovf:msgid='l' ovf:fileRef='%s'>Short.</License></EulaSection>"
#define STRINGS                                                                                    \
    "<Strings xmlns='http://schemas.dmtf.org/ovf/envelope/1'"                                      \
    " xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1'"

/* A system with a licence in that file. */
static void begin_licence(const char *file)
{
    static char content[1024];

    text_format(content, sizeof(content), SYSTEM("vm", LICENCE), file);
    plan_build_begin(&b, content);
}

static const char *licence(const char *language)
{
    return ovf_say(&b.plan.ovf, &b.plan.ovf.systems[0].eulas[0], language);
}

TEST(a_licence_in_a_file_is_read)
{
    begin_licence("text");
    plan_build_file(&b, "text.txt", "All of it.\nIn two lines.\n");
    plan_build_manifest(&b, NULL);
    NEED(plan_build_open(&b, "") == OK);
    CHECK_TEXT(licence(""), "All of it.\nIn two lines.\n");
    CHECK(b.plan.note_count == 0);
}

TEST(a_text_that_is_not_as_the_manifest_says_is_not_believed)
{
    begin_licence("text");
    plan_build_file(&b, "text.txt", "All of it.");
    plan_build_manifest(&b, "text.txt");
    CHECK(plan_build_open(&b, "") == ERR_UNTRUSTED);
    CHECK_HOLDS(b.error.text, "box.ovf: text.txt: its SHA-256 is ");

    begin_licence("text");
    plan_build_manifest(&b, NULL);
    plan_build_file(&b, "text.txt", "In no manifest.");
    CHECK(plan_build_open(&b, "") == ERR_UNTRUSTED);
    CHECK_HOLDS(b.error.text, "text.txt");
}

TEST(a_text_that_is_not_there_is_noted_and_the_descriptor_s_stands)
{
    begin_licence("text");
    plan_build_manifest(&b, NULL);
    NEED(plan_build_open(&b, "") == OK);
    CHECK_TEXT(licence(""), "Short.");
    NEED(b.plan.note_count == 1);
    CHECK_HOLDS(b.plan.notes[0], "a text of the appliance is not shown: ");
    CHECK_HOLDS(b.plan.notes[0], "text.txt");
}

TEST(a_text_outside_of_the_package_is_noted)
{
    begin_licence("outside");
    NEED(plan_build_open(&b, "") == OK);
    CHECK_TEXT(licence(""), "Short.");
    NEED(b.plan.note_count == 1);
    CHECK_HOLDS(b.plan.notes[0], "../outside.txt leaves the package");
}

TEST(a_text_that_is_not_utf_8_is_refused)
{
    begin_licence("text");
    plan_build_file(&b, "text.txt",
                    "Stra\xdf"
                    "e");
    CHECK(plan_build_open(&b, "") == ERR_DAMAGED);
    CHECK_TEXT(b.error.text, "box.ovf: text.txt: is not UTF-8");
}

TEST(a_text_of_more_than_a_mebibyte_is_refused)
{
    static char text[TEXT_FILE_MAX + 2];

    memset(text, 'x', TEXT_FILE_MAX);
    begin_licence("text");
    plan_build_file(&b, "text.txt", text);
    CHECK(plan_build_open(&b, "") == OK && strlen(licence("")) == TEXT_FILE_MAX);
    text[TEXT_FILE_MAX] = 'x';
    begin_licence("text");
    plan_build_file(&b, "text.txt", text);
    CHECK(plan_build_open(&b, "") == ERR_TOO_BIG);
    CHECK_HOLDS(b.error.text, "text.txt");
}

/* A system with a bundle of translations in a file: that one. */
static enum err open_bundle(const char *attributes, const char *file, const char *wrong)
{
    static char content[1024];

    text_format(content, sizeof(content), "%s<Strings %s ovf:fileRef='strings'/>",
                SYSTEM("vm", "<EulaSection><Info/><License ovf:msgid='l'>Short.</License>"
                             "</EulaSection>"),
                attributes);
    plan_build_begin(&b, content);
    plan_build_file(&b, "strings.xml", file);
    plan_build_manifest(&b, wrong);
    return plan_build_open(&b, "");
}

#define GERMAN STRINGS " xml:lang='de'><Msg ovf:msgid='l'>Kurz.</Msg></Strings>"

TEST(translations_in_a_file_are_read)
{
    NEED(open_bundle("xml:lang='de'", GERMAN, NULL) == OK);
    CHECK_TEXT(licence("de-AT"), "Kurz.");
    CHECK_TEXT(licence("fr"), "Short.");
}

TEST(the_language_in_front_of_a_file_wins_over_the_one_in_it)
{
    NEED(open_bundle("", GERMAN, NULL) == OK);
    CHECK_TEXT(licence("de"), "Kurz.");
    NEED(open_bundle("xml:lang='fr'", GERMAN, NULL) == OK);
    CHECK_TEXT(licence("fr"), "Kurz.");
    CHECK_TEXT(licence("de"), "Short.");
}

TEST(translations_are_proved_and_must_be_translations)
{
    CHECK(open_bundle("xml:lang='de'", GERMAN, "strings.xml") == ERR_UNTRUSTED);
    CHECK_HOLDS(b.error.text, "box.ovf: strings.xml: its SHA-256 is ");
    CHECK(open_bundle("xml:lang='de'", "<Strings", NULL) == ERR_DAMAGED);
    CHECK_HOLDS(b.error.text, "box.ovf: strings.xml: ");
}

TEST(translations_that_are_not_there_are_noted)
{
    plan_build_begin(&b, SYSTEM("vm", "") "<Strings xml:lang='de' ovf:fileRef='strings'/>");
    NEED(plan_build_open(&b, "") == OK);
    NEED(b.plan.note_count == 1);
    CHECK_HOLDS(b.plan.notes[0], "strings.xml");
}

TEST(a_translation_may_be_a_file_of_its_own)
{
    plan_build_begin(&b, SYSTEM("vm", "<EulaSection><Info/><License ovf:msgid='l'>Short.</License>"
                                      "</EulaSection>") "<Strings xml:lang='de'><Msg ovf:msgid='l' "
                                                        "ovf:fileRef='text'/></Strings>");
    plan_build_file(&b, "text.txt", "Lang und breit.");
    NEED(plan_build_open(&b, "") == OK);
    CHECK_TEXT(licence("de"), "Lang und breit.");
    CHECK_TEXT(licence("fr"), "Short.");
}
