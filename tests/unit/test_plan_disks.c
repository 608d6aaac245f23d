#include <string.h>

#include "base/text.h"
#include "tests/build/package_build.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

#define GUEST (4u << 20)

static struct plan_build b;
static uint8_t guest[GUEST];

#define DISKS(disks)   "<DiskSection><Info/>" disks "</DiskSection>"
#define DISK(id, more) "<Disk ovf:diskId='" id "' " more "/>"
#define DRIVE(id, disk)                                                                            \
    ITEM("", id, "17", "<rasd:HostResource>ovf:/disk/" disk "</rasd:HostResource>")

static enum err look(void)
{
    return plan_disks(&b.plan, GUEST_X86_64, &b.arena, b.work, &b.error);
}

/* The size of a blank disk whose capacity is that, in GiB, with these properties; or why not. */
static enum err size(const char *capacity, const char *products, const char *settings)
{
    static char content[2048];

    text_format(content, sizeof(content),
                DISKS("<Disk ovf:diskId='d' ovf:capacity='%s'"
                      " ovf:capacityAllocationUnits='byte * 2^30'/>")
                    SYSTEM("vm", "%s" HARDWARE(DRIVE("1", "d"))),
                capacity, products);
    plan_build_begin(&b, content);
    TRY(plan_build_choose(&b, settings));
    TRY(look());
    return plan_size_blanks(&b.plan, &b.error);
}

#define SIZE PRODUCT("ovf:class='c'", PROPERTY("size", OPEN))

TEST(the_property_that_says_a_blank_disk_s_size_is_named_in_full_or_by_its_key)
{
    CHECK(size("${size}", SIZE, "property.size = 20\n") == OK);
    CHECK(b.plan.disks[0].capacity == 20ull << 30);
    CHECK(size("${c.size}", SIZE PRODUCT("", PROPERTY("size", OPEN)),
               "property.c.size = 3\nproperty.size = 4\n") == OK);
    CHECK(b.plan.disks[0].capacity == 3ull << 30);
    CHECK(size("7", SIZE, "") == OK && b.plan.disks[0].capacity == 7ull << 30);
}

TEST(a_size_by_a_property_that_is_not_there_just_once_is_damage)
{
    CHECK(size("${gone}", SIZE, "") == ERR_DAMAGED);
    CHECK_TEXT(b.error.text, "box.ovf: disk d: its capacity is the property gone, which the "
                             "appliance does not have just once");
    CHECK(size("${size}", SIZE PRODUCT("ovf:class='d'", PROPERTY("size", OPEN)), "") ==
          ERR_DAMAGED);
}

TEST(a_size_is_a_number_of_units_that_makes_less_than_2_63_bytes)
{
    static const char *const wrong[] = {
        "x", "0", "", "-1", "1.5", "8589934592", "17179869185", "99999999999999999999"};
    char setting[60];

    CHECK(size("${size}", SIZE, "property.size = 8589934591\n") == OK);
    CHECK(b.plan.disks[0].capacity == 8589934591ull << 30);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        text_format(setting, sizeof(setting), "property.size = %s\n", wrong[i]);
        CHECK(size("${size}", SIZE, setting) == ERR_SETTING);
        CHECK_HOLDS(b.error.text, "box.ovf: disk d: its capacity is the property c.size, and ");
    }
    CHECK(size("${size}", SIZE, "") == ERR_SETTING);
    CHECK_HOLDS(b.error.text, "and (empty) is no number from 1 that makes less than 2^63 bytes in "
                              "units of 1073741824");
}

TEST(a_package_that_lacks_files_is_looked_at_as_far_as_it_goes)
{
    plan_build_begin(&b, DISKS(DISK("gone", "ovf:fileRef='text' ovf:capacity='1000'")
                                   DISK("blank", "ovf:capacity='2000'"))
                             SYSTEM("vm", HARDWARE(DRIVE("1", "gone") DRIVE("2", "blank"))));
    NEED(plan_build_choose(&b, "") == OK);
    CHECK(look() == ERR_NOT_FOUND);
    CHECK_HOLDS(b.error.text, "text.txt");
    NEED(plan_disks_that_are_there(&b.plan, GUEST_X86_64, &b.arena, b.work, &b.error) == OK);
    NEED(b.plan.count == 2);
    CHECK(b.plan.disks[0].fault.code == ERR_NOT_FOUND && b.plan.disks[0].is_boot);
    CHECK(b.plan.disks[0].capacity == 1000);
    CHECK_TEXT(b.plan.disks[0].name, "text.txt");
    CHECK_TEXT(b.plan.disks[0].id, "gone");
    CHECK(b.plan.disks[1].fault.code == OK && b.plan.disks[1].capacity == 2000);
    CHECK(b.plan.note_count == 0);
}

TEST(a_system_without_a_disk_is_refused)
{
    plan_build_begin(&b, SYSTEM("vm", HARDWARE("")));
    NEED(plan_build_choose(&b, "") == OK);
    CHECK(look() == ERR_UNSUPPORTED);
    CHECK_TEXT(b.error.text, "box.ovf: the virtual system vm has no disk");
}

#define BOOT(instance)                                                                             \
    "<vmw:BootOrderSection vmw:instanceId='" instance "' vmw:type='disk'><Info/>"                  \
    "</vmw:BootOrderSection>"
#define TWO_FILES                                                                                  \
    DISKS(DISK("a", "ovf:fileRef='text' ovf:capacity='1'")                                         \
              DISK("b", "ovf:fileRef='strings' ovf:capacity='1'"))
#define TWO_DRIVES HARDWARE(DRIVE("1", "a") DRIVE("2", "b"))

/* Plan two files, each a guest disk with that loader; in order of the plan. */
static const char *order(const char *content, const char *first, const char *second)
{
    static char text[100];
    struct vmdk_build images[2];

    plan_build_begin(&b, content);
    for (size_t i = 0; i < 2; i++) {
        build_guest(guest, GUEST, 512, i ? second : first);
        build_image(&images[i], guest, GUEST);
        plan_build_file(&b, i ? "strings.xml" : "text.txt", "");
        b.files[i + 1].bytes = (struct bytes){images[i].at, images[i].len};
    }
    if (plan_build_choose(&b, "") != OK || look() != OK)
        text_format(text, sizeof(text), "%s", b.error.text);
    else
        text_format(text, sizeof(text), "%s %s", b.plan.disks[0].id, b.plan.disks[1].id);
    vmdk_build_release(&images[0]);
    vmdk_build_release(&images[1]);
    return text;
}

#define LOADER "EFI/BOOT/BOOTX64.EFI"

TEST(the_disk_that_the_package_starts_from_comes_first_loader_or_not)
{
    CHECK_TEXT(order(TWO_FILES SYSTEM("vm", TWO_DRIVES BOOT("2")), LOADER, LOADER), "b a");
    CHECK(b.plan.disks[0].is_boot && !b.plan.disks[1].is_boot && b.plan.note_count == 0);
    CHECK_TEXT(order(TWO_FILES SYSTEM("vm", TWO_DRIVES BOOT("2")), LOADER, NULL), "b a");
    CHECK(plan_check_loader(&b.plan, &b.error) == ERR_NO_LOADER);
    CHECK_TEXT(order(TWO_FILES SYSTEM("vm", TWO_DRIVES BOOT("1")), NULL, LOADER), "a b");
}

TEST(where_the_package_does_not_say_the_first_disk_with_a_loader_is_started)
{
    CHECK_TEXT(order(TWO_FILES SYSTEM("vm", TWO_DRIVES), LOADER, LOADER), "a b");
    CHECK(b.plan.note_count == 0);
    CHECK_TEXT(order(TWO_FILES SYSTEM("vm", TWO_DRIVES), NULL, LOADER), "b a");
    CHECK(b.plan.note_count == 1);
    CHECK_TEXT(order(TWO_FILES SYSTEM("vm", TWO_DRIVES), NULL, NULL), "a b");
    CHECK(b.plan.disks[0].is_boot && b.plan.note_count == 0);
}
