#include "loader/fit.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"

#define NEED_TEXT_MAX 200 /* bytes with the NUL */

struct check {
    const struct plan *plan;
    const struct machine *machine;
    struct arena *arena;
    struct needs *out;
};

enum err fit_add(struct needs *needs, bool must, bool met, const char *text, struct arena *a,
                 struct error *e)
{
    struct need *need = &needs->at[needs->count];

    if (needs->count == NEEDS_MAX)
        return OK;
    TRY(arena_text(a, text, strlen(text), &need->text, e));
    need->must = must;
    need->met = met;
    needs->count++;
    return OK;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* count 0 of a machine: not known. */
static enum err need_processors(struct check *c, uint64_t wanted, bool must, struct error *e)
{
    uint32_t there = c->machine->processors;
    char text[NEED_TEXT_MAX];
    size_t len = text_format(text, sizeof(text), "%s%llu processor%s", must ? "at least " : "",
                             (unsigned long long)wanted, plural(wanted));

    if (there)
        text_format(text + len, sizeof(text) - len, "; there %s %u", there == 1 ? "is" : "are",
                    there);
    return fit_add(c->out, must, !there || there >= wanted, text, c->arena, e);
}

static enum err need_memory(struct check *c, uint64_t wanted, uint64_t ram, bool must,
                            struct error *e)
{
    uint64_t there = c->machine->memory, sum;
    char text[NEED_TEXT_MAX], size[TEXT_SIZE_MAX];
    size_t len = text_format(text, sizeof(text), "%s%s of memory", must ? "at least " : "",
                             text_size(size, wanted));

    if (!add_fits(wanted, ram, &sum))
        sum = UINT64_MAX;
    if (ram)
        len += text_format(text + len, sizeof(text) - len, " and %s for RAM disks",
                           text_size(size, ram));
    if (there)
        text_format(text + len, sizeof(text) - len, "; there are %s", text_size(size, there));
    return fit_add(c->out, must, !there || there >= sum, text, c->arena, e);
}

static bool is_marked(const struct ovf_range *range)
{
    return range->least != range->normal || range->most != range->normal;
}

static enum err check_quantities(struct check *c, uint64_t ram, struct error *e)
{
    const struct ovf_hardware *h = c->plan->hardware;
    struct ovf_range processors, memory;

    ovf_find_range(h, OVF_PROCESSOR, c->plan->option, &processors);
    ovf_find_range(h, OVF_MEMORY, c->plan->option, &memory);

    /* Without a marker the range is one number, which is a wish as far as processors go. */
    if (is_marked(&processors) && processors.least != OVF_UNKNOWN)
        TRY(need_processors(c, processors.least, true, e));
    if (processors.normal && (!is_marked(&processors) || processors.normal != processors.least))
        TRY(need_processors(c, processors.normal, false, e));
    if (memory.least && memory.least != OVF_UNKNOWN)
        TRY(need_memory(c, memory.least, ram, true, e));
    if (memory.normal && memory.normal != memory.least)
        TRY(need_memory(c, memory.normal, ram, false, e));
    return OK;
}

static enum err check_ports(struct check *c, struct error *e)
{
    const struct ovf_hardware *h = c->plan->hardware;
    uint32_t there = c->machine->ports, wanted = 0;
    char text[NEED_TEXT_MAX];

    for (size_t i = 0; i < h->item_count; i++)
        wanted += h->items[i].type == OVF_ETHERNET && h->items[i].required &&
                  ovf_item_counts(h, &h->items[i], c->plan->option);
    if (!wanted)
        return OK;
    size_t len = text_format(text, sizeof(text), "%u network port%s", wanted, plural(wanted));
    if (there != MACHINE_PORTS_UNKNOWN)
        text_format(text + len, sizeof(text) - len, "; there %s %u", there == 1 ? "is" : "are",
                    there);
    return fit_add(c->out, false, there >= wanted, text, c->arena, e);
}

/* What VMware calls the guest tells its processor: "ubuntu64Guest", "arm-fedora-64".  The disk
 * has the last word. */
static enum err check_guest(struct check *c, struct error *e)
{
    const char *type = c->plan->system->os.given ? c->plan->system->os.vmware_type : "";
    bool is_arm = text_starts(type, "arm");
    char text[NEED_TEXT_MAX];

    if (!is_arm && !text_ends(type, "64Guest"))
        return OK;
    text_format(text, sizeof(text), "a processor for %s guests, by the guest's type %s",
                is_arm ? "aarch64" : "x86_64", type);
    return fit_add(c->out, false, is_arm == (c->machine->arch == GUEST_AARCH64), text, c->arena, e);
}

static enum err check_loader(struct check *c, struct error *e)
{
    const struct plan_disk *disk = c->plan->count ? &c->plan->disks[0] : NULL;
    const char *arch = c->machine->arch == GUEST_X86_64 ? "x86_64" : "aarch64";
    char text[NEED_TEXT_MAX];

    if (!disk || !disk->looked_inside)
        return OK;
    if (disk->no_loader.code == OK)
        text_format(text, sizeof(text), "UEFI firmware for %s, to start %s", arch,
                    disk->loader.path);
    else
        text_format(text, sizeof(text), "a loader for UEFI on %s: %s", arch, disk->no_loader.text);
    return fit_add(c->out, true, disk->no_loader.code == OK, text, c->arena, e);
}

enum err fit_check(const struct plan *plan, const struct machine *machine, uint64_t ram,
                   struct arena *a, struct needs *out, struct error *e)
{
    struct check c = {plan, machine, a, out};

    out->count = 0;
    TRY(check_guest(&c, e));
    TRY(check_loader(&c, e));
    if (!plan->hardware)
        return OK;
    TRY(check_quantities(&c, ram, e));
    return check_ports(&c, e);
}

enum err fit_enforce(const struct needs *needs, struct error *e)
{
    char all[300];
    size_t len = 0;

    for (size_t i = 0; i < needs->count; i++)
        if (needs->at[i].must && !needs->at[i].met)
            len += text_format(all + len, sizeof(all) - len, "%s%s", len ? "; and " : "",
                               needs->at[i].text);
    return len ? fail(e, ERR_HARDWARE, "the appliance must have %s", all) : OK;
}
