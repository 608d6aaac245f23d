#include <string.h>

#include "loader/descriptor_write.h"
#include "parsers/ovf_drives.h"
#include "tests/test.h"

static uint8_t memory[16 << 20];
static uint8_t more[16 << 20];
static struct error error;

static struct arena over(uint8_t *at)
{
    struct arena a;

    arena_init(&a, at, sizeof(memory), "tests");
    return a;
}

TEST(a_descriptor_that_was_written_is_read_as_it_was_meant)
{
    static const struct descriptor_disk disks[] = {
        {"a b&\"<.vmdk", 77, 1 << 20, DESCRIPTOR_STREAM_OPTIMIZED, false},
        {"z.gz", 1, OVF_UNKNOWN, NULL, true}};
    const struct descriptor d = {"x <&> \"y'", 2, 1024, 13, disks, 2};
    struct arena a = over(memory), work = over(more);
    struct ovf_drives drives;
    struct bytes text;
    struct ovf ovf;

    NEED(descriptor_write(&d, &a, work, &text, &error) == OK);
    NEED(ovf_parse(text, &a, work, &ovf, &error) == OK);
    NEED(ovf.file_count == 2 && ovf.disk_count == 2 && ovf.system_count == 1);
    CHECK_TEXT(ovf.files[0].href, "a%20b%26%22%3C.vmdk");
    CHECK(ovf.files[0].size == 77 && ovf.files[0].compression == OVF_IDENTITY);
    CHECK(ovf.files[1].compression == OVF_GZIP);
    CHECK(ovf.disks[0].capacity == 1 << 20 && ovf.disks[1].capacity == OVF_UNKNOWN);
    CHECK_TEXT(ovf.disks[0].format, DESCRIPTOR_STREAM_OPTIMIZED);
    CHECK_TEXT(ovf.systems[0].id, d.name);
    CHECK_TEXT(ovf.systems[0].name.text, d.name);
    CHECK(ovf.systems[0].firmware == OVF_FIRMWARE_EFI);
    CHECK(ovf.skipped_count == 0);
    NEED(ovf_list_drives(&ovf, 0, NULL, &a, &drives, &error) == OK);
    CHECK(drives.count == 2 && drives.at[0].disk == 0 && drives.at[1].disk == 1);
}

TEST(a_descriptor_wants_memory_and_says_when_there_is_none)
{
    static const struct descriptor_disk disk = {"d", 1, 1, NULL, false};
    const struct descriptor d = {.name = "d", .disks = &disk, .count = 1};
    struct arena a = over(memory), work = over(more);
    struct bytes text;

    work.end = work.next + 1000;
    CHECK(descriptor_write(&d, &a, work, &text, &error) == ERR_TOO_BIG);
    a.end = a.next + 10;
    CHECK(descriptor_write(&d, &a, over(more), &text, &error) == ERR_NO_MEMORY);
}

TEST(every_byte_of_a_name_but_the_plain_ones_is_in_percent)
{
    struct arena a = over(memory);
    const char *href;

    NEED(descriptor_href("aZ09-._~/:%\x80\xff", &a, &href, &error) == OK);
    CHECK_TEXT(href, "aZ09-._~%2F%3A%25%80%FF");
    NEED(descriptor_href("", &a, &href, &error) == OK);
    CHECK_TEXT(href, "");
}
