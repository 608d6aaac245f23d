#include "loader/plan.h"

#include <stdarg.h>

#include "base/text.h"
#include "disks/image.h"
#include "disks/resector.h"
#include "loader/texts.h"
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

static const char *title(const struct plan *plan)
{
    const struct ovf_system *system = plan->system;

    for (size_t i = 0; i < system->product_count; i++)
        if (*system->products[i].product.text)
            return ovf_say(&plan->ovf, &system->products[i].product, plan->language);
    return *system->name.text ? ovf_say(&plan->ovf, &system->name, plan->language)
                              : plan->package->name;
}

enum err plan_open(struct package *p, const struct authority *authority, const char *language,
                   struct arena *a, struct arena work, struct plan *out, struct error *e)
{
    struct bytes descriptor;

    *out = (struct plan){.package = p, .language = language};
    TRY(verify_descriptor(p, authority, a, &descriptor, &out->proof, e));
    TRY(verify_expect(p, &out->proof, p->descriptor, &out->descriptor, e));
    if (ovf_parse(descriptor, a, work, &out->ovf, e) != OK)
        return package_within(p, e);
    return texts_read(out, a, work, e);
}

enum err plan_choose(struct plan *plan, size_t system, const char *option,
                     const struct config *config, struct arena *a, struct error *e)
{
    plan->system_index = system;
    plan->system = &plan->ovf.systems[system];
    plan->option = option;
    plan->hardware = ovf_hardware_of(plan->system);
    plan->title = title(plan);
    return properties_resolve(&plan->ovf, system, option, config, a, &plan->properties, e);
}

enum err plan_check_loader(const struct plan *plan, struct error *e)
{
    if (plan->disks[0].no_loader.code == OK)
        return OK;
    *e = plan->disks[0].no_loader;
    return within(e, "%s: %s", plan->package->name, plan->disks[0].name);
}

bool plan_resectors(const struct plan_disk *disk, uint32_t sector_size)
{
    return disk->sector_size && disk->sector_size != sector_size;
}

enum err plan_open_guest(const struct plan_disk *disk, struct source *image, uint32_t sector_size,
                         struct arena *a, struct source **out, struct error *e)
{
    struct resector *view;

    TRY(image_source_open(image, a, out, e));
    if (!plan_resectors(disk, sector_size))
        return OK;
    TRY(resector_open(*out, disk->sector_size, sector_size, a, &view, e));
    *out = &view->source;
    return OK;
}

static enum err check_size(const struct plan_disk *disk, const struct target *target, uint64_t size,
                           struct error *e)
{
    char need[TEXT_SIZE_MAX], have[TEXT_SIZE_MAX];

    if (size <= target_size(target))
        return OK;
    return fail(e, ERR_NO_ROOM, "%s: needs %s (%llu bytes), but %s has %s (%llu bytes)", disk->name,
                text_size(need, size), (unsigned long long)size, target->name,
                text_size(have, target_size(target)), (unsigned long long)target_size(target));
}

enum err plan_check_target(const struct plan_disk *disk, const struct target *target,
                           struct arena work, struct error *e)
{
    struct source *guest;

    if (disk->is_blank && disk->capacity == 0)
        return fail(e, ERR_SETTING,
                    "%s: how large this blank disk is, by the property %s, is not set", disk->name,
                    disk->capacity_property);
    TRY(check_size(disk, target, disk->capacity, e));
    if (!plan_resectors(disk, target->sector_size))
        return OK;
    if (plan_open_guest(disk, disk->image, target->sector_size, &work, &guest, e) != OK)
        return within(e, "made for sectors of %u bytes, where %s has sectors of %u bytes",
                      disk->sector_size, target->name, target->sector_size);
    return check_size(disk, target, guest->size, e);
}
