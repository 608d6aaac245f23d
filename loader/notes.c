#include "loader/notes.h"

#include <string.h>

#include "base/text.h"

#define LIST_MAX 240 /* bytes of a list of devices */

static bool counts(const struct plan *plan, const struct ovf_item *item)
{
    return ovf_item_counts(plan->hardware, item, plan->option);
}

/* Devices that a physical machine has of its own, or has no need of. */
static bool is_of_machine(const struct ovf_item *item)
{
    switch (item->type) {
    case OVF_PROCESSOR:
    case OVF_MEMORY:
    case OVF_IDE:
    case OVF_SCSI:
    case OVF_ETHERNET:
    case OVF_CD:
    case OVF_DVD:
    case OVF_OTHER_STORAGE:
    case 23: /* USB controller */
    case 24: /* graphics controller */
        return true;
    default:
        return ovf_is_disk(item);
    }
}

static const char *device_name(const struct ovf_item *item)
{
    const char *name = ovf_resource_name(item->type);

    return strcmp(name, "device") == 0 && *item->name ? item->name : name;
}

/* The first item of that name that counts: the one that speaks for the others. */
static bool is_first(const struct plan *plan, size_t at)
{
    const struct ovf_hardware *h = plan->hardware;

    for (size_t i = 0; i < at; i++)
        if (counts(plan, &h->items[i]) && !is_of_machine(&h->items[i]) &&
            strcmp(device_name(&h->items[i]), device_name(&h->items[at])) == 0)
            return false;
    return true;
}

static size_t how_many(const struct plan *plan, const char *name)
{
    const struct ovf_hardware *h = plan->hardware;
    size_t count = 0;

    for (size_t i = 0; i < h->item_count; i++)
        count += counts(plan, &h->items[i]) && !is_of_machine(&h->items[i]) &&
                 strcmp(device_name(&h->items[i]), name) == 0;
    return count;
}

static void note_devices(struct plan *plan, struct arena *a)
{
    const struct ovf_hardware *h = plan->hardware;
    char list[LIST_MAX];
    size_t len = 0;

    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        if (!counts(plan, item) || is_of_machine(item) || !is_first(plan, i))
            continue;
        const char *name = device_name(item);
        size_t number = how_many(plan, name);
        bool is_theirs = name == item->name; /* and of unknown grammar */
        len += text_format(list + len, sizeof(list) - len, "%s%zu %s%s%s", len ? ", " : "", number,
                           number > 1 && is_theirs ? "of " : "", name,
                           number > 1 && !is_theirs ? "s" : "");
    }
    if (len)
        plan_note(plan, a, "virtual devices without a counterpart here: %s", list);
}

static void note_addresses(struct plan *plan, struct arena *a)
{
    const struct ovf_hardware *h = plan->hardware;
    size_t fixed = 0;

    for (size_t i = 0; i < h->item_count; i++)
        fixed += h->items[i].type == OVF_ETHERNET && strchr(h->items[i].address, ':') &&
                 counts(plan, &h->items[i]);
    if (fixed)
        plan_note(plan, a,
                  "%zu network port%s a MAC address in the descriptor; the machine's ports keep "
                  "their own",
                  fixed, fixed == 1 ? " has" : "s have");
}

/* The descriptor's word on the firmware is a hint that real packages get wrong. */
static void note_firmware(struct plan *plan, struct arena *a)
{
    if (plan->system->firmware == OVF_FIRMWARE_BIOS && plan->count &&
        plan->disks[0].looked_inside && plan->disks[0].no_loader.code == OK)
        plan_note(plan, a,
                  "the descriptor speaks of BIOS firmware, but the disk has a loader for UEFI: the "
                  "disk counts");
}

static void note_install(struct plan *plan, struct arena *a)
{
    const struct ovf_system *s = plan->system;

    if (s->has_install && s->install_stop_delay)
        plan_note(plan, a,
                  "the first start finishes the installation; the descriptor would have it stopped "
                  "after %u s, which nobody does here",
                  s->install_stop_delay);
    else if (s->has_install)
        plan_note(plan, a,
                  "the first start finishes the installation; the machine then switches itself off "
                  "and wants to be started again");
}

static const struct ovf_item *find_item(const struct plan *plan, const char *instance)
{
    const struct ovf_hardware *h = plan->hardware;

    for (size_t i = 0; i < h->item_count && *instance; i++)
        if (strcmp(h->items[i].instance, instance) == 0 && counts(plan, &h->items[i]))
            return &h->items[i];
    return NULL;
}

/* What the descriptor would start from first, when that is no disk. */
static void note_boot(struct plan *plan, struct arena *a)
{
    const struct ovf_boot_source *first = plan->system->boot_count ? plan->system->boot : NULL;
    const struct ovf_item *item = first ? find_item(plan, first->instance) : NULL;

    if (!first || (item && ovf_is_disk(item)) ||
        (!item &&
         (text_starts(first->device, "CIM:Hard-Disk:") || text_same(first->device, "disk"))))
        return;
    plan_note(plan, a, "the appliance would start from %s first; here its disk is started",
              item             ? device_name(item)
              : *first->device ? first->device
                               : first->instance);
}

/* Of the system, or of a collection around it. */
static void note_scale(struct plan *plan, struct arena *a)
{
    for (size_t i = plan->system_index; i != OVF_NONE; i = plan->ovf.systems[i].parent) {
        const struct ovf_scale *scale = ovf_find_scale(&plan->ovf.systems[i], plan->option);
        if (scale && scale->least > 1)
            plan_note(plan, a, "%s wants at least %u instances; this machine is one",
                      plan->ovf.systems[i].id, scale->least);
    }
}

void notes_make(struct plan *plan, struct arena *a)
{
    if (plan->properties.doubled)
        plan_note(plan, a, "property %s is described more than once; the first counts",
                  plan->properties.doubled->name);
    note_firmware(plan, a);
    note_install(plan, a);
    note_scale(plan, a);
    if (!plan->hardware)
        return;
    note_boot(plan, a);
    note_devices(plan, a);
    note_addresses(plan, a);
}
