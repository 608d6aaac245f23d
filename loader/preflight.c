#include "loader/preflight.h"

#include "disks/fat.h"
#include "disks/image.h"
#include "loader/port.h"

/* The guest's loader as it lies in the image, with all that stands between. */
struct inside {
    struct source *disk;
    struct slice_source volume;
    struct fat fat;
    struct fat_file file;
};

static enum err open_loader(const struct plan_disk *disk, struct arena *work, struct inside *in,
                            struct error *e)
{
    const struct guest_loader *loader = &disk->loader;
    struct fat_entry entry;

    TRY(image_source_open(disk->image, work, &in->disk, e));
    TRY(slice_source_init(&in->volume, disk->name, in->disk, loader->partition.offset,
                          loader->partition.size, e));
    TRY(fat_open(&in->fat, &in->volume.source, e));
    TRY(fat_find(&in->fat, loader->path, &entry, e));
    fat_file_open(&in->file, &in->fat, &entry, loader->path);
    return OK;
}

/* The firmware's word counts; ours gives the reason, and stands in where the firmware could not be
 * asked. */
static enum err decide(struct source *file, const struct boot_verdict *verdict, struct error *e)
{
    struct error asked;
    enum err code = port_would_start(file, &asked);

    if (code == OK && verdict->starts) {
        port_say("Allowed    %s %s", file->name, verdict->text);
        return OK;
    }
    if (code == OK) {
        port_say("Allowed    %s by the firmware, although it %s", file->name, verdict->text);
        return OK;
    }
    if (code == ERR_SECURE_BOOT && verdict->starts)
        return fail(e, ERR_SECURE_BOOT,
                    "%s: Secure Boot on this machine does not allow it, although "
                    "it %s",
                    file->name, verdict->text);
    if (code == ERR_SECURE_BOOT || (!verdict->starts && verdict->reason != BOOT_UNCERTAIN))
        return fail(e, ERR_SECURE_BOOT, "%s: Secure Boot on this machine does not allow it: it %s",
                    file->name, verdict->text);
    port_say("Allowed    %s %s; the firmware could not be asked: %s", file->name, verdict->text,
             asked.text);
    return OK;
}

static enum err check(const struct plan_disk *disk, const struct boot_databases *databases,
                      struct arena work, struct error *e)
{
    struct boot_verdict verdict;
    struct inside *in;

    TRY(TAKE(&work, 1, &in, e));
    TRY(open_loader(disk, &work, in, e));
    TRY(boot_judge(&in->file.source, databases, work, &verdict, e));
    return decide(&in->file.source, &verdict, e);
}

enum err preflight(const struct plan *plan, struct arena work, struct error *e)
{
    const struct plan_disk *disk = &plan->disks[0];
    struct secure_boot secure_boot;

    TRY(port_secure_boot(&work, &secure_boot, e));
    if (!secure_boot.enforced)
        return OK;
    if (!disk->looked_inside) {
        port_say("Warning    Secure Boot is enforced, and %s cannot be read ahead: whether this "
                 "machine may start it is known only when it is written",
                 disk->name);
        return OK;
    }
    if (check(disk, &secure_boot.databases, work, e) != OK)
        return within(e, "%s: %s", plan->package->name, disk->name);
    return OK;
}
