/* Packages on every medium: .ova and .ovf files on FAT volumes, archives raw in partitions. */
#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "base/utf.h"
#include "disks/partitions.h"
#include "efi/disks.h"
#include "efi/files.h"
#include "efi/paths.h"
#include "efi/status.h"
#include "loader/port.h"

#define PACKAGES_MAX 64 /* docs/limits.md */

struct finding {
    struct arena *a;
    struct found_package *packages;
    size_t count;
    struct error why; /* of the first volume that could not be looked through; OK: there is none */
};

static enum err add(struct finding *f, const struct found_package *package, struct error *e)
{
    if (f->count == PACKAGES_MAX)
        return fail(e, ERR_TOO_BIG, "there are more than %d packages on the media", PACKAGES_MAX);
    f->packages[f->count++] = *package;
    return OK;
}

static enum err medium_text(struct finding *f, const struct disk *disk, uint32_t partition,
                            const char **out, struct error *e)
{
    char text[200];
    size_t len = text_format(text, sizeof(text), "%s%s%s", disk->identity.bus,
                             *disk->identity.model ? " disk " : " disk", disk->identity.model);

    if (partition)
        len += text_format(text + len, sizeof(text) - len, ", partition %u", partition);
    return arena_text(f->a, text, len, out, e);
}

static enum err find_in_partitions(struct finding *f, struct disk *disk, struct error *e)
{
    struct partitions table;
    struct slice_source *slice;
    struct found_package package = {.kind = PACKAGE_ARCHIVE, .file = "", .path = disk->path};
    struct error ignored;

    if (partitions_read(&disk->block.source, disk->block.target.sector_size, f->a, &table,
                        &ignored) != OK)
        return OK;
    for (size_t i = 0; i < table.count; i++) {
        const struct partition *p = &table.at[i];
        if (table.kind != TABLE_GPT ||
            memcmp(p->type, gpt_type_archive, sizeof(gpt_type_archive)) != 0)
            continue;
        TRY(medium_text(f, disk, p->number, &package.medium, e));
        TRY(TAKE(f->a, 1, &slice, e));
        TRY(slice_source_init(slice, *p->label ? p->label : package.medium, &disk->block.source,
                              p->offset, p->size, e));
        package.source = &slice->source;
        TRY(add(f, &package, e));
    }
    return OK;
}

static enum err add_file(struct finding *f, struct volume_folder *root, const char *directory,
                         const char *name, struct found_package package, struct error *e)
{
    char path[512];
    size_t len = text_format(path, sizeof(path), "%s%s", directory, name);

    if (name[0] == '.')
        return OK;
    if (!text_ends(name, ".ova") && !text_ends(name, ".ovf"))
        return OK;
    TRY(arena_text(f->a, path, len, &package.file, e));
    package.folder = &root->folder;
    package.kind = text_ends(name, ".ovf") ? PACKAGE_DESCRIPTOR : PACKAGE_ARCHIVE;
    if (package.kind == PACKAGE_ARCHIVE)
        TRY(root->folder.ops->open(&root->folder, package.file, f->a, &package.source, e));
    return add(f, &package, e);
}

/* One directory, and when depth allows it those in it. */
static enum err find_in_directory(struct finding *f, struct volume_folder *root,
                                  const char *directory, bool deeper,
                                  const struct found_package *package, struct error *e)
{
    struct directory_entry entry;
    struct directory list;

    TRY(directory_open(&list, root, directory, e));
    for (;;) {
        enum err err = directory_next(&list, &entry, e);
        if (err != OK || !*entry.name)
            return directory_close(&list), err;
        char below[256];
        text_format(below, sizeof(below), "%s%s/", directory, entry.name);
        if (!entry.is_directory)
            err = add_file(f, root, directory, entry.name, *package, e);
        else if (deeper && entry.name[0] != '.')
            err = find_in_directory(f, root, below, false, package, e);
        if (err != OK)
            return directory_close(&list), err;
    }
}

static enum err find_on_volume(struct finding *f, EFI_HANDLE handle, struct disk *disks,
                               size_t count, struct error *e)
{
    const EFI_DEVICE_PATH *device = firmware_protocol(handle, &guid_device_path);
    struct found_package package = {.medium = "a volume", .path = ""};
    struct volume_folder *root;

    for (size_t i = 0; device && i < count; i++) {
        if (!path_is_below(device, disks[i].device))
            continue;
        const EFI_DEVICE_PATH *node = path_find(device, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP);
        uint32_t number = node ? get_le32((const uint8_t *)node + 4) : 0;
        TRY(medium_text(f, &disks[i], number, &package.medium, e));
        package.path = disks[i].path;
    }
    TRY(TAKE(f->a, 1, &root, e));
    if (volume_folder_open(root, handle, package.medium, e) != OK)
        return OK; /* a volume that cannot be opened holds no package for us */
    enum err err = find_in_directory(f, root, "", true, &package, e);
    if (err != ERR_IO)
        return err;
    (void)within(e, "%s", package.medium);
    if (f->why.code == OK)
        f->why = *e;
    port_say("Warning    %s", e->text);
    return OK;
}

enum err port_find_packages(struct arena *a, struct found_package **out, size_t *count,
                            struct error *e)
{
    struct finding f = {.a = a};
    struct disk *disks;
    EFI_HANDLE *volumes;
    size_t disk_count, volume_count;

    TRY(disks_find(a, &disks, &disk_count, e));
    TRY(firmware_handles(&guid_file_system, a, &volumes, &volume_count, e));
    TRY(TAKE(a, PACKAGES_MAX, &f.packages, e));
    for (size_t i = 0; i < volume_count; i++)
        TRY(find_on_volume(&f, volumes[i], disks, disk_count, e));
    for (size_t i = 0; i < disk_count; i++)
        TRY(find_in_partitions(&f, &disks[i], e));
    if (!f.count && f.why.code != OK)
        return *e = f.why, e->code;
    *out = f.packages;
    *count = f.count;
    return OK;
}
