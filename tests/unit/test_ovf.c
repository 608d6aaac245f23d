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

static enum err parse_disk(const char *attributes)
{
    char disk[400];

    snprintf(disk, sizeof(disk), "<DiskSection><Info/><Disk ovf:diskId='d' %s/></DiskSection>",
             attributes);
    return parse_parts("<File ovf:id='f' ovf:href='a.vmdk'/>", disk, SYSTEM);
}

TEST(a_file_has_its_href_size_compression_and_chunks)
{
    NEED(parse_parts("<File ovf:id='a' ovf:href='x y.vmdk' ovf:size='77'/>"
                     "<File ovf:id='b' ovf:href='%41.gz' ovf:compression='gzip'"
                     " ovf:chunkSize='4096'/>"
                     "<File ovf:id='c' ovf:href='c' ovf:compression='bzip2' ovf:size=''/>",
                     "", SYSTEM) == OK);
    NEED(ovf.file_count == 3);
    CHECK_TEXT(ovf.files[0].href, "x y.vmdk");
    CHECK(ovf.files[0].size == 77 && ovf.files[0].chunk_size == 0);
    CHECK(ovf.files[0].compression == OVF_IDENTITY && ovf.files[0].line == 2);
    CHECK_TEXT(ovf.files[1].href, "%41.gz");
    CHECK(ovf.files[1].size == OVF_UNKNOWN && ovf.files[1].chunk_size == 4096);
    CHECK(ovf.files[1].compression == OVF_GZIP);
    CHECK(ovf.files[2].compression == OVF_OTHER_COMPRESSION);
    CHECK_TEXT(ovf.files[2].compression_name, "bzip2");
}

TEST(a_file_must_have_an_id_an_href_and_a_size_that_is_a_number)
{
    CHECK(parse_parts("<File ovf:href='x'/>", "", SYSTEM) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 2: File without an id");
    CHECK(parse_parts("<File ovf:id='x'/>", "", SYSTEM) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 2: File without an href");
    const char *const wrong[] = {"-2",   "-9223372036854775809", "abcd", "1.5",
                                 "0x10", "18446744073709551616"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char file[200];
        snprintf(file, sizeof(file), "<File ovf:id='f' ovf:href='h' ovf:size='%s'/>", wrong[i]);
        CHECK(parse_parts(file, "", SYSTEM) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, wrong[i]);
    }
}

TEST(two_files_of_one_id_are_refused_unless_they_are_the_same_file)
{
    CHECK(parse_parts("<File ovf:id='a' ovf:href='x'/>\n<File ovf:id='a' ovf:href='y'/>", "",
                      SYSTEM) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: File a: the id of the file on line 2");
    CHECK(parse_parts("<File ovf:id='a' ovf:href='x'/><File ovf:id='a' ovf:href='x'/>", "",
                      SYSTEM) == OK);
    CHECK(ovf.file_count == 1);
}

/* What DSP0004 and the old words say a unit is; twenty mebibytes in each. */
TEST(a_capacity_is_in_bytes_however_it_is_written)
{
    const char *const same[] = {
        "ovf:capacity='20971520'",
        "ovf:capacity=' 20971520 ' ovf:capacityAllocationUnits=''",
        "ovf:capacity='20971520' ovf:capacityAllocationUnits='byte'",
        "ovf:capacity='20480' ovf:capacityAllocationUnits='byte * 2^10'",
        "ovf:capacity='20' ovf:capacityAllocationUnits='byte * 2^20'",
        "ovf:capacity='20' ovf:capacityAllocationUnits='byte*2^20'",
        "ovf:capacity='20' ovf:capacityAllocationUnits=' byte * 2 ^ 20 '",
        "ovf:capacity='20' ovf:capacityAllocationUnits='2^20 * byte'",
        "ovf:capacity='20' ovf:capacityAllocationUnits='byte * 1024 * 1024'",
        "ovf:capacity='20' ovf:capacityAllocationUnits='mebibyte'",
        "ovf:capacity='20' ovf:capacityAllocationUnits='MegaBytes'",
        "ovf:capacity='20' ovf:capacityAllocationUnits='MB'",
    };

    for (size_t i = 0; i < COUNT_OF(same); i++) {
        NEED(parse_disk(same[i]) == OK);
        CHECK(ovf.disks[0].capacity == 20971520);
    }
    NEED(parse_disk("ovf:capacity='3' ovf:capacityAllocationUnits='megabyte'") == OK);
    CHECK(ovf.disks[0].capacity == 3000000);
    NEED(parse_disk("ovf:capacity='3' ovf:capacityAllocationUnits='byte * 10^9'") == OK);
    CHECK(ovf.disks[0].capacity == 3000000000);
}

TEST(a_capacity_that_means_no_number_of_bytes_is_refused)
{
    const char *const wrong[] = {
        "ovf:capacity='-1'",
        "ovf:capacity='1.5' ovf:capacityAllocationUnits='byte * 2^30'",
        "ovf:capacity='20 GB'",
        "ovf:capacity='9223372036854775808'",
        "ovf:capacity='17179869184' ovf:capacityAllocationUnits='byte * 2^30'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='hertz'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='byte *'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='byte * byte'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='2^20'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='byte / 2'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='byte * 2^64'",
        "ovf:fileRef='f' ovf:capacity='1' ovf:capacityAllocationUnits='byte * 0^20'",
        "ovf:fileRef='f' ovf:capacity='1' ovf:capacityAllocationUnits='0 * byte'",
        "ovf:capacity='1' ovf:capacityAllocationUnits='byte * 2^99999999999999999999'",
    };

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK(parse_disk(wrong[i]) == ERR_DAMAGED);
        CHECK_HOLDS(error.text, "line 3: ");
    }
}

TEST(a_capacity_may_be_in_a_property_or_missing)
{
    NEED(parse_disk("ovf:capacity='${size}' ovf:capacityAllocationUnits='byte * 2^30'") == OK);
    CHECK(ovf.disks[0].capacity == OVF_UNKNOWN);
    CHECK_TEXT(ovf.disks[0].capacity_property, "size");
    CHECK(ovf.disks[0].capacity_unit == 1u << 30);
    NEED(parse_disk("ovf:fileRef='f'") == OK);
    CHECK(ovf.disks[0].capacity == OVF_UNKNOWN && !ovf.disks[0].capacity_property);
}

TEST(a_disk_names_its_file_and_its_parent)
{
    NEED(parse_disk("ovf:fileRef='f' ovf:capacity='1'") == OK);
    CHECK(ovf.disks[0].file == 0);
    NEED(parse_disk("ovf:fileRef='a.vmdk' ovf:capacity='1'") == OK); /* oVirt names the href */
    CHECK(ovf.disks[0].file == 0);
    NEED(parse_disk("ovf:fileRef='' ovf:parentRef='' ovf:capacity='1'") == OK);
    CHECK(ovf.disks[0].file == OVF_NONE);
    CHECK_TEXT(ovf.disks[0].parent, "");
    CHECK(parse_disk("ovf:fileRef='g' ovf:capacity='1'") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: disk d: file g is not in References");
    CHECK(parse_disk("ovf:capacity='1' ovf:parentRef='base'") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: disk d: its parent base is not there");
}

TEST(shared_disks_are_disks_and_ids_are_unique_over_both_sections)
{
    const char *const both = "<DiskSection><Disk ovf:diskId='a' ovf:capacity='1'/></DiskSection>"
                             "<SharedDiskSection><SharedDisk ovf:diskId='%s' ovf:capacity='2'"
                             " ovf:readOnly='true'/></SharedDiskSection>";
    char text[300];

    snprintf(text, sizeof(text), both, "b");
    NEED(parse_parts("", text, SYSTEM) == OK);
    NEED(ovf.disk_count == 2);
    CHECK(!ovf.disks[0].shared && ovf.disks[1].shared && ovf.disks[1].read_only);
    snprintf(text, sizeof(text), both, "a");
    CHECK(parse_parts("", text, SYSTEM) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: disk a: the id of the disk on line 3");
}

TEST(networks_and_options_are_listed_and_the_default_option_is_known)
{
    NEED(parse_parts("",
                     "<NetworkSection><Info/><Network ovf:name='VM Network'><Description"
                     " ovf:msgid='n'>a net</Description></Network></NetworkSection>"
                     "<DeploymentOptionSection><Configuration ovf:id='small'><Label>Small</Label>"
                     "</Configuration><Configuration ovf:id='big'/></DeploymentOptionSection>",
                     SYSTEM) == OK);
    NEED(ovf.network_count == 1 && ovf.option_count == 2);
    CHECK_TEXT(ovf.networks[0].name, "VM Network");
    CHECK_TEXT(ovf.networks[0].description.text, "a net");
    CHECK_TEXT(ovf.networks[0].description.id, "n");
    CHECK(ovf_default_option(&ovf) == &ovf.options[0]);
    CHECK_TEXT(ovf.options[0].label.text, "Small");
    CHECK(ovf_find_option(&ovf, "big") == &ovf.options[1]);
    CHECK(!ovf_find_option(&ovf, "huge"));
    NEED(parse_parts("",
                     "<DeploymentOptionSection><Configuration ovf:id='a'/>"
                     "<Configuration ovf:id='b' ovf:default='true'/></DeploymentOptionSection>",
                     SYSTEM) == OK);
    CHECK(ovf_default_option(&ovf) == &ovf.options[1]);
    NEED(parse_parts("", "", SYSTEM) == OK);
    CHECK(!ovf_default_option(&ovf));
}

TEST(collections_are_flattened_in_document_order_with_their_parents)
{
    NEED(parse_parts("", "",
                     "<VirtualSystemCollection ovf:id='app'><Name>App</Name>"
                     "<StartupSection><Item ovf:id='web' ovf:order='2' ovf:startDelay='30'/>"
                     "</StartupSection>"
                     "<VirtualSystemCollection ovf:id='tier'>"
                     "<VirtualSystem ovf:id='db'/><VirtualSystem ovf:id='db2'/>"
                     "</VirtualSystemCollection>"
                     "<VirtualSystem ovf:id='web'/></VirtualSystemCollection>") == OK);
    NEED(ovf.system_count == 5);
    const char *const ids[] = {"app", "tier", "db", "db2", "web"};
    const size_t parents[] = {OVF_NONE, 0, 1, 1, 0};
    for (size_t i = 0; i < 5; i++) {
        CHECK_TEXT(ovf.systems[i].id, ids[i]);
        CHECK(ovf.systems[i].parent == parents[i]);
        CHECK(ovf.systems[i].is_collection == (i < 2));
    }
    CHECK_TEXT(ovf.systems[0].name.text, "App");
    CHECK_TEXT(ovf.systems[2].name.text, "db");
    NEED(ovf.systems[0].startup_count == 1);
    CHECK(ovf.systems[0].startup[0].order == 2 && ovf.systems[0].startup[0].start_delay == 30);
    CHECK_TEXT(ovf.systems[0].startup[0].start_action, "powerOn");
    CHECK(ovf_next_machine(&ovf, OVF_NONE) == 2 && ovf_next_machine(&ovf, 3) == 4);
    CHECK(ovf_next_machine(&ovf, 4) == OVF_NONE);
    CHECK(ovf_find_system(&ovf, "db") == 2 && ovf_find_system(&ovf, "app/tier/db2") == 3);
    CHECK(ovf_find_system(&ovf, "tier/web") == OVF_NONE);
    CHECK(ovf_find_system(&ovf, "b") == OVF_NONE);
}

TEST(the_smaller_sections_of_a_system_are_read)
{
    NEED(parse_parts(
             "<File ovf:id='e' ovf:href='env'/>", "",
             "<VirtualSystem ovf:id='vm'>"
             "<OperatingSystemSection ovf:id='94' ovf:version='22' vmw:osType='ubuntu64Guest'>"
             "<Description>Ubuntu</Description></OperatingSystemSection>"
             "<EulaSection><License> one </License></EulaSection>"
             "<EulaSection><License ovf:msgid='l'><![CDATA[two & <three>]]></License></EulaSection>"
             "<AnnotationSection><Annotation>note</Annotation></AnnotationSection>"
             "<InstallSection ovf:initialBootStopDelay='300'/>"
             "<EnvironmentFilesSection><File ovf:fileRef='e' ovf:path='etc/x'/>"
             "</EnvironmentFilesSection>"
             "<vmw:BootOrderSection vmw:instanceId='7' vmw:type='disk'/></VirtualSystem>") == OK);
    const struct ovf_system *s = &ovf.systems[0];
    CHECK(s->os.given && s->os.id == 94);
    CHECK_TEXT(s->os.version, "22");
    CHECK_TEXT(s->os.vmware_type, "ubuntu64Guest");
    NEED(s->eula_count == 2 && s->annotation_count == 1);
    CHECK_TEXT(s->eulas[0].text, "one");
    CHECK_TEXT(s->eulas[1].text, "two & <three>");
    CHECK_TEXT(s->annotations[0].text, "note");
    CHECK(s->has_install && s->install_stop_delay == 300);
    NEED(s->environment_file_count == 1 && s->boot_count == 1);
    CHECK(s->environment_files[0].file == 0);
    CHECK_TEXT(s->environment_files[0].path, "etc/x");
    CHECK_TEXT(s->boot[0].instance, "7");
    CHECK_TEXT(s->boot[0].device, "disk");
}

TEST(a_product_has_its_properties_with_category_and_values_by_option)
{
    NEED(parse_parts("", "",
                     "<VirtualSystem ovf:id='vm'><ProductSection ovf:class='com.x' "
                     "ovf:instance='1'><Info/><Product>Thing</Product><Vendor>X</Vendor>"
                     "<Version>1.2</Version><Category>Net</Category>"
                     "<Property ovf:key='ip' ovf:type='string' ovf:value=' a&#10;b '"
                     " ovf:userConfigurable='true' ovf:qualifiers='MinLen(1)'"
                     " vmw:qualifiers='Ip'><Label>Address</Label>"
                     "<Value ovf:value='z' ovf:configuration='small big'/></Property>"
                     "<Property ovf:key='pw' ovf:type='string' ovf:password='true'/>"
                     "<Property ovf:key='pw2' ovf:type='Password(8..)'/>"
                     "<Property ovf:key='no' ovf:type='passwordless'/>"
                     "</ProductSection></VirtualSystem>") == OK);
    NEED(ovf.systems[0].product_count == 1);
    const struct ovf_product *p = &ovf.systems[0].products[0];
    CHECK_TEXT(p->product.text, "Thing");
    CHECK_TEXT(p->version, "1.2");
    NEED(p->property_count == 4);
    const struct ovf_property *ip = &p->properties[0];
    CHECK_TEXT(ip->value, " a\nb ");
    CHECK_TEXT(ip->category.text, "Net");
    CHECK_TEXT(ip->qualifiers, "MinLen(1)");
    CHECK_TEXT(ip->vendor_qualifiers, "Ip");
    CHECK(ip->has_value && ip->user_configurable && !ip->password);
    CHECK_TEXT(ovf_property_default(ip, "big"), "z");
    CHECK_TEXT(ovf_property_default(ip, "other"), " a\nb ");
    CHECK_TEXT(ovf_property_default(ip, NULL), " a\nb ");
    CHECK(p->properties[1].password && !p->properties[1].has_value);
    CHECK(p->properties[2].password && !p->properties[3].password);

    char name[16];
    CHECK(ovf_property_name(p, ip, name, sizeof(name)));
    CHECK_TEXT(name, "com.x.ip.1");
    CHECK(!ovf_property_name(p, ip, name, 10));
}

TEST(texts_are_said_in_the_wanted_language_where_there_is_one)
{
    NEED(parse_parts("", "",
                     "<VirtualSystem ovf:id='vm'><Name ovf:msgid='n'>Colour</Name></VirtualSystem>"
                     "<Strings xml:lang='de'><Msg ovf:msgid='n'>Farbe</Msg></Strings>"
                     "<Strings xml:lang='de-AT'><Msg ovf:msgid='n'>Farb</Msg></Strings>"
                     "<Strings xml:lang='fr'><Msg ovf:msgid='other'>x</Msg></Strings>") == OK);
    const struct ovf_message *name = &ovf.systems[0].name;
    CHECK_TEXT(ovf.language, "en-US");
    CHECK_TEXT(ovf_say(&ovf, name, "en-US"), "Colour");
    CHECK_TEXT(ovf_say(&ovf, name, "de-DE"), "Farbe");
    CHECK_TEXT(ovf_say(&ovf, name, "de-AT"), "Farb");
    CHECK_TEXT(ovf_say(&ovf, name, "fr"), "Colour");
    CHECK_TEXT(ovf_say(&ovf, &ovf.systems[0].info, "de"), "");
}

TEST(a_descriptor_without_its_necessary_parts_is_refused)
{
    CHECK(parse("<html/>") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: html is no OVF descriptor: Envelope is wanted");
    CHECK(parse("<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/3'/>") == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "http://schemas.dmtf.org/ovf/envelope/3");
    CHECK(parse(ENVELOPE "</Envelope>") == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "Envelope without References");
    CHECK(parse_parts("", "", "") == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "Envelope without a VirtualSystem");
}

TEST(a_full_arena_is_an_error_wherever_it_fills_up)
{
    const char *const text =
        ENVELOPE "<References><File ovf:id='f' ovf:href='f'/></References><DiskSection>"
                 "<Disk ovf:diskId='d' ovf:fileRef='f' ovf:capacity='1'/></DiskSection>"
                 "<VirtualSystem ovf:id='v'><ProductSection><Property ovf:key='k'/>"
                 "</ProductSection><VirtualHardwareSection><Item><rasd:InstanceID>1"
                 "</rasd:InstanceID></Item></VirtualHardwareSection></VirtualSystem></Envelope>";
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    size_t failed[2] = {0, 0};

    for (size_t which = 0; which < 2; which++) {
        for (size_t size = 0; size < sizeof(memory[0]); size += 64) {
            struct arena a, scratch;
            arena_init(&a, memory[0], which ? sizeof(memory[0]) : size, "a test");
            arena_init(&scratch, memory[1], which ? size : sizeof(memory[1]), "a test");
            enum err result = ovf_parse(bytes, &a, scratch, &ovf, &error);
            if (result == OK)
                break;
            NEED(result == ERR_NO_MEMORY);
            failed[which]++;
        }
    }
    CHECK(failed[0] > 10 && failed[0] < 1000);
    CHECK(failed[1] > 10 && failed[1] < 1000);
}
