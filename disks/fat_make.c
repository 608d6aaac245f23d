#include "disks/fat_make.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "disks/fat_name.h"
#include "disks/fat_put.h"
#include "parsers/fat.h"

#define CLUSTERS_MAX                                                                               \
    32768u /* of FAT12 and FAT16, so that the FATs stay small; more would be possible */
#define CLUSTER_32  4096u  /* bytes of a cluster of FAT32, unless that makes too few */
#define FAT_32_FROM 65525u /* clusters: "FAT Type Determination" */
#define FAT_CLEAR   16u    /* stay that far away from both bounds: not all who count agree */
#define STEP        (1u << 20)
#define ALIAS_TAILS 999999u

static size_t find_child(const struct fat_maker *m, size_t parent, const char *text, size_t len)
{
    for (size_t i = 1; i < m->count; i++)
        if (m->nodes[i].parent == parent && fat_name_same(&m->nodes[i].name, text, len))
            return i;
    return 0;
}

/* Add a file, or a folder that may be there, and the directories above it that are not there yet. */
static enum err add_file(struct fat_maker *m, const struct fat_make_file *file, bool is_folder,
                         struct error *e)
{
    const char *at = file->path;
    size_t parent = 0;

    for (bool last = false; !last;) {
        size_t len = 0;
        while (at[len] && at[len] != '/')
            len++;
        last = at[len] == '\0';
        bool is_directory = !last || is_folder;
        size_t node = find_child(m, parent, at, len);
        if (node && !(is_directory && m->nodes[node].is_directory))
            return fail(e, ERR_UNSUPPORTED, "%s: there twice, but for upper and lower case",
                        file->path);
        if (!node) {
            if (m->count == FAT_MAKE_NODES_MAX)
                return fail(e, ERR_TOO_BIG,
                            "%s: more files and directories for a FAT volume than %u", file->path,
                            FAT_MAKE_NODES_MAX - 1);
            node = m->count++;
            m->nodes[node] =
                (struct fat_node){.parent = parent, .is_directory = is_directory, .entries = 2};
            if (!is_directory)
                m->nodes[node].bytes = file->bytes;
            if (!fat_name_init(&m->nodes[node].name, at, len))
                return fail(e, ERR_UNSUPPORTED, "%s: no name for a file on a FAT volume",
                            file->path);
            m->nodes[parent].entries += m->nodes[node].name.parts + 1;
        }
        parent = node;
        at += len + 1;
    }
    return OK;
}

/* By a name that is its own alias, or by one of the nodes before. */
static bool alias_is_taken(const struct fat_maker *m, size_t node)
{
    for (size_t i = 1; i < m->count; i++) {
        const struct fat_node *other = &m->nodes[i];
        if (other->parent != m->nodes[node].parent || (other->name.parts && i >= node))
            continue;
        if (memcmp(other->name.alias, m->nodes[node].name.alias, FAT_ALIAS_SIZE) == 0)
            return true;
    }
    return false;
}

/* Names that are their own alias first: the others must keep out of their way. */
static void choose_aliases(struct fat_maker *m)
{
    for (size_t i = 1; i < m->count; i++)
        if (m->nodes[i].name.parts == 0)
            (void)fat_name_alias(&m->nodes[i].name, 0);
    for (size_t i = 1; i < m->count; i++) {
        if (m->nodes[i].name.parts == 0)
            continue;
        /* There are fewer nodes than tails. */
        for (unsigned tail = 0; tail <= ALIAS_TAILS; tail++)
            if (fat_name_alias(&m->nodes[i].name, tail) && !alias_is_taken(m, i))
                break;
    }
}

static enum err collect(struct fat_maker *m, const struct fat_make *in, struct arena *a,
                        struct error *e)
{
    *m = (struct fat_maker){.in = in, .count = 1};
    TRY(TAKE(a, FAT_MAKE_NODES_MAX, &m->nodes, e));
    m->nodes[0] = (struct fat_node){.is_directory = true, .entries = 1}; /* the label */
    for (size_t i = 0; i < in->count; i++)
        TRY(add_file(m, &in->files[i], false, e));
    if (in->folder)
        TRY(add_file(m, &(struct fat_make_file){.path = in->folder}, true, e));
    for (size_t i = 1; i < m->count; i++)
        if (m->nodes[i].is_directory && m->nodes[i].entries > 65535)
            return fail(e, ERR_TOO_BIG, "%.*s: too many names for a directory on a FAT volume",
                        (int)m->nodes[i].name.len, m->nodes[i].name.text);
    if (!in->is_32 && m->nodes[0].entries > FAT_MAKE_ROOT)
        return fail(e, ERR_TOO_BIG,
                    "%s: %zu entries in the root of a FAT volume, where at most %u are possible",
                    in->label, m->nodes[0].entries, FAT_MAKE_ROOT);
    choose_aliases(m);
    return OK;
}

/* Where everything is on a volume of size bytes with clusters of that many sectors. */
static void lay_out(struct fat_maker *m, uint64_t size, uint32_t cluster_sectors)
{
    uint32_t sector = m->in->sector_size, needed = 1;

    m->total = (uint32_t)(size / sector);
    m->reserved = m->in->is_32 ? FAT_32_RESERVED : 1;
    m->root_sectors = m->in->is_32 ? 0 : FAT_MAKE_ROOT * FAT_ENTRY_SIZE / sector;
    m->cluster_sectors = cluster_sectors;
    m->cluster_size = cluster_sectors * sector;
    do {
        m->fat_sectors = needed;
        m->data = m->reserved + FAT_COPIES * needed + m->root_sectors;
        m->clusters = (m->total - m->data) / cluster_sectors;
        uint64_t bits = m->in->is_32 ? 32 : m->clusters < FAT_16_FROM ? 12 : 16;
        needed = (uint32_t)((((m->clusters + 2) * bits + 7) / 8 + sector - 1) / sector);
    } while (needed > m->fat_sectors);
}

/* The smallest clusters for that size. */
static bool choose_clusters(struct fat_maker *m, uint64_t size)
{
    for (uint32_t sectors = 1;; sectors *= 2) {
        lay_out(m, size, sectors);
        if (m->clusters <= CLUSTERS_MAX &&
            (m->clusters + FAT_CLEAR < FAT_16_FROM || m->clusters >= FAT_16_FROM + FAT_CLEAR))
            return true;
    }
}

/* The largest ones up to CLUSTER_32, since it is their number that makes it FAT32; false when the volume is too
 * small for that. */
static bool choose_clusters_32(struct fat_maker *m, uint64_t size)
{
    for (uint32_t sectors = CLUSTER_32 / m->in->sector_size; sectors; sectors /= 2) {
        lay_out(m, size, sectors);
        if (m->clusters >= FAT_32_FROM + FAT_CLEAR)
            return true;
    }
    return false;
}

/* Give each node its clusters; false when there are not enough. */
static bool place(struct fat_maker *m)
{
    uint64_t next = FAT_32_ROOT;

    for (size_t i = m->in->is_32 ? 0 : 1; i < m->count; i++) {
        struct fat_node *n = &m->nodes[i];
        uint64_t len = n->is_directory ? n->entries * FAT_ENTRY_SIZE : n->bytes.len;
        uint64_t clusters = len / m->cluster_size + (len % m->cluster_size != 0);
        if (clusters > m->clusters + 2 - next)
            return false;
        n->clusters = (uint32_t)clusters;
        n->cluster = clusters ? (uint32_t)next : 0;
        next += clusters;
    }
    m->used = (uint32_t)(next - 2);
    return (uint64_t)(m->clusters - m->used) * m->cluster_size >= m->in->room;
}

/* The smallest volume that holds it all. */
static enum err fit(struct fat_maker *m, struct error *e)
{
    bool is_32 = m->in->is_32;
    uint64_t size = round_up(m->in->size ? m->in->size : FAT_MAKE_SIZE, STEP), all = m->in->room;
    uint64_t most = is_32 ? FAT_MAKE_32_MAX : FAT_MAKE_SIZE_MAX;
    char text[TEXT_SIZE_MAX];

    for (; size <= most; size += STEP)
        if ((is_32 ? choose_clusters_32(m, size) : choose_clusters(m, size)) && place(m))
            return OK;
    for (size_t i = 0; i < m->in->count; i++)
        all += m->in->files[i].bytes.len;
    return fail(e, ERR_TOO_BIG, "%s: %s of files%s, which a FAT volume of %u MiB does not hold",
                m->in->label, text_size(text, all), m->in->room ? " and room" : "",
                (unsigned)(most >> 20));
}

/* Everything but the bytes, which may be given back. */
static enum err plan(struct fat_maker *m, const struct fat_make *make, struct arena *a,
                     struct error *e)
{
    assert(make->sector_size == 512 || make->sector_size == 4096);
    assert(make->label[0] && strlen(make->label) <= FAT_LABEL_MAX);
    TRY(collect(m, make, a, e));
    return fit(m, e);
}

/* Bytes from the start of the volume in which anything is; of FAT12 and FAT16 all of them. */
static uint64_t made_size(const struct fat_maker *m)
{
    if (!m->in->is_32)
        return (uint64_t)m->total * m->in->sector_size;
    return (uint64_t)m->data * m->in->sector_size + (uint64_t)m->used * m->cluster_size;
}

static enum err measure(const struct fat_make *make, struct arena scratch, uint64_t *size,
                        uint64_t *made, struct error *e)
{
    struct fat_maker m;

    TRY(plan(&m, make, &scratch, e));
    *size = (uint64_t)m.total * make->sector_size;
    *made = made_size(&m);
    return OK;
}

enum err fat_make(const struct fat_make *make, struct arena *a, struct bytes *out, struct error *e)
{
    struct fat_maker m;
    uint64_t size, made;
    uint8_t *volume;

    TRY(measure(make, *a, &size, &made, e));
    TRY(arena_take(a, (size_t)made, 1, 4096, (void **)&volume, e));
    struct arena scratch = *a;
    TRY(plan(&m, make, &scratch, e));
    m.volume = volume;
    fat_put(&m);
    *out = (struct bytes){volume, (size_t)made};
    return OK;
}

enum err fat_make_size(const struct fat_make *make, struct arena scratch, uint64_t *size,
                       struct error *e)
{
    uint64_t ignored;

    return measure(make, scratch, size, &ignored, e);
}
