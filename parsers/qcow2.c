#include "parsers/qcow2.h"

#include <string.h>

#include "base/checked.h"

#define HEADER_V3        104u  /* bytes, at least */
#define EXTENDED_MIN     14u   /* cluster_bits with extended L2 entries */
#define NAME_MAX         1023u /* bytes of a backing file's name */
#define EXT_END          0u    /* header extensions */
#define EXT_FEATURES     0x6803f857u
#define EXT_DATA_FILE    0x44415441u
#define FEATURE_ENTRY    48u /* bytes of the feature name table */
#define FEATURE_NAME_MAX 46

#define OFFSET_MASK      0x00fffffffffffe00ull /* of entries of both tables: bits 9 to 55 */
#define L1_RESERVED      0x7f000000000001ffull
#define L2_RESERVED      0x3f000000000001feull /* of a standard cluster */
#define ENTRY_ALONE      (1ull << 63)          /* its reference count is one */
#define ENTRY_COMPRESSED (1ull << 62)
#define ENTRY_ZERO       1ull

/* Incompatible features, by bit. */
enum feature {
    FEATURE_DIRTY,
    FEATURE_CORRUPT,
    FEATURE_DATA_FILE,
    FEATURE_COMPRESSION,
    FEATURE_EXTENDED_L2,
    FEATURE_FIRST_UNKNOWN,
};

bool qcow2_is_header(const uint8_t *at)
{
    return memcmp(at, "QFI\xfb", 4) == 0;
}

static bool has(uint64_t features, enum feature feature)
{
    return features >> feature & 1;
}

/* The data of a header extension, of those from the end of the header on; empty when it is not there. */
static struct bytes find_extension(struct bytes head, size_t start, uint32_t wanted)
{
    while (start <= head.len && head.len - start >= 8) {
        uint32_t type = get_be32(head.at + start), len = get_be32(head.at + start + 4);
        start += 8;
        if (type == EXT_END || len > head.len - start)
            break;
        if (type == wanted)
            return (struct bytes){head.at + start, len};
        start += (size_t)round_up(len, 8);
    }
    return (struct bytes){head.at, 0};
}

/* The name that the image itself has for an incompatible feature, or an empty one. */
static struct bytes feature_name(struct bytes head, size_t start, unsigned bit)
{
    struct bytes table = find_extension(head, start, EXT_FEATURES);

    for (; table.len >= FEATURE_ENTRY; take(&table, FEATURE_ENTRY)) {
        if (table.at[0] != 0 || table.at[1] != bit)
            continue;
        const uint8_t *nul = memchr(table.at + 2, 0, FEATURE_NAME_MAX);
        size_t len = nul ? (size_t)(nul - (table.at + 2)) : FEATURE_NAME_MAX;
        return (struct bytes){table.at + 2, len};
    }
    return (struct bytes){head.at, 0};
}

static enum err refuse_unknown(struct bytes head, size_t start, uint64_t features, struct error *e)
{
    unsigned bit =
        (unsigned)__builtin_ctzll(features >> FEATURE_FIRST_UNKNOWN << FEATURE_FIRST_UNKNOWN);
    struct bytes name = feature_name(head, start, bit);

    return fail(e, ERR_UNSUPPORTED,
                "a QCOW2 with the incompatible feature %u (%.*s), which is not read", bit,
                name.len ? (int)name.len : 7, name.len ? (const char *)name.at : "no name");
}

static enum err check_features(struct bytes head, size_t start, uint64_t features, struct error *e)
{
    struct bytes name;

    if (features >> FEATURE_FIRST_UNKNOWN)
        return refuse_unknown(head, start, features, e);
    if (has(features, FEATURE_DATA_FILE)) {
        name = find_extension(head, start, EXT_DATA_FILE);
        return fail(e, ERR_UNSUPPORTED, "a QCOW2 whose data is in another file: %.*s",
                    (int)min_u64(name.len, NAME_MAX), (const char *)name.at);
    }
    if (has(features, FEATURE_CORRUPT))
        return fail(e, ERR_DAMAGED, "a QCOW2 that is marked as corrupt");
    return OK;
}

static enum err check_compression(struct bytes head, size_t start, uint64_t features,
                                  enum qcow2_compression *out, struct error *e)
{
    unsigned type = start > HEADER_V3 ? head.at[HEADER_V3] : 0;

    if (has(features, FEATURE_COMPRESSION) != (type != QCOW2_DEFLATE))
        return fail(e, ERR_DAMAGED,
                    "a QCOW2 with compression type %u, which its features contradict", type);
    if (type > QCOW2_ZSTD)
        return fail(e, ERR_UNSUPPORTED, "a QCOW2 with compression type %u, which is not read",
                    type);
    *out = (enum qcow2_compression)type;
    return OK;
}

/* What version 3 has behind the fields of version 2. */
static enum err parse_version_3(struct bytes head, struct qcow2_header *out, struct error *e)
{
    if (head.len < HEADER_V3)
        return fail(e, ERR_DAMAGED, "a QCOW2 that ends at byte %zu, inside its header", head.len);
    uint64_t features = get_be64(head.at + 72);
    uint32_t len = get_be32(head.at + 100);
    if (len < HEADER_V3 || len % 8 || len > head.len)
        return fail(e, ERR_DAMAGED, "a QCOW2 with a header of %u bytes", len);
    TRY(check_features(head, len, features, e));
    TRY(check_compression(head, len, features, &out->compression, e));
    out->has_subclusters = has(features, FEATURE_EXTENDED_L2);
    return OK;
}

/* Whatever makes an image one that is not to be had alone. */
static enum err check_alone(struct bytes head, struct error *e)
{
    uint64_t backing = get_be64(head.at + 8);
    uint32_t name = get_be32(head.at + 16), encryption = get_be32(head.at + 32);

    if (encryption)
        return fail(e, ERR_UNSUPPORTED, "a QCOW2 that is encrypted (%s)",
                    encryption == 1   ? "AES"
                    : encryption == 2 ? "LUKS"
                                      : "in a way that is not known");
    if (!backing)
        return OK;
    if (name > NAME_MAX || backing > head.len || name > head.len - backing)
        name = 0;
    return fail(e, ERR_UNSUPPORTED,
                "a QCOW2 that only holds the differences to another image: %.*s", (int)name,
                name ? (const char *)head.at + backing : "");
}

static enum err check_sizes(struct qcow2_header *h, struct error *e)
{
    if (h->cluster_bits > QCOW2_CLUSTER_BITS_MAX)
        return fail(e, ERR_UNSUPPORTED,
                    "a QCOW2 with clusters of 2^%u bytes, where at most 2^%u are read",
                    h->cluster_bits, QCOW2_CLUSTER_BITS_MAX);
    if (h->cluster_bits < (h->has_subclusters ? EXTENDED_MIN : QCOW2_CLUSTER_BITS_MIN))
        return fail(e, ERR_DAMAGED, "a QCOW2 with clusters of 2^%u bytes", h->cluster_bits);
    if (h->capacity == 0 || h->capacity % 512 || h->capacity > INT64_MAX)
        return fail(e, ERR_DAMAGED, "a QCOW2 of a disk of %llu bytes",
                    (unsigned long long)h->capacity);
    h->l2_bits = h->cluster_bits - (h->has_subclusters ? 4 : 3);
    if ((h->capacity - 1) >> (h->cluster_bits + h->l2_bits) >= h->l1_entries)
        return fail(e, ERR_DAMAGED,
                    "a QCOW2 of a disk of %llu bytes, with %u entries in its L1 table",
                    (unsigned long long)h->capacity, h->l1_entries);
    if (h->l1_table == 0 || h->l1_table % (1u << h->cluster_bits))
        return fail(e, ERR_DAMAGED, "a QCOW2 whose L1 table is at byte %llu",
                    (unsigned long long)h->l1_table);
    return OK;
}

enum err qcow2_parse_header(struct bytes head, struct qcow2_header *out, struct error *e)
{
    if (head.len < QCOW2_HEADER_MIN)
        return fail(e, ERR_DAMAGED, "a QCOW2 that ends at byte %zu, inside its header", head.len);
    *out = (struct qcow2_header){.version = get_be32(head.at + 4),
                                 .cluster_bits = get_be32(head.at + 20),
                                 .capacity = get_be64(head.at + 24),
                                 .l1_table = get_be64(head.at + 40),
                                 .l1_entries = get_be32(head.at + 36)};
    if (out->version != 2 && out->version != 3)
        return fail(e, ERR_UNSUPPORTED, "a QCOW of version %u, which is not read", out->version);
    if (out->version == 3)
        TRY(parse_version_3(head, out, e));
    TRY(check_alone(head, e));
    return check_sizes(out, e);
}

uint32_t qcow2_l2_entry_size(const struct qcow2_header *h)
{
    return h->has_subclusters ? 16 : 8;
}

static bool is_aligned(const struct qcow2_header *h, uint64_t offset)
{
    return offset % (1u << h->cluster_bits) == 0;
}

static enum err refuse_entry(const char *table, uint64_t entry, struct error *e)
{
    return fail(e, ERR_DAMAGED, "entry %016llx of an %s table makes no sense",
                (unsigned long long)entry, table);
}

enum err qcow2_parse_l1(const struct qcow2_header *h, const uint8_t *at, uint64_t *table,
                        struct error *e)
{
    uint64_t entry = get_be64(at);

    *table = entry & OFFSET_MASK;
    if (entry & L1_RESERVED || !is_aligned(h, *table))
        return refuse_entry("L1", entry, e);
    return OK;
}

/* Place and number of sectors share a field; the larger clusters are, the more bits the number has. */
static void parse_packed(const struct qcow2_header *h, uint64_t entry, struct qcow2_piece *out)
{
    uint32_t bits = 62 - (h->cluster_bits - 8);
    uint64_t more = (entry & (ENTRY_COMPRESSED - 1)) >> bits;

    out->kind = QCOW2_PACKED;
    out->at = entry & ((1ull << bits) - 1);
    out->packed = (uint32_t)((more + 1) * 512 - out->at % 512);
}

static enum err parse_subcluster(const struct qcow2_header *h, uint64_t entry, uint64_t bitmap,
                                 uint32_t subcluster, struct qcow2_piece *out, struct error *e)
{
    bool is_there = bitmap >> subcluster & 1, is_zero = bitmap >> 32 >> subcluster & 1;

    if (is_there && (is_zero || !(entry & OFFSET_MASK)))
        return refuse_entry("L2", entry, e);
    if (is_there)
        *out = (struct qcow2_piece){.kind = QCOW2_DATA,
                                    .at = (entry & OFFSET_MASK) +
                                          ((uint64_t)subcluster << h->cluster_bits) /
                                              QCOW2_SUBCLUSTERS};
    return OK;
}

enum err qcow2_parse_l2(const struct qcow2_header *h, const uint8_t *at, uint32_t subcluster,
                        struct qcow2_piece *out, struct error *e)
{
    uint64_t entry = get_be64(at), offset = entry & OFFSET_MASK;

    *out = (struct qcow2_piece){.kind = QCOW2_ZERO};
    if (entry & ENTRY_COMPRESSED) {
        parse_packed(h, entry, out);
        return OK;
    }
    if (entry & L2_RESERVED || !is_aligned(h, offset) ||
        (entry & ENTRY_ALONE && !offset && !(entry & ENTRY_ZERO)))
        return refuse_entry("L2", entry, e);
    if (entry & ENTRY_ZERO && (h->version == 2 || h->has_subclusters))
        return refuse_entry("L2", entry, e);
    if (h->has_subclusters)
        return parse_subcluster(h, entry, get_be64(at + 8), subcluster, out, e);
    if (offset && !(entry & ENTRY_ZERO))
        *out = (struct qcow2_piece){.kind = QCOW2_DATA, .at = offset};
    return OK;
}
