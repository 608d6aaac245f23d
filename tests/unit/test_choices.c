#include "loader/choices.h"

#include <string.h>

#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;

#define TREE                                                                                       \
    COLLECTION("shop", "<Name>Shop</Name>" SYSTEM("web", "<Name>Web Server</Name>")                \
                           COLLECTION("db", SYSTEM("one", "<Name>one</Name>")                      \
                                                SYSTEM("two", "<Name>Second</Name>"))              \
                               COLLECTION("spare", SYSTEM("one", "")))

#define SIZES                                                                                      \
    OPTIONS(OPTION("small", "", "Small one") OPTION("big", "ovf:default='true'", "Big one")        \
                OPTION("huge", "", "Huge one"))                                                    \
    SYSTEM("vm", "")

/* Choose in that Envelope with these answers. */
static enum err choose(const char *content, const char *settings, const char *first,
                       const char *second)
{
    fake_port_reset();
    fake_port.answers[0] = first;
    fake_port.answers[1] = second;
    plan_build_begin(&b, content);
    return plan_build_choose(&b, settings);
}

TEST(the_only_system_is_chosen_without_a_question)
{
    CHECK(choose(COLLECTION("all", SYSTEM("vm", "")), "", NULL, NULL) == OK);
    CHECK(fake_port.asked == 0 && b.plan.system_index == 1);
    CHECK_TEXT(b.plan.system->id, "vm");
    CHECK(b.plan.option == NULL);
}

TEST(a_system_is_set_by_its_id_or_its_path)
{
    CHECK(choose(TREE, "system = two\n", NULL, NULL) == OK && fake_port.asked == 0);
    CHECK_TEXT(b.plan.system->id, "two");
    CHECK(choose(TREE, "system = shop/spare/one\n", NULL, NULL) == OK);
    CHECK(b.plan.system_index == 6);
    CHECK(choose(TREE, "system = shop/db/one\n", NULL, NULL) == OK);
    CHECK(b.plan.system_index == 3);
}

TEST(a_system_that_is_set_and_is_none_is_refused_with_those_there_are)
{
    CHECK(choose(TREE, "system = mail\n", NULL, NULL) == ERR_SETTING);
    CHECK_TEXT(b.error.text, "box.ovf: system = mail: is not the id or path of just one "
                             "virtual system; there are: web, db/one, two, spare/one");
    CHECK(choose(TREE, "system = one\n", NULL, NULL) == ERR_SETTING);
    CHECK_HOLDS(b.error.text, "system = one: is not the id or path of just one");
    CHECK(choose(TREE, "system = db\n", NULL, NULL) == ERR_SETTING);
    CHECK_HOLDS(b.error.text, "system = db: is a collection of virtual systems, not one; there");
    CHECK(choose(SYSTEM("vm", ""), "system = other\n", NULL, NULL) == ERR_SETTING);
    CHECK(fake_port.asked == 0);
}

TEST(a_person_chooses_one_of_several_systems)
{
    CHECK(choose(TREE, "", "4", NULL) == OK && b.plan.system_index == 6);
    CHECK_TEXT(fake_port.said, "Virtual systems of this appliance:\n"
                               "  1  web  Web Server\n"
                               "  2  db/one  one\n"
                               "  3  two  Second\n"
                               "  4  spare/one  one\n"
                               "One machine runs one of them.\n"
                               "Which? Number, or Escape to stop:\n");
    CHECK(choose(TREE, "", "", "1") == OK && fake_port.asked == 2);
    CHECK_TEXT(b.plan.system->id, "web");
    CHECK(choose(TREE, "", NULL, NULL) == ERR_CANCELLED);
    CHECK(choose(TREE, "", "5", NULL) == ERR_CANCELLED);
}

TEST(without_a_person_several_systems_are_refused)
{
    CHECK(choose(TREE, "unattended = yes\n", "1", NULL) == ERR_SETTING && fake_port.asked == 0);
    CHECK_TEXT(b.error.text, "box.ovf: describes 4 virtual systems (web, db/one, two, spare/one), "
                             "and one machine runs one: system = ID says which");
}

TEST(a_package_without_a_system_is_refused)
{
    CHECK(choose(COLLECTION("all", ""), "", NULL, NULL) == ERR_UNSUPPORTED);
    CHECK_TEXT(b.error.text, "box.ovf: describes no virtual system");
}

TEST(an_option_is_set_by_its_id)
{
    CHECK(choose(SIZES, "option = huge\n", NULL, NULL) == OK && fake_port.asked == 0);
    CHECK_TEXT(b.plan.option, "huge");
}

TEST(an_option_that_is_set_and_is_none_is_refused_with_those_there_are)
{
    CHECK(choose(SIZES, "option = tiny\n", "1", NULL) == ERR_SETTING && fake_port.asked == 0);
    CHECK_TEXT(b.error.text, "box.ovf: option = tiny: is no deployment option of this "
                             "package; there are: small, big, huge");
    CHECK(choose(SYSTEM("vm", ""), "option = tiny\n", NULL, NULL) == ERR_SETTING);
    CHECK_HOLDS(b.error.text, "option = tiny: is no deployment option of this package; it has "
                              "none");
}

TEST(without_a_person_the_marked_option_holds_or_the_first)
{
    CHECK(choose(SIZES, "unattended = yes\n", "1", NULL) == OK && fake_port.asked == 0);
    CHECK_TEXT(b.plan.option, "big");
    CHECK(choose(OPTIONS(OPTION("a", "", "") OPTION("b", "", "")) SYSTEM("vm", ""),
                 "unattended = yes\n", NULL, NULL) == OK);
    CHECK_TEXT(b.plan.option, "a");
}

TEST(the_only_option_is_chosen_without_a_question)
{
    CHECK(choose(OPTIONS(OPTION("a", "", "")) SYSTEM("vm", ""), "", NULL, NULL) == OK);
    CHECK_TEXT(b.plan.option, "a");
    CHECK(fake_port.asked == 0);
}

TEST(a_person_chooses_one_of_several_options)
{
    CHECK(choose(SIZES, "", "3", NULL) == OK);
    CHECK_TEXT(b.plan.option, "huge");
    CHECK_TEXT(fake_port.said, "Deployment options of this appliance:\n"
                               "  1  small  Small one\n"
                               "  2  big  Big one\n"
                               "  3  huge  Huge one\n"
                               "Which? Number, Enter for 2, or Escape to stop:\n");
    CHECK(choose(SIZES, "", "", NULL) == OK);
    CHECK_TEXT(b.plan.option, "big");
    CHECK(choose(SIZES, "", NULL, NULL) == ERR_CANCELLED);
}

TEST(the_choices_are_told_in_the_wanted_language)
{
    static const char content[] =
        OPTIONS("<Configuration ovf:id='s'><Label ovf:msgid='s'>Small</Label>"
                "<Description ovf:msgid='d'>Little memory</Description></Configuration>"
                "<Configuration ovf:id='b'><Label>Big</Label><Description/></Configuration>")
            COLLECTION("all", SYSTEM("v", "<Name ovf:msgid='v'>Web</Name>") SYSTEM(
                                  "w", "")) "<Strings xml:lang='de'><Msg "
                                            "ovf:msgid='s'>Klein</Msg><Msg ovf:msgid='v'>Netz</Msg>"
                                            "<Msg ovf:msgid='d'>Wenig Speicher</Msg></Strings>";

    CHECK(choose(content, "language = de-DE\n", "1", "1") == OK);
    CHECK_HOLDS(fake_port.said, "  1  v  Netz\n");
    CHECK_HOLDS(fake_port.said, "  1  s  Klein\n     Wenig Speicher\n  2  b  Big\n");
}
