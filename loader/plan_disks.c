/* The disks of a plan: what the descriptor says of each, and what lies in the image. */
#include <string.h>

#include "base/checked.h"
#include "base/stream.h"
#include "base/text.h"
#include "disks/blank.h"
#include "disks/map.h"
#include "loader/plan.h"
#include "parsers/ovf_drives.h"

/* What the disks are looked at with. */
struct look {
    struct plan *plan;
    enum guest_arch arch;
    struct arena *arena;
    struct arena work;
};

/* A shared disk is one that several machines have at the same time. */
static enum err check_shared(const struct plan *plan, size_t disk, struct error *e)
{
    const struct ovf *ovf = &plan->ovf;
    size_t other = OVF_NONE;

    if (ovf->disks[disk].shared)
        other = ovf_find_sharer(ovf, disk, plan->system_index);
    if (other == OVF_NONE)
        return OK;
    return fail(e, ERR_UNSUPPORTED,
                "disk %s is shared by the virtual systems %s and %s, which cannot run on one "
                "machine",
                ovf->disks[disk].id, plan->system->id, ovf->systems[other].id);
}

/* What the descriptor says of the disk is done here. */
static enum err check_drive(const struct plan *plan, const struct ovf_drive *drive, struct error *e)
{
    const struct ovf_disk *disk = drive->disk != OVF_NONE ? &plan->ovf.disks[drive->disk] : NULL;

    if (disk && *disk->parent)
        return fail(e, ERR_UNSUPPORTED, "disk %s is a difference to disk %s", disk->id,
                    disk->parent);
    if (disk)
        TRY(check_shared(plan, drive->disk, e));
    if (drive->file == OVF_NONE)
        return OK;

    const struct ovf_file *file = &plan->ovf.files[drive->file];
    if (file->compression == OVF_OTHER_COMPRESSION)
        return fail(e, ERR_UNSUPPORTED, "%s is compressed by %s, which is not read here",
                    file->href, file->compression_name);
    return OK;
}

/* What the image says of itself. */
static enum err measure(struct plan_disk *disk, struct arena work, struct error *e)
{
    struct source_stream stream;
    struct image *image;
    struct map *map;
    bool by_map;

    TRY(map_knows(disk->image, &by_map, e));
    if (by_map) {
        TRY(map_open(disk->image, &work, &map, e));
        disk->format = map->format;
        disk->capacity = map->capacity;
        disk->sector_size = map->sector_size != 512 ? map->sector_size : 0;
        return OK;
    }
    TRY(source_stream_init(&stream, disk->image, STREAM_PEEK_MAX, &work, e));
    TRY(image_open(&stream.stream, disk->image->size, &work, &image, e));
    disk->format = image->format;
    disk->capacity = image->capacity;
    return OK;
}

/* What the guest disk holds, where the image can be read at random. */
static enum err look_inside(struct plan_disk *disk, enum guest_arch arch, struct arena work,
                            struct error *e)
{
    struct partitions table;
    struct source *guest;

    enum err err = image_source_open(disk->image, &work, &guest, e);
    if (err == ERR_UNSUPPORTED)
        return OK;
    TRY(err);
    disk->looked_inside = true;

    struct arena scratch = work;
    TRY(partitions_read(guest, disk->sector_size, &scratch, &table, e));
    if (!disk->sector_size)
        disk->sector_size = table.sector_size;
    err = guest_find_loader(guest, arch, work, &disk->loader, &disk->no_loader);
    if (err != OK && err != ERR_NO_LOADER) {
        *e = disk->no_loader;
        return err;
    }
    return OK;
}

/* A disk without a file. */
static enum err plan_blank(const struct plan *plan, const struct ovf_drive *drive,
                           struct plan_disk *disk, struct error *e)
{
    const struct ovf_disk *from = drive->disk != OVF_NONE ? &plan->ovf.disks[drive->disk] : NULL;
    const struct ovf_item *item = drive->item;

    disk->is_blank = disk->looked_inside = true;
    disk->format = BLANK_FORMAT;
    disk->name = from ? from->id : *item->name ? item->name : ovf_resource_name(item->type);
    disk->capacity = from ? from->capacity : item->quantity;
    fail_record(&disk->no_loader, ERR_NO_LOADER, "is a blank disk: there is nothing to start");
    if (from && from->capacity_property) {
        disk->capacity = 0;
        disk->capacity_property = from->capacity_property;
        disk->capacity_unit = from->capacity_unit;
    } else if (disk->capacity == OVF_UNKNOWN || disk->capacity == 0) {
        return fail(e, ERR_DAMAGED, "disk %s is blank, and how large it is is not said",
                    disk->name);
    }
    return OK;
}

/* Who makes a package by hand forgets the size in the descriptor, as who repacks a disk does.  The
 * digest says more, where there is one. */
enum err plan_check_size(struct plan *plan, const struct ovf_file *file, uint64_t size,
                         struct arena *a, struct error *e)
{
    if (file->size == OVF_UNKNOWN || file->size == size)
        return OK;
    if (!plan->proof.has_manifest)
        return fail(e, ERR_DAMAGED, "%s has %llu bytes, where the descriptor says %llu", file->href,
                    (unsigned long long)size, (unsigned long long)file->size);
    plan_note(plan, a, "%s has %llu bytes, although the descriptor says %llu", file->href,
              (unsigned long long)size, (unsigned long long)file->size);
    return OK;
}

/* What is there counts, and what the descriptor says is told where it is wrong. */
static enum err unpack(struct look *l, const struct ovf_file *file, struct plan_disk *disk,
                       struct error *e)
{
    TRY(envelope_open(disk->parts.source, disk->name, l->arena, &disk->gunzip, e));
    disk->image = disk->gunzip ? &disk->gunzip->source : disk->parts.source;
    if ((disk->gunzip != NULL) != (file->compression == OVF_GZIP))
        plan_note(l->plan, l->arena,
                  "%s is %scompressed with gzip, although the descriptor says %s", disk->name,
                  disk->gunzip ? "" : "not ", disk->gunzip ? "nothing of it" : "so");
    return OK;
}

static enum err plan_file(struct look *l, const struct ovf_file *file, struct plan_disk *disk,
                          struct error *e)
{
    struct plan *plan = l->plan;

    TRY(parts_open(plan->package, &plan->proof, file, l->arena, &disk->parts, e));
    disk->name = disk->parts.source->name;
    uint64_t size = file->chunk_size ? disk->parts.source->size : disk->parts.at[0].size;
    if (plan_check_size(plan, file, size, l->arena, e) != OK || unpack(l, file, disk, e) != OK ||
        measure(disk, l->work, e) != OK || look_inside(disk, l->arch, l->work, e) != OK)
        return within(e, "%s", plan->package->name);
    return OK;
}

static enum err plan_disk(struct look *l, const struct ovf_drive *drive, struct plan_disk *disk,
                          struct error *e)
{
    struct plan *plan = l->plan;
    const struct ovf_disk *from = drive->disk != OVF_NONE ? &plan->ovf.disks[drive->disk] : NULL;
    const struct ovf_file *file = drive->file != OVF_NONE ? &plan->ovf.files[drive->file] : NULL;

    *disk = (struct plan_disk){.id = from ? from->id : "", .name = file ? file->href : ""};
    if (from && from->capacity != OVF_UNKNOWN)
        disk->capacity = from->capacity; /* until the image says it */
    if (check_drive(plan, drive, e) != OK || (!file && plan_blank(plan, drive, disk, e) != OK))
        return within(e, "%s", plan->package->name);
    return file ? plan_file(l, file, disk, e) : OK;
}

static bool has_loader(const struct plan_disk *disk)
{
    return disk->fault.code == OK && disk->looked_inside && disk->no_loader.code == OK;
}

/* Which disk to start from where the package does not say: the first with a loader, else the
 * first. */
static size_t find_boot_disk(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (has_loader(&plan->disks[i]))
            return i;
        if (!plan->disks[i].looked_inside)
            break;
    }
    return 0;
}

static void put_first(struct plan *plan, size_t boot, struct arena *a, bool said)
{
    struct plan_disk *first = &plan->disks[0];
    struct plan_disk chosen = plan->disks[boot];

    if (boot && !said)
        plan_note(plan, a, "%s is started from: %s in front of it holds no loader", chosen.name,
                  first->name);
    memmove(first + 1, first, boot * sizeof(*first));
    *first = chosen;
    first->is_boot = true;
}

/* tolerant: what is wrong with a disk is kept with it. */
static enum err look_at_disks(struct look *l, bool tolerant, struct error *e)
{
    struct plan *plan = l->plan;
    struct ovf_drives drives;

    plan->count = 0;
    TRY(TAKE(l->arena, CONFIG_TARGETS_MAX, &plan->disks, e));
    if (ovf_list_drives(&plan->ovf, plan->system_index, plan->option, l->arena, &drives, e) != OK)
        return package_within(plan->package, e);
    if (!drives.count)
        return fail(e, ERR_UNSUPPORTED, "%s: the virtual system %s has no disk",
                    plan->package->name, plan->system->id);
    if (drives.count > CONFIG_TARGETS_MAX)
        return fail(e, ERR_TOO_BIG, "%s: has more than %d disks", plan->package->name,
                    CONFIG_TARGETS_MAX);
    for (size_t i = 0; i < drives.count; i++) {
        struct plan_disk *disk = &plan->disks[i];
        enum err err = plan_disk(l, &drives.at[i], disk, e);
        if (err != OK && !tolerant)
            return err;
        if (err != OK)
            disk->fault = *e;
        plan->count++;
    }
    put_first(plan, drives.boot_is_said ? drives.boot : find_boot_disk(plan), l->arena,
              drives.boot_is_said);
    return OK;
}

enum err plan_disks(struct plan *plan, enum guest_arch arch, struct arena *a, struct arena work,
                    struct error *e)
{
    return look_at_disks(&(struct look){plan, arch, a, work}, false, e);
}

enum err plan_disks_that_are_there(struct plan *plan, enum guest_arch arch, struct arena *a,
                                   struct arena work, struct error *e)
{
    return look_at_disks(&(struct look){plan, arch, a, work}, true, e);
}

static enum err size_blank(const struct plan *plan, struct plan_disk *disk, struct error *e)
{
    const struct property *p = properties_find(&plan->properties, disk->capacity_property);
    uint64_t number = 0;

    if (!p)
        return fail(e, ERR_DAMAGED,
                    "disk %s: its capacity is the property %s, which the appliance does not have "
                    "just once",
                    disk->name, disk->capacity_property);
    if (!text_to_u64(p->value, strlen(p->value), &number) || number == 0 ||
        !mul_fits(number, disk->capacity_unit, &disk->capacity) || disk->capacity > INT64_MAX)
        return fail(e, ERR_SETTING,
                    "disk %s: its capacity is the property %s, and %s is no number from 1 that "
                    "makes less than 2^63 bytes in units of %llu",
                    disk->name, p->name,
                    p->secret   ? "what it is"
                    : *p->value ? p->value
                                : "(empty)",
                    (unsigned long long)disk->capacity_unit);
    return OK;
}

enum err plan_size_blanks(struct plan *plan, struct error *e)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->disks[i].capacity_property)
            if (size_blank(plan, &plan->disks[i], e) != OK)
                return within(e, "%s", plan->package->name);
    return OK;
}
