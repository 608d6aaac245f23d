#include "parsers/vmdk.h"

#include <string.h>

#include "base/text.h"

#define MAGIC        0x564d444bu /* "KDMV" */
#define NEWLINES_AT  73          /* "\n \r\n": a copy made as text has changed them */
#define ALGORITHM_AT 77

static bool power_of_two(uint64_t n, uint64_t least, uint64_t most)
{
    return n >= least && n <= most && (n & (n - 1)) == 0;
}

static enum err check_header(const struct vmdk_header *h, uint64_t grain, struct error *e)
{
    uint32_t unknown = h->flags & VMDK_INCOMPATIBLE & ~(VMDK_COMPRESSED | VMDK_MARKERS);

    if (h->version < 1 || h->version > 3)
        return fail(e, ERR_UNSUPPORTED, "VMDK version %u", h->version);
    if (unknown)
        return fail(e, ERR_UNSUPPORTED, "VMDK with unknown flags 0x%x", unknown);
    if (h->capacity > VMDK_CAPACITY_MAX)
        return fail(e, ERR_TOO_BIG, "disk of %llu sectors, more than the %llu (64 TiB) allowed",
                    (unsigned long long)h->capacity, (unsigned long long)VMDK_CAPACITY_MAX);
    if (!power_of_two(grain, 1, UINT64_MAX))
        return fail(e, ERR_DAMAGED, "bad grain size in the header: %llu sectors",
                    (unsigned long long)grain);
    if (!power_of_two(grain, 8, 2048))
        return fail(e, ERR_UNSUPPORTED, "grains of %llu sectors, where 8 to 2048 are read",
                    (unsigned long long)grain);
    if (!power_of_two(h->table_entries, 128, 4096))
        return fail(e, ERR_DAMAGED, "bad number of grain table entries in the header: %u",
                    h->table_entries);
    return OK;
}

enum err vmdk_parse_header(const uint8_t sector[VMDK_SECTOR], struct vmdk_header *out,
                           struct error *e)
{
    struct bytes in = {sector, VMDK_SECTOR};
    struct vmdk_header h = {0};

    if (take_le32(&in) != MAGIC)
        return fail(e, ERR_DAMAGED, "no VMDK header where one should be");
    h.version = take_le32(&in);
    h.flags = take_le32(&in);
    h.capacity = take_le64(&in);
    uint64_t grain = take_le64(&in);
    h.descriptor = take_le64(&in);
    h.descriptor_size = take_le64(&in);
    h.table_entries = take_le32(&in);
    take(&in, 8); /* the redundant grain directory, which nobody needs to read */
    h.directory = take_le64(&in);
    h.overhead = take_le64(&in);
    h.algorithm = get_le16(sector + ALGORITHM_AT);

    if ((h.flags & VMDK_NEWLINES) && memcmp(sector + NEWLINES_AT, "\n \r\n", 4) != 0)
        return fail(e, ERR_DAMAGED, "VMDK that was copied as text: its line-end bytes changed");
    TRY(check_header(&h, grain, e));
    h.grain = (uint32_t)grain;
    *out = h;
    return OK;
}

uint64_t vmdk_tables(const struct vmdk_header *h)
{
    uint64_t per_table = (uint64_t)h->grain * h->table_entries;

    return (h->capacity + per_table - 1) / per_table;
}

enum err vmdk_parse_marker(const uint8_t at[VMDK_MARKER_SIZE], struct vmdk_marker *out,
                           struct error *e)
{
    uint64_t value = get_le64(at);
    uint32_t size = get_le32(at + 8);
    uint32_t type = get_le32(at + 12);

    if (size) {
        *out = (struct vmdk_marker){.kind = VMDK_GRAIN, .sector = value, .size = size};
        return OK;
    }
    if (type > VMDK_PROGRESS)
        return fail(e, ERR_DAMAGED, "unknown marker of type %u", type);
    if (value > UINT64_MAX / VMDK_SECTOR)
        return fail(e, ERR_DAMAGED, "marker of type %u for %llu sectors", type,
                    (unsigned long long)value);
    *out = (struct vmdk_marker){.kind = (enum vmdk_marker_kind)type, .skip = value * VMDK_SECTOR};
    return OK;
}

bool vmdk_is_descriptor(struct bytes text)
{
    static const char first[] = "# Disk Descriptor"; /* "File" follows, some write " File" */

    return text.len >= sizeof(first) - 1 && memcmp(text.at, first, sizeof(first) - 1) == 0;
}

/* Cut blanks off both ends. */
static struct bytes trim(struct bytes text)
{
    while (text.len && text_is_space((char)text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len && text_is_space((char)text.at[text.len - 1]))
        text.len--;
    return text;
}

static bool same(struct bytes text, const char *word)
{
    size_t len = strlen(word);

    if (text.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text_lower((char)text.at[i]) != text_lower(word[i]))
            return false;
    return true;
}

static void read_line(struct bytes line, struct vmdk_descriptor *out)
{
    const uint8_t *equals = memchr(line.at, '=', line.len);
    uint64_t number;

    if (!equals)
        return;
    size_t key_len = (size_t)(equals - line.at);
    struct bytes key = trim((struct bytes){line.at, key_len});
    struct bytes value = trim((struct bytes){equals + 1, line.len - key_len - 1});
    if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
        value = trim((struct bytes){value.at + 1, value.len - 2});

    if (same(key, "createType"))
        text_format(out->create_type, sizeof(out->create_type), "%.*s", (int)value.len,
                    (const char *)value.at);
    else if (same(key, "parentCID"))
        out->has_parent = !same(value, "ffffffff");
    else if (same(key, "ddb.logicalSectorSize") &&
             text_to_u64((const char *)value.at, value.len, &number) && number == 4096)
        out->sector_size = 4096;
}

void vmdk_parse_descriptor(struct bytes text, struct vmdk_descriptor *out)
{
    const uint8_t *nul = memchr(text.at, '\0', text.len);

    *out = (struct vmdk_descriptor){.sector_size = 512};
    if (nul)
        text.len = (size_t)(nul - text.at);
    while (text.len) {
        const uint8_t *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;

        read_line((struct bytes){text.at, len}, out);
        take(&text, end ? len + 1 : len);
    }
}
