#include "disks/fat_view.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/fat_place.h"

struct fat_view {
    struct source source;
    struct fat_tree tree;
    struct fat_place place;
};

/* The part of piece, which lies at byte start, that is wanted: len bytes from offset on. */
static void overlay(uint8_t *to, uint64_t offset, size_t len, const uint8_t piece[FAT_PLACE_BOOT],
                    uint64_t start)
{
    uint64_t from = max_u64(offset, start), until = min_u64(offset + len, start + FAT_PLACE_BOOT);

    if (from < until)
        memcpy(to + (from - offset), piece + (from - start), (size_t)(until - from));
}

static void read_reserved(const struct fat_view *v, uint64_t offset, uint8_t *to, size_t len)
{
    uint64_t backup = (uint64_t)FAT_PLACE_BACKUP * v->place.sector;
    uint64_t info = (uint64_t)FAT_PLACE_INFO * v->place.sector;

    memset(to, 0, len);
    overlay(to, offset, len, v->place.boot, 0);
    if (v->place.kind != FAT_32)
        return;
    overlay(to, offset, len, v->place.info, info);
    overlay(to, offset, len, v->place.boot, backup);
    overlay(to, offset, len, v->place.info, backup + info);
}

/* The node whose clusters that one, which is in use, is of. */
static uint32_t node_at(const struct fat_view *v, uint32_t cluster)
{
    uint32_t low = 0, high = v->tree.node_count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (v->tree.nodes[middle].cluster <= cluster)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* What the FAT says of a cluster. */
static uint32_t link_of(const struct fat_view *v, uint32_t cluster)
{
    static const uint32_t masks[] = {[FAT_12] = 0xfff, [FAT_16] = 0xffff, [FAT_32] = 0x0fffffff};
    uint32_t mask = masks[v->place.kind];

    if (cluster == 0)
        return (0x0fffff00u | v->place.boot[21]) & mask;
    if (cluster == 1)
        return mask;
    if (cluster >= v->place.next)
        return 0;
    uint32_t node = node_at(v, cluster);
    bool last = node + 1 < v->tree.node_count ? v->tree.nodes[node + 1].cluster == cluster + 1
                                              : v->place.next == cluster + 1;
    return last ? mask : cluster + 1;
}

/* len bytes from offset in the FAT on. */
static void read_fat(const struct fat_view *v, uint64_t offset, uint8_t *to, size_t len)
{
    uint32_t bits = v->place.kind == FAT_32 ? 32 : v->place.kind == FAT_16 ? 16 : 12;
    uint64_t end = (uint64_t)(v->place.clusters + 2) * bits; /* bits */
    uint32_t cluster = UINT32_MAX, link = 0;

    /* Of 12 bits, half a byte is the smallest part. */
    for (size_t half = 0; half < 2 * len; half++) {
        uint64_t bit = (offset + half / 2) * 8 + half % 2 * 4;
        if (bit / bits != cluster && bit < end) {
            cluster = (uint32_t)(bit / bits);
            link = link_of(v, cluster);
        }
        uint8_t value = (uint8_t)(bit < end ? link >> bit % bits & 0xf : 0);
        to[half / 2] = (uint8_t)(half % 2 ? to[half / 2] | value << 4 : value);
    }
}

static void read_directory(const struct fat_view *v, const struct fat_node *n, uint64_t offset,
                           uint8_t *to, size_t len)
{
    uint64_t size = (uint64_t)n->count * FAT_ENTRY_SIZE;
    size_t there = offset < size ? (size_t)min_u64(len, size - offset) : 0;

    if (there)
        memcpy(to, v->tree.entries[n->first] + offset, there);
    memset(to + there, 0, len - there);
}

/* The piece of a file that the cluster with a number is in. */
static const struct fat_extent *extent_at(const struct fat_view *v, const struct fat_node *n,
                                          uint64_t index)
{
    const struct fat_extent *extents = v->tree.extents + n->first;
    uint32_t low = 0, high = n->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (extents[middle].index <= index)
            low = middle;
        else
            high = middle;
    }
    return &extents[low];
}

/* From one piece of the old volume; zeros behind the end of the file. */
static enum err read_file(const struct fat_view *v, const struct fat_node *n, uint64_t offset,
                          uint8_t *to, size_t *len, struct error *e)
{
    const struct fat_layout *old = &v->tree.fat.layout;

    if (offset >= n->size) {
        memset(to, 0, *len);
        return OK;
    }
    const struct fat_extent *x = extent_at(v, n, offset / old->cluster_size);
    uint64_t skip = offset - (uint64_t)x->index * old->cluster_size;
    uint64_t there = min_u64((uint64_t)x->count * old->cluster_size - skip, n->size - offset);

    *len = (size_t)min_u64(*len, there);
    return source_read(v->tree.fat.volume, fat_cluster_offset(old, x->cluster) + skip, to, *len, e);
}

static enum err read_data(const struct fat_view *v, uint64_t offset, uint8_t *to, size_t *len,
                          struct error *e)
{
    const struct fat_place *l = &v->place;
    uint32_t cluster = (uint32_t)(offset / l->cluster_size) + 2;

    if (cluster >= l->next) {
        memset(to, 0, *len);
        return OK;
    }
    uint32_t node = node_at(v, cluster);
    const struct fat_node *n = &v->tree.nodes[node];
    uint32_t end = node + 1 < v->tree.node_count ? n[1].cluster : l->next;
    uint64_t inside = offset - (uint64_t)(n->cluster - 2) * l->cluster_size;

    *len = (size_t)min_u64(*len, (uint64_t)(end - n->cluster) * l->cluster_size - inside);
    if (!n->is_directory)
        return read_file(v, n, inside, to, len, e);
    read_directory(v, n, inside, to, *len);
    return OK;
}

/* As much of *len as is of one kind. */
static enum err read_piece(const struct fat_view *v, uint64_t offset, uint8_t *to, size_t *len,
                           struct error *e)
{
    const struct fat_place *l = &v->place;
    uint64_t fat_size = (uint64_t)l->fat_sectors * l->sector;

    if (offset < l->fat) {
        *len = (size_t)min_u64(*len, l->fat - offset);
        read_reserved(v, offset, to, *len);
    } else if (offset < l->root) {
        uint64_t inside = (offset - l->fat) % fat_size;
        *len = (size_t)min_u64(*len, fat_size - inside);
        read_fat(v, inside, to, *len);
    } else if (offset < l->data) {
        *len = (size_t)min_u64(*len, l->data - offset);
        read_directory(v, v->tree.nodes, offset - l->root, to, *len);
    } else if (offset < l->end) {
        *len = (size_t)min_u64(*len, l->end - offset);
        return read_data(v, offset - l->data, to, len, e);
    } else {
        memset(to, 0, *len);
    }
    return OK;
}

static enum err view_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    uint8_t *at = to;

    while (len) {
        size_t n = len;
        TRY(read_piece((struct fat_view *)s, offset, at, &n, e));
        at += n;
        offset += n;
        len -= n;
    }
    return OK;
}

enum err fat_view_open(struct source *volume, uint64_t size, uint32_t sector_size, struct arena *a,
                       struct source **out, struct error *e)
{
    static const struct source_ops ops = {.read = view_read};
    struct fat_view *v;

    assert(size % sector_size == 0);
    TRY(TAKE(a, 1, &v, e));
    v->source = (struct source){.ops = &ops, .name = volume->name, .size = size};
    TRY(fat_tree_read(&v->tree, volume, a, e));
    TRY(fat_place(&v->place, &v->tree, size, sector_size, e));
    *out = &v->source;
    return OK;
}
