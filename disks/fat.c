#include "disks/fat.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"

#define READ_SIZE 512 /* bytes of a directory at a time; a power of two, on the stack */

/* A directory being read from front to back. */
struct walk {
    struct fat *fat;
    uint32_t cluster; /* where it goes on; 0: in the fixed root */
    uint64_t offset;  /* bytes from the start of the volume to the next read */
    uint64_t left;    /* bytes in this cluster, or in the fixed root */
    uint32_t entries; /* read so far */
};

/* A long name as its parts come in, last part first. */
struct long_name {
    char text[FAT_NAME_MAX + FAT_LONG_PART + 1];
    uint8_t checksum;
    uint8_t expected; /* order of the next part; 0: none */
    bool valid;
};

/* Files and directories of a directory, in its order. */
struct listing {
    struct walk walk;
    uint8_t piece[READ_SIZE];
    size_t len, at;        /* of the piece */
    struct long_name name; /* of what was given last */
};

enum err fat_open(struct fat *fat, struct source *volume, struct error *e)
{
    uint8_t sector[512];

    *fat = (struct fat){.volume = volume};
    TRY(source_read(volume, 0, sector, sizeof(sector), e));
    if (!fat_parse_boot(sector, volume->size, &fat->layout))
        return fail(e, ERR_UNSUPPORTED, "%s: no FAT file system", volume->name);
    return OK;
}

uint64_t fat_cluster_offset(const struct fat_layout *layout, uint32_t cluster)
{
    return layout->data + (uint64_t)(cluster - 2) * layout->cluster_size;
}

/* The cluster that follows; 0 at the end of the chain. */
static enum err next_cluster(struct fat *fat, uint32_t cluster, uint32_t *next, struct error *e)
{
    const struct fat_layout *layout = &fat->layout;
    uint64_t offset = fat_link_offset(layout->kind, cluster);
    size_t len = fat_link_size(layout->kind);
    uint8_t entry[4];

    if (offset > layout->fat_size || len > layout->fat_size - offset)
        return fail(e, ERR_DAMAGED, "%s: cluster %u is outside the FAT", fat->volume->name,
                    cluster);
    TRY(source_read(fat->volume, layout->fat + offset, entry, len, e));
    *next = fat_parse_link(layout->kind, cluster, entry);
    return OK;
}

static enum err enter_cluster(struct walk *w, uint32_t cluster, struct error *e)
{
    if (cluster < 2 || cluster - 2 >= w->fat->layout.clusters)
        return fail(e, ERR_DAMAGED, "%s: a directory goes on in cluster %u, which there is not",
                    w->fat->volume->name, cluster);
    w->cluster = cluster;
    w->offset = fat_cluster_offset(&w->fat->layout, cluster);
    w->left = w->fat->layout.cluster_size;
    return OK;
}

/* Begin a directory; cluster 0 is the root. */
static enum err walk_open(struct walk *w, struct fat *fat, uint32_t cluster, struct error *e)
{
    *w = (struct walk){.fat = fat};
    if (cluster == 0 && fat->layout.kind == FAT_32)
        cluster = fat->layout.root_cluster;
    if (cluster)
        return enter_cluster(w, cluster, e);
    w->offset = fat->layout.root;
    w->left = fat->layout.root_size;
    return OK;
}

/* The next bytes of the directory: *len is 0 at its end. */
static enum err walk_read(struct walk *w, uint8_t to[READ_SIZE], size_t *len, struct error *e)
{
    *len = 0;
    if (w->left == 0 && w->cluster) {
        uint32_t next = 0;
        TRY(next_cluster(w->fat, w->cluster, &next, e));
        if (next == 0)
            return OK;
        TRY(enter_cluster(w, next, e));
    }
    if (w->entries >= FAT_DIRECTORY_MAX)
        return fail(e, ERR_DAMAGED, "%s: a directory of more than %u entries, or in a loop",
                    w->fat->volume->name, FAT_DIRECTORY_MAX);
    size_t piece = (size_t)min_u64(READ_SIZE, w->left);
    if (piece)
        TRY(source_read(w->fat->volume, w->offset, to, piece, e));
    w->offset += piece;
    w->left -= piece;
    w->entries += (uint32_t)(piece / FAT_ENTRY_SIZE);
    *len = piece;
    return OK;
}

static void add_part(struct long_name *name, const struct fat_entry *entry)
{
    size_t at = (size_t)(entry->order - 1) * FAT_LONG_PART;
    size_t len = strlen(entry->part);

    if (entry->is_last) {
        *name = (struct long_name){.checksum = entry->checksum, .expected = entry->order};
        name->valid = entry->order > 0;
    }
    if (!name->valid || entry->order != name->expected || entry->checksum != name->checksum ||
        at + len > FAT_NAME_MAX || (!entry->is_last && len < FAT_LONG_PART)) {
        name->valid = false;
        return;
    }
    memcpy(name->text + at, entry->part, len);
    name->expected--;
}

/* The long name; NULL where there is none that belongs to the entry. */
static const char *long_name_of(const struct fat_entry *entry, const struct long_name *name)
{
    bool whole = name->valid && name->expected == 0 && name->checksum == entry->checksum;

    return whole ? name->text : NULL;
}

static bool is_called(const struct fat_entry *entry, const struct long_name *name,
                      const char *wanted)
{
    const char *text = long_name_of(entry, name);

    return text_same(entry->name, wanted) || (text && text_same(text, wanted));
}

static enum err listing_open(struct listing *l, struct fat *fat, uint32_t directory,
                             struct error *e)
{
    *l = (struct listing){.len = 0};
    return walk_open(&l->walk, fat, directory, e);
}

/* The next file or directory; FAT_END behind the last one. */
static enum err listing_next(struct listing *l, struct fat_entry *out, struct error *e)
{
    l->name.valid = false;
    for (;;) {
        if (l->at + FAT_ENTRY_SIZE > l->len) {
            TRY(walk_read(&l->walk, l->piece, &l->len, e));
            l->at = 0;
            if (l->len < FAT_ENTRY_SIZE) {
                out->kind = FAT_END;
                return OK;
            }
        }
        fat_parse_entry(l->piece + l->at, l->walk.fat->layout.kind, out);
        l->at += FAT_ENTRY_SIZE;
        if (out->kind == FAT_LONG)
            add_part(&l->name, out);
        else if (out->kind == FAT_EMPTY)
            l->name.valid = false;
        else
            return OK;
    }
}

/* Find a name in one directory. */
static enum err find_name(struct fat *fat, uint32_t directory, const char *wanted,
                          struct fat_entry *out, struct error *e)
{
    struct listing list;

    TRY(listing_open(&list, fat, directory, e));
    do {
        TRY(listing_next(&list, out, e));
        if (out->kind == FAT_END)
            return fail(e, ERR_NOT_FOUND, "%s: no %s", fat->volume->name, wanted);
    } while (!is_called(out, &list.name, wanted));
    return OK;
}

enum err fat_find(struct fat *fat, const char *path, struct fat_entry *out, struct error *e)
{
    char part[FAT_NAME_MAX + 1];

    *out = (struct fat_entry){.kind = FAT_DIRECTORY};
    while (*path == '\\') {
        size_t len = 0;
        for (path++; path[len] && path[len] != '\\';)
            len++;
        if (out->kind != FAT_DIRECTORY || len == 0 || len > FAT_NAME_MAX)
            return fail(e, ERR_NOT_FOUND, "%s: no %s", fat->volume->name, path);
        memcpy(part, path, len);
        part[len] = '\0';
        path += len;
        TRY(find_name(fat, out->cluster, part, out, e));
    }
    return OK;
}

/* Count them, and put them into at unless it is NULL. */
static enum err list_entries(struct fat *fat, uint32_t directory, struct arena *a,
                             struct fat_listed *at, size_t *count, struct error *e)
{
    struct fat_entry entry;
    struct listing list;
    size_t n = 0;

    TRY(listing_open(&list, fat, directory, e));
    for (;; n++) {
        TRY(listing_next(&list, &entry, e));
        if (entry.kind == FAT_END || (at && n == *count))
            break;
        if (!at)
            continue;
        const char *text = long_name_of(&entry, &list.name);
        text = text ? text : entry.name;
        at[n].entry = entry;
        TRY(arena_text(a, text, strlen(text), &at[n].name, e));
    }
    *count = n;
    return OK;
}

enum err fat_list(struct fat *fat, const char *path, struct arena *a, struct fat_listed **out,
                  size_t *count, struct error *e)
{
    struct fat_entry directory;

    TRY(fat_find(fat, path, &directory, e));
    if (directory.kind != FAT_DIRECTORY)
        return fail(e, ERR_NOT_FOUND, "%s: %s is no directory", fat->volume->name, path);
    TRY(list_entries(fat, directory.cluster, a, NULL, count, e));
    TRY(TAKE(a, *count, out, e));
    return list_entries(fat, directory.cluster, a, *out, count, e);
}

/* Go to the next cluster of a file; ERR_DAMAGED at the end of its chain. */
static enum err next_of_file(struct fat_file *file, struct error *e)
{
    uint32_t next;

    TRY(next_cluster(file->fat, file->cluster, &next, e));
    if (next < 2 || next - 2 >= file->fat->layout.clusters)
        return fail(e, ERR_DAMAGED, "%s: its chain of clusters ends behind number %u",
                    file->source.name, file->cluster);
    file->cluster = next;
    file->index++;
    return OK;
}

static enum err seek(struct fat_file *file, uint64_t index, struct error *e)
{
    if (index < file->index || file->cluster == 0) {
        if (file->first < 2 || file->first - 2 >= file->fat->layout.clusters)
            return fail(e, ERR_DAMAGED, "%s: begins in cluster %u, which there is not",
                        file->source.name, file->first);
        file->cluster = file->first;
        file->index = 0;
    }
    while (file->index < index)
        TRY(next_of_file(file, e));
    return OK;
}

/* Clusters that follow each other on the volume are read in one go. */
static enum err file_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    struct fat_file *file = (struct fat_file *)s;
    uint32_t size = file->fat->layout.cluster_size;
    uint8_t *at = to;

    while (len) {
        TRY(seek(file, offset / size, e));
        uint64_t start = fat_cluster_offset(&file->fat->layout, file->cluster) + offset % size;
        uint64_t piece = min_u64(len, size - offset % size);
        while (piece < len) {
            uint32_t before = file->cluster;
            TRY(next_of_file(file, e));
            if (file->cluster != before + 1)
                break;
            piece += min_u64(len - piece, size);
        }
        TRY(source_read(file->fat->volume, start, at, (size_t)piece, e));
        at += piece;
        offset += piece;
        len -= (size_t)piece;
    }
    return OK;
}

void fat_file_open(struct fat_file *file, struct fat *fat, const struct fat_entry *entry,
                   const char *name)
{
    static const struct source_ops ops = {.read = file_read};

    *file = (struct fat_file){
        {.ops = &ops, .name = name, .size = entry->size}, fat, entry->cluster, 0, 0};
}

enum err fat_file_place(struct fat *fat, const struct fat_entry *entry, uint64_t *offset,
                        struct error *e)
{
    uint32_t size = fat->layout.cluster_size, cluster = entry->cluster;
    struct fat_file file;

    fat_file_open(&file, fat, entry, entry->name);
    TRY(seek(&file, 0, e));
    for (uint64_t left = entry->size; left > size; left -= size) {
        TRY(next_of_file(&file, e));
        if (file.cluster != ++cluster)
            return fail(e, ERR_UNSUPPORTED, "%s: %s does not lie in one piece", fat->volume->name,
                        entry->name);
    }
    *offset = fat_cluster_offset(&fat->layout, entry->cluster);
    return OK;
}
