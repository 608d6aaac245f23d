#include "parsers/ovf_value.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/test.h"

static struct error error;

static struct ovf_property property(const char *type, const char *qualifiers)
{
    return (struct ovf_property){
        .key = "k", .type = type, .qualifiers = qualifiers, .vendor_qualifiers = "", .value = ""};
}

static bool takes(const char *type, const char *qualifiers, const char *value)
{
    const struct ovf_property p = property(type, qualifiers);
    enum err result = ovf_check_value(&p, value, &error);

    CHECK(result == OK || (result == ERR_SETTING && error.text[0]));
    CHECK(ovf_value_missing(&p, value) == (!*value && result != OK));
    return result == OK;
}

struct values {
    const char *type, *qualifiers;
    const char *good[8], *bad[12];
};

static void check_table(const struct values *table, size_t count)
{
    char where[200];

    for (size_t i = 0; i < count; i++) {
        const struct values *v = &table[i];
        snprintf(where, sizeof(where), "%s %.100s", v->type, v->qualifiers);
        for (size_t j = 0; j < COUNT_OF(v->good) && v->good[j]; j++)
            if (!takes(v->type, v->qualifiers, v->good[j]))
                test_failed(where, 0, v->good[j]);
        for (size_t j = 0; j < COUNT_OF(v->bad) && v->bad[j]; j++)
            if (takes(v->type, v->qualifiers, v->bad[j]))
                test_failed(where, 0, v->bad[j]);
    }
}

TEST(a_value_is_one_of_its_type)
{
    const struct values table[] = {
        {"uint8",
         "",
         {"0", "255", "007"},
         {"256", "-1", "-0", "+5", "0x10", " 5", "5 ", "", "1.0"}},
        {"sint8", "", {"-128", "127", "-0"}, {"-129", "128", "+5", "-", "- 1"}},
        {"uint16", "", {"0", "65535"}, {"65536", "1e2"}},
        {"sint16", "", {"-32768", "32767"}, {"-32769", "32768"}},
        {"uint32", "", {"4294967295"}, {"4294967296"}},
        {"sint32", "", {"-2147483648", "2147483647"}, {"-2147483649", "2147483648"}},
        {"uint64",
         "",
         {"18446744073709551615"},
         {"18446744073709551616", "99999999999999999999999"}},
        {"sint64",
         "",
         {"-9223372036854775808", "9223372036854775807"},
         {"-9223372036854775809", "9223372036854775808"}},
        {"int", "", {"-2147483648", "2147483647"}, {"-2147483649", "2147483648", "", "x"}},
        {"UInt16", "", {"65535"}, {"65536"}},
        {"boolean", "", {"true", "FALSE", "True"}, {"", "yes", "1", "0", "true ", "truefalse"}},
        {"Boolean", "", {"false"}, {"no"}},
        {"real32",
         "",
         {"0", "-1.5", "+1.5", ".5", "1e38", "3.4028235e38", "1e-45"},
         {"3.4028236e38", "-1e39", "", "1,5", "one", "5.", "inf"}},
        {"real64", "", {"1.7976931348623157e308", "1e-320"}, {"1.8e308", "-1e309", "nan"}},
        {"real", "", {"1e308"}, {"1e309"}},
        {"string", "", {"", "anything at all", " "}, {0}},
        {"String", "", {""}, {0}},
        {"password", "", {"", "x"}, {0}},
        {"", "", {"", "x"}, {0}},
        {"nosuchtype", "", {"", "x"}, {0}},
        {"ip", "", {"", "10.0.0.1", "fe80::1"}, {"10.0.0", "host"}},
        {"ip:VM Network", "", {"10.0.0.1"}, {"host"}},
        {"string[dhcp,static]", "", {"dhcp", "static"}, {"", "Dhcp", "dhcp,static"}},
        {"string[\"a\", \"b\\\"c\"]", "", {"a", "b\"c"}, {"b", ""}},
        /* The vSphere API's. */
        {"int(0..255)", "", {"0", "255"}, {"256", "-1"}},
        {"int(-5..99999999999)", "", {"-5", "99999999999"}, {"-6"}},
        {"real(-1.5..1.5)", "", {"-1.5", "1.5", "0"}, {"1.51", "-1.6"}},
        {"string(2..3)", "", {"ab", "abc"}, {"a", "abcd", ""}},
        {"password(8..)", "", {"12345678"}, {"1234567", ""}},
        {"string(..2)", "", {"", "ab"}, {"abc"}},
    };

    check_table(table, COUNT_OF(table));
    CHECK(!takes("string", "", "\xff"));
    CHECK_TEXT(error.text, "the value is not UTF-8 text");
}

TEST(a_value_is_what_the_qualifiers_allow)
{
    const struct values table[] = {
        {"string", "MinLen(2)", {"ab"}, {"", "a"}},
        {"string", "minlen( 2 ) , MAXLEN(3)", {"ab", "abc"}, {"a", "abcd"}},
        {"string", "MaxLen(3)MinLen(1)", {"abc"}, {"", "abcd"}},
        {"string", "MaxLen(3)", {"\xc3\xa4\xc3\xb6\xe2\x82\xac"}, {"\xc3\xa4\xc3\xb6\xc3\xbcx"}},
        {"string", "ValueMap{\"a\",\"b, c\"}", {"a", "b, c"}, {"", "b", "A"}},
        {"string",
         "ValueMap{\"Sugar\", \"\", \"E\\\"scape\", \"Com,ma\", \"Sla\\\\sh\", \"br}a)c\"}",
         {"Sugar", "", "E\"scape", "Com,ma", "Sla\\sh", "br}a)c"},
         {"E\\\"scape", "Com", "ma"}},
        {"string", "ValueMap{'it', don't, a b }", {"it", "don't", "a b"}, {"don", "'it'"}},
        {"uint32", "ValueMap{0,2}", {"0", "2", "02"}, {"1", "", "0x2", "2.0"}},
        {"int", "ValueMap{\"1\",\"2\",\"3\"}", {"1", "3"}, {"4"}},
        {"int", "MinValue(1),MaxValue(65535)", {"1", "65535"}, {"0", "65536"}},
        {"uint32", "MinValue(10) MaxValue(1000)", {"10", "1000"}, {"9", "1001"}},
        {"uint8", "MaxValue(1000)", {"255"}, {"256"}},
        {"real32",
         "MinValue(1.0) MaxValue(10.67)",
         {"1", "10.67", "10.670"},
         {"0.999999999999999999999", "10.6700000000000000001"}},
        {"real", "MinValue(0),MaxValue(1)", {"0", "1", "0.5"}, {"1.01", "-0.1"}},
        {"string", "Ip", {"", "10.0.0.1"}, {"x"}},
        {"string", "Ip('VM Network'),MinLen(1)", {"10.0.0.1"}, {"", "x"}},
        {"string", "VimIp", {"::1"}, {"x"}},
        {"string", "AutoIp(\"a) b\")", {"::1"}, {"x"}},
        {"string", "Gateway", {"10.0.0.1"}, {"x"}},
        {"string", "Netmask", {"", "255.255.0.0", "16"}, {"255.0.255.0", "10.0.0.1", "x"}},
        {"string", "Dns", {"", "8.8.8.8, 8.8.4.4", "::1"}, {"host", ","}},
    };

    check_table(table, COUNT_OF(table));
}

TEST(what_is_not_understood_is_no_constraint)
{
    const struct values table[] = {
        {"string", "Colour(red) Sound", {"", "x"}, {0}},
        {"string", "Net(x) Subnet DomainName SearchPath HostPrefix HttpProxy", {"", "x"}, {0}},
        {"string", "MaxLen(1", {"long"}, {0}},
        {"string", "MaxLen(x) MinLen() ValueMap{}", {"", "long"}, {0}},
        {"string", "ValueMap{\"a\", \"b}", {"", "c"}, {0}},
        {"string", "ValueMap(", {""}, {0}},
        {"string", "}{)( MaxLen(1)", {"long"}, {0}},
        {"string", "MaxLen(2) ?? MinLen(1)", {"", "ab"}, {"abc"}}, /* what stands in front holds */
        {"string", "MinValue(5) MaxValue(6)", {"", "x"}, {0}},
        {"uint8", "MinLen(5) Ip", {"7"}, {"x"}},
        {"boolean", "ValueMap{\"a\"}", {"true"}, {"a"}},
        /* Contradictions: the second one is left out. */
        {"string", "MinLen(5),MaxLen(3)", {"12345", "123456"}, {"123"}},
        {"string", "MaxLen(3),MinLen(5)", {"", "123"}, {"1234"}},
        {"int", "MinValue(7),MaxValue(3)", {"7", "9"}, {"3"}},
        {"uint8", "MinValue(256) MaxValue(-1)", {"0", "255"}, {0}},
        {"int(", "", {"5"}, {"x"}},
        {"string[", "", {"", "x"}, {0}},
        {"string[]", "", {"", "x"}, {0}},
    };

    check_table(table, COUNT_OF(table));
}

TEST(a_refusal_says_what_is_wanted_and_never_a_password)
{
    struct ovf_property p = property("uint8", "");
    char longer[100];

    CHECK(ovf_check_value(&p, "256", &error) == ERR_SETTING);
    CHECK_TEXT(error.text, "256 is not a whole number from 0 to 255");
    CHECK(ovf_check_value(&p, "", &error) == ERR_SETTING);
    CHECK_TEXT(error.text, "the value is empty, and must be a whole number from 0 to 255");
    memset(longer, '7', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    CHECK(ovf_check_value(&p, longer, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "7777... is not a whole number");
    p = property("string", "MinLen(8)");
    p.password = true;
    CHECK(ovf_check_value(&p, "s3cret", &error) == ERR_SETTING);
    CHECK_TEXT(error.text, "the value must be at least 8 characters, and is not");
}

TEST(a_rule_is_told_in_words)
{
    const struct {
        const char *type, *qualifiers, *rule;
    } cases[] = {
        {"string", "", ""},
        {"nosuchtype", "Colour", ""},
        {"boolean", "", "true or false"},
        {"uint16", "", "a whole number from 0 to 65535"},
        {"int", "MinValue(1),MaxValue(65535)", "a whole number from 1 to 65535"},
        {"int(5..)", "", "a whole number, 5 or more"},
        {"int(..5)", "", "a whole number, 5 or less"},
        {"real32", "MinValue(1.0) MaxValue(10.67)", "a number from 1.0 to 10.67"},
        {"real64", "", "a number"},
        {"real64", "MinValue(0)", "a number, 0 or more"},
        {"string", "MaxLen(25)", "at most 25 characters"},
        {"string", "MinLen(1)", "at least 1 character"},
        {"string", "MinLen(6),MaxLen(20)", "6 to 20 characters"},
        {"string", "MinLen(6),MaxLen(6)", "6 characters"},
        {"string", "ValueMap{\"low\",\"\",\"high\"}", "one of: low, (empty), high"},
        {"uint32", "ValueMap{0,2}", "one of: 0, 2"},
        {"ip", "", "an IP address"},
        {"string", "Netmask", "a netmask"},
        {"string", "Dns", "IP addresses with commas between them"},
    };
    char text[OVF_VALUE_RULE_MAX];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct ovf_property p = property(cases[i].type, cases[i].qualifiers);
        CHECK_TEXT(ovf_value_rule(&p, text, sizeof(text)), cases[i].rule);
    }
    const struct ovf_property p = property("string", "ValueMap{\"alpha\",\"beta\",\"gamma\"}");
    CHECK_TEXT(ovf_value_rule(&p, text, 27), "one of: alpha, beta, gamma");
    CHECK_TEXT(ovf_value_rule(&p, text, 26), "one of: ... (3 in all)");
    for (size_t size = 1; size < 40; size++)
        CHECK(strlen(ovf_value_rule(&p, text, size)) < size);
}

TEST(choices_are_listed_decoded_and_in_order)
{
    static uint8_t memory[1024];
    const char *const *choices;
    struct arena a;
    size_t count;
    struct ovf_property p = property("string", "MinLen(0) ValueMap{\"b\\\"\", a ,\"\"}");

    arena_init(&a, memory, sizeof(memory), "a test");
    NEED(ovf_value_choices(&p, &a, &choices, &count, &error) == OK);
    NEED(count == 3);
    CHECK_TEXT(choices[0], "b\"");
    CHECK_TEXT(choices[1], "a");
    CHECK_TEXT(choices[2], "");
    p.type = "boolean";
    NEED(ovf_value_choices(&p, &a, &choices, &count, &error) == OK);
    NEED(count == 2);
    CHECK_TEXT(choices[0], "true");
    p = property("boolean[x]", "");
    NEED(ovf_value_choices(&p, &a, &choices, &count, &error) == OK);
    CHECK(count == 1 || count == 2);
    p = property("uint8", "");
    NEED(ovf_value_choices(&p, &a, &choices, &count, &error) == OK);
    CHECK(count == 0);
    p = property("string", "ValueMap{a,b}");
    arena_init(&a, memory, 8, "a test");
    CHECK(ovf_value_choices(&p, &a, &choices, &count, &error) == ERR_NO_MEMORY);
}

TEST(the_qualifiers_of_both_attributes_hold)
{
    struct ovf_property p = property("string", "MinLen(1)");

    p.vendor_qualifiers = "Ip(\"Network\")";
    CHECK(ovf_check_value(&p, "", &error) == ERR_SETTING && ovf_value_missing(&p, ""));
    CHECK(ovf_check_value(&p, "x", &error) == ERR_SETTING);
    CHECK(ovf_check_value(&p, "10.0.0.1", &error) == OK);
}
