#include <string.h>

#include "loader/choices.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;

#define NUMBER(key, more)                                                                          \
    "<Property ovf:key='" key "' ovf:type='uint8' " OPEN " " more "><Label>Number " key            \
    "</Label><Description>Any of them</Description></Property>"
#define PASSWORD PROPERTY("pw", OPEN " ovf:password='true' ovf:qualifiers='MinLen(4)'")
#define LIST     "Number to change one, ? for the list, Enter to go on, Escape to stop:\n"

/* Fill in the form for a system with these properties. */
static enum err fill_in_for(const char *content, const char *settings, const char *const *answers,
                            size_t count)
{
    fake_port_reset();
    plan_build_begin(&b, content);
    TRY(plan_build_choose(&b, settings));
    memcpy(fake_port.answers, answers, count * sizeof(*answers));
    return choose_properties(&b.plan, &b.config, &b.arena, &b.error);
}

#define FILL_IN(properties, settings, ...)                                                         \
    fill_in_for(SYSTEM("vm", PRODUCT("", properties)), settings, (const char *[]){__VA_ARGS__},    \
                sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static const char *value(const char *name)
{
    const struct property *p = properties_find(&b.plan.properties, name);

    return p ? p->value : "(none)";
}

TEST(values_that_are_needed_are_asked_for_first_and_until_they_will_do)
{
    CHECK(FILL_IN(PROPERTY("s", OPEN " ovf:value='x'") NUMBER("n", ""), "", "", "256", "7", "") ==
          OK);
    CHECK_TEXT(fake_port.said, "Number n [n]\n"
                               "  Any of them\n"
                               "  a whole number from 0 to 255\n"
                               "Value:\n"
                               "property n: the value is empty, and must be a whole number from 0 "
                               "to 255\n"
                               "Value:\n"
                               "property n: 256 is not a whole number from 0 to 255\n"
                               "Value:\n"
                               "What can be set:\n"
                               "   1  s = x\n"
                               "   2  Number n = 7\n" LIST);
    CHECK_TEXT(value("n"), "7");
    CHECK_TEXT(properties_find(&b.plan.properties, "n")->origin, "the console");
}

TEST(a_password_is_typed_twice_and_never_said)
{
    CHECK(FILL_IN(PASSWORD PROPERTY("s", OPEN), "", "secret", "secreT", "sec", "sec", "secret",
                  "secret", "") == OK);
    CHECK_TEXT(value("pw"), "secret");
    CHECK(fake_port.hidden == 6 && fake_port.asked == 7);
    CHECK_HOLDS(fake_port.said, "Value (not shown while you type):\nOnce more:\n"
                                "The two were not the same. Type it again.\n"
                                "Value (not shown while you type):\nOnce more:\n"
                                "property pw: the value must be at least 4 characters, and is not\n"
                                "Value (not shown while you type):\nOnce more:\n");
    CHECK_HOLDS(fake_port.said, "   1  pw = (set, not shown)\n   2  s = (empty)\n");
    CHECK(!strstr(fake_port.said, "sec"));
}

TEST(a_password_that_is_set_is_neither_shown_nor_lost)
{
    CHECK(FILL_IN(PASSWORD PROPERTY("p2", OPEN " ovf:password='true'") PROPERTY("s", OPEN),
                  "property.pw = hidden\n", "1", "", "", "") == OK);
    CHECK_TEXT(value("pw"), "hidden");
    CHECK_HOLDS(fake_port.said, "   1  pw = (set, not shown)\n   2  p2 = (not set)\n");
    CHECK_HOLDS(fake_port.said, "now: (set, not shown); Enter keeps it");
    CHECK(!strstr(fake_port.said, "hidden"));
}

TEST(a_password_is_taken_away_by_two_quotes_too)
{
    CHECK(FILL_IN(PROPERTY("pw", OPEN " ovf:password='true'") PROPERTY("s", OPEN),
                  "property.pw = hidden\n", "1", "\"\"", "\"\"", "") == OK);
    CHECK_TEXT(value("pw"), "");
    CHECK_HOLDS(fake_port.said, "\npw = (not set)\n");
}

TEST(enter_keeps_a_value_and_two_quotes_make_it_empty)
{
    CHECK(FILL_IN(PROPERTY("s", OPEN " ovf:value='x'"), "", "1", "", "1", "\"\"", "") == OK);
    CHECK_TEXT(value("s"), "");
    CHECK_HOLDS(fake_port.said, LIST "s [s]\n  now: x; Enter keeps it, \"\" makes it empty\n"
                                     "Value:\ns = x\n" LIST);
    CHECK_HOLDS(fake_port.said, "Value:\ns = (empty)\n" LIST);
    CHECK(fake_port.asked == 5);
}

TEST(a_needed_value_is_not_made_empty)
{
    CHECK(FILL_IN(NUMBER("n", ""), "", "\"\"", "3", "") == OK);
    CHECK_TEXT(value("n"), "3");
    CHECK_HOLDS(fake_port.said, "property n: the value is empty, and must be");
}

TEST(only_what_may_be_changed_is_numbered)
{
    plan_build_begin(&b, SYSTEM("vm", PRODUCT("", PROPERTY("a", "") PROPERTY("b", OPEN)
                                                      PROPERTY("c", OPEN) PROPERTY("d", OPEN))));
    b.sealed = "property.c = locked\n";
    NEED(plan_build_choose(&b, "") == OK);
    fake_port_reset();
    fake_port.answers[0] = "2";
    fake_port.answers[1] = "new";
    fake_port.answers[2] = "3";
    fake_port.answers[3] = "";
    CHECK(choose_properties(&b.plan, &b.config, &b.arena, &b.error) == OK);
    CHECK_TEXT(value("d"), "new");
    CHECK_HOLDS(fake_port.said, "What can be set:\n   1  b = (empty)\n   2  d = (empty)\n" LIST);
    CHECK_HOLDS(fake_port.said, "Type a number from 1 to 2.\n");
}

TEST(a_question_mark_shows_the_list_again_and_nonsense_is_told)
{
    static const char list[] = "What can be set:\n   1  s = (empty)\n" LIST;

    CHECK(FILL_IN(PROPERTY("s", OPEN), "", "?", "") == OK);
    CHECK(strstr(fake_port.said + 1, list) != NULL);
    CHECK(FILL_IN(PROPERTY("s", OPEN), "", "0", "2", "x", "") == OK && fake_port.asked == 4);
    CHECK_HOLDS(fake_port.said,
                LIST "Type a number from 1 to 1.\n" LIST "Type a number from 1 to 1.\n" LIST
                     "Type a number from 1 to 1.\n" LIST);
}

TEST(labels_and_categories_are_told_in_the_wanted_language)
{
    static const char content[] = SYSTEM(
        "vm",
        PRODUCT(
            "",
            "<Category ovf:msgid='c'>Network</Category>"
            "<Property ovf:key='a' ovf:type='string' " OPEN ">"
            "<Label ovf:msgid='l'>Address</Label></Property>" PROPERTY(
                "b",
                OPEN) "<Category>Rest</Category>" PROPERTY("c",
                                                           OPEN))) "<Strings xml:lang='de'><Msg "
                                                                   "ovf:msgid='c'>Netz</Msg><Msg "
                                                                   "ovf:msgid='l'>Adresse</Msg>"
                                                                   "</Strings>";

    CHECK(fill_in_for(content, "language = de\n", (const char *[]){""}, 1) == OK);
    CHECK_HOLDS(fake_port.said, "What can be set:\n"
                                " Netz\n"
                                "   1  Adresse = (empty)\n"
                                "   2  b = (empty)\n"
                                " Rest\n"
                                "   3  c = (empty)\n");
}

TEST(who_has_set_every_property_is_not_asked)
{
    CHECK(FILL_IN(PROPERTY("a", OPEN) NUMBER("n", "") PROPERTY("fixed", ""),
                  "property.a = 1\nproperty.n = 2\n", NULL) == OK);
    CHECK(fake_port.asked == 0 && fake_port.said_len == 0);
    CHECK(FILL_IN(PROPERTY("a", OPEN) NUMBER("n", ""), "property.n = 2\n", "") == OK);
    CHECK(fake_port.asked == 1);
    CHECK(FILL_IN(PROPERTY("fixed", ""), "", NULL) == OK && fake_port.asked == 0);
}

TEST(without_a_person_defaults_hold_and_what_is_missing_is_told)
{
    CHECK(FILL_IN(PROPERTY("a", OPEN " ovf:value='x'"), "unattended = yes\n", "y") == OK);
    CHECK_TEXT(value("a"), "x");
    CHECK(FILL_IN(NUMBER("n", "") PASSWORD PROPERTY("a", OPEN), "unattended = yes\n", "1") ==
          ERR_SETTING);
    CHECK_TEXT(b.error.text, "2 properties need a value, and nobody is asked: property.n, "
                             "property.pw");
    CHECK(FILL_IN(NUMBER("n", ""), "unattended = yes\n", "1") == ERR_SETTING);
    CHECK_TEXT(b.error.text, "1 property needs a value, and nobody is asked: property.n");
    CHECK(fake_port.asked == 0 && fake_port.said_len == 0);
}

TEST(escape_anywhere_in_the_form_stops)
{
    CHECK(FILL_IN(NUMBER("n", ""), "", NULL) == ERR_CANCELLED);
    CHECK(FILL_IN(PASSWORD, "", "secret", NULL) == ERR_CANCELLED);
    CHECK(FILL_IN(PROPERTY("s", OPEN), "", NULL) == ERR_CANCELLED);
    CHECK(FILL_IN(PROPERTY("s", OPEN), "", "1", NULL) == ERR_CANCELLED);
}

TEST(references_are_put_in_behind_the_form)
{
    static const char content[] =
        COLLECTION("all", PRODUCT("", PROPERTY("ip", OPEN))
                              SYSTEM("vm", PRODUCT("", PROPERTY("a", "ovf:value='${ip}'"))));

    CHECK(fill_in_for(content, "", (const char *[]){"1", "10.0.0.1", ""}, 3) == OK);
    CHECK_TEXT(value("a"), "10.0.0.1");
    CHECK(fill_in_for(content, "unattended = yes\nproperty.ip = ::1\n", (const char *[]){NULL},
                      1) == OK);
    CHECK_TEXT(value("a"), "::1");
}
