#include "host/verify.h"

#include <string.h>

#include "base/checked.h"
#include "host/console.h"
#include "host/report.h"
#include "loader/choices.h"
#include "loader/deploy.h"

/* Every disk that will be read. */
struct all {
    struct plan_disk *at;
    struct proved *proved;
    size_t count, room;
};

static bool has_file(const struct all *all, const struct plan_disk *disk)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->at[i].name, disk->name) == 0)
            return true;
    return false;
}

/* Those of the chosen system that are not there yet.  How large a blank disk is may depend on what
 * somebody sets; there is nothing to read in it. */
static void add_disks(struct all *all, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count && all->count < all->room; i++)
        if (!plan->disks[i].capacity_property && !has_file(all, &plan->disks[i]))
            all->at[all->count++] = plan->disks[i];
}

static enum err add_system(struct session *s, struct all *all, size_t system, struct error *e)
{
    static const struct config nothing_set;
    const struct ovf_option *option = ovf_default_option(&s->plan.ovf);
    struct arena *a = &s->memory.package;

    TRY(plan_choose(&s->plan, system, option ? option->id : NULL, &nothing_set, a, e));
    TRY(plan_disks(&s->plan, GUEST_X86_64, a, s->memory.work, e));
    add_disks(all, &s->plan);
    return OK;
}

static enum err gather(struct session *s, struct all *all, struct error *e)
{
    const struct ovf *ovf = &s->plan.ovf;
    struct arena *a = &s->memory.package;

    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        all->room += CONFIG_TARGETS_MAX;
    TRY(TAKE(a, all->room, &all->at, e));
    TRY(TAKE(a, all->room, &all->proved, e));
    if (s->config.system || s->config.option || all->room <= CONFIG_TARGETS_MAX) {
        TRY(choose_what(&s->plan, &s->config, a, e));
        TRY(plan_disks(&s->plan, GUEST_X86_64, a, s->memory.work, e));
        add_disks(all, &s->plan);
        return OK;
    }
    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        TRY(add_system(s, all, i, e));
    return OK;
}

/* As many disks as an appliance may have, to targets that take everything and keep nothing. */
static enum err run_some(struct session *s, struct all *all, size_t first, struct error *e)
{
    struct target null[CONFIG_TARGETS_MAX];
    struct target *targets[CONFIG_TARGETS_MAX];
    struct plan some = s->plan;

    some.disks = all->at + first;
    some.count = (size_t)min_u64(all->count - first, CONFIG_TARGETS_MAX);
    for (size_t i = 0; i < some.count; i++) {
        uint32_t sector = some.disks[i].sector_size ? some.disks[i].sector_size : 512;
        null_target_init(&null[i], (some.disks[i].capacity + sector - 1) / sector, sector);
        null[i].zeroed = true;
        targets[i] = &null[i];
    }
    return deploy(&some, targets, NULL, s->memory.work, all->proved + first, e);
}

static enum err run(struct session *s, struct all *all, struct error *e)
{
    TRY(session_open(s, e));
    TRY(gather(s, all, e));
    for (size_t first = 0; first < all->count; first += CONFIG_TARGETS_MAX)
        TRY(run_some(s, all, first, e));
    return OK;
}

enum err verify(struct session *s, struct error *e)
{
    struct all all = {0};

    if (s->arguments.json)
        console_be_quiet();
    enum err err = run(s, &all, e);
    s->plan.disks = all.at;
    s->plan.count = all.count;
    struct report report = {s->name, &s->authority, &s->plan, all.proved, err, e};
    if (s->arguments.json)
        report_json(&report);
    else
        report_text(&report);
    return err;
}
