#include <stdio.h>
#include <string.h>

#include "parsers/ovf_drives.h"
#include "tests/test.h"

#define HEAD                                                                                       \
    "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1'"                                     \
    " xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1'"                                          \
    " xmlns:rasd='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"                              \
    "CIM_ResourceAllocationSettingData' xmlns:vssd='http://schemas.dmtf.org/wbem/wscim/1/"         \
    "cim-schema/2/CIM_VirtualSystemSettingData' xmlns:vmw='http://www.vmware.com/schema/ovf'"      \
    " xmlns:vbox='http://www.virtualbox.org/ovf/machine'>"                                         \
    "<References><File ovf:id='f1' ovf:href='a.vmdk'/><File ovf:id='f2' ovf:href='g/v'/>"          \
    "</References><DiskSection><Disk ovf:diskId='d1' ovf:fileRef='f1' ovf:capacity='1'/>"          \
    "<Disk ovf:diskId='d2' ovf:fileRef='f2' ovf:capacity='2'/>"                                    \
    "<Disk ovf:diskId='d3' ovf:capacity='3'/></DiskSection>"                                       \
    "<SharedDiskSection><SharedDisk ovf:diskId='s' ovf:capacity='4'/></SharedDiskSection>"         \
    "<VirtualSystem ovf:id='vm'>%s<VirtualHardwareSection ovf:transport='iso,x'><System>"          \
    "<vssd:VirtualSystemType>vmx-07 vmx-08</vssd:VirtualSystemType></System>%s"                    \
    "</VirtualHardwareSection></VirtualSystem></Envelope>"

static uint8_t memory[2][8 << 20];
static struct arena arena;
static struct error error;
static struct ovf ovf;
static struct ovf_drives drives;

static enum err parse(const char *sections, const char *items)
{
    static char text[65536];
    struct arena scratch;

    snprintf(text, sizeof(text), HEAD, sections, items);
    arena_init(&arena, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    return ovf_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &arena, scratch, &ovf,
                     &error);
}

static const struct ovf_hardware *hardware(void)
{
    return ovf_hardware_of(&ovf.systems[0]);
}

#define FIELD(name, value)  "<rasd:" name ">" value "</rasd:" name ">"
#define ITEM(attributes, f) "<Item " attributes ">" f "</Item>"
#define DISK(id, parent, unit, host)                                                               \
    ITEM("", FIELD("InstanceID", id) FIELD("ResourceType", "17") FIELD("Parent", parent)           \
                 FIELD("AddressOnParent", unit) FIELD("HostResource", host))
#define CONTROLLER(id, type, address)                                                              \
    ITEM("", FIELD("InstanceID", id) FIELD("ResourceType", type) FIELD("Address", address))

/* The disks' ids in order, with a * at the one to boot from. */
static const char *order(const char *chosen)
{
    static char text[100];
    size_t len = 0;

    if (ovf_list_drives(&ovf, 0, chosen, &arena, &drives, &error) != OK)
        return error.text;
    text[0] = '\0';
    for (size_t i = 0; i < drives.count; i++)
        len +=
            (size_t)snprintf(text + len, sizeof(text) - len, "%s%s ",
                             drives.at[i].disk == OVF_NONE ? "-" : ovf.disks[drives.at[i].disk].id,
                             &drives.at[i] == ovf_boot_disk(&drives) ? "*" : "");
    return text;
}

TEST(an_item_has_all_that_its_fields_say)
{
    NEED(parse("",
               ITEM("ovf:required='false' ovf:configuration='small big' ovf:bound='max'",
                    FIELD("InstanceId", " 7 ") FIELD("Caption", "Disk") FIELD("ResourceType", "17")
                        FIELD("ResourceSubType", "someother, lsilogic\n") FIELD("Parent", "3")
                            FIELD("Description", "x") FIELD("AutomaticAllocation", "FALSE")
                                FIELD("HostResource", "\n ovf:/disk/d1 ") FIELD("Address", "1")
                                    FIELD("Connection", "A B") FIELD("Connection", "C")
                                        FIELD("Reservation", "5"))
                   ITEM("", FIELD("InstanceID", "7") FIELD("ResourceType", "17"))) == OK);
    NEED(hardware()->item_count == 2);
    const struct ovf_item *item = &hardware()->items[0];
    CHECK_TEXT(item->instance, "7");
    CHECK_TEXT(item->name, "Disk");
    CHECK_TEXT(item->parent, "3");
    CHECK(item->type == OVF_DISK_DRIVE && item->bound == OVF_MAX && !item->required);
    CHECK(!item->connected && item->reservation == 5 && item->limit == OVF_UNKNOWN);
    CHECK(item->quantity == OVF_UNKNOWN);
    NEED(item->subtypes.count == 2 && item->configurations.count == 2);
    CHECK_TEXT(item->subtypes.at[1], "lsilogic");
    NEED(item->connection_count == 2 && item->host_resource_count == 1);
    CHECK_TEXT(item->connections[0], "A B");
    CHECK_TEXT(item->host_resources[0], "ovf:/disk/d1");
    CHECK(ovf_has_word(&hardware()->system_types, "vmx-08"));
    CHECK(ovf_has_word(&hardware()->transports, "x"));
}

TEST(memory_is_in_bytes_whatever_its_unit_and_processors_are_counted)
{
    const struct {
        const char *fields;
        uint64_t bytes;
    } cases[] = {
        {FIELD("VirtualQuantity", "512") FIELD("AllocationUnits", "byte * 2^20"), 512u << 20},
        {FIELD("VirtualQuantity", "512") FIELD("AllocationUnits", "MegaBytes"), 512u << 20},
        {FIELD("VirtualQuantity", "512") FIELD("AllocationUnits", "byte * 2 ^ 20"), 512u << 20},
        {FIELD("VirtualQuantity", "1") FIELD("AllocationUnits", "byte*2^30"), 1u << 30},
        {FIELD("VirtualQuantity", "536870912"), 512u << 20},
        {FIELD("VirtualQuantity", "512"), 512u << 20}, /* no unit, and too few for bytes */
        {FIELD("VirtualQuantity", "2") FIELD("VirtualQuantityUnits", "byte * 2^30")
             FIELD("AllocationUnits", "byte * 2^20"),
         2u << 30},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char items[600];
        snprintf(items, sizeof(items),
                 ITEM("", FIELD("ResourceType", "4") "%s")
                     ITEM("", FIELD("ResourceType", "3") FIELD("VirtualQuantity", "2")
                                  FIELD("AllocationUnits", "hertz * 10^6")),
                 cases[i].fields);
        NEED(parse("", items) == OK);
        CHECK(ovf_quantity(hardware(), OVF_MEMORY, NULL) == cases[i].bytes);
        CHECK(ovf_quantity(hardware(), OVF_PROCESSOR, NULL) == 2);
    }
    CHECK(parse("", ITEM("", FIELD("ResourceType", "4") FIELD("VirtualQuantity", "1")
                                 FIELD("AllocationUnits", "furlong"))) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item: memory in furlong, which is no unit of bytes");
    CHECK(parse("", ITEM("", FIELD("ResourceType", "3") FIELD("VirtualQuantity", "two"))) ==
          ERR_DAMAGED);
    CHECK_HOLDS(error.text, "VirtualQuantity two is not a number");
}

/* DSP0243 1.1.0, "DeploymentOptionSection": the standard's own example, in figures of ours. */
TEST(an_option_replaces_the_default_item_of_its_instance)
{
    NEED(parse("", ITEM("", FIELD("InstanceID", "1") FIELD("ResourceType", "3")
                                FIELD("VirtualQuantity", "1"))
                       ITEM("ovf:configuration='big huge'",
                            FIELD("InstanceID", "1") FIELD("ResourceType", "3")
                                FIELD("VirtualQuantity", "8"))
                           ITEM("ovf:configuration='huge'",
                                FIELD("InstanceID", "2") FIELD("ResourceType", "4")
                                    FIELD("VirtualQuantity", "64")
                                        FIELD("VirtualQuantityUnits", "byte * 2^30"))) == OK);
    CHECK(ovf_quantity(hardware(), OVF_PROCESSOR, NULL) == 1);
    CHECK(ovf_quantity(hardware(), OVF_PROCESSOR, "small") == 1);
    CHECK(ovf_quantity(hardware(), OVF_PROCESSOR, "big") == 8);
    CHECK(ovf_quantity(hardware(), OVF_PROCESSOR, "huge") == 8);
    CHECK(ovf_quantity(hardware(), OVF_MEMORY, "big") == 0);
    CHECK(ovf_quantity(hardware(), OVF_MEMORY, "huge") == (uint64_t)64 << 30);
}

TEST(drives_come_by_controller_then_address_then_document)
{
    /* Controllers: the one of bus 1 stands first, and its disk as well. */
    NEED(parse("", DISK("9", "4", "0", "ovf:/disk/d3") CONTROLLER("4", "6", "1")
                       CONTROLLER("3", "6", "0") DISK("8", "3", "10", "ovf:/disk/d2")
                           DISK("7", "3", "2", "ovf:/disk/d1")) == OK);
    CHECK_TEXT(order(NULL), "d1* d2 d3 ");
    /* Kinds of controllers: by which stands first. */
    NEED(parse("", CONTROLLER("3", "20", "0") CONTROLLER("4", "5", "0")
                       DISK("5", "4", "0", "/disk/d1") DISK("6", "3", "0", "/disk/d2")) == OK);
    CHECK_TEXT(order(NULL), "d2* d1 ");
    /* Nothing said: as written; a disk on no controller is last. */
    NEED(parse("", DISK("5", "", "", "ovf:/disk/d3") CONTROLLER("3", "5", "") DISK(
                       "6", "3", "", "ovf:/disk/d2") DISK("7", "3", "", "ovf:/disk/d1")) == OK);
    CHECK_TEXT(order(NULL), "d2* d1 d3 ");
    NEED(parse("", "") == OK);
    CHECK_TEXT(order(NULL), "");
    CHECK(!ovf_boot_disk(&drives));
}

/* ASCETiC's tools number everything 1. */
TEST(a_parent_is_a_controller_even_where_ids_are_not_unique)
{
    NEED(parse("", ITEM("", FIELD("InstanceID", "0") FIELD("ResourceType", "3"))
                       DISK("0", "", "", "ovf:/disk/d3") CONTROLLER("0", "6", "0")
                           DISK("0", "0", "0", "ovf:/disk/d1")) == OK);
    CHECK_TEXT(order(NULL), "d1* d3 ");
}

TEST(a_disk_is_found_by_every_spelling_of_its_resource)
{
    const char *const spellings[] = {"ovf:/disk/d2", "/disk/d2", "ovf://disk/d2",
                                     "ovf:disk/d2",  "d2",       "g/v"};

    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        char items[400];
        snprintf(items, sizeof(items), DISK("1", "", "", "%s"), spellings[i]);
        NEED(parse("", items) == OK);
        CHECK_TEXT(order(NULL), "d2* ");
        CHECK(drives.at[0].file == 1);
    }
    NEED(parse("", DISK("1", "", "", "ovf:/file/f1")) == OK);
    CHECK_TEXT(order(NULL), "-* ");
    CHECK(drives.at[0].file == 0);
    NEED(parse("", DISK("1", "", "", "")) == OK);
    CHECK_TEXT(order(NULL), "-* ");
    CHECK(drives.at[0].file == OVF_NONE);
    NEED(parse("", DISK("1", "", "", "ovf:/disk/none")) == OK);
    CHECK_TEXT(order(NULL), "line 1: disk: the package has no ovf:/disk/none");
}

TEST(an_item_that_names_a_disk_has_a_type)
{
    CHECK(parse("", ITEM("", FIELD("InstanceID", "1") FIELD("HostResource", "ovf:/disk/d1"))) ==
          ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item: names ovf:/disk/d1 and has no ResourceType");
    CHECK(parse("", ITEM("", FIELD("HostResource", "ovf:/file/f1"))) == OK);
}

TEST(an_ordinary_disk_may_be_named_twice_and_a_shared_one_not)
{
    NEED(parse("", DISK("1", "", "", "ovf:/disk/d1") DISK("2", "", "", "ovf:/disk/d1")) == OK);
    CHECK_TEXT(order(NULL), "d1* d1 ");
    NEED(parse("", DISK("1", "", "", "ovf:/disk/s") DISK("2", "", "", "ovf:/disk/s")) == OK);
    CHECK_TEXT(order(NULL), "line 1: shared disk s is also that on line 1");
}

#define BETWEEN "</VirtualHardwareSection></VirtualSystem><VirtualSystem ovf:id='b'>"
#define SECTION "<VirtualHardwareSection>"

TEST(whoever_else_has_a_disk_is_found)
{
    const char *const mine = DISK("1", "", "", "ovf:/disk/s");
    size_t disk = 3; /* s */
    char items[2000];
    struct {
        const char *theirs;
        size_t owner;
    } cases[] = {
        {DISK("1", "", "", "ovf:/disk/d1"), OVF_NONE},
        {DISK("1", "", "", "ovf:/disk/s"), 1},
        {DISK("1", "", "", "ovf:/disk/none") DISK("2", "", "", "/disk/s"), 1},
        {ITEM("ovf:configuration='big'", FIELD("InstanceID", "1") FIELD("ResourceType", "17")
                                             FIELD("HostResource", "ovf:/disk/s")),
         1},
        {DISK("1", "", "", "ovf:/disk/d2") "</VirtualHardwareSection>" SECTION DISK("1", "", "",
                                                                                    "ovf:/disk/s"),
         1},
        {ITEM("", FIELD("InstanceID", "1") FIELD("ResourceType", "15")
                      FIELD("HostResource", "ovf:/disk/s")),
         OVF_NONE},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        snprintf(items, sizeof(items), "%s" BETWEEN SECTION "%s", mine, cases[i].theirs);
        NEED(parse("", items) == OK && ovf.system_count == 2);
        CHECK(ovf_find_sharer(&ovf, disk, 0) == cases[i].owner);
        CHECK(ovf_find_sharer(&ovf, disk, 1) == 0);
    }
    NEED(parse("", mine) == OK);
    CHECK(ovf_find_sharer(&ovf, disk, 0) == OVF_NONE);
}

#define TWO DISK("1", "", "", "ovf:/disk/d1") DISK("2", "", "", "ovf:/disk/d2")

TEST(the_package_may_say_which_disk_boots)
{
    NEED(parse("<vmw:BootOrderSection vmw:instanceId='2' vmw:type='disk'/>", TWO) == OK);
    CHECK_TEXT(order(NULL), "d1 d2* ");
    const char *const device =
        "<BootDeviceSection><c:CIM_BootConfigSetting xmlns:c='http://x/CIM_BootConfigSetting' "
        "xmlns:s='http://x/CIM_BootSourceSetting'><s:CIM_BootSourceSetting>%s"
        "</s:CIM_BootSourceSetting></c:CIM_BootConfigSetting></BootDeviceSection>";
    char text[500];
    snprintf(text, sizeof(text), device,
             "<s:StructuredBootString>CIM:Hard-Disk:2</s:StructuredBootString>");
    NEED(parse(text, TWO) == OK);
    CHECK_TEXT(order(NULL), "d1 d2* ");
    snprintf(text, sizeof(text), device, "<s:InstanceID>2</s:InstanceID>");
    NEED(parse(text, TWO) == OK);
    CHECK_TEXT(order(NULL), "d1 d2* ");
    snprintf(text, sizeof(text), device,
             "<s:StructuredBootString>CIM:Network:1</s:StructuredBootString>");
    NEED(parse(text, TWO) == OK);
    CHECK_TEXT(order(NULL), "d1* d2 ");
}

TEST(the_firmware_hint_is_taken_from_either_maker)
{
    NEED(parse("", "<vmw:Config ovf:required='false' vmw:key='firmware' vmw:value='efi'/>"
                   "<vmw:Config vmw:key='bootOptions.efiSecureBootEnabled' vmw:value='true'/>"
                   "<vmw:ExtraConfig vmw:key='nvram' vmw:value='x'/>") == OK);
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_EFI && ovf.systems[0].secure_boot);
    NEED(hardware()->hint_count == 3);
    CHECK_TEXT(hardware()->hints[2].key, "nvram");
    NEED(parse("", "<vmw:Config vmw:key='firmware' vmw:value='bios'/>") == OK);
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_BIOS && !ovf.systems[0].secure_boot);
    NEED(parse("<vbox:Machine ovf:required='false'><Hardware><Firmware type='EFI'/></Hardware>"
               "</vbox:Machine>",
               "") == OK);
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_EFI);
    NEED(parse("<vbox:Machine ovf:required='false'><Hardware/></vbox:Machine>", "") == OK);
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_BIOS);
    NEED(parse("", "") == OK);
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_UNSAID);
}

TEST(items_of_2_x_are_items_and_their_number_is_bounded)
{
    static char many[(OVF_ITEMS_MAX + 1) * 7 + 1];

    NEED(parse("", "<StorageItem><rasd:ResourceType>31</rasd:ResourceType></StorageItem>"
                   "<EthernetPortItem/>") == OK);
    NEED(hardware()->item_count == 2);
    CHECK(hardware()->items[0].kind == OVF_STORAGE_ITEM && ovf_is_disk(&hardware()->items[0]));
    CHECK(hardware()->items[1].kind == OVF_ETHERNET_ITEM);

    for (size_t i = 0; i <= OVF_ITEMS_MAX; i++)
        memcpy(many + 7 * i, "<Item/>", 7);
    CHECK(parse("", many) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "2049 items, and 2048 are the most");
    CHECK(parse("", many + 7) == OK);
}

TEST(a_list_of_words_is_bounded)
{
    char item[400] = "<Item ovf:configuration='";

    for (size_t i = 0; i < OVF_WORDS_MAX; i++)
        strcat(item, "a ");
    strcat(item, "'/>");
    CHECK(parse("", item) == OK);
    memcpy(strstr(item, "'/>"), "b'/>", 5);
    CHECK(parse("", item) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "a list of 65 words, and 64 are the most");
}
