#include "disks/fat_tree.h"

#include <string.h>

#include "base/checked.h"
#include "disks/window.h"

#define READ_SIZE 512 /* bytes of a directory at a time; a power of two, on the stack */

struct reader {
    struct fat_tree *tree;
    const char *volume; /* its name */
    struct window fat;
    uint8_t *taken; /* a bit for each cluster that something was found in */
};

bool fat_tree_is_dot(const uint8_t entry[FAT_ENTRY_SIZE])
{
    return memcmp(entry, ".          ", 11) == 0 || memcmp(entry, "..         ", 11) == 0;
}

void fat_tree_set_cluster(uint8_t entry[FAT_ENTRY_SIZE], uint32_t cluster)
{
    put_le16(entry + 20, (uint16_t)(cluster >> 16));
    put_le16(entry + 26, (uint16_t)cluster);
}

/* What a message calls it. */
static const char *name_of(const struct fat_tree *t, const struct fat_node *node, char out[13])
{
    struct fat_entry entry;

    if (node == t->nodes)
        return "the root directory";
    fat_parse_entry(t->entries[node->entry], FAT_12, &entry);
    memcpy(out, entry.name, sizeof(entry.name));
    return out;
}

/* The cluster is there, and nothing else lies in it. */
static enum err take_cluster(struct reader *r, const struct fat_node *node, uint32_t cluster,
                             struct error *e)
{
    uint32_t number = cluster - 2;
    char name[13];

    if (cluster < 2 || number >= r->tree->fat.layout.clusters)
        return fail(e, ERR_DAMAGED,
                    "%s: %s: cluster %u, where it begins or goes on, does not exist", r->volume,
                    name_of(r->tree, node, name), cluster);
    if (r->taken[number / 8] & 1u << number % 8)
        return fail(e, ERR_DAMAGED, "%s: %s: cluster %u holds something else too, or is in a loop",
                    r->volume, name_of(r->tree, node, name), cluster);
    r->taken[number / 8] = (uint8_t)(r->taken[number / 8] | 1u << number % 8);
    return OK;
}

/* The cluster that follows; 0 at the end of the chain. */
static enum err follow(struct reader *r, uint32_t cluster, uint32_t *next, struct error *e)
{
    const struct fat_layout *layout = &r->tree->fat.layout;
    uint64_t offset = fat_link_offset(layout->kind, cluster);
    size_t len = fat_link_size(layout->kind);
    const uint8_t *at;

    if (offset > layout->fat_size || len > layout->fat_size - offset)
        return fail(e, ERR_DAMAGED, "%s: cluster %u is outside the FAT", r->volume, cluster);
    TRY(window_read(&r->fat, layout->fat + offset, len, &at, e));
    *next = fat_parse_link(layout->kind, cluster, at);
    return OK;
}

static enum err add_node(struct reader *r, uint32_t parent, uint32_t entry,
                         const struct fat_entry *parsed, struct error *e)
{
    struct fat_tree *t = r->tree;

    if (t->node_count == FAT_TREE_NODES_MAX)
        return fail(e, ERR_TOO_BIG, "%s: more than %u files and directories", r->volume,
                    FAT_TREE_NODES_MAX);
    t->nodes[t->node_count++] = (struct fat_node){.is_directory = parsed->kind == FAT_DIRECTORY,
                                                  .parent = parent,
                                                  .entry = entry,
                                                  .cluster = parsed->cluster,
                                                  .size = parsed->size};
    return OK;
}

/* Keep an entry of a directory; *end: it is none, and none follows. */
static enum err keep_entry(struct reader *r, uint32_t node, const uint8_t *raw, bool *end,
                           struct error *e)
{
    struct fat_tree *t = r->tree;
    struct fat_entry parsed;

    fat_parse_entry(raw, t->fat.layout.kind, &parsed);
    *end = parsed.kind == FAT_END;
    if (*end || raw[0] == 0xe5)
        return OK;
    if (t->entry_count == FAT_TREE_ENTRIES_MAX)
        return fail(e, ERR_TOO_BIG, "%s: more than %u entries in its directories", r->volume,
                    FAT_TREE_ENTRIES_MAX);
    uint32_t number = t->entry_count++;
    memcpy(t->entries[number], raw, FAT_ENTRY_SIZE);
    t->nodes[node].count++;
    if (parsed.kind == FAT_LONG)
        return OK;
    fat_tree_set_cluster(t->entries[number], 0);
    if (parsed.kind == FAT_EMPTY || fat_tree_is_dot(raw) ||
        (parsed.kind == FAT_FILE && parsed.size == 0))
        return OK;
    return add_node(r, node, number, &parsed, e);
}

static enum err read_entries(struct reader *r, uint32_t node, uint64_t offset, uint64_t len,
                             bool *end, struct error *e)
{
    uint8_t piece[READ_SIZE];

    while (len && !*end) {
        size_t n = (size_t)min_u64(len, READ_SIZE);
        TRY(source_read(r->tree->fat.volume, offset, piece, n, e));
        for (size_t at = 0; at + FAT_ENTRY_SIZE <= n && !*end; at += FAT_ENTRY_SIZE)
            TRY(keep_entry(r, node, piece + at, end, e));
        offset += n;
        len -= n;
    }
    return OK;
}

static enum err read_directory(struct reader *r, uint32_t number, struct error *e)
{
    const struct fat_layout *layout = &r->tree->fat.layout;
    struct fat_node *node = &r->tree->nodes[number];
    uint32_t cluster = node->cluster;
    bool end = false;

    node->first = r->tree->entry_count;
    if (number == 0 && layout->kind != FAT_32)
        return read_entries(r, number, layout->root, layout->root_size, &end, e);
    do {
        TRY(take_cluster(r, node, cluster, e));
        TRY(read_entries(r, number, fat_cluster_offset(layout, cluster), layout->cluster_size, &end,
                         e));
        TRY(follow(r, cluster, &cluster, e));
    } while (cluster);
    return OK;
}

static enum err add_cluster(struct reader *r, struct fat_node *node, uint32_t index,
                            uint32_t cluster, struct error *e)
{
    struct fat_tree *t = r->tree;
    struct fat_extent *last = &t->extents[t->extent_count - (node->count != 0)];

    if (node->count && last->cluster + last->count == cluster) {
        last->count++;
        return OK;
    }
    if (t->extent_count == FAT_TREE_EXTENTS_MAX)
        return fail(e, ERR_TOO_BIG, "%s: its files are in more than %u pieces", r->volume,
                    FAT_TREE_EXTENTS_MAX);
    t->extents[t->extent_count++] = (struct fat_extent){index, cluster, 1};
    node->count++;
    return OK;
}

/* As many clusters as the file needs; some systems keep more for it. */
static enum err read_chain(struct reader *r, struct fat_node *node, struct error *e)
{
    uint32_t needed = (node->size - 1) / r->tree->fat.layout.cluster_size + 1;
    uint32_t cluster = node->cluster;

    node->first = r->tree->extent_count;
    for (uint32_t index = 0; index < needed; index++) {
        if (index)
            TRY(follow(r, cluster, &cluster, e));
        TRY(take_cluster(r, node, cluster, e));
        TRY(add_cluster(r, node, index, cluster, e));
    }
    return OK;
}

static enum err take_memory(struct fat_tree *t, struct arena *a, struct error *e)
{
    TRY(TAKE(a, FAT_TREE_NODES_MAX, &t->nodes, e));
    TRY(arena_take(a, FAT_TREE_ENTRIES_MAX, FAT_ENTRY_SIZE, 8, (void **)&t->entries, e));
    return TAKE(a, FAT_TREE_EXTENTS_MAX, &t->extents, e);
}

enum err fat_tree_read(struct fat_tree *t, struct source *volume, struct arena *a, struct error *e)
{
    struct reader r = {.tree = t, .volume = volume->name};

    *t = (struct fat_tree){.node_count = 1};
    TRY(fat_open(&t->fat, volume, e));
    uint32_t clusters = t->fat.layout.clusters;
    if (clusters > FAT_TREE_CLUSTERS_MAX)
        return fail(e, ERR_TOO_BIG, "%s: has %u clusters; at most %u are taken over", volume->name,
                    clusters, FAT_TREE_CLUSTERS_MAX);
    TRY(take_memory(t, a, e));

    struct arena scratch = *a;
    TRY(window_open(&r.fat, volume, "FAT", &scratch, e));
    TRY(arena_take(&scratch, clusters / 8 + 1, 1, 1, (void **)&r.taken, e));
    t->nodes[0] = (struct fat_node){.is_directory = true, .cluster = t->fat.layout.root_cluster};
    for (uint32_t i = 0; i < t->node_count; i++)
        TRY(t->nodes[i].is_directory ? read_directory(&r, i, e) : read_chain(&r, &t->nodes[i], e));
    return OK;
}
