#include "loader/environment.h"

#include <stdio.h>
#include <string.h>

#include "tests/build/guest_build.h"
#include "tests/test.h"

static struct error error;
static const struct environment_facts nothing_known;

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
    if (guest_build(inside, system, &plan, &error) != OK ||
        environment_write(plan, facts, &a, work, &out, &error) != OK)
        return error.text;
    memcpy(text, out.at, out.len);
    text[out.len] = '\0';
    return text;
}

/* Of a system with one property, k, which anybody may set. */
static const char *written_value(const char *value)
{
    char inside[512];

    snprintf(inside, sizeof(inside),
             "<VirtualSystem ovf:id='vm'><Info/><ProductSection><Info/><Property ovf:key='k'"
             " ovf:type='string' ovf:userConfigurable='true' ovf:value='%s'/></ProductSection>"
             "</VirtualSystem>",
             value);
    return written(inside, NULL, &nothing_known);
}

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
    const char *const system = "<VirtualSystem ovf:id='vm'><Info/>"
                               "<ProductSection ovf:class='a' ovf:instance='1'><Info/>"
                               "<Property ovf:key='hostname' ovf:type='string' ovf:value='box1'/>"
                               "</ProductSection></VirtualSystem>";

    CHECK_TEXT(written(system, NULL, &facts),
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<Environment\n"
               "     xmlns=\"http://schemas.dmtf.org/ovf/environment/1\"\n"
               "     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
               "     xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\"\n"
               "     xmlns:ve=\"http://www.vmware.com/schema/ovfenv\"\n"
               "     oe:id=\"vm\">\n"
               "   <PlatformSection>\n"
               "      <Kind>ovfboot</Kind>\n"
               "      <Version>0.1</Version>\n"
               "      <Vendor>A &amp; B</Vendor>\n"
               "      <Locale>en-US</Locale>\n"
               "      <Timezone>-90</Timezone>\n"
               "   </PlatformSection>\n"
               "   <PropertySection>\n"
               "         <Property oe:key=\"a.hostname.1\" oe:value=\"box1\"/>\n"
               "   </PropertySection>\n"
               "   <ve:EthernetAdapterSection>\n"
               "      <ve:Adapter ve:mac=\"00:50:56:a8:00:01\" ve:network=\"VM Network\""
               " ve:unitNumber=\"7\"/>\n"
               "      <ve:Adapter ve:mac=\"00:50:56:a8:00:02\" ve:network=\"a&lt;b\""
               " ve:unitNumber=\"8\"/>\n"
               "   </ve:EthernetAdapterSection>\n"
               "</Environment>\n");
}

TEST(what_is_not_known_is_left_out_of_the_environment)
{
    CHECK_HOLDS(written("<VirtualSystem ovf:id='a&amp;b'/>", NULL, &nothing_known),
                "     oe:id=\"a&amp;b\">\n"
                "   <PlatformSection>\n"
                "   </PlatformSection>\n"
                "   <PropertySection>\n"
                "   </PropertySection>\n"
                "</Environment>\n");
}

TEST(values_come_out_of_the_environment_as_they_are)
{
    CHECK_HOLDS(written_value("&lt;&amp;&quot;&apos;&gt;&#10;&#9;\xc3\xa9"),
                " oe:value=\"&lt;&amp;&quot;'&gt;&#10;&#9;\xc3\xa9\"/>\n");
}

TEST(what_xml_cannot_hold_is_refused_by_the_name_of_its_property)
{
    guest_build_set("k", "a\x01");
    CHECK_TEXT(written_value(""),
               "property k: its value, by ovfboot.conf line 3, has characters that XML cannot "
               "hold");
    CHECK(error.code == ERR_SETTING);
}

/* A collection in a collection, with a system beside it. */
static const char service[] =
    "<VirtualSystemCollection ovf:id='service'><Info/><ProductSection><Info/>"
    "<Property ovf:key='ip' ovf:type='string' ovf:userConfigurable='true' ovf:value='0'/>"
    "<Property ovf:key='log' ovf:type='string' ovf:value='low'/></ProductSection>"
    "<VirtualSystem ovf:id='web'><Info/></VirtualSystem>"
    "<VirtualSystemCollection ovf:id='tier'><Info/><ProductSection ovf:class='db'><Info/>"
    "<Property ovf:key='vm' ovf:type='string' ovf:value='${ip}'/></ProductSection>"
    "<VirtualSystem ovf:id='one'><Info/><ProductSection ovf:class='db'><Info/>"
    "<Property ovf:key='me' ovf:type='string' ovf:userConfigurable='true' "
    "ovf:value='${vm}/${log}'/>"
    "</ProductSection></VirtualSystem>"
    "<VirtualSystem ovf:id='two'><Info/><ProductSection ovf:class='db'><Info/>"
    "<Property ovf:key='me' ovf:type='string' ovf:value='2 ${none}'/>"
    "<Property ovf:key='vm' ovf:type='string' ovf:value='own'/>"
    "</ProductSection></VirtualSystem></VirtualSystemCollection></VirtualSystemCollection>";

TEST(the_other_systems_of_a_collection_are_entities)
{
    guest_build_set("ip", "1.2.3.4");
    guest_build_set("db.me", "set ${vm}");
    const char *text = written(service, "one", &nothing_known);
    CHECK_HOLDS(text, "   <PropertySection>\n"
                      "         <Property oe:key=\"db.me\" oe:value=\"set 1.2.3.4\"/>\n"
                      "         <Property oe:key=\"db.vm\" oe:value=\"1.2.3.4\"/>\n"
                      "   </PropertySection>\n"
                      "   <Entity oe:id=\"two\">\n"
                      "      <PropertySection>\n"
                      "            <Property oe:key=\"db.me\" oe:value=\"2 ${none}\"/>\n"
                      "            <Property oe:key=\"db.vm\" oe:value=\"own\"/>\n"
                      "      </PropertySection>\n"
                      "   </Entity>\n"
                      "</Environment>\n");
    CHECK(!strstr(text, "log"));
}

TEST(a_collection_beside_the_system_is_an_entity)
{
    guest_build_set("ip", "1.2.3.4");
    const char *text = written(service, "web", &nothing_known);
    CHECK_HOLDS(text, "   <PropertySection>\n"
                      "         <Property oe:key=\"ip\" oe:value=\"1.2.3.4\"/>\n"
                      "         <Property oe:key=\"log\" oe:value=\"low\"/>\n"
                      "   </PropertySection>\n"
                      "   <Entity oe:id=\"tier\">\n"
                      "      <PropertySection>\n"
                      "            <Property oe:key=\"db.vm\" oe:value=\"1.2.3.4\"/>\n"
                      "            <Property oe:key=\"ip\" oe:value=\"1.2.3.4\"/>\n"
                      "            <Property oe:key=\"log\" oe:value=\"low\"/>\n");
    CHECK(!strstr(text, "db.me"));
}

TEST(a_value_comes_down_through_the_collections_around)
{
    CHECK_HOLDS(written(service, "one", &nothing_known), "\"db.me\" oe:value=\"0/${log}\"");
    const char *text = written(service, "two", &nothing_known);
    CHECK_HOLDS(text, "\"db.vm\" oe:value=\"own\"");
    CHECK_HOLDS(text, "\"db.me\" oe:value=\"2 ${none}\"");
    guest_build_set("nobody", "1");
    CHECK_HOLDS(written(service, "one", &nothing_known), "the appliance has no such property");
}
