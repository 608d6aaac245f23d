#include <string.h>

#include "tests/build/entry_rig.h"
#include "tests/test.h"

TEST(sectors_are_those_of_the_disk)
{
    struct entry wanted = entry_ours;

    wanted.start = 5;
    wanted.count = 25;
    entry_begin();
    menu.wish.sector_size = 4096;
    entry_make();
    CHECK(entry_is(0, &wanted));
    entry_end();
}

TEST(full_nvram_is_a_warning_that_says_what_to_do)
{
    entry_begin();
    entry_put(0, &entry_windows);
    ORDER_PUT(0);
    fake_variables.fail_at = 1;
    entry_make();
    CHECK(fake_variables.writes == 1 && ORDER_IS(0) && !fake_variable("Boot0001").len);
    CHECK_TEXT(fake_port.said,
               "Warning    the guest has no boot entry of its own: the firmware has no room left "
               "for Boot0001 (Out of Resources)\n"
               "           Remove entries that nobody needs in the firmware's setup; until then "
               "choose the disk in its boot menu\n");
    fake_variables.fail_at = 2;
    entry_make();
    CHECK(entry_is(1, &entry_ours) && ORDER_IS(0));
    CHECK_HOLDS(fake_port.said, "Warning    Boot0001 is not where it should be in the boot order: "
                                "the firmware has no room left for BootOrder");
    fake_variables.fail_at = 0;
    entry_make(); /* what was left half done is ended */
    CHECK(entry_is(1, &entry_ours) && ORDER_IS(0, 1) && fake_variables.writes == 1);
    entry_end();
}

TEST(other_failures_are_warnings_too)
{
    entry_begin();
    fake_variables.fail_at = 1;
    fake_variables.fail_code = ERR_IO;
    entry_make();
    CHECK_HOLDS(fake_port.said, "Warning    the guest has no boot entry of its own: ");
    CHECK_HOLDS(fake_port.said, "           Choose the disk in the firmware's boot menu\n");
    fake_variables.fail_at = 0;
    fake_variables.unreadable = "BootOrder";
    entry_make();
    CHECK(fake_variables.writes == 0);
    CHECK_HOLDS(fake_port.said, "cannot read the firmware's BootOrder");
    entry_end();
}

TEST(an_entry_that_cannot_be_read_is_somebody_elses)
{
    entry_begin();
    fake_variables.unreadable = "Boot0000";
    entry_make();
    CHECK(entry_is(1, &entry_ours) && !fake_variable("Boot0000").len);
    entry_end();
}

TEST(half_an_entry_of_the_boot_order_is_passed_over)
{
    entry_begin();
    entry_put(2, &entry_windows);
    fake_variable_put("BootOrder", (struct bytes){(const uint8_t *)"\x02\0\x09", 3});
    entry_make();
    CHECK(ORDER_IS(2, 0) && entry_is(0, &entry_ours));
    entry_end();
}

TEST(a_number_that_is_listed_without_an_entry_is_not_taken)
{
    entry_begin();
    ORDER_PUT(0, 1, 1, 0xffff);
    entry_make();
    CHECK(entry_is(2, &entry_ours) && ORDER_IS(0, 1, 1, 0xffff, 2));
    entry_end();
}

TEST(entries_that_are_none_are_left_alone)
{
    static const uint8_t bad[] = {1, 0, 0, 0, 0xff, 0xff, 'x', 0, 0, 0, 1};

    entry_begin();
    fake_variable_put("Boot0000", (struct bytes){bad, sizeof(bad)});
    fake_variable_put("Boot0001", (struct bytes){bad, 1});
    ORDER_PUT(0, 1);
    entry_make();
    CHECK(entry_is(2, &entry_ours) && ORDER_IS(0, 1, 2));
    CHECK(fake_variable("Boot0000").len == sizeof(bad) && fake_variable("Boot0001").len == 1);
    entry_end();
}

TEST(a_long_boot_order_is_kept_and_a_longer_one_refused)
{
    static uint16_t order[BOOT_ORDER_MAX + 1];

    for (size_t i = 0; i < COUNT_OF(order); i++)
        order[i] = (uint16_t)(0x1000 + i);
    entry_begin();
    for (uint16_t i = 0; i < 2000; i++)
        entry_put((uint16_t)(0x1000 + i), &entry_windows);
    order_put(order, 2000);
    menu.wish.first = true;
    entry_make();
    struct bytes value = fake_variable("BootOrder");
    CHECK(entry_is(0, &entry_ours) && value.len == 4002 && get_le16(value.at) == 0);
    CHECK(memcmp(value.at + 2, order, 4000) == 0);
    order_put(order, BOOT_ORDER_MAX + 1);
    entry_make();
    CHECK(fake_variables.writes == 0);
    CHECK_HOLDS(fake_port.said, "BootOrder lists 4097 entries; the limit is 4096");
    entry_end();
}

TEST(when_all_numbers_are_taken_that_is_told)
{
    entry_begin();
    for (uint16_t i = 0; i < BOOT_NUMBERS; i++)
        entry_put(i, &entry_windows);
    entry_make();
    CHECK(fake_variables.writes == 0);
    CHECK_HOLDS(fake_port.said, "the numbers Boot0000 to Boot00FF are all taken");
    entry_end();
}

static void check_title(const char *title, const char *text)
{
    struct entry wanted = entry_ours;

    entry_begin();
    menu.wish.title = title;
    entry_make();
    wanted.text = text;
    CHECK(entry_is(0, &wanted));
    entry_make();
    CHECK(fake_variables.writes == 0);
    entry_end();
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
    entry_begin();
    for (size_t size = 0; size < sizeof(menu.memory); size += 512) {
        struct arena work;

        fake_variables_reset();
        memset(fake_port.said, 0, sizeof(fake_port.said));
        fake_port.said_len = 0;
        arena_init(&work, menu.memory, size, "tests");
        boot_entry_make(&menu.wish, work);
        CHECK(strstr(fake_port.said, "Warning  ") || entry_is(0, &entry_ours));
    }
    entry_end();
}
