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

static enum err note_devices(struct plan *plan, struct arena *a, struct error *e)
{
    const struct ovf_hardware *h = plan->hardware;
    char list[LIST_MAX];
    size_t len = 0;

    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        if (!counts(plan, item) || is_of_machine(item) || !is_first(plan, i))
            continue;
        size_t number = how_many(plan, device_name(item));
        len += text_format(list + len, sizeof(list) - len, "%s%zu %s", len ? ", " : "", number,
                           device_name(item));
    }
    return len ? plan_note(plan, a, e, "virtual devices without a counterpart here: %s", list) : OK;
}

static enum err note_media(struct plan *plan, struct arena *a, struct error *e)
{
    const struct ovf_hardware *h = plan->hardware;

    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        if ((item->type != OVF_CD && item->type != OVF_DVD) || !counts(plan, item) ||
            !item->host_resource_count)
            continue;
        TRY(plan_note(plan, a, e, "the guest will not see the CD image %s: there is no CD drive",
                      item->host_resources[0]));
    }
    return OK;
}

static enum err note_addresses(struct plan *plan, struct arena *a, struct error *e)
{
    const struct ovf_hardware *h = plan->hardware;
    size_t fixed = 0;

    for (size_t i = 0; i < h->item_count; i++)
        fixed +=
            h->items[i].type == OVF_ETHERNET && *h->items[i].address && counts(plan, &h->items[i]);
    return fixed ? plan_note(plan, a, e,
                             "%zu network port%s a MAC address in the descriptor; the machine's "
                             "ports keep their own",
                             fixed, fixed == 1 ? " has" : "s have")
                 : OK;
}

/* The descriptor's word on the firmware is a hint that real packages get wrong; the disk counts. */
static enum err note_firmware(struct plan *plan, struct arena *a, struct error *e)
{
    if (plan->system->firmware != OVF_FIRMWARE_BIOS || !plan->count ||
        !plan->disks[0].looked_inside || plan->disks[0].no_loader.code != OK)
        return OK;
    return plan_note(plan, a, e,
                     "the descriptor speaks of BIOS firmware, but the disk has a loader for UEFI: "
                     "the disk counts");
}

static enum err note_start(struct plan *plan, struct arena *a, struct error *e)
{
    const struct ovf_system *s = plan->system;

    if (s->has_install && s->install_stop_delay)
        TRY(plan_note(plan, a, e,
                      "the first start finishes the installation; the descriptor would have it "
                      "stopped after %u s, which nobody does here",
                      s->install_stop_delay));
    else if (s->has_install)
        TRY(plan_note(plan, a, e,
                      "the first start finishes the installation; the machine then switches itself "
                      "off and wants to be started again"));
    if (s->boot_count && !*s->boot[0].instance &&
        !text_starts(s->boot[0].device, "CIM:Hard-Disk:") && !text_same(s->boot[0].device, "disk"))
        TRY(plan_note(plan, a, e, "the appliance would start from %s first; its disk is started",
                      s->boot[0].device));
    return OK;
}

/* Of the system, or of a collection around it. */
static enum err note_scale(struct plan *plan, struct arena *a, struct error *e)
{
    for (size_t i = plan->system_index; i != OVF_NONE; i = plan->ovf.systems[i].parent) {
        const struct ovf_scale *scale = ovf_find_scale(&plan->ovf.systems[i], plan->option);
        if (scale && scale->least > 1)
            TRY(plan_note(plan, a, e, "%s wants at least %u instances; this machine is one",
                          plan->ovf.systems[i].id, scale->least));
    }
    return OK;
}

enum err notes_make(struct plan *plan, struct arena *a, struct error *e)
{
    TRY(note_firmware(plan, a, e));
    TRY(note_start(plan, a, e));
    TRY(note_scale(plan, a, e));
    if (!plan->hardware)
        return OK;
    TRY(note_devices(plan, a, e));
    TRY(note_media(plan, a, e));
    return note_addresses(plan, a, e);
}
