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
    return machine_unknown(GUEST_X86_64);
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
    m.name = "Mine";
    m.processors = 3;
    m.memory = 5;
    m.ports = 1;
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

/* Structures with a string each: a system with serial number and UUID, an enclosure with a tag, and
 * OEM strings. */
static struct smbios full(uint8_t uuid_byte)
{
    static uint8_t table[512];
    static const char strings[] = "Acme\0Rack 9000\0SN-42\0";
    static const char oem[] = "ovfboot:target=nvme\0other\0ovfboot:property.a=x y\0ovfboot\0";
    uint8_t *at = table;

    memset(table, 0, sizeof(table));
    memcpy(at, ((uint8_t[]){1, 0x19, 0, 0, 1, 2, 0, 3}), 8);
    memset(at + 8, uuid_byte, SMBIOS_UUID_SIZE);
    memcpy(at + 0x19, strings, sizeof(strings));
    at += 0x19 + sizeof(strings);
    memcpy(at, ((uint8_t[]){3, 9, 0, 0, 0, 0, 0, 0, 1, 'T', '-', '7', 0, 0}), 14);
    at += 14;
    memcpy(at, ((uint8_t[]){11, 5, 0, 0, 4}), 5);
    memcpy(at + 5, oem, sizeof(oem));
    at += 5 + sizeof(oem);
    return (struct smbios){{table, (size_t)(at - table)}, 0x0208};
}

TEST(facts_and_settings_come_from_smbios)
{
    struct machine m = unknown();
    struct smbios s = full(0x11);

    NEED(machine_add_smbios(&m, &s, &arena, &error) == OK);
    CHECK_TEXT(m.uuid, "11111111-1111-1111-1111-111111111111");
    CHECK_TEXT(m.serial, "SN-42");
    CHECK_TEXT(m.product, "Rack 9000");
    CHECK_TEXT(m.asset, "T-7");
    static const char lines[] = "target=nvme\nproperty.a=x y\n";
    CHECK(m.settings.len == sizeof(lines) - 1 &&
          memcmp(m.settings.at, lines, sizeof(lines) - 1) == 0);
}

TEST(the_uuid_of_a_makers_sample_board_is_none)
{
    static const uint8_t sample[] = {0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00, 0x05,
                                     0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00, 0x09};
    struct machine m = unknown();
    struct smbios s = full(0);

    memcpy((uint8_t *)(uintptr_t)s.table.at + 8, sample, sizeof(sample));
    NEED(machine_add_smbios(&m, &s, &arena, &error) == OK);
    CHECK_TEXT(m.uuid, "");
}
