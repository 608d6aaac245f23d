#include "loader/machine.h"

#include <string.h>

#include "tests/test.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static uint8_t memory[4096];
static struct arena arena;
static struct error error;

static struct machine unknown(void)
{
    arena_init(&arena, memory, sizeof(memory), "a test");
    return (struct machine){.name = "", .uuid = "", .serial = "", .ports = MACHINE_PORTS_UNKNOWN};
}

/* A table with a system of these names; maker may be "". */
static struct smbios named(const char *maker, const char *product)
{
    static uint8_t table[512];
    uint8_t *at = table + 8;

    memset(table, 0, sizeof(table));
    table[0] = 1;
    table[1] = 8;
    table[4] = *maker ? 1 : 0;
    table[5] = *maker ? 2 : 1;
    for (int i = *maker ? 0 : 1; i < 2; i++) {
        const char *text = i ? product : maker;
        memcpy(at, text, strlen(text));
        at += strlen(text) + 1;
    }
    return (struct smbios){{table, (size_t)(at + 1 - table)}, 0x0208};
}

static const char *name_of(const char *maker, const char *product)
{
    struct machine m = unknown();
    struct smbios s = named(maker, product);

    CHECK(machine_add_smbios(&m, &s, &arena, &error) == OK);
    return m.name;
}

TEST(machines_are_called_by_maker_and_product)
{
    CHECK_TEXT(name_of("Acme", "Rack 9000"), "Acme Rack 9000");
    CHECK_TEXT(name_of("", "Rack 9000"), "Rack 9000");
    CHECK_TEXT(name_of("HP", "HP Z2"), "HP Z2");
    CHECK_TEXT(name_of("HP", "Z2 of HP"), "HP Z2 of HP");
    CHECK_TEXT(name_of("Ac\033me\xff", "x"), "Ac?me? x");
}

TEST(smbios_does_not_replace_what_is_known_of_a_machine)
{
    struct machine m = unknown();
    struct smbios s = named("Acme", "Rack"), none = {{memory, 0}, 0x0208};

    CHECK(machine_add_smbios(&m, &none, &arena, &error) == OK);
    CHECK_TEXT(m.name, "");
    CHECK(m.processors == 0 && m.memory == 0 && m.ports == MACHINE_PORTS_UNKNOWN);
    m = (struct machine){
        .name = "Mine", .uuid = "", .serial = "", .processors = 3, .memory = 5, .ports = 1};
    CHECK(machine_add_smbios(&m, &s, &arena, &error) == OK);
    CHECK_TEXT(m.name, "Mine");
    CHECK(m.processors == 3 && m.memory == 5 && m.ports == 1);
}

TEST(machine_memory_is_rounded_to_what_is_sold)
{
    CHECK(machine_round_memory(0) == 0);
    CHECK(machine_round_memory(1010 * MIB) == GIB);
    CHECK(machine_round_memory(3 * GIB - 20 * MIB) == 3 * GIB);
    CHECK(machine_round_memory(16 * GIB - 500 * MIB) == 16 * GIB);
    CHECK(machine_round_memory(24 * GIB - GIB) == 24 * GIB);
    CHECK(machine_round_memory(20 * GIB) == 20 * GIB);
    CHECK(machine_round_memory(UINT64_MAX) == UINT64_MAX);
}

TEST(machine_text_leaves_out_what_is_unknown)
{
    char text[MACHINE_TEXT_MAX];
    struct machine m = unknown();

    CHECK_TEXT(machine_text(&m, text), "");
    m.ports = 0;
    CHECK_TEXT(machine_text(&m, text), "no network port");
    m.processors = 1;
    m.ports = 1;
    CHECK_TEXT(machine_text(&m, text), "1 processor, 1 network port");
    m.memory = 2 * GIB;
    m.name = "Acme Rack";
    m.processors = 2;
    m.ports = 2;
    CHECK_TEXT(machine_text(&m, text),
               "Acme Rack: 2 processors, 2.1 GB of memory, 2 network ports");
    m.processors = 0;
    CHECK_TEXT(machine_text(&m, text), "Acme Rack: 2.1 GB of memory, 2 network ports");
    m.memory = 0;
    m.ports = MACHINE_PORTS_UNKNOWN;
    CHECK_TEXT(machine_text(&m, text), "Acme Rack");
}

TEST(ports_are_told_by_their_addresses_once_each)
{
    static const uint8_t macs[][6] = {{0x52, 0x54, 0, 0x12, 0x34, 0xab}, {1, 2, 3, 4, 5, 6}};
    struct machine m = unknown();
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    for (size_t i = 0; i < 4; i++)
        CHECK(machine_add_mac(&m, macs[i % 2], &a, &error) == OK);
    NEED(m.mac_count == 2);
    CHECK_TEXT(m.macs[0], "52:54:00:12:34:ab");
    CHECK_TEXT(m.macs[1], "01:02:03:04:05:06");
}
