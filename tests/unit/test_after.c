#include "loader/after.h"

#include <string.h>

#include "tests/fake_port.h"
#include "tests/test.h"

static uint8_t memory[65536];
static struct error error;

static struct arena scratch(void)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    return a;
}

static void put(const char *name, const char *bytes, size_t len)
{
    fake_variable_put(name, (struct bytes){(const uint8_t *)bytes, len});
}

/* Boot0001 to Boot0004; the third is not active. */
static void plant(const char *order, size_t len)
{
    fake_port_reset();
    put("Boot0001", "\1\0\0\0x", 5);
    put("Boot0002", "\1\0\0\0x", 5);
    put("Boot0003", "\0\0\0\0x", 5);
    put("Boot0004", "\1\0\0\0x", 5);
    put("BootOrder", order, len);
}

static bool next_is(const char *bytes)
{
    struct bytes value = fake_variable("BootNext");

    return value.len == 2 && memcmp(value.at, bytes, 2) == 0;
}

TEST(the_entry_behind_the_present_one_is_next)
{
    plant("\1\0\2\0\3\0\4\0", 8);
    put("BootCurrent", "\1\0", 2);
    CHECK(after_next_entry(scratch(), &error) == OK && next_is("\2\0"));
    put("BootCurrent", "\2\0", 2);
    CHECK(after_next_entry(scratch(), &error) == OK && next_is("\4\0"));
}

TEST(an_entry_outside_the_order_has_all_of_it_behind)
{
    plant("\3\0\4\0\1\0", 6);
    put("BootCurrent", "\7\0", 2);
    CHECK(after_next_entry(scratch(), &error) == OK && next_is("\4\0"));
    plant("\2\0\1\0", 4);
    CHECK(after_next_entry(scratch(), &error) == OK && next_is("\2\0"));
}

TEST(without_an_entry_behind_there_is_none)
{
    static const struct {
        const char *order;
        size_t len;
    } orders[] = {{"\1\0", 2}, {"\2\0\1\0\3\0\x09\0", 8}, {"", 0}, {"\1\0\2", 3}};

    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        plant(orders[i].order, orders[i].len);
        put("BootCurrent", "\1\0", 2);
        CHECK(after_next_entry(scratch(), &error) == ERR_NOT_FOUND);
        CHECK_TEXT(error.text, "the firmware's boot order has no other entry behind this one");
        CHECK(fake_variable("BootNext").len == 0);
    }
}

TEST(a_variable_that_cannot_be_read_or_written_is_told)
{
    plant("\1\0\2\0", 4);
    fake_variables.unreadable = "BootOrder";
    CHECK(after_next_entry(scratch(), &error) == ERR_IO);
    plant("\1\0\2\0", 4);
    fake_variables.fail_at = 1;
    fake_variables.fail_code = ERR_NO_ROOM;
    CHECK(after_next_entry(scratch(), &error) == ERR_NO_ROOM);
}

static size_t restarts_in_a_row(uint64_t seconds, bool has_clock)
{
    size_t count = 0;

    fake_port_reset();
    fake_port.now = (struct moment){has_clock, 1000000};
    while (count < 20 && after_may_restart()) {
        count++;
        fake_port.now.unix_seconds += seconds;
    }
    return count;
}

TEST(a_loop_of_restarts_is_stopped)
{
    CHECK(restarts_in_a_row(60, true) == AFTER_RESTARTS);
    CHECK(restarts_in_a_row(60, false) == AFTER_RESTARTS);
    CHECK(restarts_in_a_row(AFTER_SPAN, true) == AFTER_RESTARTS);
}

TEST(restarts_far_apart_are_no_loop)
{
    CHECK(restarts_in_a_row(AFTER_SPAN + 1, true) == 20);
}

TEST(after_the_stop_and_after_a_guest_counting_begins_anew)
{
    CHECK(restarts_in_a_row(60, true) == AFTER_RESTARTS);
    CHECK(after_may_restart() && after_may_restart());
    after_guest();
    for (size_t i = 0; i < AFTER_RESTARTS; i++)
        CHECK(after_may_restart());
    CHECK(!after_may_restart());
}

TEST(a_guest_that_came_back_was_none)
{
    fake_port_reset();
    for (size_t i = 0; i < AFTER_RESTARTS; i++) {
        CHECK(after_may_restart());
        after_guest();
        after_guest_came_back();
    }
    CHECK(!after_may_restart());
}

TEST(a_firmware_that_keeps_nothing_stops_nothing)
{
    fake_port_reset();
    fake_port.remembers_nothing = true;
    for (size_t i = 0; i < 10; i++)
        CHECK(after_may_restart());
}
