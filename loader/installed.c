#include "loader/installed.h"

#include <string.h>

#include "base/text.h"
#include "disks/fat.h"
#include "loader/environment.h"

#define PATH_SIZE       1024       /* bytes */
#define ENVIRONMENT_MAX (4u << 20) /* bytes that are read; docs/limits.md */

/* The volume of a disk, opened. */
struct volume {
    struct slice_source slice;
    struct fat fat;
};

static enum err open_volume(struct source *disk, const struct config_volume *at, struct volume *v,
                            struct error *e)
{
    TRY(slice_source_init(&v->slice, disk->name, disk, at->offset, at->size, e));
    return fat_open(&v->fat, &v->slice.source, e);
}

/* name as fat_make() takes it: "ovffiles/a.txt". */
static enum err open_file(struct volume *v, const char *name, struct fat_file *out, struct error *e)
{
    struct fat_entry entry;
    char path[PATH_SIZE];
    size_t len = text_format(path, sizeof(path), "\\%s", name);

    for (size_t i = 0; i < len; i++)
        if (path[i] == '/')
            path[i] = '\\';
    TRY(fat_find(&v->fat, path, &entry, e));
    fat_file_open(out, &v->fat, &entry, name);
    return OK;
}

static enum err read_file(struct volume *v, const char *name, size_t limit, struct arena *a,
                          struct bytes *out, struct error *e)
{
    struct fat_file file;
    uint8_t *at;

    TRY(open_file(v, name, &file, e));
    if (file.source.size > limit)
        return fail(e, ERR_TOO_BIG, "%s: has %llu bytes, and %zu are the most", name,
                    (unsigned long long)file.source.size, limit);
    TRY(arena_take(a, (size_t)file.source.size, 1, 1, (void **)&at, e));
    *out = (struct bytes){at, (size_t)file.source.size};
    return source_read(&file.source, 0, at, out->len, e);
}

static enum err read_record(struct source *disk, struct arena *a, struct arena scratch,
                            struct installed *out, struct error *e)
{
    struct volume *volume;
    struct bytes text;

    TRY(TAKE(&scratch, 1, &volume, e));
    TRY(open_volume(disk, &out->at, volume, e));
    TRY(read_file(volume, RECORD_FILE, RECORD_MAX, &scratch, &text, e));
    TRY(record_parse(text, a, &out->record, e));
    return read_file(volume, ENVIRONMENT_FILE, ENVIRONMENT_MAX, a, &out->environment, e);
}

/* What a disk that answers has wrong with it is a state, not an error. */
static enum err settle(struct installed *out, enum installed_state state, enum err err,
                       struct error *e)
{
    if (err == ERR_IO || err == ERR_NO_MEMORY) {
        *e = out->why;
        return err;
    }
    out->state = state;
    return OK;
}

enum err installed_read(struct source *disk, uint32_t sector_size, struct arena *a,
                        struct arena scratch, struct installed *out, struct error *e)
{
    *out = (struct installed){.state = INSTALLED_NOTHING};
    enum err err =
        config_volume_find(disk, sector_size, PROVISION_LABEL, scratch, &out->at, &out->why);
    if (err != OK)
        return settle(out, err == ERR_UNSUPPORTED ? INSTALLED_UNCLEAR : INSTALLED_NOTHING, err, e);
    if (!out->at.is_whole) {
        out->state = INSTALLED_TORN;
        return OK;
    }
    err = read_record(disk, a, scratch, out, &out->why);
    return settle(out, err == OK ? INSTALLED_RECORD : INSTALLED_UNCLEAR, err, e);
}

static enum err same_file(struct volume *v, const struct fat_make_file *wanted,
                          struct arena scratch, bool *same, struct error *e)
{
    struct fat_file file;
    uint8_t *buffer;

    *same = false;
    enum err err = open_file(v, wanted->path, &file, e);
    if (err == ERR_NOT_FOUND)
        return OK;
    TRY(err);
    if (file.source.size != wanted->bytes.len)
        return OK;
    TRY(arena_take(&scratch, wanted->bytes.len, 1, 1, (void **)&buffer, e));
    TRY(source_read(&file.source, 0, buffer, wanted->bytes.len, e));
    *same = memcmp(buffer, wanted->bytes.at, wanted->bytes.len) == 0;
    return OK;
}

static bool has_file(const struct provision *p, const char *name)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (strcmp(p->files[i].path, name) == 0)
            return true;
    return false;
}

/* A file that was told before and is not any more. */
static enum err lacks_old_file(struct volume *v, const struct provision *p, const char *name,
                               bool *lacks, struct error *e)
{
    struct fat_file file;

    *lacks = true;
    if (has_file(p, name))
        return OK;
    enum err err = open_file(v, name, &file, e);
    *lacks = err == ERR_NOT_FOUND;
    return *lacks ? OK : err;
}

/* What tells the guest nothing. */
static bool is_own(const char *path)
{
    return strcmp(path, RECORD_FILE) == 0 || strcmp(path, PROVISION_LOG_TEXT) == 0 ||
           strcmp(path, PROVISION_LOG_JSON) == 0;
}

static enum err compare(struct volume *v, const struct provision *p, struct arena scratch,
                        bool *same, struct error *e)
{
    static const char *const optional[] = {"vendor-data", "network-config"};

    *same = true;
    for (size_t i = 0; *same && i < p->file_count; i++)
        if (!is_own(p->files[i].path))
            TRY(same_file(v, &p->files[i], scratch, same, e));
    for (size_t i = 0; *same && i < COUNT_OF(optional); i++)
        TRY(lacks_old_file(v, p, optional[i], same, e));
    return OK;
}

enum err installed_tells(const struct installed *installed, struct source *disk,
                         const struct provision *p, struct arena scratch, bool *same,
                         struct error *e)
{
    struct volume *volume;

    TRY(TAKE(&scratch, 1, &volume, e));
    TRY(open_volume(disk, &installed->at, volume, e));
    enum err err = compare(volume, p, scratch, same, e);
    if (err == OK || err == ERR_IO || err == ERR_NO_MEMORY)
        return err;
    *same = false; /* a damaged file is not the same */
    return OK;
}

enum err installed_value(const struct installed *installed, const char *name, struct arena *a,
                         struct arena scratch, const char **out, struct error *e)
{
    return environment_value(installed->environment, name, a, scratch, out, e);
}
