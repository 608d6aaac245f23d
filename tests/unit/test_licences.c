#include <string.h>

#include "base/text.h"
#include "loader/choices.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;

#define LICENCE(text) "<EulaSection><Info/><License>" text "</License></EulaSection>"
#define TWO                                                                                        \
    COLLECTION("all", LICENCE("Licence of all.") SYSTEM("vm", LICENCE("Licence of vm."))           \
                          SYSTEM("other", LICENCE("Nobody's.")))

/* printf '%s' TEXT | sha256sum */
#define SHA256_OF_VM  "f561ee1c70a63b8242ff04bf91959bb78d5b13a9cc1a7899de21d742e77a2952"
#define SHA256_OF_ALL "2ac166359c07a27a0a358f22530c93a736458bbc9d2c4c8d92dd37fe5acffe08"
#define SHA256_GERMAN "7082640b81ee17303cd80134bb6cd1086dd4c69612b0bdba4c7fe7fb4abe0580"

static enum err choose(const char *content, const char *settings, const char *first,
                       const char *second)
{
    fake_port_reset();
    plan_build_begin(&b, content);
    TRY(plan_build_choose(&b, settings));
    fake_port.answers[0] = first;
    fake_port.answers[1] = second;
    return choose_licences(&b.plan, &b.config, &b.arena, &b.error);
}

TEST(every_licence_of_the_system_and_its_collection_is_shown_and_accepted)
{
    CHECK(choose(TWO, "system = vm\n", "yes", "YES") == OK);
    CHECK_TEXT(fake_port.said,
               "Licence agreement (EULA) 1 of 2:\n\nLicence of vm.\n"
               "Do you accept it? Type yes, or press Escape:\n"
               "Accepted   licence 1 of 2, SHA-256 " SHA256_OF_VM ", by a person at the console\n"
               "Licence agreement (EULA) 2 of 2:\n\nLicence of all.\n"
               "Do you accept it? Type yes, or press Escape:\n"
               "Accepted   licence 2 of 2, SHA-256 " SHA256_OF_ALL
               ", by a person at the console\n");
    CHECK(b.plan.licence_count == 2);
    CHECK_TEXT(b.plan.licences[1].accepted_by, "a person at the console");
}

TEST(a_licence_that_is_not_accepted_stops)
{
    CHECK(choose(TWO, "system = vm\n", "yes", "no") == ERR_CANCELLED);
    CHECK(b.plan.licences[0].accepted_by && !b.plan.licences[1].accepted_by);
    CHECK(!strstr(fake_port.said, "licence 2 of 2, SHA-256"));
    CHECK(choose(TWO, "system = vm\n", NULL, NULL) == ERR_CANCELLED);
    CHECK(choose(TWO, "system = vm\naccept-eula = no\n", "", NULL) == ERR_CANCELLED);
}

TEST(a_setting_accepts_every_licence_and_its_place_is_kept)
{
    CHECK(choose(TWO, "system = vm\naccept-eula = yes\n", NULL, NULL) == OK);
    CHECK(fake_port.asked == 0);
    CHECK_TEXT(fake_port.said,
               "Accepted   licence 1 of 2, SHA-256 " SHA256_OF_VM ", by ovfboot.conf line 2\n"
               "Accepted   licence 2 of 2, SHA-256 " SHA256_OF_ALL ", by ovfboot.conf line 2\n");
    CHECK_TEXT(b.plan.licences[0].accepted_by, "ovfboot.conf line 2");
    CHECK(choose(TWO, "system = vm\naccept-eula = yes\nunattended = yes\n", NULL, NULL) == OK);
}

TEST(without_a_person_a_licence_needs_the_setting)
{
    CHECK(choose(TWO, "system = vm\nunattended = yes\n", "yes", "yes") == ERR_SETTING);
    CHECK_TEXT(b.error.text, "the appliance has a licence agreement (EULA), and nobody is asked: "
                             "accept-eula = yes says that it was read and is accepted");
    CHECK(fake_port.asked == 0 && fake_port.said_len == 0);
}

TEST(an_appliance_without_a_licence_asks_nothing)
{
    CHECK(choose(SYSTEM("vm", ""), "unattended = yes\n", NULL, NULL) == OK);
    CHECK(b.plan.licence_count == 0 && fake_port.said_len == 0);
}

TEST(the_licence_shown_and_recorded_is_the_one_in_the_wanted_language)
{
    static const char content[] =
        SYSTEM("vm", "<EulaSection><Info/><License ovf:msgid='l'>Licence of vm.</License>"
                     "</EulaSection>") "<Strings xml:lang='de'><Msg ovf:msgid='l'>Lizenz für "
                                       "vm.</Msg></Strings>";

    CHECK(choose(content, "language = de\n", "yes", NULL) == OK);
    CHECK_HOLDS(fake_port.said, "\nLizenz für vm.\n");
    CHECK_HOLDS(fake_port.said, "SHA-256 " SHA256_GERMAN);
    CHECK_TEXT(b.plan.licences[0].text, "Lizenz für vm.");
    CHECK(choose(content, "language = fr\n", "yes", NULL) == OK);
    CHECK_HOLDS(fake_port.said, "SHA-256 " SHA256_OF_VM);
}

TEST(a_long_licence_stops_at_every_full_page)
{
    static char content[8192];
    size_t len = text_format(content, sizeof(content), "%s",
                             "<VirtualSystem ovf:id='vm'><EulaSection><License>");

    for (int i = 0; i < 40; i++) {
        len += text_format(content + len, sizeof(content) - len, "A line.");
        content[len++] = '\n';
    }
    text_format(content + len, sizeof(content) - len, "%s",
                "</License></EulaSection></VirtualSystem>");
    CHECK(choose(content, "", "", "yes") == OK && fake_port.asked == 2);
    CHECK(choose(content, "", NULL, NULL) == ERR_CANCELLED && !b.plan.licences[0].accepted_by);
}
