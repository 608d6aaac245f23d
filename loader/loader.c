#include "loader/loader.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "loader/ask.h"
#include "loader/authority.h"
#include "loader/boot_entry.h"
#include "loader/built.h"
#include "loader/choices.h"
#include "loader/course.h"
#include "loader/files.h"
#include "loader/fit.h"
#include "loader/gather.h"
#include "loader/inspect.h"
#include "loader/measure.h"
#include "loader/media.h"
#include "loader/notes.h"
#include "loader/package.h"
#include "loader/port.h"
#include "loader/preflight.h"
#include "loader/targets.h"

static const char *place_name(const struct found_package *p)
{
    return *p->file ? p->file : p->source->name;
}

static bool is_wanted(const struct found_package *p, const char *wanted)
{
    return text_same(place_name(p), wanted) || text_same(package_base_name(p->file), wanted);
}

static enum err ask_package(struct found_package *packages, size_t count, size_t *out,
                            struct error *e)
{
    port_say("Packages on the media of this machine:");
    for (size_t i = 0; i < count; i++)
        port_say("  %zu  %s on %s", i + 1, place_name(&packages[i]), packages[i].medium);
    return ask_number("Which package? Number, or Escape to stop:", count, ASK_NO_DEFAULT, out, e);
}

static enum err choose_package(struct course *c, struct error *e)
{
    const char *wanted = c->loader->config.source;
    struct found_package *packages;
    size_t count, fitting = 0, chosen = 0;

    TRY(port_find_packages(&c->loader->memory.package, &packages, &count, e));
    if (!count)
        return fail(e, ERR_NOT_FOUND, "no package: no medium holds an .ova or .ovf file");
    for (size_t i = 0; i < count; i++)
        if (!wanted || is_wanted(&packages[i], wanted)) {
            chosen = i;
            fitting++;
        }
    if (!fitting)
        return fail(e, ERR_NOT_FOUND, "source = %s: no medium holds it; there is %s%s", wanted,
                    place_name(&packages[0]), count > 1 ? " and more" : "");
    if (fitting > 1 && wanted)
        return fail(e, ERR_SETTING, "source = %s: is on %zu media", wanted, fitting);
    if (fitting > 1 && c->loader->config.unattended)
        return fail(e, ERR_SETTING, "there are %zu packages: source = NAME says which", fitting);
    if (fitting > 1)
        TRY(ask_package(packages, count, &chosen, e));
    c->place = &packages[chosen];
    return OK;
}

static enum err open_package(struct course *c, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    struct found_package *place = c->place;
    char size[TEXT_SIZE_MAX];

    if (place->kind == PACKAGE_DESCRIPTOR) {
        port_say("Package    %s on %s", place_name(place), place->medium);
        return package_open_folder(&c->package, place->folder, place->file, a, e);
    }
    port_say("Package    %s on %s, %s", place_name(place), place->medium,
             text_size(size, place->source->size));
    return package_open_archive(&c->package, place->source, a, e);
}

static enum err open_plan(struct course *c, struct error *e)
{
    struct memory *memory = &c->loader->memory;
    const char *language = c->loader->config.language;
    struct plan *plan = &c->plan;

    TRY(plan_open(&c->package, &c->authority, language ? language : port_language(),
                  &memory->package, memory->work, plan, e));
    port_say("Signed by  %s", verify_signer(&c->package, &plan->proof));
    for (size_t i = 0; i < plan->proof.verdict.note_count; i++)
        port_say("           %s", plan->proof.verdict.notes[i]);
    port_say("Descriptor %s: %s", c->package.descriptor, verify_text(&plan->descriptor));
    return OK;
}

/* What the package leaves open, as far as it decides which disks there are. */
static enum err choose(struct course *c, struct error *e)
{
    const struct config *config = &c->loader->config;
    struct plan *plan = &c->plan;

    TRY(choose_what(plan, config, &c->loader->memory.package, e));
    port_say("Appliance  %s", plan->title);
    if (plan->system->parent != OVF_NONE)
        port_say("System     %s", plan->system->id);
    if (plan->option)
        port_say("Option     %s", plan->option);
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
static enum err settle(struct course *c, struct error *e)
{
    const struct config *config = &c->loader->config;
    struct arena *a = &c->loader->memory.package;

    TRY(choose_licences(&c->plan, config, a, e));
    TRY(choose_properties(&c->plan, config, a, e));
    return plan_size_blanks(&c->plan, e);
}

static enum err write_disks(struct course *c, struct error *e)
{
    struct target *targets[CONFIG_TARGETS_MAX];

    TRY(confirm_targets(c, e));
    for (size_t i = 0; i < c->plan.count; i++)
        targets[i] = c->chosen[i].target;
    TRY(deploy(&c->plan, targets, c->provides ? &c->provision : NULL, c->loader->memory.work,
               c->proved, e));
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
    if (c->loader->config.on_success != AFTER_BOOT) {
        port_say("Done       %s is ready on %s", c->plan.title, c->chosen[0].target->name);
        return OK;
    }
    return port_start(&c->chosen[0], &loader, e);
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
        TRY(port_trust_files(a, &files, &count, e));
        for (size_t i = 0; i < count; i++)
            TRY(trust_add(&authority->trust, files[i].name, files[i].contents, a, e));
    }
    return authority_settle(authority, c->loader->config.verify, e);
}

/* An anchor that anybody may change protects nobody; under Secure Boot people may think it does. */
static enum err warn_unsealed(struct course *c, struct error *e)
{
    struct secure_boot secure_boot;
    struct arena scratch = c->loader->memory.work;

    TRY(port_secure_boot(&scratch, &secure_boot, e));
    if (secure_boot.enforced && !c->authority.is_sealed)
        port_say(
            "Warning    Secure Boot is on, but the trust anchors and settings of this loader are "
            "not sealed: who can write the stick can change them");
    return OK;
}

static enum err look_at_machine(struct course *c, struct error *e)
{
    char text[MACHINE_TEXT_MAX];

    TRY(port_machine(&c->loader->memory.package, &c->machine, e));
    if (*machine_text(&c->machine, text))
        port_say("Machine    %s", text);
    return OK;
}

static enum err read_settings(struct course *c, struct bytes policy, struct error *e)
{
    struct config_source sources[GATHER_MAX];
    struct config *config = &c->loader->config;
    struct arena *a = &c->loader->memory.package;
    size_t count;

    TRY(gather_settings(&c->machine, a, sources, &count, e));
    for (size_t i = 0; i < count; i++)
        port_say("%s %s", i ? "          " : "Settings  ", sources[i].where);
    TRY(config_read(policy, sources, count, a, config, e));
    return config_fill_facts(config, &c->machine, a, e);
}

static enum err prepare(struct course *c, struct error *e)
{
    struct loader *l = c->loader;
    struct bytes anchors, policy;

    TRY(port_sealed(&anchors, &policy, e));
    TRY(look_at_machine(c, e));
    TRY(read_settings(c, policy, e));
    TRY(read_authority(c, anchors, e));
    TRY(warn_unsealed(c, e));
    return measure_check(l->config.measure, e);
}

enum err loader_run(struct loader *l, struct error *e)
{
    struct course *c;

    l->config = (struct config){.on_failure = AFTER_WAIT};
    TRY(TAKE(&l->memory.package, 1, &c, e));
    c->loader = l;
    TRY(prepare(c, e));
    TRY(choose_package(c, e));
    TRY(open_package(c, e));
    TRY(open_plan(c, e));
    TRY(find_disks(c, e));
    TRY(recognise(c, e));
    TRY(choose(c, e));
    TRY(plan_and_check(c, e));
    TRY(settle(c, e));
    TRY(choose_targets(c, e));
    TRY(decide_task(c, e));
    TRY(perform(c, e));
    TRY(measure_record(&c->plan, c->task == TASK_DEPLOY ? c->proved : NULL,
                       c->provides ? &c->provision : NULL, l->config.measure, e));
    return boot(c, e);
}
