/* What a descriptor may not say, since two readers could then do two things. */
#include <stdio.h>
#include <string.h>

#include "parsers/ovf.h"
#include "tests/test.h"

#define OVF "http://schemas.dmtf.org/ovf/envelope/1"

static uint8_t memory[2][8 << 20];
static struct error error;
static struct ovf ovf;

static enum err parse(const char *sections)
{
    static char text[65536];
    struct arena a, scratch;

    snprintf(text, sizeof(text),
             "<Envelope xmlns='" OVF "' xmlns:ovf='" OVF "'>\n"
             "<References><File ovf:id='f' ovf:href='a.vmdk'/></References>\n"
             "%s<VirtualSystem ovf:id='vm'/></Envelope>",
             sections);
    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    return ovf_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &a, scratch, &ovf,
                     &error);
}

#define DISK(attributes) "<Disk ovf:capacity='9' ovf:fileRef='f' " attributes "/>\n"

TEST(a_difference_lies_over_a_disk_that_stands_before_it)
{
    CHECK(parse("<DiskSection>" DISK("ovf:diskId='a'") DISK("ovf:diskId='b' ovf:parentRef='a'")
                    DISK("ovf:diskId='c' ovf:parentRef='b'") "</DiskSection>") == OK);
    CHECK(parse("<DiskSection>" DISK("ovf:diskId='a' ovf:parentRef='b'")
                    DISK("ovf:diskId='b'") "</DiskSection>") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: disk a: its parent b does not stand before it");
    CHECK(parse("<DiskSection>" DISK("ovf:diskId='a' ovf:parentRef='a'") "</DiskSection>") ==
          ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: disk a: its parent a does not stand before it");
}

TEST(an_empty_disk_has_a_capacity)
{
    CHECK(parse("<DiskSection><Disk ovf:diskId='d'/></DiskSection>") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 3: disk d: neither a file nor a capacity");
    CHECK(parse("<DiskSection><Disk ovf:diskId='d' ovf:capacity='0'/></DiskSection>") ==
          ERR_DAMAGED);
    CHECK(parse("<DiskSection><Disk ovf:diskId='d' ovf:capacity='${size}'/></DiskSection>") == OK);
    /* XenClient's descriptors say 0 of disks with a file (uivm.ovf), oVirt's say nothing. */
    CHECK(parse("<DiskSection><Disk ovf:diskId='d' ovf:fileRef='f' ovf:capacity='0'/>"
                "</DiskSection>") == OK);
}

#define OPTION(attributes) "<Configuration " attributes "/>\n"

TEST(options_have_ids_of_their_own_and_one_default_at_most)
{
    CHECK(parse("<DeploymentOptionSection>" OPTION("ovf:id='a'")
                    OPTION("ovf:id='b' ovf:default='true'") "</DeploymentOptionSection>") == OK);
    CHECK(parse("<DeploymentOptionSection>" OPTION("ovf:id='a'")
                    OPTION("ovf:id='a'") "</DeploymentOptionSection>") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 4: Configuration a: the id of that on line 3");
    CHECK(parse("<DeploymentOptionSection>" OPTION("ovf:id='a' ovf:default='true'") OPTION(
              "ovf:id='b' ovf:default='1'") "</DeploymentOptionSection>") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 4: Configuration b: the default is that on line 3 already");
}

TEST(the_number_of_options_is_bounded)
{
    static char many[40000] = "<DeploymentOptionSection>";
    size_t len = strlen(many);

    for (size_t i = 0; i <= OVF_OPTIONS_MAX; i++)
        len += (size_t)snprintf(many + len, sizeof(many) - len, "<Configuration id='%zu'/>", i);
    snprintf(many + len, sizeof(many) - len, "</DeploymentOptionSection>");
    CHECK(parse(many) == ERR_TOO_BIG);
    CHECK_HOLDS(error.text, "1025 options, and 1024 are the most");
}
