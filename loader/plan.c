#include "loader/plan.h"

#include <stdarg.h>

#include "base/text.h"
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
