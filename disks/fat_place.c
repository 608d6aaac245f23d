#include "disks/fat_place.h"

#include <string.h>

#include "base/checked.h"

#define FAT_16_FROM     4085u  /* clusters: "FAT Type Determination"; */
#define FAT_32_FROM     65525u /* EDK2's FatOpenDevice() counts alike, */
#define FAT_32_TO       0x0ffffff5u
#define FAT_CLEAR       16u         /* but not all do: stay that far away from it */
#define CLUSTER_MAX     (64u << 10) /* bytes; what Windows, Linux and EDK2 all read */
#define ROOT_ENTRIES    512u        /* of a fixed root, or more when it holds more */
#define RESERVED_32     32u   /* sectors before the first FAT of a FAT32, as mkfs.fat has it */
#define DATA_ALIGNMENT  4096u /* bytes, of the first cluster; SSDs like it */
#define EXTENDED_16     36    /* where drive, serial number and label are in a boot sector, */
#define EXTENDED_32     64
#define EXTENDED_SIZE   18   /* bytes of them, which the text that names the kind follows */
#define SECTORS_PER_MAX 128u /* in a cluster */

/* A volume of that kind; false when as many clusters make another kind, or nearly do. */
static bool lay_out(struct fat_place *p, enum fat_kind kind, uint32_t root_entries)
{
    static const struct {
        uint32_t bits, from, to; /* clusters: from so many to less than so many */
    } kinds[] = {
        [FAT_12] = {12, 1, FAT_16_FROM - FAT_CLEAR},
        [FAT_16] = {16, FAT_16_FROM + FAT_CLEAR, FAT_32_FROM - FAT_CLEAR},
        [FAT_32] = {32, FAT_32_FROM + FAT_CLEAR, FAT_32_TO},
    };
    uint64_t needed = 1, data, clusters;

    p->kind = kind;
    p->root_entries = kind == FAT_32 ? 0 : root_entries;
    do {
        uint64_t root = (uint64_t)p->root_entries * FAT_ENTRY_SIZE / p->sector;
        uint64_t behind = FAT_PLACE_FATS * needed + root;
        uint64_t reserved = kind == FAT_32 ? RESERVED_32 : 1;
        p->fat_sectors = (uint32_t)needed;
        data = round_up((reserved + behind) * p->sector, DATA_ALIGNMENT) / p->sector;
        if (data >= p->total)
            return false;
        p->reserved = (uint32_t)(data - behind);
        clusters = (p->total - data) / (p->cluster_size / p->sector);
        needed = ((clusters + 2) * kinds[kind].bits + 8 * p->sector - 1) / (8 * p->sector);
    } while (needed > p->fat_sectors);
    p->clusters = (uint32_t)clusters;
    p->fat = (uint64_t)p->reserved * p->sector;
    p->root = p->fat + (uint64_t)FAT_PLACE_FATS * p->fat_sectors * p->sector;
    p->data = data * p->sector;
    p->end = p->data + clusters * p->cluster_size;
    return clusters >= kinds[kind].from && clusters < kinds[kind].to;
}

/* Clusters that a file or directory takes; at least one, but for a fixed root. */
static uint64_t clusters_of(const struct fat_place *p, const struct fat_tree *t, uint32_t node)
{
    const struct fat_node *n = &t->nodes[node];
    uint64_t len = n->is_directory ? (uint64_t)n->count * FAT_ENTRY_SIZE : n->size;

    if (node == 0 && p->kind != FAT_32)
        return 0;
    return len ? (len - 1) / p->cluster_size + 1 : 1;
}

static bool fits(const struct fat_place *p, const struct fat_tree *t)
{
    uint64_t clusters = 0;

    for (uint32_t i = 0; i < t->node_count; i++)
        clusters += clusters_of(p, t, i);
    return clusters <= p->clusters;
}

/* Try clusters of that many bytes; false when there is no such volume, or it is too small. */
static bool try_clusters(struct fat_place *p, const struct fat_tree *t, uint32_t cluster_size)
{
    uint64_t root = round_up(max_u64(t->nodes[0].count, ROOT_ENTRIES), p->sector / FAT_ENTRY_SIZE);

    p->cluster_size = cluster_size;
    if (cluster_size / p->sector > SECTORS_PER_MAX)
        return false;
    for (int kind = FAT_12; kind <= FAT_32; kind++)
        if ((kind == FAT_32 || root <= UINT16_MAX) &&
            lay_out(p, (enum fat_kind)kind, (uint32_t)root) && fits(p, t))
            return true;
    return false;
}

/* The old clusters if they will do, else smaller ones, else larger ones. */
static bool choose_clusters(struct fat_place *p, const struct fat_tree *t)
{
    uint32_t old = t->fat.layout.cluster_size;

    old = (uint32_t)min_u64(max_u64(old, p->sector), CLUSTER_MAX);
    for (uint32_t size = old; size >= p->sector; size /= 2)
        if (try_clusters(p, t, size))
            return true;
    for (uint32_t size = 2 * old; size <= CLUSTER_MAX; size *= 2)
        if (try_clusters(p, t, size))
            return true;
    return false;
}

static void place_nodes(struct fat_place *p, struct fat_tree *t)
{
    uint64_t next = 2;

    for (uint32_t i = 0; i < t->node_count; i++) {
        uint64_t clusters = clusters_of(p, t, i);
        t->nodes[i].cluster = clusters ? (uint32_t)next : 0;
        next += clusters;
        if (i)
            fat_tree_set_cluster(t->entries[t->nodes[i].entry], t->nodes[i].cluster);
    }
    p->next = (uint32_t)next;
}

/* "." names the directory itself, ".." the one above it; the root is 0 there. */
static void place_dots(struct fat_tree *t)
{
    for (uint32_t i = 1; i < t->node_count; i++) {
        const struct fat_node *n = &t->nodes[i];
        uint32_t above = n->parent ? t->nodes[n->parent].cluster : 0;
        for (uint32_t j = n->first; n->is_directory && j < n->first + n->count; j++)
            if (fat_tree_is_dot(t->entries[j]))
                fat_tree_set_cluster(t->entries[j], t->entries[j][1] == '.' ? above : n->cluster);
    }
}

/* old: the old volume's first sector.  What boots a BIOS stays away: it knows the old places. */
static void make_boot(struct fat_place *p, const struct fat_tree *t, const uint8_t *old)
{
    bool is_32 = p->kind == FAT_32, was_32 = t->fat.layout.kind == FAT_32;
    uint64_t hidden = (uint64_t)get_le32(old + 28) * t->fat.layout.sector_size / p->sector;
    uint8_t *b = p->boot, *extended = b + (is_32 ? EXTENDED_32 : EXTENDED_16);

    memcpy(b, is_32 ? "\xeb\x58\x90" : "\xeb\x3c\x90", 3);
    memcpy(b + 3, old + 3, 8); /* who made it */
    put_le16(b + 11, (uint16_t)p->sector);
    b[13] = (uint8_t)(p->cluster_size / p->sector);
    put_le16(b + 14, (uint16_t)p->reserved);
    b[16] = FAT_PLACE_FATS;
    put_le16(b + 17, (uint16_t)p->root_entries);
    if (!is_32 && p->total <= UINT16_MAX)
        put_le16(b + 19, (uint16_t)p->total);
    else
        put_le32(b + 32, p->total);
    b[21] = old[21];                    /* medium */
    memcpy(b + 24, old + 24, 4);        /* sectors of a track, heads */
    put_le32(b + 28, (uint32_t)hidden); /* sectors before the volume */
    if (is_32) {
        put_le32(b + 36, p->fat_sectors);
        put_le32(b + 44, t->nodes[0].cluster);
        put_le16(b + 48, FAT_PLACE_INFO);
        put_le16(b + 50, FAT_PLACE_BACKUP);
    } else {
        put_le16(b + 22, (uint16_t)p->fat_sectors);
    }
    memcpy(extended, old + (was_32 ? EXTENDED_32 : EXTENDED_16), EXTENDED_SIZE);
    extended[1] = 0; /* clean */
    memcpy(extended + EXTENDED_SIZE, "FAT1    ", 8);
    memcpy(extended + EXTENDED_SIZE + 3, is_32 ? "32" : p->kind == FAT_16 ? "16" : "12", 2);
    put_le16(b + 510, 0xaa55);
}

static void make_info(struct fat_place *p)
{
    put_le32(p->info, 0x41615252);
    put_le32(p->info + 484, 0x61417272);
    put_le32(p->info + 488, p->clusters + 2 - p->next); /* free */
    put_le32(p->info + 492, p->next);
    put_le32(p->info + 508, 0xaa550000);
}

enum err fat_place(struct fat_place *p, struct fat_tree *t, uint64_t size, uint32_t sector,
                   struct error *e)
{
    const char *name = t->fat.volume->name;
    uint8_t old[FAT_PLACE_BOOT];

    if (size / sector > UINT32_MAX)
        return fail(e, ERR_TOO_BIG, "%s: has more sectors of %u bytes than a FAT volume can", name,
                    sector);
    *p = (struct fat_place){.sector = sector, .total = (uint32_t)(size / sector)};
    if (!choose_clusters(p, t))
        return fail(e, ERR_NO_ROOM,
                    "%s: its files do not fit into a FAT volume of %llu bytes with sectors of %u "
                    "bytes",
                    name, (unsigned long long)size, sector);
    TRY(source_read(t->fat.volume, 0, old, sizeof(old), e));
    place_nodes(p, t);
    place_dots(t);
    make_boot(p, t, old);
    make_info(p);
    return OK;
}
