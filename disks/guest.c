#include "disks/guest.h"

#include "base/text.h"
#include "disks/fat.h"

/* Directories below \EFI where systems install their loader when a boot entry in NVRAM points at
 * it.  BOOT is for the loaders beside a removable-media path that is not there. */
static const char *const vendors[] = {
    "debian", "ubuntu", "fedora", "redhat",    "centos", "rocky",   "almalinux", "opensuse",
    "sles",   "amzn",   "kali",   "openEuler", "arch",   "proxmox", "GRUB",      "BOOT",
};

struct loader {
    const char *directory; /* NULL: each of the vendors' */
    const char *name;
    bool has_arch; /* "x64" or "aa64" follows the name */
};

/* In the order of preference: shim before what it starts, which may be signed for it alone. */
static const struct loader loaders[] = {
    {NULL, "shim", true},
    {NULL, "shim", false},
    {NULL, "grub", true},
    {NULL, "grub", false},
    {"systemd", "systemd-boot", true},
    {"freebsd", "loader", false},
    {"Microsoft\\Boot", "bootmgfw", false},
};

static const char *suffix(enum guest_arch arch)
{
    return arch == GUEST_X86_64 ? "x64" : "aa64";
}

/* The path that firmware tries by itself. */
static const char *removable_path(enum guest_arch arch)
{
    return arch == GUEST_X86_64 ? "\\EFI\\BOOT\\BOOTX64.EFI" : "\\EFI\\BOOT\\BOOTAA64.EFI";
}

static enum err look_for(struct fat *fat, const char *path, bool *found, struct error *e)
{
    struct error missing;
    struct fat_entry entry;

    *found = false;
    if (fat_find(fat, path, &entry, &missing) == OK)
        *found = entry.kind == FAT_FILE && entry.size > 0;
    else if (missing.code != ERR_NOT_FOUND)
        return fail(e, missing.code, "%s", missing.text);
    return OK;
}

/* Look in one vendor's directory, or in the loader's own. */
static enum err look_in(struct fat *fat, const char *directory, const struct loader *loader,
                        enum guest_arch arch, struct guest_loader *out, bool *found,
                        struct error *e)
{
    text_format(out->path, sizeof(out->path), "\\EFI\\%s\\%s%s.efi", directory, loader->name,
                loader->has_arch ? suffix(arch) : "");
    return look_for(fat, out->path, found, e);
}

static enum err search_known(struct fat *fat, enum guest_arch arch, struct guest_loader *out,
                             bool *found, struct error *e)
{
    for (size_t i = 0; i < COUNT_OF(loaders); i++) {
        size_t directories = loaders[i].directory ? 1 : COUNT_OF(vendors);
        for (size_t j = 0; j < directories; j++) {
            const char *directory = loaders[i].directory ? loaders[i].directory : vendors[j];
            TRY(look_in(fat, directory, &loaders[i], arch, out, found, e));
            if (*found)
                return OK;
        }
    }
    return OK;
}

static enum err search_partition(struct source *disk, const struct partition *partition,
                                 enum guest_arch arch, struct guest_loader *out, struct error *e)
{
    enum guest_arch other = arch == GUEST_X86_64 ? GUEST_AARCH64 : GUEST_X86_64;
    struct slice_source volume;
    struct fat fat;
    bool found;

    TRY(slice_source_init(&volume, disk->name, disk, partition->offset, partition->size, e));
    enum err opened = fat_open(&fat, &volume.source, e);
    if (opened == ERR_UNSUPPORTED)
        return fail(e, ERR_NO_LOADER, "%s: its EFI system partition, number %u, holds no FAT",
                    disk->name, partition->number);
    TRY(opened);

    text_format(out->path, sizeof(out->path), "%s", removable_path(arch));
    TRY(look_for(&fat, out->path, &found, e));
    if (!found)
        TRY(search_known(&fat, arch, out, &found, e));
    if (found)
        return OK;
    TRY(look_for(&fat, removable_path(other), &found, e));
    if (found)
        return fail(e, ERR_NO_LOADER, "%s: holds %s: it is made for another processor", disk->name,
                    removable_path(other));
    return fail(e, ERR_NO_LOADER,
                "%s: its EFI system partition, number %u, holds no boot loader: looked for %s and "
                "for those of the known systems",
                disk->name, partition->number, removable_path(arch));
}

static enum err no_esp(const char *name, const struct partitions *table, struct error *e)
{
    const char *plural = table->count == 1 ? "" : "s";

    if (table->kind == TABLE_NONE)
        return fail(e, ERR_NO_LOADER, "%s: no partition table, so no EFI system partition", name);
    return fail(e, ERR_NO_LOADER,
                "%s: no EFI system partition (%s with %zu partition%s): this disk starts only on "
                "BIOS machines",
                name, table->kind == TABLE_GPT ? "GPT" : "MBR", table->count, plural);
}

enum err guest_find_loader(struct source *disk, enum guest_arch arch, struct arena scratch,
                           struct guest_loader *out, struct error *e)
{
    struct partitions table;
    struct error first = {.code = OK};

    TRY(partitions_read(disk, 0, &scratch, &table, e));
    for (size_t i = 0; i < table.count; i++) {
        if (!table.at[i].is_esp)
            continue;
        *out = (struct guest_loader){
            .partition = table.at[i], .table = table.kind, .signature = table.signature};
        enum err code = search_partition(disk, &table.at[i], arch, out, e);
        if (code == OK || (code != ERR_NO_LOADER && code != ERR_DAMAGED))
            return code;
        if (first.code == OK)
            first = *e;
    }
    if (first.code != OK) {
        *e = first;
        return first.code;
    }
    return no_esp(disk->name, &table, e);
}
