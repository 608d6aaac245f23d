#include "parsers/smbios.h"

#include <string.h>

#include "base/checked.h"
#include "parsers/lines.h"

#define HEADER 4 /* bytes: type, length, handle */

/* Structure types. */
enum {
    SYSTEM = 1,
    ENCLOSURE = 3,
    PROCESSOR = 4,
    OEM_STRINGS = 11,
    MEMORY_DEVICE = 17,
    END_OF_TABLE = 127,
};

static bool sums_to_zero(const uint8_t *at, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + at[i]);
    return sum == 0;
}

static bool starts(struct bytes text, const char *anchor)
{
    size_t len = strlen(anchor);

    return text.len >= len && memcmp(text.at, anchor, len) == 0;
}

/* The length covers all that the checksum does.  SMBIOS 2.1 itself said 30 for 31 by mistake. */
static bool entry_ok(struct bytes entry, size_t length_at, size_t least)
{
    size_t length = entry.at[length_at];

    return length >= least && length <= entry.len && sums_to_zero(entry.at, length);
}

static bool parse_entry_2(struct bytes entry, struct smbios_entry *out)
{
    const uint8_t *p = entry.at;
    struct bytes inner = {p + 16, SMBIOS_ENTRY_2 - 16};

    if (!entry_ok(entry, 5, SMBIOS_ENTRY_2 - 1) || !starts(inner, "_DMI_") ||
        !sums_to_zero(inner.at, inner.len))
        return false;
    *out = (struct smbios_entry){.address = get_le32(p + 24),
                                 .size = get_le16(p + 22),
                                 .version = (uint16_t)(p[6] << 8 | p[7])};
    return true;
}

static bool parse_entry_3(struct bytes entry, struct smbios_entry *out)
{
    const uint8_t *p = entry.at;

    if (!entry_ok(entry, 6, SMBIOS_ENTRY_3))
        return false;
    *out = (struct smbios_entry){.address = get_le64(p + 16),
                                 .size = (uint32_t)min_u64(get_le32(p + 12), SMBIOS_TABLE_MAX),
                                 .version = (uint16_t)(p[7] << 8 | p[8])};
    return true;
}

enum err smbios_parse_entry(struct bytes entry, struct smbios_entry *out, struct error *e)
{
    if (starts(entry, "_SM3_") && entry.len >= SMBIOS_ENTRY_3 && parse_entry_3(entry, out))
        return OK;
    if (starts(entry, "_SM_") && entry.len >= SMBIOS_ENTRY_2 && parse_entry_2(entry, out))
        return OK;
    return fail(e, ERR_DAMAGED, "the SMBIOS entry point: bad length, name or checksum");
}

/* Bytes up to and with the two NULs that end a structure's strings; 0 when they do not come. */
static size_t strings_size(struct bytes text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.at[i] == 0 && text.at[i + 1] == 0)
            return i + 2;
    return 0;
}

bool smbios_next(struct bytes *left, struct smbios_structure *out)
{
    struct bytes rest = *left;

    if (rest.len < HEADER || rest.at[0] == END_OF_TABLE || rest.at[1] < HEADER)
        return false;
    out->type = rest.at[0];
    out->fields = (struct bytes){rest.at, rest.at[1]};
    if (!take(&rest, out->fields.len))
        return false;
    size_t size = strings_size(rest);
    if (size == 0)
        return false;
    out->strings = (struct bytes){rest.at, size - 1};
    take(&rest, size);
    *left = rest;
    return true;
}

struct bytes smbios_string(const struct smbios_structure *s, uint8_t number)
{
    struct bytes left = s->strings;

    while (number && left.len) {
        const uint8_t *end = memchr(left.at, 0, left.len);
        struct bytes text = {left.at, (size_t)(end - left.at)};
        if (--number == 0)
            return lines_trim(text);
        take(&left, text.len + 1);
    }
    return (struct bytes){s->strings.at, 0};
}

/* A field that older versions do not have is 0, which means "unknown" in all that are read here. */
static uint64_t field(const struct smbios_structure *s, size_t offset, size_t size)
{
    uint64_t value = 0;

    if (offset > s->fields.len || size > s->fields.len - offset)
        return 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | s->fields.at[offset + i - 1];
    return value;
}

static struct bytes string_field(const struct smbios_structure *s, size_t offset)
{
    return smbios_string(s, (uint8_t)field(s, offset, 1));
}

static bool next_of_type(struct bytes *left, uint8_t type, struct smbios_structure *out)
{
    while (smbios_next(left, out))
        if (out->type == type)
            return true;
    return false;
}

/* "System - UUID": all ones is "not present", all zeros "not set".  From 2.6 on the first three
 * fields are little-endian; before, firmware did both, and dmidecode prints it as it is, too. */
static bool read_uuid(const struct smbios_structure *s, uint16_t version,
                      uint8_t out[SMBIOS_UUID_SIZE])
{
    static const uint8_t order[SMBIOS_UUID_SIZE] = {3, 2, 1,  0,  5,  4,  7,  6,
                                                    8, 9, 10, 11, 12, 13, 14, 15};
    static const uint8_t none[SMBIOS_UUID_SIZE];
    uint8_t ones[SMBIOS_UUID_SIZE];

    if (s->fields.len < 8 + SMBIOS_UUID_SIZE)
        return false;
    for (size_t i = 0; i < SMBIOS_UUID_SIZE; i++)
        out[i] = s->fields.at[8 + (version >= 0x0206 ? order[i] : i)];
    memset(ones, 0xff, sizeof(ones));
    return memcmp(out, none, sizeof(none)) != 0 && memcmp(out, ones, sizeof(ones)) != 0;
}

bool smbios_system(const struct smbios *s, struct smbios_system *out)
{
    struct bytes left = s->table;
    struct smbios_structure found;

    *out = (struct smbios_system){0};
    if (!next_of_type(&left, SYSTEM, &found))
        return false;
    out->maker = string_field(&found, 4);
    out->product = string_field(&found, 5);
    out->serial = string_field(&found, 7);
    out->has_uuid = read_uuid(&found, s->version, out->uuid);
    return true;
}

struct bytes smbios_asset_tag(const struct smbios *s)
{
    struct bytes left = s->table;
    struct smbios_structure found;

    while (next_of_type(&left, ENCLOSURE, &found)) {
        struct bytes tag = string_field(&found, 8);
        if (tag.len)
            return tag;
    }
    return (struct bytes){s->table.at, 0};
}

bool smbios_oem_string(const struct smbios *s, size_t index, struct bytes *out)
{
    struct bytes left = s->table;
    struct smbios_structure found;

    while (next_of_type(&left, OEM_STRINGS, &found)) {
        size_t count = field(&found, 4, 1);
        if (index < count) {
            *out = smbios_string(&found, (uint8_t)(index + 1));
            return true;
        }
        index -= count;
    }
    return false;
}

/* "Memory Device - Memory Type": the chip that holds the firmware is often listed, too. */
static bool is_rom(uint64_t type)
{
    return type >= 0x08 && type <= 0x0c; /* ROM, flash, EEPROM, FEPROM, EPROM */
}

/* "Memory Device": bytes, 0 for an empty socket.  False when it is not told. */
static bool device_size(const struct smbios_structure *s, uint64_t *out)
{
    uint64_t size = field(s, 0x0c, 2);

    *out = 0;
    if (s->fields.len < 0x0e || size == 0xffff)
        return false;
    if (size == 0x7fff) {
        *out = (field(s, 0x1c, 4) & 0x7fffffff) << 20;
        return *out != 0;
    }
    *out = size & 0x8000 ? (size & 0x7fff) << 10 : size << 20;
    return true;
}

uint64_t smbios_memory(const struct smbios *s)
{
    struct bytes left = s->table;
    struct smbios_structure found;
    uint64_t sum = 0, size;

    while (next_of_type(&left, MEMORY_DEVICE, &found)) {
        if (is_rom(field(&found, 0x12, 1)))
            continue;
        if (!device_size(&found, &size) || !add_fits(sum, size, &sum))
            return 0;
    }
    return sum;
}

/* "Processor Information": the newest field that says how many threads are enabled, or there. */
static uint64_t thread_count(const struct smbios_structure *s)
{
    uint64_t enabled = field(s, 0x30, 2), count = field(s, 0x25, 1);

    if (enabled && enabled != 0xffff)
        return enabled;
    return count == 0xff && field(s, 0x2e, 2) ? field(s, 0x2e, 2) : count;
}

uint32_t smbios_processors(const struct smbios *s)
{
    struct bytes left = s->table;
    struct smbios_structure found;
    uint64_t sum = 0;

    while (next_of_type(&left, PROCESSOR, &found)) {
        uint64_t status = field(&found, 0x18, 1), count = thread_count(&found);
        bool populated = status & 0x40;
        bool disabled = (status & 7) == 2 || (status & 7) == 3; /* by a person, by an error */
        if (!populated || disabled)
            continue;
        if (!count)
            return 0;
        sum += count; /* of 65535 at most, of fewer than 2^20 structures */
    }
    return (uint32_t)min_u64(sum, UINT32_MAX);
}
