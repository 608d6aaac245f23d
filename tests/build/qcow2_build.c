#include "tests/build/qcow2_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/build/zlib_build.h"

#define ROOM (24u << 20) /* bytes of an image at most */

void qcow2_put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

void qcow2_put64(uint8_t *at, uint64_t value)
{
    qcow2_put32(at, (uint32_t)(value >> 32));
    qcow2_put32(at + 4, (uint32_t)value);
}

/* Room for so many bytes at a multiple of unit. */
static size_t add(struct qcow2_build *b, size_t len, size_t unit)
{
    size_t at = (b->len + unit - 1) / unit * unit;

    if (at > ROOM || len > ROOM - at)
        abort();
    b->len = at + len;
    return at;
}

static size_t table_entries(const struct qcow2_build *b)
{
    return b->cluster / (b->options.extended ? 16 : 8);
}

void qcow2_build_begin(struct qcow2_build *b, struct qcow2_options options)
{
    if (!options.version)
        options.version = 3;
    if (!options.cluster_bits)
        options.cluster_bits = 16;
    *b = (struct qcow2_build){
        .options = options, .at = calloc(ROOM, 1), .cluster = (size_t)1 << options.cluster_bits};
    if (!b->at)
        abort();
    size_t covered = table_entries(b) * b->cluster;
    size_t entries = (size_t)((options.capacity + covered - 1) / covered);
    add(b, b->cluster, b->cluster);
    b->l1 = add(b, (entries * 8 + b->cluster - 1) / b->cluster * b->cluster, b->cluster);
    memcpy(b->at, "QFI\xfb", 4);
    qcow2_put32(b->at + 4, options.version);
    qcow2_put32(b->at + 20, options.cluster_bits);
    qcow2_put64(b->at + 24, options.capacity);
    qcow2_put32(b->at + 36, (uint32_t)entries);
    qcow2_put64(b->at + 40, b->l1);
    if (options.version < 3)
        return;
    b->at[79] = options.extended ? 1 << 4 : 0;
    qcow2_put32(b->at + 96, 4);
    qcow2_put32(b->at + 100, 104);
}

void qcow2_build_release(struct qcow2_build *b)
{
    free(b->at);
}

size_t qcow2_build_where(const struct qcow2_build *b, uint64_t cluster)
{
    size_t l1 = b->l1 + (size_t)(cluster / table_entries(b)) * 8;
    size_t table = (size_t)(get_be64(b->at + l1) & ~(1ull << 63));

    return table + (size_t)(cluster % table_entries(b)) * (b->options.extended ? 16 : 8);
}

void qcow2_build_entry(struct qcow2_build *b, uint64_t cluster, uint64_t entry, uint64_t bitmap)
{
    uint8_t *l1 = b->at + b->l1 + (size_t)(cluster / table_entries(b)) * 8;

    if (!get_be64(l1))
        qcow2_put64(l1, add(b, b->cluster, b->cluster) | 1ull << 63);
    size_t where = qcow2_build_where(b, cluster);
    qcow2_put64(b->at + where, entry);
    if (b->options.extended)
        qcow2_put64(b->at + where + 8, bitmap);
}

size_t qcow2_build_data(struct qcow2_build *b, uint64_t cluster, const uint8_t *data, size_t len)
{
    qcow2_build_entry(b, cluster, 0, 0);
    size_t at = add(b, b->cluster, b->cluster);
    memcpy(b->at + at, data, len);
    qcow2_build_entry(b, cluster, at | 1ull << 63, UINT32_MAX);
    return at;
}

uint64_t qcow2_build_packed_entry(const struct qcow2_build *b, size_t offset, size_t len)
{
    unsigned bits = 62 - (b->options.cluster_bits - 8);

    return 1ull << 62 | (uint64_t)((offset + len - 1) / 512 - offset / 512) << bits | offset;
}

size_t qcow2_build_packed(struct qcow2_build *b, uint64_t cluster, const uint8_t *data, size_t len)
{
    uint8_t *whole = calloc(b->cluster, 1), *packed = malloc(ZLIB_ROOM(b->cluster));

    if (!whole || !packed)
        abort();
    memcpy(whole, data, len);
    /* Without the head and the checksum of zlib. */
    size_t size = zlib_fixed(whole, b->cluster, packed) - 6;
    qcow2_build_entry(b, cluster, 0, 0);
    size_t at = add(b, size, 1);
    memcpy(b->at + at, packed + 2, size);
    qcow2_build_entry(b, cluster, qcow2_build_packed_entry(b, at, size), 0);
    free(whole);
    free(packed);
    return size;
}

void qcow2_build_extension(struct qcow2_build *b, uint32_t type, const void *data, size_t len)
{
    size_t at = b->options.version == 2 ? 72 : get_be32(b->at + 100);

    while (get_be32(b->at + at))
        at += 8 + (get_be32(b->at + at + 4) + 7) / 8 * 8;
    qcow2_put32(b->at + at, type);
    qcow2_put32(b->at + at + 4, (uint32_t)len);
    memcpy(b->at + at + 8, data, len);
}
