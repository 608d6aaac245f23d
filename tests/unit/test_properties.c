#include "loader/properties.h"

#include <string.h>

#include "base/text.h"
#include "tests/build/plan_build.h"
#include "tests/build/shared.h"
#include "tests/test.h"

static struct plan_build b;

#define SMALL_AND_BIG OPTIONS(OPTION("small", "", "Small") OPTION("big", "", "Big"))

static enum err resolve(const char *content, const char *settings)
{
    plan_build_begin(&b, content);
    return plan_build_choose(&b, settings);
}

static enum err resolve_one(const char *properties, const char *settings)
{
    static char content[4096];

    text_format(content, sizeof(content), "<VirtualSystem ovf:id='vm'><Info/>%s</VirtualSystem>",
                properties);
    return resolve(content, settings);
}

static const char *value(const char *name)
{
    const struct property *p = properties_find(&b.plan.properties, name);

    return p ? p->value : "(none)";
}

static const char *origin(const char *name)
{
    const struct property *p = properties_find(&b.plan.properties, name);

    return p ? p->origin : "(none)";
}

TEST(a_full_name_has_class_and_instance_where_they_are_given)
{
    NEED(resolve_one(PRODUCT("", PROPERTY("a", "")) PRODUCT("ovf:class='c'", PROPERTY("b", ""))
                         PRODUCT("ovf:instance='i'", PROPERTY("c.d", ""))
                             PRODUCT("ovf:class='c' ovf:instance='i'", PROPERTY("b", "")),
                     "") == OK);
    const struct properties *p = &b.plan.properties;
    NEED(p->count == 4);
    CHECK_TEXT(p->at[0].name, "a");
    CHECK_TEXT(p->at[1].name, "c.b");
    CHECK_TEXT(p->at[2].name, "c.d.i");
    CHECK_TEXT(p->at[3].name, "c.b.i");
}

TEST(properties_of_the_collection_follow_and_the_system_s_own_win)
{
    NEED(resolve(COLLECTION(
                     "all",
                     PRODUCT("", PROPERTY("a", "ovf:value='far'") PROPERTY("b", "ovf:value='2'"))
                         SYSTEM("vm", PRODUCT("", PROPERTY("a", "ovf:value='1'"))
                                          PRODUCT("ovf:class='c'", PROPERTY("b", "ovf:value='3'")))
                             SYSTEM("other", PRODUCT("", PROPERTY("x", "")))),
                 "system = vm\n") == OK);
    const struct properties *p = &b.plan.properties;
    NEED(p->count == 3);
    CHECK_TEXT(p->at[0].value, "1");
    CHECK_TEXT(p->at[1].name, "c.b");
    CHECK_TEXT(p->at[2].name, "b");
    CHECK(p->at[0].system == 1 && p->at[1].system == 1 && p->at[2].system == 0);
    CHECK_TEXT(value("b"), "2");
    CHECK_TEXT(value("c.b"), "3");
}

#define BY_OPTION                                                                                  \
    SMALL_AND_BIG SYSTEM("vm",                                                                     \
                         PRODUCT("", "<Property ovf:key='a' ovf:type='string' ovf:value='x' " OPEN \
                                     "><Value ovf:value='s' ovf:configuration='small'/>"           \
                                     "</Property>" PROPERTY("b", "ovf:configuration='big'")))

TEST(the_option_says_which_properties_and_defaults_there_are)
{
    NEED(resolve(BY_OPTION, "option = small\n") == OK);
    CHECK(b.plan.properties.count == 1);
    CHECK_TEXT(value("a"), "s");
    CHECK_TEXT(origin("a"), "option small");
    NEED(resolve(BY_OPTION, "option = big\n") == OK);
    CHECK(b.plan.properties.count == 2);
    CHECK_TEXT(value("a"), "x");
    CHECK_TEXT(origin("a"), "the descriptor");
    CHECK(!b.plan.properties.at[0].by_person);
    NEED(resolve(BY_OPTION, "option = small\nproperty.a = mine\n") == OK);
    CHECK_TEXT(value("a"), "mine");
}

TEST(a_setting_names_a_property_in_full_or_by_a_key_that_only_one_has)
{
    static const char products[] = PRODUCT("ovf:class='c'", PROPERTY("a", OPEN) PROPERTY("b", OPEN))
        PRODUCT("ovf:class='d'", PROPERTY("b", OPEN));

    NEED(resolve_one(products, "property.a = 1\n# a line\nproperty.d.b = 2\n") == OK);
    CHECK_TEXT(value("c.a"), "1");
    CHECK_TEXT(origin("a"), "ovfboot.conf line 1");
    CHECK(properties_find(&b.plan.properties, "a")->by_person);
    CHECK_TEXT(value("c.b"), "");
    CHECK_TEXT(value("d.b"), "2");
    CHECK_TEXT(origin("d.b"), "ovfboot.conf line 3");
    CHECK(resolve_one(products, "property.b = 2\n") == ERR_SETTING);
    CHECK_TEXT(b.error.text, "box.ovf: ovfboot.conf line 1: property.b: several properties "
                             "have that key: c.b, d.b");
    CHECK(!properties_find(&b.plan.properties, "b"));
}

TEST(a_key_that_is_a_full_name_too_is_that_property)
{
    NEED(resolve_one(PRODUCT("ovf:class='c'", PROPERTY("a", OPEN)) PRODUCT("", PROPERTY("a", OPEN)),
                     "property.a = 1\n") == OK);
    CHECK_TEXT(value("c.a"), "");
    CHECK_TEXT(value("a"), "1");
}

TEST(a_setting_for_no_property_lists_those_that_can_be_set)
{
    CHECK(resolve_one(
              PRODUCT("ovf:class='c'", PROPERTY("a", OPEN) PROPERTY("b", "") PROPERTY("d", OPEN)),
              "\nproperty.x = 1\n") == ERR_SETTING);
    CHECK_TEXT(b.error.text, "box.ovf: ovfboot.conf line 2: property.x: the appliance has no such "
                             "property; those to set: c.a, c.d");
    CHECK(resolve_one("", "property.x = 1\n") == ERR_SETTING);
    CHECK_HOLDS(b.error.text, "no such property; those to set: none");
}

TEST(what_the_maker_does_not_let_be_changed_stays)
{
    CHECK(resolve_one(PRODUCT("", PROPERTY("a", "")), "property.a = 1\n") == ERR_SETTING);
    CHECK_TEXT(b.error.text, "box.ovf: ovfboot.conf line 1: property.a: the appliance's "
                             "maker does not let it be changed (ovf:userConfigurable is not true)");
}

TEST(a_bad_value_is_told_with_its_place_unless_the_maker_wrote_it)
{
    static const char number[] =
        PRODUCT("", "<Property ovf:key='n' ovf:type='uint8' ovf:value='many' " OPEN "/>");

    NEED(resolve_one(number, "") == OK);
    CHECK_TEXT(value("n"), "many");
    CHECK(resolve_one(number, "\n\nproperty.n = 256\n") == ERR_SETTING);
    CHECK_TEXT(b.error.text, "box.ovf: ovfboot.conf line 3: property n: 256 is not a whole "
                             "number from 0 to 255");
}

TEST(a_sealed_value_cannot_be_changed_under_another_spelling_of_the_name)
{
    static const char content[] =
        SYSTEM("vm", PRODUCT("ovf:class='c'", PROPERTY("a", OPEN) PROPERTY("b", OPEN)));

    plan_build_begin(&b, content);
    b.sealed = "property.c.a = locked\n";
    CHECK(plan_build_choose(&b, "property.a = mine\n") == ERR_SETTING);
    CHECK_HOLDS(b.error.text,
                "ovfboot.conf line 1: property.a: is sealed into this loader, as c.a");
    NEED(plan_build_choose(&b, "property.b = mine\n") == OK);
    CHECK_TEXT(value("c.a"), "locked");
    CHECK_TEXT(origin("c.a"), "sealed policy line 1");
    CHECK(properties_find(&b.plan.properties, "a")->sealed);
    CHECK(!properties_find(&b.plan.properties, "b")->sealed);
}

TEST(a_value_from_the_console_is_checked_and_its_origin_kept)
{
    NEED(resolve_one(PRODUCT("", "<Property ovf:key='n' ovf:type='uint8' " OPEN "/>"), "") == OK);
    struct property *n = properties_find(&b.plan.properties, "n");
    NEED(n && property_is_missing(n));
    CHECK(property_set(n, "x", "the console", &b.arena, &b.error) == ERR_SETTING);
    CHECK(property_is_missing(n) && !n->by_person);
    CHECK(property_set(n, "7", "the console", &b.arena, &b.error) == OK);
    CHECK(!property_is_missing(n) && n->by_person);
    CHECK_TEXT(n->value, "7");
    CHECK_TEXT(n->origin, "the console");
}

TEST(only_what_may_be_changed_is_ever_missing)
{
    NEED(resolve_one(PRODUCT("", "<Property ovf:key='n' ovf:type='uint8'/>"), "") == OK);
    CHECK(!property_is_missing(&b.plan.properties.at[0]));
}

static enum err expand(void)
{
    return properties_expand(&b.plan.properties, &b.plan.ovf, &b.arena, &b.error);
}

TEST(values_of_the_collection_are_put_into_those_of_the_system)
{
    NEED(resolve(COLLECTION("all",
                            PRODUCT("ovf:class='c'", PROPERTY("ip", OPEN) PROPERTY("self", OPEN))
                                SYSTEM("vm", PRODUCT("", PROPERTY("a", "ovf:value='${ip}'")
                                                             PROPERTY("b", "ovf:value='(${ip},"
                                                                           "${ip})'")))),
                 "property.ip = 10.0.0.1\nproperty.self = ${ip}\n") == OK);
    CHECK(expand() == OK);
    CHECK_TEXT(value("a"), "10.0.0.1");
    CHECK_TEXT(value("b"), "(10.0.0.1,10.0.0.1)");
    CHECK_TEXT(value("self"), "${ip}");
}

#define REFERENCES                                                                                 \
    PROPERTY("a", "ovf:value='${b}'")                                                              \
    PROPERTY("b", "ovf:value='1'")                                                                 \
    PROPERTY("c", "ovf:value='${x'")                                                               \
    PROPERTY("d", "ovf:value='$x}${'")                                                             \
    PROPERTY("e", "ovf:value='${${x}'")                                                            \
    PROPERTY("f", "ovf:value='${i}${}'")

TEST(a_reference_to_nothing_or_to_the_system_itself_stays)
{
    NEED(resolve(COLLECTION("all", PRODUCT("", PROPERTY("x", "ovf:value='y'") PROPERTY("ip", ""))
                                       SYSTEM("vm", PRODUCT("", REFERENCES))),
                 "") == OK);
    CHECK(expand() == OK);
    CHECK_TEXT(value("a"), "${b}");
    CHECK_TEXT(value("c"), "${x");
    CHECK_TEXT(value("d"), "$x}${");
    CHECK_TEXT(value("e"), "${y");
    CHECK_TEXT(value("f"), "${i}${}");
}

/* A system whose value is count times that of its collection, which has size bytes. */
static enum err expand_large(size_t count, size_t size)
{
    static char references[256], large[4096], content[8192];
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += text_format(references + len, sizeof(references) - len, "${x}");
    memset(large, 'x', size);
    large[size] = '\0';
    text_format(content, sizeof(content),
                COLLECTION("all", PRODUCT("", PROPERTY("x", "ovf:value='%s'"))
                                      SYSTEM("vm", PRODUCT("", PROPERTY("a", "ovf:value='%s'")))),
                large, references);
    CHECK(resolve(content, "") == OK);
    return expand();
}

TEST(a_value_grows_to_a_bound_and_no_further)
{
    CHECK(expand_large(32, 2048) == OK);
    CHECK(strlen(value("a")) == PROPERTY_VALUE_MAX);
    CHECK(expand_large(32, 2049) == ERR_TOO_BIG);
    CHECK_TEXT(b.error.text, "property a: has 65568 bytes, and 65536 are the most");
}

/* DBTier's vm1 is PetStore's dbIp, and DB1's ip is DBTier's vm1; myservice-dbvm1-env.xml is what the
 * guest is to see of it. */
TEST(a_value_comes_down_through_every_collection_around_the_system)
{
    struct bytes example;

    if (!shared_read("schemas/examples/DSP2021_1.0.0/examples/myservice.ovf", &example))
        return;
    plan_build_begin(&b, "");
    b.files[0].bytes = example;
    NEED(plan_build_choose(&b, "system = DB1\noption = minimal\nproperty.dbIp = 10.20.132.102\n"
                               "property.db2Ip = 10.20.132.103\n") == OK);
    CHECK(expand() == OK);
    CHECK_TEXT(value("com.mydb.db.vm1"), "10.20.132.102");
    CHECK_TEXT(value("com.mydb.db.vm2"), "10.20.132.103 ");
    CHECK_TEXT(value("com.mydb.db.log"), "low");
    CHECK_TEXT(value("com.mydb.db.ip"), "10.20.132.102");
    CHECK_TEXT(value("primaryAtBoot"), "yes");
    const struct properties *p = &b.plan.properties;
    NEED(p->count == 11);
    CHECK(p->at[2].system == b.plan.system_index && p->at[3].system == b.plan.system->parent);
}
