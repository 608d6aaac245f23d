#include "loader/notes.h"

#include <string.h>

#include "base/text.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;

#define NAMED(name)  "<rasd:ElementName>" name "</rasd:ElementName>"
#define HOST(medium) "<rasd:HostResource>" medium "</rasd:HostResource>"
/* The notes of a system, each with a newline; its one disk has a loader, unless told. */
static const char *notes_of(const char *content, const char *settings, bool has_loader)
{
    static char text[2048];
    struct plan_disk disk = {.looked_inside = true};
    size_t len = 0;

    plan_build_begin(&b, content);
    if (plan_build_choose(&b, settings) != OK)
        return b.error.text;
    if (!has_loader)
        fail_record(&disk.no_loader, ERR_NO_LOADER, "none");
    b.plan.disks = &disk;
    b.plan.count = 1;
    notes_make(&b.plan, &b.arena);
    b.plan.count = 0;
    text[0] = '\0';
    for (size_t i = 0; i < b.plan.note_count; i++) {
        len += text_format(text + len, sizeof(text) - len, "%s", b.plan.notes[i]);
        text[len++] = '\n';
        text[len] = '\0';
    }
    return text;
}

static const char *notes(const char *content)
{
    return notes_of(content, "", true);
}

static const char *notes_on(const char *sections)
{
    static char content[4096];

    text_format(content, sizeof(content), SYSTEM("vm", "%s"), sections);
    return notes(content);
}

TEST(an_ordinary_appliance_has_no_note)
{
    CHECK_TEXT(notes_on(""), "");
    CHECK_TEXT(
        notes_on(HARDWARE(ITEM("", "1", "3", "") ITEM("", "2", "4", "") ITEM("", "3", "5", "")
                              ITEM("", "4", "6", "") ITEM("", "5", "10", "") ITEM("", "6", "15", "")
                                  ITEM("", "7", "16", "") ITEM("", "8", "17", "")
                                      ITEM("", "9", "20", "") ITEM("", "10", "23", "")
                                          ITEM("", "11", "24", "") ITEM("", "12", "31", ""))),
        "");
}

TEST(devices_without_a_counterpart_are_counted_by_name)
{
    CHECK_TEXT(
        notes_on(HARDWARE(ITEM("", "1", "14", "") ITEM("", "2", "200", NAMED("Watchdog")) ITEM(
            "", "3", "14", "") ITEM("", "4", "1", NAMED("Lamp")) ITEM("", "5", "201", NAMED("Bus"))
                              ITEM("", "6", "201", NAMED("Bus")))),
        "virtual devices without a counterpart here: 2 floppy drives, 1 Watchdog, 1 other device, "
        "2 of Bus\n");
}

TEST(devices_of_another_option_are_not_noted)
{
    static const char content[] = OPTIONS(OPTION("a", "", "") OPTION("b", "", ""))
        SYSTEM("vm", HARDWARE(ITEM("ovf:configuration='b'", "1", "14", "")
                                  ITEM("ovf:configuration='b'", "2", "15", HOST("x.iso"))
                                      ITEM("ovf:configuration='b'", "3", "10",
                                           "<rasd:Address>00:11:22:33:44:55</rasd:Address>")));

    CHECK_TEXT(notes_of(content, "option = a\n", true), "");
    notes_of(content, "option = b\n", true);
    CHECK(b.plan.note_count == 2);
}

#define MAC(id, address) ITEM("", id, "10", "<rasd:Address>" address "</rasd:Address>")

TEST(a_mac_address_in_the_descriptor_is_noted)
{
    CHECK_TEXT(notes_on(HARDWARE(MAC("1", "7") MAC("2", "00:11:22:33:44:55"))),
               "1 network port has a MAC address in the descriptor; the machine's ports keep their "
               "own\n");
    CHECK_TEXT(notes_on(HARDWARE(MAC("1", "00:11:22:33:44:56") MAC("2", "00:11:22:33:44:55"))),
               "2 network ports have a MAC address in the descriptor; the machine's ports keep "
               "their own\n");
}

#define FIRMWARE(which)                                                                            \
    HARDWARE("<vmw:Config ovf:required='false' vmw:key='firmware' vmw:value='" which "'/>")

TEST(bios_in_the_descriptor_is_noted_where_the_disk_has_a_loader_for_uefi)
{
    CHECK_TEXT(notes_on(FIRMWARE("bios")), "the descriptor speaks of BIOS firmware, but the disk "
                                           "has a loader for UEFI: the disk counts\n");
    CHECK_TEXT(notes_on(FIRMWARE("efi")), "");
    CHECK_TEXT(notes_of(SYSTEM("vm", FIRMWARE("bios")), "", false), "");
}

TEST(an_installation_by_the_first_start_is_noted)
{
    CHECK_TEXT(
        notes_on("<InstallSection><Info/></InstallSection>"),
        "the first start finishes the installation; the machine then switches itself off and "
        "wants to be started again\n");
    CHECK_TEXT(notes_on("<InstallSection ovf:initialBootStopDelay='90'><Info/></InstallSection>"),
               "the first start finishes the installation; the descriptor would have it stopped "
               "after 90 s, which nobody does here\n");
}

#define SCALE(attributes)                                                                          \
    "<ScaleOutSection ovf:id='s'><Info/><InstanceCount ovf:default='2' " attributes                \
    "/></ScaleOutSection>"

TEST(more_instances_than_one_are_noted)
{
    CHECK_TEXT(notes_on(SCALE("ovf:minimum='2'")),
               "vm wants at least 2 instances; this machine is one\n");
    CHECK_TEXT(notes_on(SCALE("ovf:minimum='1'")), "");
    CHECK_TEXT(notes(COLLECTION("all", SCALE("ovf:minimum='3'") SYSTEM("vm", ""))),
               "all wants at least 3 instances; this machine is one\n");
}

#define BOOT(instance, type)                                                                       \
    "<vmw:BootOrderSection vmw:instanceId='" instance "' vmw:type='" type "'><Info/>"              \
    "</vmw:BootOrderSection>"
#define DRIVES HARDWARE(ITEM("", "1", "15", "") ITEM("", "2", "17", "") ITEM("", "3", "10", ""))

TEST(a_start_from_something_else_than_a_disk_is_noted)
{
    CHECK_TEXT(notes_on(DRIVES BOOT("1", "cdrom") BOOT("2", "disk")),
               "the appliance would start from CD drive first; here its disk is started\n");
    CHECK_TEXT(notes_on(DRIVES BOOT("3", "net")),
               "the appliance would start from network port first; here its disk is started\n");
    CHECK_TEXT(notes_on(DRIVES BOOT("9", "net")),
               "the appliance would start from net first; here its disk is started\n");
    CHECK_TEXT(notes_on(DRIVES BOOT("9", "")),
               "the appliance would start from 9 first; here its disk is started\n");
    CHECK_TEXT(notes_on(DRIVES BOOT("2", "disk") BOOT("1", "cdrom")), "");
    CHECK_TEXT(notes_on(DRIVES BOOT("9", "disk")), "");
    CHECK_TEXT(notes_on(DRIVES BOOT("9", "CIM:Hard-Disk:1")), "");
    CHECK_TEXT(notes_on(BOOT("3", "net")), "");
}
