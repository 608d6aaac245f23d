#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "loader/boot_entry.h"
#include "tests/build/disk_build.h"
#include "tests/fake_port.h"
#include "tests/test.h"

#define SECTORS 2048 /* of each disk */
#define FILE    "\\EFI\\BOOT\\BOOTX64.EFI"

/* An entry as another program would write it. */
struct entry {
    const char *text;
    const char *file;
    uint8_t guid; /* sixteen times */
    uint32_t number;
    uint64_t start, count;
    uint32_t attributes;
    uint32_t mbr; /* signature of a disk with an MBR; 0: a GPT */
    bool is_long;
    const char *data;
};

static struct fake_target targets[2];
static struct fake_source reads[2];
static struct found_disk disks[2];
static struct guest_loader loader;
static struct boot_wish wish;
static uint8_t memory[1 << 18];

static uint8_t *put_wide(uint8_t *at, const char *text)
{
    uint16_t wide[512];
    size_t units = 0;

    CHECK(utf8_to_utf16(text, strlen(text), wide, COUNT_OF(wide), &units));
    memcpy(at, wide, 2 * units + 2);
    return at + 2 * units + 2;
}

static struct bytes build(const struct entry *e)
{
    static const uint8_t pci[] = {1, 1, 6, 0, 0, 2};
    static uint8_t out[4096];
    uint8_t *path = put_wide(out + 6, e->text), *at = path;

    put_le32(out, e->attributes);
    if (e->is_long) {
        memcpy(at, pci, sizeof(pci));
        at += sizeof(pci);
    }
    memcpy(at, "\x04\x01\x2a\x00", 4);
    put_le32(at + 4, e->number);
    put_le64(at + 8, e->start);
    put_le64(at + 16, e->count);
    memset(at + 24, e->mbr ? 0 : e->guid, 16);
    if (e->mbr)
        put_le32(at + 24, e->mbr);
    memset(at + 40, e->mbr ? 1 : 2, 2);
    at += 42;
    uint8_t *end = put_wide(at + 4, e->file);
    memcpy(at, "\x04\x04", 2);
    put_le16(at + 2, (uint16_t)(end - at));
    memcpy(end, "\x7f\xff\x04\x00", 4);
    put_le16(out + 4, (uint16_t)(end + 4 - path));
    at = end + 4;
    if (e->data)
        at = put_wide(at, e->data);
    return (struct bytes){out, (size_t)(at - out)};
}

static void put(uint16_t number, const struct entry *e)
{
    char name[9];

    text_format(name, sizeof(name), "Boot%04X", number);
    fake_variable_put(name, build(e));
}

static bool is(uint16_t number, const struct entry *e)
{
    struct bytes wanted = build(e);
    char name[9];

    text_format(name, sizeof(name), "Boot%04X", number);
    struct bytes value = fake_variable(name);
    return value.len == wanted.len && memcmp(value.at, wanted.at, value.len) == 0;
}

static void put_order(const uint16_t *order, size_t count)
{
    fake_variable_put("BootOrder", (struct bytes){(const uint8_t *)order, 2 * count});
}

static bool order_is(const uint16_t *order, size_t count)
{
    struct bytes value = fake_variable("BootOrder");

    return value.len == 2 * count && (!count || memcmp(value.at, order, value.len) == 0);
}

#define PUT_ORDER(...)                                                                             \
    put_order((const uint16_t[]){__VA_ARGS__}, COUNT_OF(((const uint16_t[]){__VA_ARGS__})))
#define ORDER_IS(...)                                                                              \
    order_is((const uint16_t[]){__VA_ARGS__}, COUNT_OF(((const uint16_t[]){__VA_ARGS__})))

/* What is wanted: the first partition of the first disk. */
static const struct entry ours = {.text = "Test Box (ovfboot)",
                                  .file = FILE,
                                  .guid = 0x10,
                                  .number = 1,
                                  .start = 40,
                                  .count = 200,
                                  .attributes = 1};
static const struct entry windows = {.text = "Windows Boot Manager",
                                     .file = "\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
                                     .guid = 0x77,
                                     .number = 2,
                                     .start = 99,
                                     .count = 5,
                                     .attributes = 1,
                                     .data = "WINDOWS"};

/* Two disks; GUIDs of partitions are 0x10 and 0x11 on the first, 0x10 + more on the second. */
static void begin(void)
{
    struct build_partition parts[] = {{{0}, 40, 239, "ESP"}, {{0}, 240, 400, "root"}};

    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    fake_port_reset();
    for (size_t i = 0; i < 2; i++) {
        fake_target_init(&targets[i], SECTORS, 512);
        disks[i] = fake_disk(&targets[i], &reads[i], "nvme", "");
        memset(targets[i].disk, 0, (size_t)SECTORS * 512);
    }
    build_gpt(targets[0].disk, SECTORS, 512, parts, 2);
    build_mbr(targets[1].disk, parts, 2);
    put_le32(targets[1].disk + 440, 0x55667788);
    loader = (struct guest_loader){
        .partition = {.number = 1, .offset = 40 * 512, .size = 200 * 512, .is_esp = true},
        .table = TABLE_GPT,
        .path = FILE};
    memset(loader.partition.guid, 0x10, 16);
    wish = (struct boot_wish){.title = "Test Box",
                              .loader = &loader,
                              .sector_size = 512,
                              .disks = disks,
                              .disk_count = 2};
}

static void end(void)
{
    for (size_t i = 0; i < 2; i++)
        fake_target_release(&targets[i]);
}

static void make(void)
{
    struct arena work;

    fake_port.said_len = 0;
    memset(fake_port.said, 0, sizeof(fake_port.said));
    fake_variables.writes = 0;
    arena_init(&work, memory, sizeof(memory), "tests");
    boot_entry_make(&wish, work);
}

TEST(the_first_entry_of_a_machine_is_made)
{
    begin();
    make();
    CHECK(is(0, &ours) && ORDER_IS(0));
    CHECK_TEXT(fake_port.said, "Boot entry Boot0000 \"Test Box (ovfboot)\", first in the boot "
                               "order\n");
    end();
}

TEST(an_entry_is_made_behind_or_in_front_of_those_of_others)
{
    for (int first = 0; first < 2; first++) {
        begin();
        put(0, &windows);
        put(2, &windows);
        PUT_ORDER(2, 0);
        wish.first = first;
        make();
        CHECK(is(1, &ours) && is(0, &windows) && is(2, &windows));
        CHECK(first ? ORDER_IS(1, 2, 0) : ORDER_IS(2, 0, 1));
        CHECK_HOLDS(fake_port.said, first
                                        ? "Boot0001 \"Test Box (ovfboot)\", first in the boot order"
                                        : "Boot0001 \"Test Box (ovfboot)\", place 3 of 3 in the");
        end();
    }
}

TEST(the_entry_is_written_before_the_boot_order)
{
    begin();
    put(0, &windows);
    PUT_ORDER(0);
    make();
    CHECK(fake_variables.writes == 2);
    CHECK_TEXT(fake_variables.written[0], "Boot0001");
    CHECK_TEXT(fake_variables.written[1], "BootOrder");
    end();
}

TEST(nothing_is_written_when_all_is_right)
{
    for (int first = 0; first < 2; first++) {
        begin();
        put(0, &windows);
        PUT_ORDER(0);
        wish.first = first;
        make();
        make();
        CHECK(fake_variables.writes == 0 && is(1, &ours));
        CHECK(first ? ORDER_IS(1, 0) : ORDER_IS(0, 1));
        CHECK_HOLDS(fake_port.said, "in the boot order, as before\n");
        end();
    }
}

TEST(an_entry_of_ours_comes_to_the_front_when_that_is_wished)
{
    begin();
    put(3, &ours);
    PUT_ORDER(5, 3, 6, 3);
    wish.first = true;
    make();
    CHECK(ORDER_IS(3, 5, 6) && is(3, &ours) && fake_variables.writes == 1);
    wish.first = false;
    make();
    CHECK(ORDER_IS(3, 5, 6) && fake_variables.writes == 0);
    end();
}

TEST(an_entry_that_is_not_listed_is_found_and_listed)
{
    begin();
    put(7, &ours);
    put(0, &windows);
    PUT_ORDER(0);
    make();
    CHECK(ORDER_IS(0, 7) && fake_variables.writes == 1);
    CHECK(!fake_variable("Boot0001").len);
    end();
}

/* What differs, and is put right under the same number. */
TEST(an_entry_of_ours_is_put_right)
{
    struct entry wrong[8];

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        wrong[i] = ours;
    wrong[0].start = 41;
    wrong[1].count = 999;
    wrong[2].number = 2;
    wrong[3].text = "Old Title (ovfboot)";
    wrong[4].attributes = 0;
    wrong[5].is_long = true;
    wrong[6].file = "\\efi\\boot\\bootx64.efi";
    wrong[7].attributes = 9;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        begin();
        put(4, &wrong[i]);
        PUT_ORDER(4);
        make();
        CHECK(is(4, &ours) && ORDER_IS(4) && fake_variables.writes == 1);
        CHECK(fake_variables.count == 2);
        end();
    }
}

TEST(an_entry_for_another_file_or_partition_is_another)
{
    struct entry other[3] = {ours, ours, ours};

    other[0].file = "\\EFI\\BOOT\\GRUBX64.EFI";
    other[1].guid = 0x11; /* the same disk's second */
    other[2].mbr = 0x55667788;
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        begin();
        put(0, &other[i]);
        PUT_ORDER(0);
        make();
        CHECK(is(0, &other[i]) && is(1, &ours) && ORDER_IS(0, 1));
        end();
    }
}

TEST(of_two_entries_of_ours_the_first_in_the_boot_order_counts)
{
    struct entry old = ours;

    old.text = "Old Title (ovfboot)";
    begin();
    put(2, &old);
    put(5, &ours);
    PUT_ORDER(5, 2);
    make();
    CHECK(is(2, &old) && is(5, &ours) && ORDER_IS(5, 2) && fake_variables.writes == 0);
    end();
}

TEST(an_entry_of_others_that_starts_the_guest_will_do)
{
    struct entry debian = ours;

    debian.text = "debian";
    debian.file = "\\efi\\boot\\BOOTX64.efi";
    begin();
    put(1, &debian);
    PUT_ORDER(0, 1);
    make();
    CHECK(is(1, &debian) && fake_variables.writes == 0 && ORDER_IS(0, 1));
    CHECK_TEXT(fake_port.said, "Boot entry Boot0001 \"debian\", place 2 of 2 in the boot order, as "
                               "before\n");
    put(2, &ours); /* ours is preferred where there are both */
    wish.first = true;
    make();
    CHECK(ORDER_IS(2, 0, 1) && is(1, &debian));
    end();
}

TEST(an_entry_of_others_that_is_not_quite_right_is_left_alone)
{
    struct entry theirs[6];

    for (size_t i = 0; i < COUNT_OF(theirs); i++) {
        theirs[i] = ours;
        theirs[i].text = "debian";
    }
    theirs[0].start = 41;
    theirs[1].number = 2;
    theirs[2].attributes = 0;
    theirs[3].data = "single";
    theirs[4].is_long = true;
    theirs[5].count = 1;
    for (size_t i = 0; i < COUNT_OF(theirs); i++) {
        begin();
        put(1, &theirs[i]);
        PUT_ORDER(1);
        make();
        CHECK(is(1, &theirs[i]) && is(0, &ours) && ORDER_IS(1, 0));
        end();
    }
    begin(); /* with arguments it is not ours, whatever it is called */
    theirs[3].text = ours.text;
    put(1, &theirs[3]);
    make();
    CHECK(is(1, &theirs[3]) && is(0, &ours));
    end();
}

TEST(an_entry_of_ours_that_leads_nowhere_is_used_again)
{
    struct entry old = ours;

    old.text = "Replaced (ovfboot)";
    old.guid = 0x99;
    begin();
    put(3, &old);
    PUT_ORDER(3, 5);
    make();
    CHECK(is(3, &ours) && ORDER_IS(3, 5) && fake_variables.writes == 1);
    end();
    begin(); /* on a disk with an MBR, too */
    old.mbr = 0x11223344;
    put(3, &old);
    make();
    CHECK(is(3, &ours));
    end();
    begin(); /* but an entry of the guest itself comes first */
    struct entry debian = ours;
    debian.text = "debian";
    put(3, &old);
    put(4, &debian);
    make();
    CHECK(is(3, &old) && is(4, &debian) && ORDER_IS(4));
    end();
}

static void check_kept(const struct entry *old)
{
    put(3, old);
    PUT_ORDER(3);
    make();
    CHECK(is(3, old) && is(0, &ours) && ORDER_IS(3, 0));
    end();
}

TEST(an_entry_that_may_lead_somewhere_is_kept)
{
    struct entry old = ours;

    old.guid = 0x11; /* a partition that is there */
    old.text = "Other (ovfboot)";
    begin();
    check_kept(&old);
    begin();
    old.mbr = 0x55667788; /* a disk that is there */
    check_kept(&old);
    begin();
    old.mbr = 0x55667789;
    old.text = "Other (ovfboot) "; /* not our mark */
    check_kept(&old);
    old = ours;
    old.guid = 0x99;
    old.text = "(ovfboot)";
    begin();
    check_kept(&old);
    old.text = "Other (ovfboot)";
    begin(); /* a disk that cannot be read might have it */
    reads[1].fail_at = 1;
    check_kept(&old);
    begin(); /* and one whose table is damaged */
    memset(targets[0].disk + 512, 0, 512);
    memset(targets[0].disk + (SECTORS - 1) * 512, 0, 512);
    check_kept(&old);
    begin(); /* a disk without a signature is like any other */
    old.mbr = 1;
    struct bytes bytes = build(&old);
    uint8_t *at = memcpy(malloc(bytes.len), bytes.at, bytes.len);
    put_le32(at + bytes.len - 42 - 4 - 2 * sizeof(FILE) - 4 + 24, 0);
    fake_variable_put("Boot0003", (struct bytes){at, bytes.len});
    make();
    CHECK(memcmp(fake_variable("Boot0003").at, at, bytes.len) == 0 && is(0, &ours));
    free(at);
    end();
}

TEST(only_so_many_partitions_are_looked_for)
{
    struct entry old = ours;

    begin();
    old.text = "Other (ovfboot)";
    old.guid = 0x11;
    for (uint16_t i = 0; i < BOOT_SEARCHES_MAX; i++)
        put(i, &old);
    old.guid = 0x99;
    put(BOOT_SEARCHES_MAX, &old);
    make();
    CHECK(is(BOOT_SEARCHES_MAX, &old) && is(BOOT_SEARCHES_MAX + 1, &ours));
    end();
}

TEST(the_entry_on_an_mbr_is_known_by_signature_and_number)
{
    struct entry wanted = ours, other = ours;

    wanted.mbr = other.mbr = 0x55667788;
    wanted.number = 2;
    begin();
    loader.table = TABLE_MBR;
    loader.signature = 0x55667788;
    loader.partition.number = 2;
    put(0, &other);
    make();
    CHECK(is(0, &other) && is(1, &wanted));
    make();
    CHECK(fake_variables.writes == 0);
    end();
    begin(); /* a GUID that looks like such a signature is none */
    memset(loader.partition.guid, 0, 16);
    put_le32(loader.partition.guid, 0x55667788);
    put(0, &other);
    make();
    CHECK(is(0, &other) && ORDER_IS(1));
    end();
}

TEST(sectors_are_those_of_the_disk)
{
    struct entry wanted = ours;

    wanted.start = 5;
    wanted.count = 25;
    begin();
    wish.sector_size = 4096;
    make();
    CHECK(is(0, &wanted));
    end();
}

TEST(full_nvram_is_a_warning_that_says_what_to_do)
{
    begin();
    put(0, &windows);
    PUT_ORDER(0);
    fake_variables.fail_at = 1;
    make();
    CHECK(fake_variables.writes == 1 && ORDER_IS(0) && !fake_variable("Boot0001").len);
    CHECK_TEXT(fake_port.said,
               "Warning    the guest has no boot entry of its own: the firmware has no room left "
               "for Boot0001 (Out of Resources)\n"
               "           Remove entries that nobody needs in the firmware's setup; until then "
               "choose the disk in its boot menu\n");
    fake_variables.fail_at = 2;
    make();
    CHECK(is(1, &ours) && ORDER_IS(0));
    CHECK_HOLDS(fake_port.said, "Warning    Boot0001 is not where it should be in the boot order: "
                                "the firmware has no room left for BootOrder");
    fake_variables.fail_at = 0;
    make(); /* what was left half done is ended */
    CHECK(is(1, &ours) && ORDER_IS(0, 1) && fake_variables.writes == 1);
    end();
}

TEST(other_failures_are_warnings_too)
{
    begin();
    fake_variables.fail_at = 1;
    fake_variables.fail_code = ERR_IO;
    make();
    CHECK_HOLDS(fake_port.said, "Warning    the guest has no boot entry of its own: ");
    CHECK_HOLDS(fake_port.said, "           Choose the disk in the firmware's boot menu\n");
    fake_variables.fail_at = 0;
    fake_variables.unreadable = "BootOrder";
    make();
    CHECK(fake_variables.writes == 0);
    CHECK_HOLDS(fake_port.said, "cannot read the firmware's BootOrder");
    end();
}

TEST(an_entry_that_cannot_be_read_is_somebody_elses)
{
    begin();
    fake_variables.unreadable = "Boot0000";
    make();
    CHECK(is(1, &ours) && !fake_variable("Boot0000").len);
    end();
}

TEST(half_an_entry_of_the_boot_order_is_passed_over)
{
    begin();
    put(2, &windows);
    fake_variable_put("BootOrder", (struct bytes){(const uint8_t *)"\x02\0\x09", 3});
    make();
    CHECK(ORDER_IS(2, 0) && is(0, &ours));
    end();
}

TEST(a_number_that_is_listed_without_an_entry_is_not_taken)
{
    begin();
    PUT_ORDER(0, 1, 1, 0xffff);
    make();
    CHECK(is(2, &ours) && ORDER_IS(0, 1, 1, 0xffff, 2));
    end();
}

TEST(entries_that_are_none_are_left_alone)
{
    static const uint8_t bad[] = {1, 0, 0, 0, 0xff, 0xff, 'x', 0, 0, 0, 1};

    begin();
    fake_variable_put("Boot0000", (struct bytes){bad, sizeof(bad)});
    fake_variable_put("Boot0001", (struct bytes){bad, 1});
    PUT_ORDER(0, 1);
    make();
    CHECK(is(2, &ours) && ORDER_IS(0, 1, 2));
    CHECK(fake_variable("Boot0000").len == sizeof(bad) && fake_variable("Boot0001").len == 1);
    end();
}

TEST(a_long_boot_order_is_kept_and_a_longer_one_refused)
{
    static uint16_t order[BOOT_ORDER_MAX + 1];

    for (size_t i = 0; i < COUNT_OF(order); i++)
        order[i] = (uint16_t)(0x1000 + i);
    begin();
    for (uint16_t i = 0; i < 2000; i++)
        put((uint16_t)(0x1000 + i), &windows);
    put_order(order, 2000);
    wish.first = true;
    make();
    struct bytes value = fake_variable("BootOrder");
    CHECK(is(0, &ours) && value.len == 4002 && get_le16(value.at) == 0);
    CHECK(memcmp(value.at + 2, order, 4000) == 0);
    put_order(order, BOOT_ORDER_MAX + 1);
    make();
    CHECK(fake_variables.writes == 0);
    CHECK_HOLDS(fake_port.said, "BootOrder lists 4097 entries; the limit is 4096");
    end();
}

TEST(when_all_numbers_are_taken_that_is_told)
{
    begin();
    for (uint16_t i = 0; i < BOOT_NUMBERS; i++)
        put(i, &windows);
    make();
    CHECK(fake_variables.writes == 0);
    CHECK_HOLDS(fake_port.said, "the numbers Boot0000 to Boot00FF are all taken");
    end();
}

static void check_title(const char *title, const char *text)
{
    struct entry wanted = ours;

    begin();
    wish.title = title;
    make();
    wanted.text = text;
    CHECK(is(0, &wanted));
    make();
    CHECK(fake_variables.writes == 0);
    end();
}

TEST(a_title_is_cut_to_what_firmware_can_show)
{
    check_title("", "Appliance (ovfboot)");
    check_title("   ", "Appliance (ovfboot)");
    check_title("Zürich 東京  ", "Zürich 東京 (ovfboot)");
    check_title("Fast 🚀 box", "Fast ? box (ovfboot)");
    check_title("a\nb", "a?b (ovfboot)");
    check_title("123456789 123456789 123456789 123456789 123456789 123456789 more",
                "123456789 123456789 123456789 123456789 123456789 123456789 (ovfboot)");
    check_title("123456789 123456789 123456789 123456789 123456789 12345678öö",
                "123456789 123456789 123456789 123456789 123456789 12345678ö (ovfboot)");
}

TEST(too_little_memory_is_a_warning)
{
    begin();
    for (size_t size = 0; size < sizeof(memory); size += 512) {
        struct arena work;

        fake_variables_reset();
        memset(fake_port.said, 0, sizeof(fake_port.said));
        fake_port.said_len = 0;
        arena_init(&work, memory, size, "tests");
        boot_entry_make(&wish, work);
        CHECK(strstr(fake_port.said, "Warning  ") || is(0, &ours));
    }
    end();
}
