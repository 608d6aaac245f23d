/* The logs on a medium: its volumes, and the files in their folder. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "disks/config_volume.h"
#include "disks/partitions.h"
#include "host/logs.h"
#include "loader/provision.h"

#define FOLDER "\\EFI\\ovfboot\\logs"

static enum err open_volume(struct source *disk, uint64_t offset, uint64_t size,
                            struct logs_volume *out, struct error *e)
{
    TRY(slice_source_init(&out->slice, disk->name, disk, offset, size, e));
    return fat_open(&out->fat, &out->slice.source, e);
}

/* "MACHINE-7.txt" apart; false for another name. */
static bool split_name(const struct fat_listed *file, size_t *machine, uint64_t *number)
{
    const char *dash = strrchr(file->name, '-'), *dot = strrchr(file->name, '.');

    if (file->entry.kind != FAT_FILE || !dash || !dot || dash == file->name || dot < dash)
        return false;
    *machine = (size_t)(dash - file->name);
    return text_to_u64(dash + 1, (size_t)(dot - dash - 1), number) &&
           (text_same(dot, ".txt") || text_same(dot, ".json"));
}

/* The one that the file is of: another file of it may have been seen. */
static enum err find_log(struct kept_logs *logs, size_t from, const char *name, size_t len,
                         uint64_t number, struct arena *a, struct kept_log **out, struct error *e)
{
    char whole[FAT_NAME_MAX + 24];
    const char *machine;

    TRY(arena_text(a, name, len, &machine, e));
    for (size_t i = from; i < logs->count; i++) {
        *out = &logs->at[i];
        if ((*out)->number == number && text_same((*out)->machine, machine))
            return OK;
    }
    *out = &logs->at[logs->count++];
    **out = (struct kept_log){.machine = machine, .number = number};
    len = text_format(whole, sizeof(whole), "%s-%llu", machine, (unsigned long long)number);
    return arena_text(a, whole, len, &(*out)->name, e);
}

static enum err add_files(struct logs_volume *volume, const struct fat_listed *files, size_t count,
                          struct arena *a, struct kept_logs *logs, struct error *e)
{
    size_t from = logs->count, machine;
    struct kept_log *log;
    uint64_t number;

    for (size_t i = 0; i < count; i++) {
        if (!split_name(&files[i], &machine, &number))
            continue;
        TRY(find_log(logs, from, files[i].name, machine, number, a, &log, e));
        *(text_ends(files[i].name, ".txt") ? &log->text : &log->json) = files[i].entry;
        log->volume = volume;
        if (log->written < files[i].entry.written)
            log->written = files[i].entry.written;
    }
    return OK;
}

/* One that the configuration's partition has room for, but nobody wrote, is full of line ends. */
static enum err find_written(struct logs_volume *volume, const char *path, struct fat_entry *out,
                             struct error *e)
{
    struct fat_file file;
    uint8_t first;

    if (fat_find(&volume->fat, path, out, e) != OK || out->kind != FAT_FILE || !out->size) {
        *out = (struct fat_entry){.kind = FAT_EMPTY};
        return e->code == ERR_IO ? ERR_IO : OK;
    }
    fat_file_open(&file, &volume->fat, out, path);
    TRY(source_read(&file.source, 0, &first, 1, e));
    if (first == '\n')
        out->kind = FAT_EMPTY;
    return OK;
}

/* The log of the run that deployed the disk (loader/logs_disk.c). */
static enum err add_config(struct logs_volume *volume, struct kept_logs *logs, struct error *e)
{
    struct kept_log log = {.volume = volume, .name = PROVISION_LABEL, .machine = PROVISION_LABEL};

    e->code = OK;
    TRY(find_written(volume, "\\" PROVISION_LOG_TEXT, &log.text, e));
    TRY(find_written(volume, "\\" PROVISION_LOG_JSON, &log.json, e));
    log.written = log.text.kind == FAT_FILE ? log.text.written : log.json.written;
    if (log.text.kind == FAT_FILE || log.json.kind == FAT_FILE)
        logs->at[logs->count++] = log;
    return OK;
}

/* A volume of another kind, or without that folder, has none. */
static enum err add_volume(struct source *disk, uint64_t offset, uint64_t size, struct arena *a,
                           struct kept_logs *logs, struct error *e)
{
    struct logs_volume *volume;
    struct fat_listed *files = NULL;
    struct kept_log *more;
    size_t count;

    TRY(TAKE(a, 1, &volume, e));
    enum err err = open_volume(disk, offset, size, volume, e);
    if (err != OK)
        return err == ERR_UNSUPPORTED || err == ERR_DAMAGED ? OK : err;
    logs->volumes++;
    err = fat_list(&volume->fat, FOLDER, a, &files, &count, e);
    if (err == ERR_NOT_FOUND)
        count = 0;
    else
        TRY(err);
    TRY(TAKE(a, logs->count + count + 1, &more, e));
    if (logs->count)
        memcpy(more, logs->at, logs->count * sizeof(*more));
    logs->at = more;
    TRY(add_config(volume, logs, e));
    return add_files(volume, files, count, a, logs, e);
}

/* Clocks of firmware may be wrong: what was written at the same time goes by its number. */
static int compare(const void *a, const void *b)
{
    const struct kept_log *x = a, *y = b;

    if (x->written != y->written)
        return x->written < y->written ? -1 : 1;
    int order = strcmp(x->machine, y->machine);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

enum err logs_find(struct source *disk, struct arena *a, struct kept_logs *out, struct error *e)
{
    struct config_volume logical;
    struct partitions table;

    *out = (struct kept_logs){0};
    TRY(add_volume(disk, 0, disk->size, a, out, e));
    if (!out->volumes) { /* a FAT volume's first sector looks like a table, too */
        TRY(partitions_read(disk, 0, a, &table, e));
        for (size_t i = 0; i < table.count; i++)
            TRY(add_volume(disk, table.at[i].offset, table.at[i].size, a, out, e));
        if (table.kind == TABLE_MBR &&
            config_volume_find(disk, table.sector_size, PROVISION_LABEL, *a, &logical, e) == OK &&
            logical.number > 4)
            TRY(add_volume(disk, logical.offset, logical.size, a, out, e));
    }
    if (out->count)
        qsort(out->at, out->count, sizeof(*out->at), compare);
    return OK;
}

enum err logs_read(const struct kept_log *log, const struct fat_entry *entry, const char *name,
                   struct arena *a, struct bytes *out, struct error *e)
{
    struct fat_file file;
    uint8_t *at;

    if (entry->size > LOG_FILE_MAX)
        return fail(e, ERR_TOO_BIG, "%s: has %u bytes; a log has at most %u", name, entry->size,
                    LOG_FILE_MAX);
    fat_file_open(&file, &log->volume->fat, entry, name);
    TRY(arena_take(a, entry->size, 1, 1, (void **)&at, e));
    *out = (struct bytes){at, entry->size};
    return source_read(&file.source, 0, at, entry->size, e);
}
