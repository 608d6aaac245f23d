/* What lies beside the loader: settings and trust anchors; and the load options it was given. */
#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "crypto/trust.h"
#include "efi/files.h"
#include "efi/status.h"
#include "loader/port.h"

#define FOLDER          "EFI/ovfboot/"
#define PATH_MAX        256         /* bytes of a path on the medium */
#define OPTIONS_SIZE    (64u << 10) /* bytes; docs/limits.md */
#define FOLDER_MAX      32          /* bytes of its name with what follows it */
#define TRUST_FILES_MAX 64          /* docs/limits.md */

/* A whole file of the start medium; no bytes when it is not there. */
static enum err read_whole(struct volume_folder *volume, const char *name, size_t limit,
                           struct arena *a, struct bytes *out, bool *found, struct error *e)
{
    struct source *source;
    uint8_t *bytes;

    *out = (struct bytes){(const uint8_t *)"", 0};
    *found = false;
    enum err err = volume->folder.ops->open(&volume->folder, name, a, &source, e);
    if (err == ERR_NOT_FOUND)
        return OK;
    TRY(err);
    if (source->size > limit)
        return fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %zu", name,
                    (unsigned long long)source->size, limit);
    TRY(arena_take(a, (size_t)source->size, 1, 1, (void **)&bytes, e));
    TRY(source_read(source, 0, bytes, (size_t)source->size, e));
    *out = (struct bytes){bytes, (size_t)source->size};
    *found = true;
    return OK;
}

/* False when ovfboot did not come from a volume: from a network, or from the firmware itself. */
static bool has_start_volume(void)
{
    return firmware_protocol(firmware.self->DeviceHandle, &guid_file_system) != NULL;
}

enum err port_read_beside(const char *name, size_t limit, struct arena *a, struct bytes *out,
                          bool *found, struct error *e)
{
    struct volume_folder volume;
    char path[PATH_MAX];

    *out = (struct bytes){(const uint8_t *)"", 0};
    *found = false;
    if (!has_start_volume())
        return OK;
    text_format(path, sizeof(path), FOLDER "%s", name);
    TRY(volume_folder_open(&volume, firmware.self->DeviceHandle, "the start medium", e));
    return read_whole(&volume, path, limit, a, out, found, e);
}

/* The start medium, and a file's path on it. */
static enum err open_to_change(const char *name, struct volume_folder *volume, char path[PATH_MAX],
                               struct error *e)
{
    if (!has_start_volume())
        return fail(e, ERR_NOT_FOUND, "%s: ovfboot did not come from a medium", name);
    text_format(path, PATH_MAX, FOLDER "%s", name);
    return volume_folder_open(volume, firmware.self->DeviceHandle, "the start medium", e);
}

enum err port_write_beside(const char *name, struct bytes contents, struct error *e)
{
    struct volume_folder volume;
    char path[PATH_MAX];

    TRY(open_to_change(name, &volume, path, e));
    return volume_write(&volume, path, contents, e);
}

enum err port_remove_beside(const char *name, struct error *e)
{
    struct volume_folder volume;
    char path[PATH_MAX];

    TRY(open_to_change(name, &volume, path, e));
    return volume_remove(&volume, path, e);
}

static enum err read_names(struct directory *list, struct arena *a, const char **names,
                           size_t *count, struct error *e)
{
    struct directory_entry entry;

    for (*count = 0; *count < PORT_LIST_MAX;) {
        TRY(directory_next(list, &entry, e));
        if (!*entry.name)
            return OK;
        if (!entry.is_directory)
            TRY(arena_text(a, entry.name, strlen(entry.name), &names[(*count)++], e));
    }
    return OK;
}

enum err port_list_beside(const char *folder, struct arena *a, const char ***names, size_t *count,
                          struct error *e)
{
    struct volume_folder volume;
    struct directory list;
    char path[PATH_MAX];

    *count = 0;
    if (!has_start_volume())
        return OK;
    text_format(path, sizeof(path), FOLDER "%s", folder);
    TRY(TAKE(a, PORT_LIST_MAX, names, e));
    TRY(volume_folder_open(&volume, firmware.self->DeviceHandle, "the start medium", e));
    enum err err = directory_open(&list, &volume, path, e);
    if (err == ERR_NOT_FOUND)
        return OK;
    TRY(err);
    err = read_names(&list, a, *names, count, e);
    directory_close(&list);
    return err;
}

/* Load options are UTF-16 text when a person or a boot entry of ours gave them; firmware also puts
 * binary data there, which is none of ours. */
enum err port_load_options(struct arena *a, struct bytes *out, struct error *e)
{
    size_t size = firmware.self->LoadOptionsSize;
    const uint16_t *wide = firmware.self->LoadOptions;
    size_t units = size / 2, len;
    char *text;

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (!wide || size % 2 || size > OPTIONS_SIZE)
        return OK;
    while (units && wide[units - 1] == 0)
        units--;
    for (size_t i = 0; i < units; i++)
        if (wide[i] < 0x20)
            return OK;
    TRY(arena_take(a, units * 3 + 1, 1, 1, (void **)&text, e));
    if (utf16_to_utf8(wide, units, text, units * 3 + 1, &len))
        *out = (struct bytes){(const uint8_t *)text, len};
    return OK;
}

static enum err read_trust(struct volume_folder *volume, struct directory *list, const char *folder,
                           struct arena *a, struct named_file *files, size_t *count,
                           struct error *e)
{
    struct directory_entry entry;
    char path[FOLDER_MAX + sizeof(entry.name)];
    bool found;

    for (;;) {
        TRY(directory_next(list, &entry, e));
        if (!*entry.name)
            return OK;
        if (entry.is_directory || entry.name[0] == '.')
            continue;
        if (*count == TRUST_FILES_MAX)
            return fail(e, ERR_TOO_BIG, "more than %d files with trust anchors", TRUST_FILES_MAX);
        text_format(path, sizeof(path), "%s%s", folder, entry.name);
        struct named_file *file = &files[(*count)++];
        TRY(arena_text(a, entry.name, strlen(entry.name), &file->name, e));
        TRY(read_whole(volume, path, TRUST_FILE_MAX, a, &file->contents, &found, e));
    }
}

enum err port_trust_files(const char *folder, struct arena *a, struct named_file **out,
                          size_t *count, struct error *e)
{
    struct volume_folder volume;
    struct directory list;
    char path[FOLDER_MAX];

    text_format(path, sizeof(path), FOLDER "%s/", folder);
    *count = 0;
    if (!has_start_volume())
        return OK;
    TRY(volume_folder_open(&volume, firmware.self->DeviceHandle, "the start medium", e));
    enum err err = directory_open(&list, &volume, path, e);
    if (err == ERR_NOT_FOUND)
        return OK;
    TRY(err);
    TRY(TAKE(a, TRUST_FILES_MAX, out, e));
    err = read_trust(&volume, &list, path, a, *out, count, e);
    directory_close(&list);
    return err;
}

struct moment port_now(void)
{
    EFI_TIME t;

    if (EFI_ERROR(firmware.runtime->GetTime(&t, NULL)) || t.Month < 1 || t.Month > 12 || t.Day < 1)
        return (struct moment){0};
    uint64_t seconds = moment_seconds(t.Year, t.Month, t.Day, t.Hour, t.Minute, t.Second);
    /* TimeZone is minutes to be added for UTC; dates in certificates do not need it to the hour when
     * the firmware does not say (UEFI 2.10, GetTime()). */
    if (t.TimeZone != EFI_UNSPECIFIED_TIMEZONE)
        seconds += (uint64_t)((int64_t)t.TimeZone * 60);
    return (struct moment){true, seconds};
}
