#include "loader/plan.h"

#include <stdarg.h>

#include "base/stream.h"
#include "base/text.h"
#include "disks/blank.h"
#include "disks/image.h"
#include "parsers/ovf_drives.h"

void plan_note(struct plan *plan, struct arena *a, const char *format, ...)
{
    char text[sizeof(((struct error *)0)->text)];
    struct error ignored;
    va_list args;

    if (plan->note_count == PLAN_NOTES_MAX)
        return;
    va_start(args, format);
    size_t len = text_format_va(text, sizeof(text), format, args);
    va_end(args);
    if (arena_text(a, text, len, &plan->notes[plan->note_count], &ignored) == OK)
        plan->note_count++;
}

/* The appliance's one virtual machine. */
static enum err choose_system(const struct ovf *ovf, const struct ovf_system **out, struct error *e)
{
    char all[200];
    size_t len = 0, machines = 0;

    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i)) {
        *out = &ovf->systems[i];
        len += text_format(all + len, sizeof(all) - len, "%s%s", machines++ ? ", " : "",
                           ovf->systems[i].id);
    }
    if (machines == 1)
        return OK;
    if (machines == 0)
        return fail(e, ERR_UNSUPPORTED, "describes no virtual system");
    return fail(e, ERR_UNSUPPORTED, "describes %zu virtual systems (%s); one machine runs one",
                machines, all);
}

/* A shared disk is one that several machines have at the same time. */
static enum err check_shared(const struct plan *plan, size_t disk, struct error *e)
{
    const struct ovf *ovf = &plan->ovf;
    size_t other = OVF_NONE;

    if (ovf->disks[disk].shared)
        other = ovf_find_sharer(ovf, disk, (size_t)(plan->system - ovf->systems));
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

    if (plan->count == CONFIG_TARGETS_MAX)
        return fail(e, ERR_TOO_BIG, "has more than %d disks", CONFIG_TARGETS_MAX);
    if (disk && *disk->parent)
        return fail(e, ERR_UNSUPPORTED, "disk %s is a difference to disk %s", disk->id,
                    disk->parent);
    if (disk)
        TRY(check_shared(plan, drive->disk, e));
    if (drive->file == OVF_NONE)
        return OK;

    const struct ovf_file *file = &plan->ovf.files[drive->file];
    if (file->compression != OVF_IDENTITY)
        return fail(e, ERR_UNSUPPORTED, "%s is compressed by %s, which is not read here",
                    file->href, file->compression_name);
    if (file->chunk_size)
        return fail(e, ERR_UNSUPPORTED, "%s is cut in chunks, which are not read here", file->href);
    return OK;
}

/* What the image says of itself. */
static enum err measure(struct plan_disk *disk, struct arena work, struct error *e)
{
    struct source_stream stream;
    struct image *image;

    TRY(source_stream_init(&stream, disk->source, STREAM_PEEK_MAX, &work, e));
    TRY(image_open(&stream.stream, disk->source->size, &work, &image, e));
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

    enum err err = image_source_open(disk->source, &work, &guest, e);
    if (err == ERR_UNSUPPORTED)
        return OK;
    TRY(err);
    disk->looked_inside = true;

    struct arena scratch = work;
    TRY(partitions_read(guest, 0, &scratch, &table, e));
    disk->sector_size = table.sector_size;
    if (!disk->is_boot)
        return OK;
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
    if (disk->is_boot)
        return fail(e, ERR_NO_LOADER, "the boot disk %s is blank: there is nothing to start",
                    disk->name);
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
static enum err check_size(struct plan *plan, const struct ovf_file *file, uint64_t size,
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

static enum err plan_file(struct plan *plan, const struct ovf_file *file, enum guest_arch arch,
                          struct arena *a, struct arena work, struct plan_disk *disk,
                          struct error *e)
{
    TRY(package_open_href(plan->package, file->href, a, &disk->source, e));
    disk->name = disk->source->name;
    TRY(verify_expect(plan->package, &plan->proof, disk->name, &disk->expected, e));
    if (check_size(plan, file, disk->source->size, a, e) != OK || measure(disk, work, e) != OK ||
        look_inside(disk, arch, work, e) != OK)
        return within(e, "%s", plan->package->name);
    return OK;
}

static enum err plan_disk(struct plan *plan, const struct ovf_drive *drive, bool is_boot,
                          enum guest_arch arch, struct arena *a, struct arena work, struct error *e)
{
    struct plan_disk *disk = &plan->disks[plan->count];
    const char *id = drive->disk != OVF_NONE ? plan->ovf.disks[drive->disk].id : "";

    if (check_drive(plan, drive, e) != OK)
        return within(e, "%s", plan->package->name);

    *disk = (struct plan_disk){.id = id, .is_boot = is_boot};
    if (drive->file != OVF_NONE)
        TRY(plan_file(plan, &plan->ovf.files[drive->file], arch, a, work, disk, e));
    else if (plan_blank(plan, drive, disk, e) != OK)
        return within(e, "%s", plan->package->name);
    plan->count++;
    return OK;
}

static enum err plan_disks(struct plan *plan, enum guest_arch arch, struct arena *a,
                           struct arena work, struct error *e)
{
    const struct ovf_option *option = ovf_default_option(&plan->ovf);
    size_t system = (size_t)(plan->system - plan->ovf.systems);
    struct ovf_drives drives;

    TRY(TAKE(a, CONFIG_TARGETS_MAX, &plan->disks, e));
    if (ovf_list_drives(&plan->ovf, system, option ? option->id : NULL, a, &drives, e) != OK)
        return within(e, "%s: %s", plan->package->name, plan->package->descriptor);
    if (!drives.count)
        return fail(e, ERR_UNSUPPORTED, "%s: the virtual system %s has no disk",
                    plan->package->name, plan->system->id);
    TRY(plan_disk(plan, &drives.at[drives.boot], true, arch, a, work, e));
    for (size_t i = 0; i < drives.count; i++)
        if (i != drives.boot)
            TRY(plan_disk(plan, &drives.at[i], false, arch, a, work, e));
    return OK;
}

static const char *title(const struct plan *plan)
{
    const struct ovf_system *system = plan->system;

    for (size_t i = 0; i < system->product_count; i++)
        if (*system->products[i].product.text)
            return system->products[i].product.text;
    return *system->name.text ? system->name.text : plan->package->name;
}

enum err plan_make(struct package *p, const struct authority *authority, enum guest_arch arch,
                   struct arena *a, struct arena work, struct plan *out, struct error *e)
{
    struct bytes descriptor;

    *out = (struct plan){.package = p};
    TRY(verify_descriptor(p, authority, a, &descriptor, &out->proof, e));
    TRY(verify_expect(p, &out->proof, p->descriptor, &out->descriptor, e));
    if (ovf_parse(descriptor, a, work, &out->ovf, e) != OK ||
        choose_system(&out->ovf, &out->system, e) != OK)
        return within(e, "%s: %s", p->name, p->descriptor);
    out->title = title(out);
    return plan_disks(out, arch, a, work, e);
}

enum err plan_check_loader(const struct plan *plan, struct error *e)
{
    if (plan->disks[0].no_loader.code == OK)
        return OK;
    *e = plan->disks[0].no_loader;
    return within(e, "%s: %s", plan->package->name, plan->disks[0].name);
}

enum err plan_check_target(const struct plan_disk *disk, const struct target *target,
                           struct error *e)
{
    char need[TEXT_SIZE_MAX], have[TEXT_SIZE_MAX];

    if (disk->is_blank && disk->capacity == 0)
        return fail(e, ERR_SETTING,
                    "%s: how large this blank disk is, by the property %s, is not set", disk->name,
                    disk->capacity_property);
    if (disk->capacity > target_size(target))
        return fail(e, ERR_NO_ROOM, "%s: needs %s (%llu bytes), but %s has %s (%llu bytes)",
                    disk->name, text_size(need, disk->capacity), (unsigned long long)disk->capacity,
                    target->name, text_size(have, target_size(target)),
                    (unsigned long long)target_size(target));
    if (disk->sector_size && disk->sector_size != target->sector_size)
        return fail(e, ERR_UNSUPPORTED,
                    "%s: is made for sectors of %u bytes, but %s has sectors of %u bytes",
                    disk->name, disk->sector_size, target->name, target->sector_size);
    return OK;
}
