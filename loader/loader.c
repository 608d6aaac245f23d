#include "loader/loader.h"

#include <stdarg.h>
#include <string.h>

#include "base/checked.h"
#include "base/guard.h"
#include "base/text.h"
#include "loader/after.h"
#include "loader/ask.h"
#include "loader/authority.h"
#include "loader/back.h"
#include "loader/boot_entry.h"
#include "loader/built.h"
#include "loader/choices.h"
#include "loader/course.h"
#include "loader/files.h"
#include "loader/fit.h"
#include "loader/inspect.h"
#include "loader/log.h"
#include "loader/measure.h"
#include "loader/media.h"
#include "loader/notes.h"
#include "loader/port.h"
#include "loader/preflight.h"
#include "loader/targets.h"
#include "loader/words.h"

/* What is shown above every question from now on. */
static PRINTF_LIKE(3, 4) void set_fact(struct course *c, enum screen_fact fact, const char *format,
                                       ...)
{
    va_list args;

    va_start(args, format);
    text_format_va(c->head.facts[fact], sizeof(c->head.facts[fact]), format, args);
    va_end(args);
}

static enum err open_plan(struct course *c, struct error *e)
{
    struct memory *memory = &c->loader->memory;
    const char *language = c->loader->config.language;
    struct plan *plan = &c->plan;

    TRY(plan_open(&c->package, &c->authority, language ? language : port_language(),
                  &memory->package, memory->work, plan, e));
    plan->answers = c->answers;
    port_say(WORDS_SIGNED_BY, verify_signer(&c->package, &plan->proof));
    set_fact(c, FACT_SIGNER, WORDS_SIGNED_BY, verify_signer(&c->package, &plan->proof));
    set_fact(c, FACT_PACKAGE, WORDS_PACKAGE, c->report.place);
    for (size_t i = 0; i < plan->proof.verdict.note_count; i++)
        port_say("           %s", plan->proof.verdict.notes[i]);
    port_say("Descriptor %s: %s", c->package.descriptor, verify_text(&plan->descriptor));
    return OK;
}

static enum err choose_machine(struct course *c, struct error *e)
{
    return choose_system(&c->plan, &c->loader->config, &c->loader->memory.package, e);
}

/* What else the package leaves open, as far as it decides which disks there are. */
static enum err choose(struct course *c, struct error *e)
{
    const struct config *config = &c->loader->config;
    struct plan *plan = &c->plan;

    TRY(choose_option(plan, config, &c->loader->memory.package, e));
    port_say("Appliance  %s", plan->title);
    if (plan->system->parent != OVF_NONE)
        port_say(WORDS_SYSTEM, plan->system->id);
    if (plan->option)
        port_say(WORDS_OPTION, plan->option);
    set_fact(c, FACT_SYSTEM, WORDS_SYSTEM, plan->system->id);
    if (plan->option)
        set_fact(c, FACT_OPTION, WORDS_OPTION, plan->option);
    return recall_answers(c, e);
}

/* What the RAM disks that are set as targets will take, in bytes. */
static uint64_t ram_wanted(const struct course *c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < c->plan.count; i++) {
        const char *rule = c->loader->config.target[i];
        if (rule && target_is_ram(rule) && !add_fits(sum, c->plan.disks[i].capacity, &sum))
            return UINT64_MAX;
    }
    return sum;
}

static enum err check_machine(struct course *c, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    struct needs needs = {.count = 0};

    TRY(fit_check(&c->plan, &c->machine, ram_wanted(c), a, &needs, e));
    for (size_t i = 0; i < needs.count; i++)
        if (!needs.at[i].met)
            port_say("%s %s", needs.at[i].must ? "Must have " : "Would like", needs.at[i].text);
    return c->loader->config.hardware == HARDWARE_ENFORCE ? fit_enforce(&needs, e) : OK;
}

static enum err plan_and_check(struct course *c, struct error *e)
{
    struct memory *memory = &c->loader->memory;
    struct plan *plan = &c->plan;
    char text[INSPECT_TEXT_MAX];

    TRY(media_check(plan, &c->loader->config, &memory->package, e));
    TRY(plan_disks(plan, port_arch(), &memory->package, memory->work, e));
    TRY(plan_check_loader(plan, e));
    TRY(files_read(plan, c->loader->config.environment != ENVIRONMENT_NONE, &memory->package,
                   memory->work, e));
    for (size_t i = 0; i < plan->count; i++)
        port_say("Disk       %s", inspect_disk(&plan->disks[i], text));
    port_say("Starts     %s", inspect_loader(&plan->disks[0]));
    TRY(preflight(plan, memory->work, e));
    TRY(check_machine(c, e));
    notes_make(plan, &memory->package);
    for (size_t i = 0; i < plan->note_count; i++)
        port_say("Note       %s", plan->notes[i]);
    return OK;
}

/* Everything else that is decided by a person, once it is known that the machine would do. */
static enum err accept_licences(struct course *c, struct error *e)
{
    return choose_licences(&c->plan, &c->loader->config, &c->loader->memory.package, e);
}

static enum err set_properties(struct course *c, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    struct plan *plan = &c->plan;

    TRY(properties_copy(&plan->properties, a, e)); /* going back finds those before as they were */
    TRY(answers_give(c->answers, &plan->properties, a, e));
    enum err err = ask_properties(plan, &c->loader->config, a, e);
    answers_keep(c->answers, &plan->properties);
    TRY(err);
    TRY(properties_expand(&plan->properties, &plan->ovf, a, e));
    return plan_size_blanks(plan, e);
}

static enum err write_disks(struct course *c, struct error *e)
{
    struct target *targets[CONFIG_TARGETS_MAX];

    for (size_t i = 0; i < c->plan.count; i++)
        targets[i] = c->chosen[i].target;
    TRY(deploy(&c->plan, targets, c->provides ? &c->provision : NULL,
               memory_rest(&c->loader->memory), c->proved, e));
    leave_witness(c);
    return OK;
}

static enum err perform(struct course *c, struct error *e)
{
    switch (c->task) {
    case TASK_DEPLOY:
        return write_disks(c, e);
    case TASK_CONFIGURE:
        return rewrite_configuration(c, e);
    case TASK_START:
        break;
    }
    return OK;
}

/* What lies on a RAM disk is gone before the firmware could look for it. */
static void make_boot_entry(const struct course *c, const struct guest_loader *loader)
{
    const struct found_disk *disk = &c->chosen[0];
    struct boot_wish wish = {.title = c->plan.title,
                             .loader = loader,
                             .sector_size = disk->target->sector_size,
                             .first = c->loader->config.boot_entry == BOOT_ENTRY_FIRST,
                             .disks = c->disks,
                             .disk_count = c->disk_count};

    if (c->loader->config.boot_entry != BOOT_ENTRY_NONE && !text_same(disk->bus, "ram"))
        boot_entry_make(&wish, c->loader->memory.work);
}

static enum err boot(struct course *c, struct error *e)
{
    struct guest_loader loader;

    if (guest_find_loader(c->chosen[0].source, port_arch(), c->loader->memory.work, &loader, e) !=
        OK)
        return c->task == TASK_DEPLOY
                   ? e->code
                   : within(e, "what is installed (redeploy = always installs it again)");
    make_boot_entry(c, &loader);
    bool starts = c->loader->config.on_success == AFTER_BOOT;
    TRY(tell(c, starts ? OUTCOME_STARTING : OUTCOME_DONE, NULL, e));
    keep_log(c, starts ? OUTCOME_STARTING : OUTCOME_DONE, NULL);
    online_end(&c->online);
    if (!starts) {
        port_say("Done       %s is ready on %s", c->plan.title, c->chosen[0].target->name);
        return OK;
    }
    after_guest();
    enum err err = port_start(&c->chosen[0], &loader, e);
    after_guest_came_back();
    return err;
}

/* Whom to believe: sealed anchors, else those beside the loader. */
static enum err read_authority(struct course *c, struct bytes sealed, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    struct authority *authority = &c->authority;
    struct named_file *files;
    size_t count;

    authority->clock = (struct clock){port_now(), loader_built};
    TRY(authority_add_sealed(authority, sealed, a, e));
    if (!authority->is_sealed) {
        TRY(port_trust_files("trust", a, &files, &count, e));
        for (size_t i = 0; i < count; i++)
            TRY(trust_add(&authority->trust, files[i].name, files[i].contents, a, e));
    }
    return OK;
}

/* An anchor that anybody may change protects nobody; under Secure Boot people may think it does. */
static enum err warn_unsealed(struct course *c, struct error *e)
{
    struct secure_boot secure_boot;
    struct arena scratch = c->loader->memory.work;

    TRY(port_secure_boot(&scratch, &secure_boot, e));
    if (secure_boot.enforced && !c->authority.is_sealed)
        report_warn(&c->report, &c->loader->memory.package,
                    "Secure Boot is on, but the trust anchors and settings of this loader are not "
                    "sealed: who can write the stick can change them");
    return OK;
}

static enum err look_at_machine(struct course *c, struct error *e)
{
    char text[MACHINE_TEXT_MAX];

    TRY(port_machine(&c->loader->memory.package, &c->machine, e));
    if (!*machine_text(&c->machine, text))
        return OK;
    port_say(WORDS_MACHINE, text);
    set_fact(c, FACT_MACHINE, WORDS_MACHINE, text);
    return OK;
}

static enum err prepare(struct course *c, struct error *e)
{
    struct loader *l = c->loader;
    struct bytes anchors, policy;

    TRY(port_sealed(&anchors, &policy, e));
    TRY(look_at_machine(c, e));
    TRY(read_authority(c, anchors, e));
    TRY(read_settings(c, policy, e));
    port_set_workers(l->config.workers);
    TRY(authority_settle(&c->authority, l->config.verify, e));
    TRY(warn_unsealed(c, e));
    return measure_check(l->config.measure, e);
}

static enum err recognise_disks(struct course *c, struct error *e)
{
    TRY(find_disks(c, e));
    return recognise(c, e);
}

static enum err decide(struct course *c, struct error *e)
{
    TRY(choose_targets(c, e));
    TRY(decide_task(c, e));
    c->is_decided = true;
    return OK;
}

static enum err confirm(struct course *c, struct error *e)
{
    return c->task == TASK_DEPLOY ? confirm_targets(c, e) : OK;
}

static enum err measure(struct course *c, struct error *e)
{
    c->is_performed = true;
    return measure_record(&c->plan, c->task == TASK_DEPLOY ? c->proved : NULL,
                          c->provides ? &c->provision : NULL, c->loader->config.measure, e);
}

/* The whole program; a stage has its name in reports.  One with a question is left by Escape for the
 * one before that had one. */
static const struct stage {
    const char *name;
    enum err (*run)(struct course *c, struct error *e);
    bool writes;
} stages[] = {
    {"settings", prepare, false},       {"package", open_package, false},
    {"descriptor", open_plan, false},   {"disks", recognise_disks, false},
    {"choices", choose_machine, false}, {"choices", choose, false},
    {"plan", plan_and_check, false},    {"answers", accept_licences, false},
    {"answers", set_properties, false}, {"targets", decide, false},
    {"targets", confirm, false},        {"deployment", perform, true},
    {"measurement", measure, false},    {"start", boot, false},
};
_Static_assert(COUNT_OF(stages) <= BACK_MAX, "each may have its mark");

/* Where reports are required, one must be taken before anything is erased. */
static enum err announce(struct course *c, size_t i, struct error *e)
{
    const struct config *config = &c->loader->config;

    if (i && strcmp(stages[i].name, stages[i - 1].name) == 0)
        return OK;
    report_stage(&c->report, stages[i].name);
    if (c->report_is_lost)
        return OK;
    if (config->report_stages || (config->report_policy == REPORT_REQUIRED && stages[i].writes))
        return tell(c, OUTCOME_RUNNING, NULL, e);
    return OK;
}

/* A mark for a stage lies on the trail while it runs, and stays when it asks. */
static enum err run(struct course *c, struct error *e)
{
    struct trail trail = {.count = 0};

    for (size_t i = 0; i < COUNT_OF(stages);) {
        TRY(announce(c, i, e));
        TRY(trail_mark(&trail, c, i, e));
        size_t asked = screen_asked();
        enum err err = stages[i].run(c, e);
        if (err == OK) {
            TRY(guard_check(&c->loader->memory.package, e));
            trail.count -= screen_asked() == asked;
            i++;
            continue;
        }
        if (!screen_left())
            return err;
        if (trail.count == 1)
            TRY(trail_leave(e));
        else
            trail.count--;
        trail_restore(&trail, c);
        i = trail.at[--trail.count]->stage;
    }
    return OK;
}

enum err loader_run(struct loader *l, struct error *e)
{
    struct error ignored;
    struct course *c;

    l->config = (struct config){.on_failure = AFTER_WAIT, .log = ANSWER_YES};
    log_begin();
    TRY(TAKE(&l->memory.package, 1, &c, e));
    c->loader = l;
    TRY(answers_make(&l->memory.package, &c->answers, e));
    screen_begin(&c->head);
    c->online = (struct online){
        .config = &l->config, .authority = &c->authority, .arena = &l->memory.package};
    c->machine = machine_unknown(port_arch());
    c->report = (struct report){.machine = &c->machine, .config = &l->config};
    enum err err = run(c, e);
    if (err != OK && tell(c, OUTCOME_FAILED, e, &ignored) != OK)
        port_say("Warning    %s", ignored.text);
    if (err != OK)
        keep_log(c, OUTCOME_FAILED, e);
    online_end(&c->online);
    return err;
}
