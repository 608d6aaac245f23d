/* What must be understood and is not: refused by name; the rest is stepped over. */
#include "parsers/ovf.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

#define ENVELOPE                                                                                   \
    "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1'"                                     \
    " xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1'"                                          \
    " xmlns:rasd='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"                              \
    "CIM_ResourceAllocationSettingData' xmlns:vmw='http://www.vmware.com/schema/ovf'>\n"
#define SYSTEM "<VirtualSystem ovf:id='vm'><Info/></VirtualSystem>"

static uint8_t memory[2][8 << 20];
static struct error error;
static struct ovf ovf;

static enum err parse(const char *text)
{
    struct arena a, scratch;

    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    return ovf_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &a, scratch, &ovf,
                     &error);
}

/* An envelope with these references, sections and system. */
static enum err parse_parts(const char *files, const char *sections, const char *system)
{
    static char text[65536];

    snprintf(text, sizeof(text), ENVELOPE "<References>%s</References>\n%s\n%s\n</Envelope>", files,
             sections, system);
    return parse(text);
}

TEST(an_unknown_section_is_skipped_only_when_it_says_so)
{
    const char *const foreign = "<x:FooSection xmlns:x='urn:x' %s/>";
    const struct {
        const char *attribute;
        enum err result;
    } cases[] = {
        {"ovf:required='false'", OK},
        {"ovf:required='0'", OK},
        {"ovf:required='true'", ERR_UNSUPPORTED},
        {"ovf:required='1'", ERR_UNSUPPORTED},
        {"", ERR_UNSUPPORTED},
        {"ovf:required='maybe'", ERR_UNSUPPORTED},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[200], system[300];
        snprintf(text, sizeof(text), foreign, cases[i].attribute);
        snprintf(system, sizeof(system), "<VirtualSystem ovf:id='v'>%s</VirtualSystem>", text);
        CHECK(parse_parts("", text, SYSTEM) == cases[i].result);
        CHECK(parse_parts("", "", system) == cases[i].result);
        if (cases[i].result == OK) {
            NEED(ovf.skipped_count == 1);
            CHECK_TEXT(ovf.skipped[0].name, "x:FooSection");
        } else {
            CHECK_TEXT(error.text, "line 4: FooSection of urn:x, must be understood, and is not");
        }
    }
}

TEST(what_must_be_understood_inside_of_a_section_is_refused_by_name)
{
    const struct {
        const char *inside;
        enum err result;
    } cases[] = {
        {"<x:New xmlns:x='urn:x' ovf:required='true'/>", ERR_UNSUPPORTED},
        {"<x:New xmlns:x='urn:x'/>", OK},
        {"<vmw:Config ovf:required='true' vmw:key='a' vmw:value='b'/>", OK},
        {"<Item><rasd:InstanceID>1</rasd:InstanceID><rasd:New ovf:required='true'/></Item>",
         ERR_UNSUPPORTED},
        {"<Item ovf:required='false'><rasd:InstanceID>1</rasd:InstanceID>"
         "<rasd:New ovf:required='true'/></Item>",
         OK},
        {"<Item><rasd:InstanceId ovf:required='true'>1</rasd:InstanceId></Item>", OK},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char system[500];
        snprintf(system, sizeof(system),
                 "<VirtualSystem ovf:id='v'><VirtualHardwareSection>%s</VirtualHardwareSection>"
                 "</VirtualSystem>",
                 cases[i].inside);
        CHECK(parse_parts("", "", system) == cases[i].result);
        if (cases[i].result != OK)
            CHECK_HOLDS(error.text, "New of ");
    }
}

TEST(vendor_sections_without_meaning_on_one_machine_are_noted_and_others_refused)
{
    CHECK(parse_parts("", "<vmw:IpAssignmentSection/><vmw:StorageGroupSection/>", SYSTEM) == OK);
    NEED(ovf.skipped_count == 2);
    CHECK(ovf.skipped[0].required);
    CHECK(parse_parts("", "<vmw:vServiceDependencySection/>", SYSTEM) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "vServiceDependencySection");
}

TEST(a_section_in_the_wrong_place_is_refused)
{
    CHECK(parse_parts("", "<VirtualHardwareSection/>", SYSTEM) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: VirtualHardwareSection does not belong in Envelope");
    CHECK(parse_parts("", "", "<VirtualSystem ovf:id='v'><DiskSection/></VirtualSystem>") ==
          ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 4: DiskSection does not belong in VirtualSystem");
}

TEST(an_encrypted_package_is_refused_as_such)
{
    const char *const data = "<e:EncryptedData xmlns:e='http://www.w3.org/2001/04/xmlenc#'/>";
    char file[300];

    CHECK(parse_parts("", "<EncryptionSection ovf:required='false'/>", SYSTEM) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "encrypted");
    CHECK(parse_parts("", data, SYSTEM) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "encrypted");
    snprintf(file, sizeof(file), "<File ovf:id='a' ovf:href='a.vmdk'>%s</File>", data);
    CHECK(parse_parts(file, "", SYSTEM) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "file a.vmdk is encrypted");
}
