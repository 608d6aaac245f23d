#include "loader/media.h"

#include "tests/build/loader_rig.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

static struct plan_build b;

#define NAMED(name)  "<rasd:ElementName>" name "</rasd:ElementName>"
#define HOST(medium) "<rasd:HostResource>" medium "</rasd:HostResource>"
#define DISKS                                                                                      \
    "<DiskSection><Info/><Disk ovf:diskId='cd' ovf:fileRef='strings' ovf:capacity='1'/>"           \
    "<Disk ovf:diskId='blank' ovf:capacity='1'/></DiskSection>"

static enum err check(const char *content, const char *settings)
{
    plan_build_begin(&b, content);
    TRY(plan_build_choose(&b, settings));
    return media_check(&b.plan, &b.config, &b.arena, &b.error);
}

TEST(an_image_in_a_drive_is_refused_by_name)
{
    static const struct {
        const char *content, *why;
    } cases[] = {
        {SYSTEM("vm", HARDWARE(ITEM("", "1", "15", NAMED("CD-ROM 1") HOST("ovf:/file/text")))),
         "the image text.txt is in its CD-ROM 1,"},
        {SYSTEM("vm", HARDWARE(ITEM("", "1", "16", HOST("/file/text")))),
         "the image text.txt is in its DVD drive,"},
        {DISKS SYSTEM("vm", HARDWARE(ITEM("", "1", "15", HOST("/disk/cd")))),
         "the image strings.xml is in its CD drive,"},
        {SYSTEM("vm", HARDWARE(ITEM("", "1", "15", HOST("text.txt")))), "the image text.txt is in"},
        {SYSTEM("vm", HARDWARE(ITEM("", "1", "14", HOST("ovf:/file/text")))),
         "the image text.txt is in its floppy drive,"},
        {SYSTEM("vm", HARDWARE(ITEM("ovf:required='false'", "1", "15", HOST("ovf:/file/text")))),
         "the image text.txt is in"},
        /* One that the package lacks is none the less wanted. */
        {SYSTEM("vm", HARDWARE(ITEM("", "1", "15", HOST("ovf:/file/none")))),
         "the image ovf:/file/none is in"},
        {SYSTEM("vm",
                HARDWARE(ITEM("", "1", "15", "") ITEM("", "2", "15", HOST("ovf:/file/text")))),
         "the image text.txt is in"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(check(cases[i].content, "") == ERR_UNSUPPORTED);
        CHECK_HOLDS(b.error.text, cases[i].why);
        CHECK_HOLDS(b.error.text, "cd-images = omit goes without");
        CHECK(check(cases[i].content, "cd-images = refuse\n") == ERR_UNSUPPORTED);
        CHECK(check(cases[i].content, "cd-images = omit\n") == OK && b.plan.note_count == 1);
    }
}

TEST(drives_without_an_image_are_none_of_this)
{
    static const char *const contents[] = {
        SYSTEM("vm", HARDWARE(ITEM("", "1", "15", "") ITEM("", "2", "14", ""))),
        SYSTEM("vm", HARDWARE(ITEM("", "1", "15", HOST("/dev/cdrom")))),
        SYSTEM("vm", HARDWARE(ITEM("", "1", "15", HOST("CD-ROM 1")))),
        DISKS SYSTEM("vm", HARDWARE(ITEM("", "1", "15", HOST("ovf:/disk/blank")))),
        SYSTEM("vm", HARDWARE(ITEM("", "1", "17", HOST("ovf:/file/text")))),
        SYSTEM("vm", ""),
    };

    for (size_t i = 0; i < COUNT_OF(contents); i++)
        CHECK(check(contents[i], "") == OK && b.plan.note_count == 0);
}

TEST(what_is_left_out_is_noted)
{
    CHECK(check(SYSTEM("vm", HARDWARE(ITEM("", "1", "15", NAMED("CD-ROM 1") HOST("ovf:/file/text"))
                                          ITEM("", "2", "16", HOST("ovf:/file/strings")))),
                "cd-images = omit\n") == OK);
    NEED(b.plan.note_count == 2);
    CHECK_TEXT(b.plan.notes[0], "the guest goes without the image text.txt, which is in CD-ROM 1");
    CHECK_TEXT(b.plan.notes[1],
               "the guest goes without the image strings.xml, which is in DVD drive");
}

TEST(an_image_under_another_option_is_none_of_this)
{
    static const char content[] = OPTIONS(OPTION("a", "", "") OPTION("b", "", ""))
        SYSTEM("vm", HARDWARE(ITEM("ovf:configuration='b'", "1", "15", HOST("ovf:/file/text"))));

    CHECK(check(content, "option = a\n") == OK);
    CHECK(check(content, "option = b\n") == ERR_UNSUPPORTED);
}

TEST(nothing_is_written_before_somebody_says_to_go_without)
{
    stand.built.items = "<Item><rasd:ElementName>CD</rasd:ElementName>"
                        "<rasd:HostResource>ovf:/file/file1</rasd:HostResource>"
                        "<rasd:InstanceID>90</rasd:InstanceID>"
                        "<rasd:ResourceType>15</rasd:ResourceType></Item>";
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    CHECK(stand_run("target = nvme\nunattended = yes\n") == ERR_UNSUPPORTED && stand_untouched());
    CHECK_HOLDS(stand.error.text, "the image boot.vmdk is in its CD,");
    CHECK(stand_run("target = nvme\nunattended = yes\ncd-images = omit\n") == OK);
    CHECK(stand_is_guest(NVME));
    CHECK_HOLDS(fake_port.said, "\nNote       the guest goes without the image boot.vmdk,");
    stand_end();
    stand.built.items = NULL;
}
