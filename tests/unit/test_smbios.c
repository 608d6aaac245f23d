#include "parsers/smbios.h"

#include <stdio.h>
#include <string.h>

#include "tests/build/shared.h"
#include "tests/test.h"

/* A table as it is built up, always cut where the last structure ends. */
static uint8_t room[4096];
static struct smbios made;
static struct error error;

static void begin(uint16_t version)
{
    made = (struct smbios){{room, 0}, version};
}

/* Put a structure behind the others; strings are "one\0two\0", or "" for none. */
static void put(uint8_t type, const uint8_t *fields, size_t len, const char *strings, size_t size)
{
    uint8_t *at = room + made.table.len;

    at[0] = type;
    at[1] = (uint8_t)(4 + len);
    put_le16(at + 2, 0x1234);
    memcpy(at + 4, fields, len);
    memcpy(at + 4 + len, strings, size);
    memset(at + 4 + len + size, 0, 2);
    made.table.len += 4 + len + size + (size ? 1 : 2);
}
#define PUT(type, fields, strings) put(type, fields, sizeof(fields), strings, sizeof(strings) - 1)

static void put_memory(uint16_t size, uint32_t extended, uint8_t kind)
{
    uint8_t fields[0x24] = {0};

    put_le16(fields + 0x0c - 4, size);
    fields[0x12 - 4] = kind;
    put_le32(fields + 0x1c - 4, extended);
    PUT(17, fields, "");
}

static void put_processor(uint8_t status, uint8_t threads, uint16_t threads_2, uint16_t enabled)
{
    uint8_t fields[0x2e] = {0};

    fields[0x18 - 4] = status;
    fields[0x25 - 4] = threads;
    put_le16(fields + 0x2e - 4, threads_2);
    put_le16(fields + 0x30 - 4, enabled);
    PUT(4, fields, "");
}

static bool is(struct bytes text, const char *wanted)
{
    return text.len == strlen(wanted) && memcmp(text.at, wanted, text.len) == 0;
}

static void entry_2(uint8_t out[SMBIOS_ENTRY_2])
{
    static const uint8_t entry[SMBIOS_ENTRY_2] = {
        '_', 'S', 'M', '_', 0x21, 31,   2,    8,    0, 1,    0, 0,    0, 0,    0,   0,
        '_', 'D', 'M', 'I', '_',  0x9d, 0x34, 0x12, 0, 0x10, 7, 0xf0, 9, 0x00, 0x28};

    memcpy(out, entry, sizeof(entry));
    uint8_t sum = 0;
    out[21] = 0;
    for (size_t i = 16; i < SMBIOS_ENTRY_2; i++)
        sum = (uint8_t)(sum + out[i]);
    out[21] = (uint8_t)-sum;
    sum = out[4] = 0;
    for (size_t i = 0; i < SMBIOS_ENTRY_2; i++)
        sum = (uint8_t)(sum + out[i]);
    out[4] = (uint8_t)-sum;
}

static void entry_3(uint8_t out[SMBIOS_ENTRY_3])
{
    uint8_t sum = 0;

    memset(out, 0, SMBIOS_ENTRY_3);
    memcpy(out, "_SM3_", 5);
    out[6] = SMBIOS_ENTRY_3;
    out[7] = 3;
    out[8] = 4;
    put_le32(out + 12, 0x2345);
    put_le64(out + 16, 0x123456789a000);
    for (size_t i = 0; i < SMBIOS_ENTRY_3; i++)
        sum = (uint8_t)(sum + out[i]);
    out[5] = (uint8_t)-sum;
}

TEST(smbios_entry_points_say_where_the_table_is)
{
    uint8_t bytes[SMBIOS_ENTRY_2];
    struct smbios_entry entry;

    entry_2(bytes);
    NEED(smbios_parse_entry((struct bytes){bytes, SMBIOS_ENTRY_2}, &entry, &error) == OK);
    CHECK(entry.address == 0xf0071000 && entry.size == 0x1234 && entry.version == 0x0208);
    entry_3(bytes);
    NEED(smbios_parse_entry((struct bytes){bytes, SMBIOS_ENTRY_3}, &entry, &error) == OK);
    CHECK(entry.address == 0x123456789a000 && entry.size == 0x2345 && entry.version == 0x0304);
}

TEST(smbios_3_tables_are_cut_to_the_limit)
{
    uint8_t bytes[SMBIOS_ENTRY_3];
    struct smbios_entry entry;

    entry_3(bytes);
    bytes[15] = 0x40;
    bytes[5] = (uint8_t)(bytes[5] - 0x40);
    NEED(smbios_parse_entry((struct bytes){bytes, SMBIOS_ENTRY_3}, &entry, &error) == OK);
    CHECK(entry.size == SMBIOS_TABLE_MAX);
}

TEST(smbios_entry_points_are_refused_when_any_byte_is_wrong)
{
    uint8_t bytes[SMBIOS_ENTRY_2];
    struct smbios_entry entry;

    for (int kind = 2; kind <= 3; kind++) {
        size_t size = kind == 2 ? SMBIOS_ENTRY_2 : SMBIOS_ENTRY_3;
        for (size_t i = 0; i < size; i++) {
            kind == 2 ? entry_2(bytes) : entry_3(bytes);
            CHECK(smbios_parse_entry((struct bytes){bytes, i}, &entry, &error) == ERR_DAMAGED);
            bytes[i] ^= 1;
            CHECK(smbios_parse_entry((struct bytes){bytes, size}, &entry, &error) == ERR_DAMAGED);
        }
    }
    CHECK_HOLDS(error.text, "SMBIOS entry point");
}

TEST(smbios_entry_points_must_fit_both_checksums)
{
    uint8_t bytes[SMBIOS_ENTRY_2];
    struct smbios_entry entry;

    /* The outer sum stays right; only the inner one can tell. */
    entry_2(bytes);
    bytes[22]++;
    bytes[4]--;
    CHECK(smbios_parse_entry((struct bytes){bytes, SMBIOS_ENTRY_2}, &entry, &error) == ERR_DAMAGED);
}

TEST(smbios_strings_are_found_by_number)
{
    static const uint8_t none[] = {0};
    struct smbios_structure s;

    begin(0x0208);
    PUT(200, none, "one\0  two words \0three\0");
    PUT(201, none, "");
    PUT(202, none, "last\0");
    struct bytes left = made.table;
    NEED(smbios_next(&left, &s) && s.type == 200);
    CHECK(is(smbios_string(&s, 0), "") && is(smbios_string(&s, 1), "one"));
    CHECK(is(smbios_string(&s, 2), "two words") && is(smbios_string(&s, 3), "three"));
    CHECK(is(smbios_string(&s, 4), "") && is(smbios_string(&s, 255), ""));
    NEED(smbios_next(&left, &s) && s.type == 201);
    CHECK(is(smbios_string(&s, 1), ""));
    NEED(smbios_next(&left, &s) && s.type == 202);
    CHECK(is(smbios_string(&s, 1), "last"));
    CHECK(!smbios_next(&left, &s));
}

TEST(smbios_structures_that_are_cut_end_the_table)
{
    static const uint8_t fields[] = {1, 2, 3};
    struct smbios_structure s;

    begin(0x0208);
    PUT(200, fields, "text\0");
    for (size_t len = 0; len < made.table.len; len++) {
        struct bytes cut = {room, len};
        CHECK(!smbios_next(&cut, &s) && cut.len == len);
    }
    for (uint8_t len = 0; len < 4; len++) {
        room[1] = len;
        struct bytes left = made.table;
        CHECK(!smbios_next(&left, &s));
    }
}

TEST(smbios_tables_end_at_type_127)
{
    static const uint8_t none[] = {0};
    struct smbios_structure s;

    begin(0x0208);
    PUT(127, none, "");
    put_memory(1024, 0, 7);
    struct bytes left = made.table;
    CHECK(!smbios_next(&left, &s));
    CHECK(smbios_memory(&made) == 0);
}

TEST(smbios_systems_have_names_and_a_uuid)
{
    static const uint8_t fields[0x1b - 4] = {1,    2,    0,    3,    0x33, 0x22, 0x11, 0x00,
                                             0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb,
                                             0xcc, 0xdd, 0xee, 0xff, 6,    0,    0};
    struct smbios_system system;

    begin(0x0206);
    CHECK(!smbios_system(&made, &system));
    PUT(1, fields, "Acme\0Rack 9000\0SN-42\0");
    NEED(smbios_system(&made, &system) && system.has_uuid);
    CHECK(is(system.maker, "Acme") && is(system.product, "Rack 9000"));
    CHECK(is(system.serial, "SN-42"));
    for (uint8_t i = 0; i < SMBIOS_UUID_SIZE; i++)
        CHECK(system.uuid[i] == i * 0x11);
    made.version = 0x0205;
    NEED(smbios_system(&made, &system) && system.has_uuid);
    CHECK(memcmp(system.uuid, fields + 4, SMBIOS_UUID_SIZE) == 0);
}

TEST(smbios_uuids_of_zeros_or_ones_are_none)
{
    uint8_t fields[0x18 - 4] = {0};
    struct smbios_system system;

    begin(0x0208);
    PUT(1, fields, "");
    CHECK(smbios_system(&made, &system) && !system.has_uuid);
    memset(fields + 4, 0xff, SMBIOS_UUID_SIZE);
    begin(0x0208);
    PUT(1, fields, "");
    CHECK(smbios_system(&made, &system) && !system.has_uuid);
    /* SMBIOS 2.0 had none. */
    begin(0x0200);
    put(1, fields, 4, "", 0);
    CHECK(smbios_system(&made, &system) && !system.has_uuid && system.maker.len == 0);
}

TEST(smbios_asset_tags_and_oem_strings_may_lie_in_several_structures)
{
    static const uint8_t untagged[9] = {0}, tagged[9] = {0, 0, 0, 0, 2};
    static const uint8_t two[] = {2}, one[] = {1};
    struct bytes text;

    begin(0x0208);
    CHECK(is(smbios_asset_tag(&made), "") && !smbios_oem_string(&made, 0, &text));
    PUT(3, untagged, "");
    PUT(11, two, "a=1\0b=2\0");
    PUT(3, tagged, "maker\0TAG-7\0");
    PUT(11, one, "c=3\0");
    CHECK(is(smbios_asset_tag(&made), "TAG-7"));
    CHECK(smbios_oem_string(&made, 0, &text) && is(text, "a=1"));
    CHECK(smbios_oem_string(&made, 1, &text) && is(text, "b=2"));
    CHECK(smbios_oem_string(&made, 2, &text) && is(text, "c=3"));
    CHECK(!smbios_oem_string(&made, 3, &text));
}

TEST(smbios_memory_is_the_sum_of_its_devices)
{
    begin(0x0208);
    CHECK(smbios_memory(&made) == 0);
    put_memory(0, 0, 2);           /* an empty socket */
    put_memory(2048, 0, 0x1a);     /* MiB */
    put_memory(0x8200, 0, 0x0f);   /* 512 KiB */
    put_memory(0x7fff, 65536, 26); /* 64 GiB */
    put_memory(0x8400, 0, 0x09);   /* the flash of the firmware */
    CHECK(smbios_memory(&made) == (66ull << 30) + (512u << 10));
    put_memory(0x7fff, 0x80000001, 26); /* bit 31 is reserved */
    CHECK(smbios_memory(&made) == (66ull << 30) + (512u << 10) + (1u << 20));
}

TEST(smbios_memory_is_unknown_when_one_device_is)
{
    static const uint8_t short_fields[4] = {0};

    begin(0x0208);
    put_memory(2048, 0, 26);
    put_memory(0xffff, 0, 26);
    CHECK(smbios_memory(&made) == 0);
    begin(0x0208);
    put_memory(2048, 0, 26);
    put_memory(0x7fff, 0, 26);
    CHECK(smbios_memory(&made) == 0);
    begin(0x0208);
    put_memory(2048, 0, 26);
    PUT(17, short_fields, "");
    CHECK(smbios_memory(&made) == 0);
}

TEST(smbios_processors_are_counted_in_threads)
{
    begin(0x0208);
    CHECK(smbios_processors(&made) == 0);
    put_processor(0x41, 8, 0, 0);
    put_processor(0x00, 4, 0, 0); /* an empty socket */
    put_processor(0x42, 4, 0, 0); /* disabled by a person */
    CHECK(smbios_processors(&made) == 8);
    put_processor(0x41, 0xff, 384, 0);
    CHECK(smbios_processors(&made) == 8 + 384);
    put_processor(0x41, 0xff, 384, 300);
    CHECK(smbios_processors(&made) == 8 + 384 + 300);
    put_processor(0x41, 0, 0, 0);
    CHECK(smbios_processors(&made) == 0);
}

static bool read_corpus(const char *path)
{
    struct smbios_entry entry;
    struct bytes file;

    if (!seed_read(path, &file))
        return false;
    CHECK(smbios_parse_entry((struct bytes){file.at, SMBIOS_ENTRY_2}, &entry, &error) == OK);
    CHECK(entry.size == file.len - 32);
    made = (struct smbios){{file.at + 32, file.len - 32}, entry.version};
    return true;
}

/* Made by QEMU 7.2 and read by dmidecode 3.4, with the same outcome. */
TEST(smbios_of_qemu_is_what_it_was_told)
{
    struct smbios_system system;
    struct bytes text;

    if (!read_corpus("tests/corpus/smbios/qemu_ids_and_oem_strings.bin"))
        return;
    NEED(made.version == 0x0208 && smbios_system(&made, &system));
    CHECK(is(system.maker, "Acme Ltd.") && is(system.product, "Rack  9000"));
    CHECK(is(system.serial, "SN-42") && system.has_uuid);
    for (uint8_t i = 0; i < SMBIOS_UUID_SIZE; i++)
        CHECK(system.uuid[i] == i * 0x11);
    CHECK(is(smbios_asset_tag(&made), "TAG-7"));
    CHECK(smbios_oem_string(&made, 0, &text) && is(text, "ovfboot:target=nvme"));
    CHECK(smbios_oem_string(&made, 1, &text) && is(text, "second"));
    CHECK(smbios_memory(&made) == 2560ull << 20 && smbios_processors(&made) == 3);
}

TEST(smbios_of_qemu_counts_both_sockets)
{
    struct smbios_system system;

    if (!read_corpus("tests/corpus/smbios/qemu_two_sockets.bin"))
        return;
    CHECK(smbios_system(&made, &system) && !system.has_uuid);
    CHECK(smbios_memory(&made) == 1536ull << 20 && smbios_processors(&made) == 8);
}
