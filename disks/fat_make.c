#include "disks/fat_make.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "disks/fat_name.h"
#include "parsers/fat.h"

#define MEDIA          0xf8u /* a fixed disk */
#define RESERVED       1u    /* sectors before the first FAT: the boot sector */
#define FATS           2u
#define CLUSTERS_MAX   32768u /* so that the FATs stay small; more would be possible */
#define FAT_16_FROM    4085u  /* clusters: "FAT Type Determination" */
#define FAT_16_CLEAR   16u    /* stay that far away from it: not all who count agree */
#define STEP           (1u << 20)
#define ATTR_LABEL     0x08
#define ATTR_DIRECTORY 0x10
#define ATTR_ARCHIVE   0x20
#define ALIAS_TAILS    999999u

/* A file or a directory; the first one is the root. */
struct node {
    struct fat_name name;
    size_t parent; /* index */
    bool is_directory;
    struct bytes bytes;
    size_t entries; /* of a directory */
    uint32_t cluster;
    uint32_t clusters;
    uint8_t *next; /* where the next entry of a directory goes */
};

struct maker {
    const struct fat_make *in;
    struct node *nodes;
    size_t count;
    uint32_t total;           /* sectors */
    uint32_t cluster_sectors; /* in one cluster */
    uint32_t cluster_size;    /* bytes */
    uint32_t fat_sectors;     /* of each FAT */
    uint32_t data;            /* sector of the first cluster */
    uint32_t clusters;
    uint16_t date, time; /* as in an entry */
    uint8_t *volume;
};

static size_t find_child(const struct maker *m, size_t parent, const char *text, size_t len)
{
    for (size_t i = 1; i < m->count; i++)
        if (m->nodes[i].parent == parent && fat_name_same(&m->nodes[i].name, text, len))
            return i;
    return 0;
}

/* Add a file, and the directories above it that are not there yet. */
static enum err add_file(struct maker *m, const struct fat_make_file *file, struct error *e)
{
    const char *at = file->path;
    size_t parent = 0;

    for (bool last = false; !last;) {
        size_t len = 0;
        while (at[len] && at[len] != '/')
            len++;
        last = at[len] == '\0';
        size_t node = find_child(m, parent, at, len);
        if (node && (last || !m->nodes[node].is_directory))
            return fail(e, ERR_UNSUPPORTED, "%s: there twice, but for upper and lower case",
                        file->path);
        if (!node) {
            if (m->count == FAT_MAKE_NODES_MAX)
                return fail(e, ERR_TOO_BIG,
                            "%s: more files and directories for a FAT volume than %u", file->path,
                            FAT_MAKE_NODES_MAX - 1);
            node = m->count++;
            m->nodes[node] = (struct node){.parent = parent, .is_directory = !last, .entries = 2};
            if (last)
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
static bool alias_is_taken(const struct maker *m, size_t node)
{
    for (size_t i = 1; i < m->count; i++) {
        const struct node *other = &m->nodes[i];
        if (other->parent != m->nodes[node].parent || (other->name.parts && i >= node))
            continue;
        if (memcmp(other->name.alias, m->nodes[node].name.alias, FAT_ALIAS_SIZE) == 0)
            return true;
    }
    return false;
}

/* Names that are their own alias first: the others must keep out of their way. */
static void choose_aliases(struct maker *m)
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

static enum err collect(struct maker *m, const struct fat_make *in, struct arena *a,
                        struct error *e)
{
    *m = (struct maker){.in = in, .count = 1};
    TRY(TAKE(a, FAT_MAKE_NODES_MAX, &m->nodes, e));
    m->nodes[0] = (struct node){.is_directory = true, .entries = 1}; /* the label */
    for (size_t i = 0; i < in->count; i++)
        TRY(add_file(m, &in->files[i], e));
    for (size_t i = 1; i < m->count; i++)
        if (m->nodes[i].is_directory && m->nodes[i].entries > 65535)
            return fail(e, ERR_TOO_BIG, "%.*s: too many names for a directory on a FAT volume",
                        (int)m->nodes[i].name.len, m->nodes[i].name.text);
    if (m->nodes[0].entries > FAT_MAKE_ROOT)
        return fail(e, ERR_TOO_BIG,
                    "%s: %zu entries in the root of a FAT volume, where at most %u are possible",
                    in->label, m->nodes[0].entries, FAT_MAKE_ROOT);
    choose_aliases(m);
    return OK;
}

/* Where everything is on a volume of size bytes with clusters of that many sectors. */
static void lay_out(struct maker *m, uint64_t size, uint32_t cluster_sectors)
{
    uint32_t sector = m->in->sector_size, needed = 1;

    m->total = (uint32_t)(size / sector);
    m->cluster_sectors = cluster_sectors;
    m->cluster_size = cluster_sectors * sector;
    do {
        m->fat_sectors = needed;
        m->data = RESERVED + FATS * needed + FAT_MAKE_ROOT * FAT_ENTRY_SIZE / sector;
        m->clusters = (m->total - m->data) / cluster_sectors;
        uint32_t bits = m->clusters < FAT_16_FROM ? 12 : 16;
        needed = (((m->clusters + 2) * bits + 7) / 8 + sector - 1) / sector;
    } while (needed > m->fat_sectors);
}

/* The smallest clusters for that size. */
static void choose_clusters(struct maker *m, uint64_t size)
{
    for (uint32_t sectors = 1;; sectors *= 2) {
        lay_out(m, size, sectors);
        if (m->clusters <= CLUSTERS_MAX &&
            (m->clusters + FAT_16_CLEAR < FAT_16_FROM || m->clusters >= FAT_16_FROM + FAT_16_CLEAR))
            return;
    }
}

/* Give each node its clusters; false when there are not enough. */
static bool place(struct maker *m)
{
    uint64_t next = 2;

    for (size_t i = 1; i < m->count; i++) {
        struct node *n = &m->nodes[i];
        uint64_t len = n->is_directory ? n->entries * FAT_ENTRY_SIZE : n->bytes.len;
        uint64_t clusters = len / m->cluster_size + (len % m->cluster_size != 0);
        if (clusters > m->clusters + 2 - next)
            return false;
        n->clusters = (uint32_t)clusters;
        n->cluster = clusters ? (uint32_t)next : 0;
        next += clusters;
    }
    return true;
}

/* The smallest volume that holds it all. */
static enum err fit(struct maker *m, struct error *e)
{
    uint64_t size = round_up(m->in->size ? m->in->size : FAT_MAKE_SIZE, STEP), all = 0;
    char text[TEXT_SIZE_MAX];

    for (; size <= FAT_MAKE_SIZE_MAX; size += STEP) {
        choose_clusters(m, size);
        if (place(m))
            return OK;
    }
    for (size_t i = 0; i < m->in->count; i++)
        all += m->in->files[i].bytes.len;
    return fail(e, ERR_TOO_BIG, "%s: %s of files, which a FAT volume of %u MiB does not hold",
                m->in->label, text_size(text, all), FAT_MAKE_SIZE_MAX >> 20);
}

/* A date and a time of an entry, of 2 seconds each; clocks before 1980 and after 2107 stop. */
static void set_stamp(struct maker *m, uint64_t seconds)
{
    static const uint8_t lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const uint64_t first = 315532800, last = 4354819198; /* of 1980, of 2107 */
    uint64_t left = min_u64(max_u64(seconds, first), last) - first;
    uint64_t days = left / 86400, day = left % 86400;
    uint32_t year = 0, month = 0;

    for (;; year++) { /* of four, from 1980 on, the first is a leap year, but for 2100 */
        uint64_t len = year % 4 == 0 && year != 120 ? 366 : 365;
        if (days < len)
            break;
        days -= len;
    }
    for (;; month++) {
        bool leap = month == 1 && year % 4 == 0 && year != 120;
        if (days < lengths[month] + (leap ? 1u : 0u))
            break;
        days -= lengths[month] + (leap ? 1u : 0u);
    }
    m->date = (uint16_t)(year << 9 | (month + 1) << 5 | (uint32_t)(days + 1));
    m->time = (uint16_t)(day / 3600 << 11 | day / 60 % 60 << 5 | day % 60 / 2);
}

static void put_padded(uint8_t *out, const char *text, size_t room)
{
    memset(out, ' ', room);
    memcpy(out, text, strlen(text));
}

static void put_boot(const struct maker *m)
{
    uint8_t *b = m->volume;

    memcpy(b, "\xeb\x3c\x90" FAT_MAKER, 11);
    put_le16(b + 11, (uint16_t)m->in->sector_size);
    b[13] = (uint8_t)m->cluster_sectors;
    put_le16(b + 14, RESERVED);
    b[16] = FATS;
    put_le16(b + 17, FAT_MAKE_ROOT);
    if (m->total <= UINT16_MAX)
        put_le16(b + 19, (uint16_t)m->total);
    else
        put_le32(b + 32, m->total);
    b[21] = MEDIA;
    put_le16(b + 22, (uint16_t)m->fat_sectors);
    put_le16(b + 24, 63);  /* sectors of a track, */
    put_le16(b + 26, 255); /* and heads, for the BIOS */
    b[36] = 0x80;
    b[38] = 0x29; /* the three fields that follow are there */
    put_le32(b + 39, m->in->serial);
    put_padded(b + 43, m->in->label, FAT_LABEL_MAX);
    put_padded(b + 54, m->clusters < FAT_16_FROM ? "FAT12" : "FAT16", 8);
    put_le16(b + 510, 0xaa55);
}

static void link_cluster(const struct maker *m, uint32_t cluster, uint32_t next)
{
    uint8_t *fat = m->volume + RESERVED * m->in->sector_size;

    if (m->clusters >= FAT_16_FROM) {
        put_le16(fat + 2 * (size_t)cluster, (uint16_t)next);
        return;
    }
    uint8_t *entry = fat + (size_t)cluster * 3 / 2;
    uint32_t both = get_le16(entry);
    both = cluster % 2 ? (both & 0xf) | (next & 0xfff) << 4 : (both & 0xf000) | (next & 0xfff);
    put_le16(entry, (uint16_t)both);
}

static void put_fats(const struct maker *m)
{
    size_t len = (size_t)m->fat_sectors * m->in->sector_size;
    uint8_t *first = m->volume + RESERVED * m->in->sector_size;

    link_cluster(m, 0, 0xff00 | MEDIA);
    link_cluster(m, 1, 0xffff);
    for (size_t i = 1; i < m->count; i++) {
        const struct node *n = &m->nodes[i];
        for (uint32_t j = 0; j < n->clusters; j++)
            link_cluster(m, n->cluster + j, j + 1 < n->clusters ? n->cluster + j + 1 : 0xffff);
    }
    memcpy(first + len, first, len);
}

static uint8_t *data_of(const struct maker *m, const struct node *n)
{
    uint64_t root = m->data - FAT_MAKE_ROOT * FAT_ENTRY_SIZE / m->in->sector_size;

    if (n == m->nodes)
        return m->volume + root * m->in->sector_size;
    return m->volume + (uint64_t)m->data * m->in->sector_size +
           (uint64_t)(n->cluster - 2) * m->cluster_size;
}

static uint8_t *put_entry(const struct maker *m, uint8_t *entry, const uint8_t name[FAT_ALIAS_SIZE],
                          uint8_t attributes, const struct node *n)
{
    memcpy(entry, name, FAT_ALIAS_SIZE);
    entry[11] = attributes;
    if (attributes != ATTR_LABEL) {
        put_le16(entry + 14, m->time); /* made, */
        put_le16(entry + 16, m->date);
        put_le16(entry + 18, m->date); /* read */
    }
    put_le16(entry + 22, m->time); /* and written then */
    put_le16(entry + 24, m->date);
    if (n) {
        put_le16(entry + 26, (uint16_t)n->cluster);
        put_le32(entry + 28, n->is_directory ? 0 : (uint32_t)n->bytes.len);
    }
    return entry + FAT_ENTRY_SIZE;
}

static void put_tree(struct maker *m)
{
    uint8_t label[FAT_ALIAS_SIZE];

    put_padded(label, m->in->label, FAT_LABEL_MAX);
    m->nodes[0].next = put_entry(m, data_of(m, m->nodes), label, ATTR_LABEL, NULL);
    for (size_t i = 1; i < m->count; i++) { /* a directory comes before what is in it */
        struct node *n = &m->nodes[i], *parent = &m->nodes[n->parent];
        parent->next = fat_name_store(&n->name, parent->next);
        parent->next = put_entry(m, parent->next, n->name.alias,
                                 n->is_directory ? ATTR_DIRECTORY : ATTR_ARCHIVE, n);
        if (n->is_directory) {
            n->next =
                put_entry(m, data_of(m, n), (const uint8_t *)".          ", ATTR_DIRECTORY, n);
            n->next = put_entry(m, n->next, (const uint8_t *)"..         ", ATTR_DIRECTORY, parent);
        } else if (n->bytes.len) {
            memcpy(data_of(m, n), n->bytes.at, n->bytes.len);
        }
    }
}

enum err fat_make(const struct fat_make *make, struct arena *a, struct bytes *out, struct error *e)
{
    struct maker m;
    uint8_t *volume;
    uint64_t size;

    assert(make->sector_size == 512 || make->sector_size == 4096);
    assert(make->label[0] && strlen(make->label) <= FAT_LABEL_MAX);
    TRY(fat_make_size(make, *a, &size, e));
    TRY(arena_take(a, (size_t)size, 1, 4096, (void **)&volume, e));
    struct arena scratch = *a;
    TRY(collect(&m, make, &scratch, e));
    TRY(fit(&m, e));
    m.volume = volume;
    set_stamp(&m, make->seconds);
    put_boot(&m);
    put_fats(&m);
    put_tree(&m);
    *out = (struct bytes){volume, (size_t)size};
    return OK;
}

enum err fat_make_size(const struct fat_make *make, struct arena scratch, uint64_t *size,
                       struct error *e)
{
    struct maker m;

    TRY(collect(&m, make, &scratch, e));
    TRY(fit(&m, e));
    *size = (uint64_t)m.total * make->sector_size;
    return OK;
}
