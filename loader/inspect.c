#include "loader/inspect.h"

#include "base/text.h"
#include "loader/port.h"

const char *inspect_disk(const struct plan_disk *disk, char out[INSPECT_TEXT_MAX])
{
    char capacity[TEXT_SIZE_MAX];

    if (disk->capacity_property && !disk->capacity)
        text_format(out, INSPECT_TEXT_MAX, "%s: as large as the property %s says, %s", disk->name,
                    disk->capacity_property, disk->format);
    else
        text_format(out, INSPECT_TEXT_MAX, "%s: %s, %s", disk->name,
                    text_size(capacity, disk->capacity), disk->format);
    return out;
}

const char *inspect_loader(const struct plan_disk *disk)
{
    return !disk->looked_inside         ? "cannot be known before the disk is written"
           : disk->no_loader.code == OK ? disk->loader.path
                                        : disk->no_loader.text;
}

static void show_product(const struct plan *plan)
{
    for (size_t i = 0; i < plan->system->product_count; i++) {
        const struct ovf_product *p = &plan->system->products[i];
        if (*p->vendor.text)
            port_say("Vendor     %s", p->vendor.text);
        if (*p->version)
            port_say("Version    %s", p->version);
    }
}

static void show_hardware(const struct plan *plan)
{
    const char *chosen = plan->option;
    char memory[TEXT_SIZE_MAX];

    if (!plan->system->hardware_count)
        return;
    const struct ovf_hardware *hardware = &plan->system->hardware[0];
    port_say("Made for   %llu processors, %s of memory",
             (unsigned long long)ovf_quantity(hardware, OVF_PROCESSOR, chosen),
             text_size(memory, ovf_quantity(hardware, OVF_MEMORY, chosen)));
}

void inspect_show(const struct plan *plan)
{
    char text[INSPECT_TEXT_MAX];

    port_say("Package    %s", plan->package->name);
    port_say("Appliance  %s", plan->title);
    show_product(plan);
    show_hardware(plan);
    port_say("Descriptor %s: %s", plan->package->descriptor, verify_text(&plan->descriptor));
    for (size_t i = 0; i < plan->count; i++)
        port_say("Disk       %s", inspect_disk(&plan->disks[i], text));
    for (size_t i = 0; i < plan->note_count; i++)
        port_say("Note       %s", plan->notes[i]);
    port_say("Starts     %s", inspect_loader(&plan->disks[0]));
    port_say("The disks' contents are proved when they are read: ovfboot verify does it now.");
}
