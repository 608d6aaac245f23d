#include "loader/environment.h"

#include <string.h>

#include "tests/build/plan_build.h"
#include "tests/test.h"

#define HEAD(id)                                                                                   \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                                 \
    "<Environment\n"                                                                               \
    "     xmlns=\"http://schemas.dmtf.org/ovf/environment/1\"\n"                                   \
    "     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"                               \
    "     xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\"\n"                                \
    "     xmlns:ve=\"http://www.vmware.com/schema/ovfenv\"\n"                                      \
    "     oe:id=\"" id "\">\n"

static struct error error;

/* The document, or what went wrong. */
static const char *written(const char *inside, const char *system,
                           const struct environment_facts *facts)
{
    static uint8_t memory[2][1 << 18];
    static char text[1 << 16];
    struct arena a, work;
    struct bytes out;
    struct plan *plan;

    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&work, memory[1], sizeof(memory[1]), "a test's scratch");
    if (plan_build(inside, system, &plan, &error) != OK ||
        environment_write(plan, facts, &a, work, &out, &error) != OK)
        return error.text;
    memcpy(text, out.at, out.len);
    text[out.len] = '\0';
    return text;
}

static const struct environment_facts nothing_known;

#define PROPERTY(key, value)                                                                       \
    "<Property ovf:key='" key "' ovf:type='string' ovf:userConfigurable='true' ovf:value='" value  \
    "'/>"
#define OURS(key, value)   "         <Property oe:key=\"" key "\" oe:value=\"" value "\"/>\n"
#define THEIRS(key, value) "   " OURS(key, value)

TEST(the_environment_has_the_layout_of_vmware)
{
    static const struct environment_adapter adapters[] = {{"00:50:56:a8:00:01", "VM Network"},
                                                          {"00:50:56:a8:00:02", "a<b"}};
    const struct environment_facts facts = {.kind = "ovfboot",
                                            .version = "0.1",
                                            .vendor = "A & B",
                                            .locale = "en-US",
                                            .has_timezone = true,
                                            .timezone = -90,
                                            .adapters = adapters,
                                            .adapter_count = 2};

    CHECK_TEXT(
        written("<VirtualSystem ovf:id='vm'><ProductSection ovf:class='a' ovf:instance='1'>"
                "<Info/>" PROPERTY("hostname", "box1") "</ProductSection></VirtualSystem>",
                NULL, &facts),
        HEAD("vm") "   <PlatformSection>\n"
                   "      <Kind>ovfboot</Kind>\n"
                   "      <Version>0.1</Version>\n"
                   "      <Vendor>A &amp; B</Vendor>\n"
                   "      <Locale>en-US</Locale>\n"
                   "      <Timezone>-90</Timezone>\n"
                   "   </PlatformSection>\n"
                   "   <PropertySection>\n" OURS(
                       "a.hostname.1", "box1") "   </PropertySection>\n"
                                               "   <ve:EthernetAdapterSection>\n"
                                               "      <ve:Adapter ve:mac=\"00:50:56:a8:00:01\""
                                               " ve:network=\"VM Network\" ve:unitNumber=\"7\"/>\n"
                                               "      <ve:Adapter ve:mac=\"00:50:56:a8:00:02\""
                                               " ve:network=\"a&lt;b\" ve:unitNumber=\"8\"/>\n"
                                               "   </ve:EthernetAdapterSection>\n"
                                               "</Environment>\n");
}

TEST(what_is_not_known_is_left_out_of_the_environment)
{
    CHECK_TEXT(written("<VirtualSystem ovf:id='a&amp;b'/>", NULL, &nothing_known),
               HEAD("a&amp;b") "   <PlatformSection>\n"
                               "   </PlatformSection>\n"
                               "   <PropertySection>\n"
                               "   </PropertySection>\n"
                               "</Environment>\n");
}

TEST(values_come_out_of_the_environment_as_they_are)
{
    CHECK_HOLDS(written("<VirtualSystem ovf:id='vm'><ProductSection>"
                        "<Info/>" PROPERTY(
                            "k", "&lt;&amp;&quot;&apos;&gt;&#10;&#9;\xc3\xa9") "</ProductSection>"
                                                                               "</VirtualSystem>",
                        NULL, &nothing_known),
                OURS("k", "&lt;&amp;&quot;'&gt;&#10;&#9;\xc3\xa9"));
}

TEST(what_xml_cannot_hold_is_refused_by_the_name_of_its_property)
{
    plan_build_set("k", "a\x01");
    CHECK_TEXT(
        written("<VirtualSystem ovf:id='vm'><ProductSection>"
                "<Info/>" PROPERTY("k", "") "</ProductSection></VirtualSystem>",
                NULL, &nothing_known),
        "property k: its value, by ovfboot.conf line 3, has characters that XML cannot hold");
    CHECK(error.code == ERR_SETTING);
}

/* A collection in a collection, with a system beside it. */
#define PRODUCT(class, properties)                                                                 \
    "<ProductSection ovf:class='" class "'><Info/>" properties "</ProductSection>"
#define SERVICE                                                                                                                                            \
    "<VirtualSystemCollection ovf:id='service'><Info/>" PRODUCT(                                                                                           \
        "",                                                                                                                                                \
        PROPERTY("ip", "0") PROPERTY(                                                                                                                      \
            "log",                                                                                                                                         \
            "low")) "<VirtualSystem ovf:id='web'><Info/></VirtualSystem>"                                                                                  \
                    "<VirtualSystemCollection ovf:id='tier'><Info/>" PRODUCT("db", PROPERTY("vm", "${ip}")) "<VirtualSystem ovf:id='one'><Info/>" PRODUCT( \
                        "db",                                                                                                                              \
                        PROPERTY(                                                                                                                          \
                            "me",                                                                                                                          \
                            "${vm}/${log}")) "</VirtualSystem><VirtualSystem "                                                                             \
                                             "ovf:id='two'><Info/>" PRODUCT("db",                                                                          \
                                                                            PROPERTY(                                                                      \
                                                                                "me",                                                                      \
                                                                                "2 ${vm} ${none}")                                                         \
                                                                                PROPERTY(                                                                  \
                                                                                    "vm",                                                                  \
                                                                                    "own")) "</"                                                           \
                                                                                            "Virt"                                                         \
                                                                                            "ualS"                                                         \
                                                                                            "yste"                                                         \
                                                                                            "m></"                                                         \
                                                                                            "Virt"                                                         \
                                                                                            "ualS"                                                         \
                                                                                            "yste"                                                         \
                                                                                            "mCol"                                                         \
                                                                                            "lect"                                                         \
                                                                                            "ion>"                                                         \
                                                                                            "</"                                                           \
                                                                                            "Virt"                                                         \
                                                                                            "ualS"                                                         \
                                                                                            "yste"                                                         \
                                                                                            "mCol"                                                         \
                                                                                            "lect"                                                         \
                                                                                            "ion>"

TEST(the_other_systems_of_a_collection_are_entities)
{
    plan_build_set("ip", "1.2.3.4");
    plan_build_set("db.me", "set ${vm}");
    const char *text = written(SERVICE, "one", &nothing_known);
    CHECK_HOLDS(text,
                "   <PropertySection>\n" OURS("db.me", "set 1.2.3.4")
                    OURS("db.vm", "1.2.3.4") "   </PropertySection>\n"
                                             "   <Entity oe:id=\"two\">\n"
                                             "      <PropertySection>\n" THEIRS("db.me",
                                                                                "2 1.2.3.4 ${none}")
                                                 THEIRS("db.vm", "own") "      </PropertySection>\n"
                                                                        "   </Entity>\n"
                                                                        "</Environment>\n");
    CHECK(!strstr(text, "log"));
}

TEST(a_collection_beside_the_system_is_an_entity)
{
    plan_build_set("ip", "1.2.3.4");
    const char *text = written(SERVICE, "web", &nothing_known);
    CHECK_HOLDS(text, "   <PropertySection>\n" OURS("ip", "1.2.3.4")
                          OURS("log", "low") "   </PropertySection>\n"
                                             "   <Entity oe:id=\"tier\">\n"
                                             "      <PropertySection>\n" THEIRS("db.vm", "1.2.3.4")
                                                 THEIRS("ip", "1.2.3.4") THEIRS("log", "low"));
    CHECK(!strstr(text, "db.me"));
}

TEST(a_value_goes_through_collections_and_the_nearest_wins)
{
    CHECK_HOLDS(written(SERVICE, "one", &nothing_known), OURS("db.me", "0/low"));
    CHECK_HOLDS(written(SERVICE, "two", &nothing_known), OURS("db.vm", "own"));
    plan_build_set("nobody", "1");
    CHECK_HOLDS(written(SERVICE, "one", &nothing_known), "the appliance has no such property");
}
