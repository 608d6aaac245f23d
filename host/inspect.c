#include "host/inspect.h"

#include <string.h>

#include "base/text.h"
#include "host/console.h"
#include "loader/choices.h"
#include "loader/files.h"
#include "loader/media.h"
#include "loader/notes.h"
#include "loader/targets.h"

/* The disks of a system, as far as they can be known.  A package may lack files and be told of all the same; a
 * disk image alone is all that there is. */
static enum err look_at(struct session *s, struct inspected_system *out, struct error *e)
{
    struct arena *a = &s->memory.package;

    if (plan_disks_that_are_there(&out->plan, GUEST_X86_64, a, s->memory.work, &out->no_disks) ==
        OK)
        out->no_disks.code = OK;
    if (s->bare.file && out->plan.count && out->plan.disks[0].fault.code != OK) {
        *e = out->plan.disks[0].fault;
        return e->code;
    }
    notes_make(&out->plan, a);
    return OK;
}

static enum err look_at_one(struct session *s, struct inspected *what, struct error *e)
{
    TRY(TAKE(&s->memory.package, 1, &what->systems, e));
    what->count = 1;
    what->systems[0].plan = s->plan;
    TRY(choose_what(&what->systems[0].plan, &s->config, &s->memory.package, e));
    return look_at(s, &what->systems[0], e);
}

static enum err look_at_all(struct session *s, struct inspected *what, struct error *e)
{
    static const struct config nothing_set;
    const struct ovf *ovf = &s->plan.ovf;
    const struct ovf_option *option = ovf_default_option(ovf);
    struct arena *a = &s->memory.package;

    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        what->count++;
    TRY(TAKE(a, what->count, &what->systems, e));
    what->count = 0;
    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i)) {
        struct inspected_system *system = &what->systems[what->count++];
        system->plan = s->plan;
        TRY(plan_choose(&system->plan, i, option ? option->id : NULL, &nothing_set, a, e));
        TRY(look_at(s, system, e));
    }
    return OK;
}

/* --- the plan for a machine --- */

/* The described disks as the rules of loader/targets.h want them. */
static enum err make_disks(const struct described *machine, struct arena *a,
                           struct found_disk **out, struct error *e)
{
    char text[TARGET_TEXT_MAX];
    struct target *targets;

    TRY(TAKE(a, machine->count, &targets, e));
    TRY(TAKE(a, machine->count, out, e));
    for (size_t i = 0; i < machine->count; i++) {
        const struct described_disk *disk = &machine->disks[i];
        null_target_init(&targets[i], disk->size / disk->sector_size, disk->sector_size);
        (*out)[i] = (struct found_disk){.bus = disk->bus,
                                        .model = disk->model,
                                        .serial = disk->serial,
                                        .wwn = disk->wwn,
                                        .path = "",
                                        .target = &targets[i]};
        target_text(&(*out)[i], text);
        TRY(arena_text(a, text, strlen(text), &targets[i].name, e));
    }
    return OK;
}

struct mapping {
    struct session *session;
    struct inspected *what;
    struct found_disk *disks; /* of the machine */
    size_t count;
};

static enum err add_need(struct mapping *m, bool met, const struct plan_disk *disk,
                         const char *text, struct error *e)
{
    char size[TEXT_SIZE_MAX], all[300];

    text_format(all, sizeof(all), "room for %s (%s): %s", disk->name,
                text_size(size, disk->capacity), text);
    return fit_add(&m->what->needs, true, met, all, &m->session->memory.package, e);
}

static enum err map_to(struct mapping *m, size_t disk, size_t chosen, struct error *e)
{
    const struct plan *plan = &m->what->systems[0].plan;
    char text[TARGET_TEXT_MAX];
    struct error why;

    target_text(&m->disks[chosen], text);
    m->disks[chosen].taken_by = plan->disks[disk].name;
    if (plan_check_target(&plan->disks[disk], m->disks[chosen].target, m->session->memory.work,
                          &why) != OK)
        return add_need(m, false, &plan->disks[disk], why.text, e);
    TRY(arena_text(&m->session->memory.package, text, strlen(text), &m->what->targets[disk].text,
                   e));
    return add_need(m, true, &plan->disks[disk], text, e);
}

/* Nobody has said where it goes: is there a disk that would do? */
static enum err map_any(struct mapping *m, size_t disk, struct error *e)
{
    const struct plan_disk *d = &m->what->systems[0].plan.disks[disk];
    size_t fitting = 0;
    struct error why;
    char text[100];

    for (size_t i = 0; i < m->count; i++)
        fitting += target_may_be_written(&m->disks[i]) &&
                   plan_check_target(d, m->disks[i].target, m->session->memory.work, &why) == OK;
    text_format(text, sizeof(text), "%zu of %zu disks would do, and no target is set", fitting,
                m->count);
    return add_need(m, fitting > 0, d, text, e);
}

static enum err map_disks(struct mapping *m, struct error *e)
{
    const struct plan *plan = &m->what->systems[0].plan;
    char key[TARGET_KEY_MAX];
    struct error why;

    for (size_t i = 0; i < plan->count; i++) {
        const char *rule = m->session->config.target[i];
        size_t chosen;
        m->what->targets[i].text = "";
        if (rule && target_is_ram(rule))
            m->what->targets[i].text = "RAM disk";
        else if (!rule)
            TRY(map_any(m, i, e));
        else if (target_choose(target_key(i, key), rule, m->disks, m->count, &chosen, &why) == OK)
            TRY(map_to(m, i, chosen, e));
        else
            TRY(add_need(m, false, &plan->disks[i], why.text, e));
    }
    return OK;
}

static uint64_t ram_wanted(const struct session *s, const struct plan *plan)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->count; i++)
        if (s->config.target[i] && target_is_ram(s->config.target[i]))
            sum += plan->disks[i].capacity;
    return sum;
}

/* Everything that is decided once the disks are known. */
static enum err settle(struct session *s, struct plan *plan, struct error *e)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->disks[i].fault.code != OK) {
            *e = plan->disks[i].fault;
            return e->code;
        }
    TRY(media_check(plan, &s->config, &s->memory.package, e));
    TRY(plan_check_loader(plan, e));
    TRY(files_read(plan, s->config.environment != ENVIRONMENT_NONE, &s->memory.package,
                   s->memory.work, e));
    TRY(choose_properties(plan, &s->config, &s->memory.package, e));
    return plan_size_blanks(plan, e);
}

static enum err make_plan(struct session *s, struct inspected *what, struct error *e)
{
    struct mapping m = {.session = s, .what = what};
    struct arena *a = &s->memory.package;
    struct plan *plan = &what->systems[0].plan;

    if (what->systems[0].no_disks.code != OK) {
        *e = what->systems[0].no_disks;
        return e->code;
    }
    what->planned = true;
    what->machine = &s->machine;
    enum err settled = settle(s, plan, &what->verdict);
    TRY(fit_check(plan, &what->machine->machine, ram_wanted(s, plan), a, &what->needs, e));
    m.count = what->machine->count;
    TRY(make_disks(what->machine, a, &m.disks, e));
    TRY(targets_protect(&s->config, m.disks, m.count, a, e));
    if (m.count)
        TRY(map_disks(&m, e));
    if (settled == OK && s->config.hardware == HARDWARE_ENFORCE)
        settled = fit_enforce(&what->needs, &what->verdict);
    if (settled == OK)
        what->verdict.code = OK;
    return OK;
}

enum err inspect(struct session *s, struct error *e)
{
    struct inspected what = {.file = s->name, .open = &s->plan};

    /* To look at a package one need not believe it; one that says of itself what is not so is
     * refused all the same. */
    if (s->config.verify == VERIFY_DEFAULT && !s->arguments.trust.count)
        s->config.verify = VERIFY_NONE;
    console_be_quiet();
    TRY(session_open(s, e));
    if (s->arguments.plan || s->config.system || s->config.property_count || s->config.option)
        TRY(look_at_one(s, &what, e));
    else
        TRY(look_at_all(s, &what, e));
    if (s->arguments.plan)
        TRY(make_plan(s, &what, e));
    if (s->arguments.json)
        inspect_json(&what);
    else
        inspect_text(&what);
    if (!what.planned || what.verdict.code == OK)
        return OK;
    *e = what.verdict;
    return e->code;
}
