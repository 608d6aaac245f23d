#include <stdio.h>
#include <string.h>

#include "parsers/ovf.h"
#include "tests/build/shared.h"
#include "tests/test.h"

#define HEAD                                                                                       \
    "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1'"                                     \
    " xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1'"                                          \
    " xmlns:rasd='http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"                              \
    "CIM_ResourceAllocationSettingData'><References/><VirtualSystem ovf:id='vm'>"                  \
    "<VirtualHardwareSection>%s</VirtualHardwareSection></VirtualSystem></Envelope>"

static uint8_t memory[2][8 << 20];
static struct error error;
static struct ovf ovf;

static enum err parse(struct bytes text)
{
    struct arena a, scratch;

    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    return ovf_parse(text, &a, scratch, &ovf, &error);
}

static enum err parse_items(const char *items)
{
    static char text[8192];

    snprintf(text, sizeof(text), HEAD, items);
    return parse((struct bytes){(const uint8_t *)text, strlen(text)});
}

#define FIELD(name, value) "<rasd:" name ">" value "</rasd:" name ">"
#define ITEM(attributes, id, type, fields)                                                         \
    "<Item " attributes ">" FIELD("InstanceID", id) FIELD("ResourceType", type) fields "</Item>"
#define CPU(attributes, count)              ITEM(attributes, "1", "3", FIELD("VirtualQuantity", count))
#define MIB(name, value)                    FIELD("AllocationUnits", "byte * 2^20") FIELD(name, value)
#define MEMORY(attributes, id, name, value) ITEM(attributes, id, "4", MIB(name, value))
#define MIN                                 "ovf:bound='min'"
#define MAX                                 "ovf:bound='max'"
#define FOR(option)                         " ovf:configuration='" option "'"

/* "least normal most" in units, with - for an open end. */
static const char *range(uint32_t type, const char *chosen, uint64_t unit)
{
    static char text[100];
    struct ovf_range r;
    size_t len = 0;

    ovf_find_range(&ovf.systems[0].hardware[0], type, chosen, &r);
    const uint64_t ends[] = {r.least, r.normal, r.most};
    for (int i = 0; i < 3; i++)
        len += (size_t)(ends[i] == OVF_UNKNOWN ? snprintf(text + len, sizeof(text) - len, "- ")
                                               : snprintf(text + len, sizeof(text) - len, "%llu ",
                                                          (unsigned long long)(ends[i] / unit)));
    text[len - 1] = '\0';
    return text;
}

#define CPUS(chosen) range(OVF_PROCESSOR, chosen, 1)
#define RAM(chosen)  range(OVF_MEMORY, chosen, 1u << 20)

TEST(bounds_are_no_devices_and_each_stands_once)
{
    NEED(parse_items(CPU("", "2") CPU(MIN, "1") CPU(MAX, "4")) == OK);
    CHECK(ovf_quantity(&ovf.systems[0].hardware[0], OVF_PROCESSOR, NULL) == 2);
    CHECK_TEXT(CPUS(NULL), "1 2 4");
    CHECK(parse_items(CPU("", "2") CPU(MIN, "1") CPU(MIN, "2")) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item 1: line 1 has the same bound already");
    CHECK(parse_items(CPU("", "2") CPU(MIN FOR("a"), "1") CPU(MIN FOR("b"), "2")) == OK);
    CHECK(parse_items(CPU("ovf:bound='most'", "1")) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item: bound most is neither min, max nor normal");
}

TEST(a_range_has_an_end_for_each_marker_and_is_open_where_there_is_none)
{
    NEED(parse_items("") == OK);
    CHECK_TEXT(CPUS(NULL), "- 0 -");
    NEED(parse_items(CPU("ovf:bound='normal'", "2")) == OK);
    CHECK_TEXT(CPUS(NULL), "2 2 2");
    NEED(parse_items(CPU(MIN, "1") CPU("", "2")) == OK);
    CHECK_TEXT(CPUS(NULL), "1 2 -");
    NEED(parse_items(CPU("", "2") CPU(MAX, "2")) == OK);
    CHECK_TEXT(CPUS(NULL), "- 2 2");
    /* Two pieces of memory, of which one has no markers. */
    NEED(parse_items(MEMORY("", "2", "VirtualQuantity", "512") MEMORY(
             MIN, "2", "VirtualQuantity", "256") MEMORY(MAX, "2", "VirtualQuantity", "1024")
                         MEMORY("", "3", "VirtualQuantity", "64")) == OK);
    CHECK_TEXT(RAM(NULL), "320 576 1088");
}

/* The figures of the standard's own example and of VMware's valid_bound.ovf: what is bound there is
 * the Reservation. */
TEST(a_marker_of_memory_bounds_its_reservation_and_one_of_processors_does_not)
{
    NEED(parse_items(MEMORY("", "2", "VirtualQuantity", "512") MEMORY(
             MIN, "2", "Reservation", "384") MEMORY(MAX, "2", "Reservation", "1024")) == OK);
    CHECK_TEXT(RAM(NULL), "384 512 1024");
    NEED(parse_items(CPU("", "2") ITEM(MIN, "1", "3", FIELD("Reservation", "500"))) == OK);
    CHECK_TEXT(CPUS(NULL), "2 2 2");
}

TEST(a_marker_without_units_has_those_of_its_item)
{
    NEED(parse_items(ITEM("", "2", "4",
                          FIELD("AllocationUnits", "byte * 2^30") FIELD("VirtualQuantity", "4"))
                         ITEM(MIN, "2", "4", FIELD("VirtualQuantity", "2"))
                             ITEM(MAX, "2", "4", FIELD("VirtualQuantity", "8"))) == OK);
    CHECK_TEXT(RAM(NULL), "2048 4096 8192");
}

TEST(markers_of_the_chosen_option_win)
{
    NEED(parse_items(CPU("", "2") CPU(MIN, "1") CPU(MAX, "4") CPU(FOR("big"), "8")
                         CPU(MIN FOR("big"), "6") CPU(MAX FOR("big huge"), "16")) == OK);
    CHECK_TEXT(CPUS(NULL), "1 2 4");
    CHECK_TEXT(CPUS("small"), "1 2 4");
    CHECK_TEXT(CPUS("big"), "6 8 16");
    CHECK_TEXT(CPUS("huge"), "1 2 16");
    /* A plain marker that contradicts the option's item is not there. */
    NEED(parse_items(CPU("", "2") CPU(MAX, "4") CPU(FOR("big"), "8")) == OK);
    CHECK_TEXT(CPUS("big"), "8 8 8");
    CHECK_TEXT(CPUS(NULL), "- 2 4");
}

TEST(a_range_that_cannot_be_is_refused)
{
    CHECK(parse_items(CPU(MIN, "1")) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item 1: a min without the item that it bounds");
    CHECK(parse_items(CPU("", "2") ITEM(MAX, "2", "3", "")) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item 2: a max without the item that it bounds");
    CHECK(parse_items(CPU("", "2") CPU(MIN, "3")) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item 1: its min is more than what line 1 asks for");
    CHECK(parse_items(CPU(MAX, "1") CPU("", "2")) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "line 1: Item 1: its max is less than what line 1 asks for");
    /* Not where options come into it. */
    CHECK(parse_items(CPU("", "2") CPU(MIN FOR("a"), "3")) == OK);
    CHECK(parse_items(CPU(FOR("a"), "2") CPU(MIN, "3")) == OK);
    CHECK(parse_items(CPU(FOR("a"), "2") CPU(MIN FOR("b"), "1")) == OK);
}

TEST(sums_of_ranges_do_not_overflow_into_open_ones)
{
#define MUCH "18446744073709551614"
    NEED(parse_items(CPU("", MUCH) CPU(MAX, MUCH) CPU(MIN, MUCH)
                         ITEM("", "2", "3", FIELD("VirtualQuantity", "9"))) == OK);
    CHECK_TEXT(CPUS(NULL), "18446744073709551614 - 18446744073709551614");
    NEED(parse_items(CPU("", MUCH) CPU(MAX, MUCH) CPU(MIN, MUCH)
                         ITEM("", "2", "3", FIELD("VirtualQuantity", "1"))) == OK);
    CHECK_TEXT(CPUS(NULL), "18446744073709551614 - 18446744073709551614");
}

/* The example of DSP2021 bounds the processors' Reservation of a whole collection. */
TEST(the_markers_of_the_standard_s_example_are_read)
{
    struct bytes text;

    if (!shared_read("schemas/examples/DSP2021_1.0.0/examples/myservice.ovf", &text))
        return;
    NEED(parse(text) == OK);
    NEED(ovf.systems[0].allocation_count == 5);
    CHECK(ovf.systems[0].allocation[3].bound == OVF_MIN);
    CHECK(ovf.systems[0].allocation[3].reservation == 500);
    CHECK(ovf.systems[0].allocation[4].bound == OVF_MAX);
    CHECK(ovf.systems[0].allocation[4].reservation == 1500);
}

TEST(the_markers_of_a_real_descriptor_are_a_range)
{
    struct bytes text;

    if (!shared_read("corpus/descriptors/govmomi__10f8189c__valid_bound.ovf", &text))
        return;
    NEED(parse(text) == OK);
    CHECK_TEXT(RAM(NULL), "384 512 1024");
}
