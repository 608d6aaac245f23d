#include "parsers/vhdx.h"

#include <string.h>

#include "base/checked.h"
#include "base/crc32c.h"
#include "base/text.h"

#define CHECKSUM_AT      4    /* in headers and region tables */
#define ENTRIES_MAX      2047 /* of both tables */
#define ENTRY            32u  /* bytes, of both tables */
#define REGIONS_HEAD     16u  /* bytes in front of the entries */
#define METADATA_HEAD    32u
#define USER_ITEMS_MAX   1024
#define ITEM_LEN_MAX     (1u << 20)
#define ITEM_IS_USER     1u
#define ITEM_IS_REQUIRED 4u
#define HAS_PARENT       2u
#define LEAVES_ALLOCATED 1u
#define CHUNK_SECTORS    (1ull << 23) /* a sector bitmap of 1 MiB tells of so many */
#define BAT_RESERVED     0xffff8ull

/* Of blocks, in the BAT. */
enum state {
    STATE_NOT_PRESENT = 0,
    STATE_UNDEFINED = 1,
    STATE_ZERO = 2,
    STATE_UNMAPPED = 3,
    STATE_PRESENT = 6,
    STATE_PARTLY_PRESENT = 7,
};

/* As they lie in the file. */
static const uint8_t bat_guid[VHDX_GUID] = {0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
                                            0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08};
static const uint8_t metadata_guid[VHDX_GUID] = {0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
                                                 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e};
static const struct {
    uint8_t guid[VHDX_GUID];
    uint32_t len;     /* bytes, at least */
    const char *name; /* for messages */
} known_items[VHDX_ITEMS] = {
    [VHDX_PARAMETERS] = {{0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33, 0xf0,
                          0xaa, 0x44, 0xe7, 0x6b},
                         8,
                         "file parameters"},
    [VHDX_DISK_SIZE] = {{0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe,
                         0xd8, 0x3b, 0xf4, 0xb8},
                        8,
                        "virtual disk size"},
    [VHDX_SECTOR_SIZE] = {{0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47, 0xba, 0x47, 0xf2, 0x33,
                           0xa8, 0xfa, 0xab, 0x5f},
                          4,
                          "logical sector size"},
    [VHDX_PHYSICAL] = {{0xc7, 0x48, 0xa3, 0xcd, 0x5d, 0x44, 0x71, 0x44, 0x9c, 0xc9, 0xe9, 0x88,
                        0x52, 0x51, 0xc5, 0x56},
                       4,
                       "physical sector size"},
    [VHDX_DISK_ID] = {{0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45, 0x93, 0xef, 0xc3, 0x09, 0xe0,
                       0x00, 0xc7, 0x46},
                      16,
                      "virtual disk ID"},
    [VHDX_PARENT] = {{0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45, 0xab, 0xf7, 0xd3, 0xd8, 0x48,
                      0x34, 0xab, 0x0c},
                     20,
                     "parent locator"},
};

bool vhdx_is_file(const uint8_t *at)
{
    return memcmp(at, "vhdxfile", VHDX_MAGIC) == 0;
}

static bool guid_is(const uint8_t *at, const uint8_t *guid)
{
    return memcmp(at, guid, VHDX_GUID) == 0;
}

static const char *guid_text(char out[VHDX_GUID_TEXT_MAX], const uint8_t *at)
{
    text_format(out, VHDX_GUID_TEXT_MAX, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X",
                get_le32(at), get_le16(at + 4), get_le16(at + 6), at[8], at[9], at[10], at[11],
                at[12], at[13], at[14], at[15]);
    return out;
}

bool vhdx_overlap(const struct vhdx_span *a, const struct vhdx_span *b)
{
    return a->len && b->len && a->at < b->at + b->len && b->at < a->at + a->len;
}

/* Whole units, not inside of the first one, which has the headers. */
static bool is_placed(const struct vhdx_span *s)
{
    return s->at >= VHDX_UNIT && s->at % VHDX_UNIT == 0 && s->len % VHDX_UNIT == 0 &&
           s->len <= UINT64_MAX - s->at;
}

static bool header_is_valid(const uint8_t *at)
{
    return memcmp(at, "head", 4) == 0 &&
           crc32c_without(at, VHDX_HEADER, CHECKSUM_AT) == get_le32(at + CHECKSUM_AT);
}

/* disk2vhd writes the same header twice: then it does not matter which. */
static enum err choose_header(const uint8_t *first, const uint8_t *second, const uint8_t **out,
                              struct error *e)
{
    bool first_ok = header_is_valid(first), second_ok = header_is_valid(second);
    uint64_t first_number = get_le64(first + 8), second_number = get_le64(second + 8);

    if (!first_ok && !second_ok)
        return fail(e, ERR_DAMAGED, "a VHDX whose headers are both damaged");
    if (first_ok && second_ok && first_number == second_number &&
        memcmp(first, second, VHDX_HEADER) != 0)
        return fail(e, ERR_DAMAGED, "a VHDX with two headers of number %llu that differ",
                    (unsigned long long)first_number);
    *out = first_ok && (!second_ok || first_number >= second_number) ? first : second;
    return OK;
}

enum err vhdx_parse_headers(const uint8_t *first, const uint8_t *second, struct vhdx_header *out,
                            struct error *e)
{
    static const uint8_t no_guid[VHDX_GUID];
    const uint8_t *at;

    TRY(choose_header(first, second, &at, e));
    unsigned log_version = get_le16(at + 64), version = get_le16(at + 66);
    *out = (struct vhdx_header){.sequence = get_le64(at + 8),
                                .log = {get_le64(at + 72), get_le32(at + 68)},
                                .must_replay = !guid_is(at + 48, no_guid)};
    memcpy(out->log_guid, at + 48, VHDX_GUID);
    if (version != 1)
        return fail(e, ERR_UNSUPPORTED, "a VHDX of version %u, which is not read", version);
    if (out->must_replay && log_version != 0)
        return fail(e, ERR_UNSUPPORTED, "a VHDX with a log of version %u, which is not read",
                    log_version);
    if ((out->must_replay || out->log.len) && !is_placed(&out->log))
        return fail(e, ERR_DAMAGED, "a VHDX whose log has %llu bytes at byte %llu",
                    (unsigned long long)out->log.len, (unsigned long long)out->log.at);
    return OK;
}

bool vhdx_regions_are_valid(const uint8_t *at)
{
    return memcmp(at, "regi", 4) == 0 &&
           crc32c_without(at, VHDX_TABLE, CHECKSUM_AT) == get_le32(at + CHECKSUM_AT);
}

static struct vhdx_span region_span(const uint8_t *entry)
{
    return (struct vhdx_span){get_le64(entry + 16), get_le32(entry + 24)};
}

/* Entry number i, against the log and the entries before it, which were checked. */
static enum err check_region(const uint8_t *at, uint32_t i, const struct vhdx_span *log,
                             struct error *e)
{
    const uint8_t *entry = at + REGIONS_HEAD + (size_t)ENTRY * i, *other;
    struct vhdx_span span = region_span(entry), before;
    char name[VHDX_GUID_TEXT_MAX];

    guid_text(name, entry);
    if (!span.len || !is_placed(&span))
        return fail(e, ERR_DAMAGED, "region %s has %llu bytes at byte %llu", name,
                    (unsigned long long)span.len, (unsigned long long)span.at);
    if (vhdx_overlap(&span, log))
        return fail(e, ERR_DAMAGED, "region %s, at byte %llu, overlaps the log", name,
                    (unsigned long long)span.at);
    for (other = at + REGIONS_HEAD; other < entry; other += ENTRY) {
        before = region_span(other);
        if (guid_is(other, entry))
            return fail(e, ERR_DAMAGED, "region %s is there twice", name);
        if (vhdx_overlap(&span, &before))
            return fail(e, ERR_DAMAGED, "region %s, at byte %llu, overlaps another", name,
                        (unsigned long long)span.at);
    }
    return OK;
}

enum err vhdx_parse_regions(const uint8_t *at, const struct vhdx_span *log,
                            struct vhdx_regions *out, struct error *e)
{
    uint32_t count = get_le32(at + 8);
    char name[VHDX_GUID_TEXT_MAX];

    *out = (struct vhdx_regions){0};
    if (count > ENTRIES_MAX)
        return fail(e, ERR_DAMAGED, "a VHDX with %u regions", count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = at + REGIONS_HEAD + (size_t)ENTRY * i;
        TRY(check_region(at, i, log, e));
        if (guid_is(entry, bat_guid))
            out->bat = region_span(entry);
        else if (guid_is(entry, metadata_guid))
            out->metadata = region_span(entry);
        else if (get_le32(entry + 28))
            return fail(e, ERR_UNSUPPORTED,
                        "a VHDX with the region %s, which must be known and is not",
                        guid_text(name, entry));
    }
    if (!out->bat.len || !out->metadata.len)
        return fail(e, ERR_DAMAGED, "a VHDX without a region for its %s",
                    out->metadata.len ? "block table" : "metadata");
    return OK;
}

static struct vhdx_span item_span(const uint8_t *entry)
{
    return (struct vhdx_span){get_le32(entry + 16), get_le32(entry + 20)};
}

/* Entry number i, against the entries before it. */
static enum err check_item(const uint8_t *at, uint32_t i, uint64_t region, struct error *e)
{
    const uint8_t *entry = at + METADATA_HEAD + (size_t)ENTRY * i, *other;
    struct vhdx_span span = item_span(entry), before;
    char name[VHDX_GUID_TEXT_MAX];

    guid_text(name, entry);
    if (span.len == 0 ? span.at != 0
                      : span.at < VHDX_TABLE || span.len > ITEM_LEN_MAX || span.at > region ||
                            span.len > region - span.at)
        return fail(e, ERR_DAMAGED, "metadata %s have %llu bytes at byte %llu of their region",
                    name, (unsigned long long)span.len, (unsigned long long)span.at);
    for (other = at + METADATA_HEAD; other < entry; other += ENTRY) {
        before = item_span(other);
        if (guid_is(other, entry) && ((other[24] ^ entry[24]) & ITEM_IS_USER) == 0)
            return fail(e, ERR_DAMAGED, "metadata %s are there twice", name);
        if (vhdx_overlap(&span, &before))
            return fail(e, ERR_DAMAGED, "metadata %s, at byte %llu of their region, overlap others",
                        name, (unsigned long long)span.at);
    }
    return OK;
}

/* Which item it is, or VHDX_ITEMS. */
static enum vhdx_item find_item(const uint8_t *entry)
{
    enum vhdx_item item = VHDX_PARAMETERS;

    if (get_le32(entry + 24) & ITEM_IS_USER)
        return VHDX_ITEMS;
    while (item < VHDX_ITEMS && !guid_is(entry, known_items[item].guid))
        item++;
    return item;
}

static enum err take_item(const uint8_t *entry, struct vhdx_items *out, struct error *e)
{
    enum vhdx_item item = find_item(entry);
    struct vhdx_span span = item_span(entry);
    char name[VHDX_GUID_TEXT_MAX];

    if (item == VHDX_ITEMS && get_le32(entry + 24) & ITEM_IS_REQUIRED)
        return fail(e, ERR_UNSUPPORTED,
                    "a VHDX with the metadata %s, which must be known and are not",
                    guid_text(name, entry));
    if (item == VHDX_ITEMS)
        return OK;
    if (span.len < known_items[item].len)
        return fail(e, ERR_DAMAGED, "a VHDX whose %s has %llu bytes", known_items[item].name,
                    (unsigned long long)span.len);
    out->at[item] = span;
    return OK;
}

enum err vhdx_parse_metadata(const uint8_t *at, uint64_t region, struct vhdx_items *out,
                             struct error *e)
{
    uint32_t count = get_le16(at + 10), user = 0;

    *out = (struct vhdx_items){0};
    if (memcmp(at, "metadata", 8) != 0)
        return fail(e, ERR_DAMAGED, "no metadata table of a VHDX");
    if (count > ENTRIES_MAX)
        return fail(e, ERR_DAMAGED, "a VHDX with %u items of metadata", count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = at + METADATA_HEAD + (size_t)ENTRY * i;
        user += get_le32(entry + 24) & ITEM_IS_USER;
        TRY(check_item(at, i, region, e));
        TRY(take_item(entry, out, e));
    }
    if (user > USER_ITEMS_MAX)
        return fail(e, ERR_DAMAGED, "a VHDX with %u items of metadata by its user", user);
    for (size_t i = VHDX_PARAMETERS; i <= VHDX_SECTOR_SIZE; i++)
        if (!out->at[i].len)
            return fail(e, ERR_DAMAGED, "a VHDX whose metadata lack its %s", known_items[i].name);
    return OK;
}

enum err vhdx_parse_disk(const uint8_t items[3][VHDX_ITEM_MAX], struct vhdx_disk *out,
                         struct error *e)
{
    const uint8_t *parameters = items[VHDX_PARAMETERS];
    uint32_t flags = get_le32(parameters + 4);

    *out = (struct vhdx_disk){.block_size = get_le32(parameters),
                              .sector_size = get_le32(items[VHDX_SECTOR_SIZE]),
                              .capacity = get_le64(items[VHDX_DISK_SIZE]),
                              .is_fixed = flags & LEAVES_ALLOCATED};
    if (flags & HAS_PARENT)
        return fail(e, ERR_UNSUPPORTED,
                    "a differencing VHDX, which needs the disk it was made from");
    if (!is_power_of_two(out->block_size) || out->block_size < VHDX_UNIT ||
        out->block_size > VHDX_BLOCK_MAX)
        return fail(e, ERR_DAMAGED, "a VHDX with blocks of %u bytes", out->block_size);
    if (out->sector_size != 512 && out->sector_size != 4096)
        return fail(e, ERR_DAMAGED, "a VHDX with sectors of %u bytes", out->sector_size);
    if (out->capacity == 0 || out->capacity % out->sector_size || out->capacity > VHDX_CAPACITY_MAX)
        return fail(e, ERR_DAMAGED, "a VHDX of a disk of %llu bytes, with sectors of %u",
                    (unsigned long long)out->capacity, out->sector_size);
    out->chunk = CHUNK_SECTORS * out->sector_size / out->block_size;
    return OK;
}

uint64_t vhdx_bat_index(const struct vhdx_disk *d, uint64_t block)
{
    return block + block / d->chunk;
}

uint64_t vhdx_bat_entries(const struct vhdx_disk *d)
{
    return vhdx_bat_index(d, (d->capacity - 1) / d->block_size) + 1;
}

enum err vhdx_parse_bat(const uint8_t *entry, uint64_t *at, struct error *e)
{
    uint64_t bits = get_le64(entry), place = bits >> 20 << 20;
    unsigned state = bits & 7;

    *at = 0;
    if (bits & BAT_RESERVED)
        return fail(e, ERR_DAMAGED, "entry %016llx of a block table makes no sense",
                    (unsigned long long)bits);
    switch (state) {
    /* In all of these zeros are one of the answers that are allowed, and in STATE_ZERO the only one. */
    case STATE_NOT_PRESENT:
    case STATE_UNDEFINED:
    case STATE_ZERO:
    case STATE_UNMAPPED:
        return OK;
    case STATE_PRESENT:
        *at = place;
        if (place)
            return OK;
        return fail(e, ERR_DAMAGED, "a block that is there lies in the header");
    case STATE_PARTLY_PRESENT:
        return fail(e, ERR_DAMAGED, "a block is there in part, but no other disk has the rest");
    default:
        return fail(e, ERR_DAMAGED, "a block has the state %u, which is reserved", state);
    }
}
