/* A machine that was deployed to before: what is on it, what was answered then, and what is left to
 * do. */
#include <string.h>

#include "base/text.h"
#include "loader/course.h"
#include "loader/targets.h"
#include "loader/witness.h"

#define REWRITE_BUFFER (1u << 20) /* bytes of one write */

static enum err look_at(struct course *c, struct found_disk *disk, struct error *e)
{
    struct memory *memory = &c->loader->memory;

    return installed_read(disk->source, disk->target->sector_size, &memory->package, memory->work,
                          &c->installed, e);
}

static bool is_from_this_descriptor(const struct course *c)
{
    return c->installed.state == INSTALLED_RECORD &&
           memcmp(c->installed.record.descriptor, c->plan.proof.descriptor_digest,
                  digest_size(DIGEST_SHA256)) == 0;
}

/* The disks that the first one of the package may be on. */
static bool may_hold_it(const struct course *c, size_t index)
{
    const char *rule = c->loader->config.target[0];
    const struct found_disk *disk = &c->disks[index];
    struct error ignored;
    size_t chosen;

    if (!target_may_be_written(disk))
        return false;
    if (!rule)
        return true;
    return !target_is_ram(rule) &&
           target_choose("target", rule, c->disks, c->disk_count, &chosen, &ignored) == OK &&
           chosen == index;
}

/* What was chosen and accepted for it stands in for settings that say nothing else. */
static void take_choices(struct course *c)
{
    const struct record *record = &c->installed.record;
    struct config *config = &c->loader->config;

    if (!config->system && ovf_find_system(&c->plan.ovf, record->system) != OVF_NONE)
        config->system = record->system;
    if (!config->option && *record->option)
        config->option = record->option;
    if (!config->accept_eula) {
        config->accept_eula = ANSWER_YES;
        config->eula_place = (struct config_place){"the deployment before", "", 0};
    }
    c->plan.settled_before = true;
}

enum err recognise(struct course *c, struct error *e)
{
    if (c->loader->config.redeploy == REDEPLOY_ALWAYS)
        return OK;
    for (size_t i = 0; i < c->disk_count && !c->known; i++) {
        if (!may_hold_it(c, i))
            continue;
        TRY(look_at(c, &c->disks[i], e));
        if (is_from_this_descriptor(c))
            c->known = &c->disks[i];
    }
    if (c->known)
        take_choices(c);
    return OK;
}

enum err recall_answers(struct course *c, struct error *e)
{
    struct memory *memory = &c->loader->memory;
    struct properties *all = &c->plan.properties;
    struct error ignored;
    const char *value;

    for (size_t i = 0; c->known && i < all->count; i++) {
        struct property *p = &all->at[i];
        if (p->by_person || !p->ovf->user_configurable ||
            !record_answered(&c->installed.record, p->name))
            continue;
        TRY(installed_value(&c->installed, p->name, &memory->package, memory->work, &value, e));
        /* One that is no value any more is asked for, as if it had never been there. */
        if (value && property_set(p, value, PROPERTY_CONSOLE, &memory->package, &ignored) != OK &&
            ignored.code == ERR_NO_MEMORY) {
            *e = ignored;
            return e->code;
        }
    }
    return OK;
}

/* Something is there that is not this package, or not surely: what words say what. */
static enum err change(struct course *c, const char *what, struct error *e)
{
    const struct config *config = &c->loader->config;
    const char *name = c->chosen[0].target->name;

    if (config->on_change == CHANGE_REFUSE ||
        (config->on_change == CHANGE_ASK && config->unattended))
        return fail(e, ERR_SETTING, "%s: holds %s: on-change = replace puts %s in its place", name,
                    what, c->plan.title);
    port_say("Replaces   %s, on %s", what, name);
    if (config->on_change == CHANGE_REPLACE || c->sure == SURE_CHOSEN)
        return OK;
    c->sure = SURE_GUEST;
    return OK;
}

static enum err is_believed(const struct course *c, const uint8_t package[WITNESS_PACKAGE],
                            bool *out, struct error *e)
{
    *out = true;
    if (c->authority.policy != VERIFY_SIGNATURE)
        return OK;
    return witness_agrees(package, &c->chosen[0], out, e);
}

static enum err judge_torn(struct course *c, const struct record_identity *now, struct error *e)
{
    bool believed;

    TRY(is_believed(c, c->installed.at.mark, &believed, e));
    if (!believed || !c->provides ||
        memcmp(c->installed.at.mark, now->package, CONFIG_MARK_SIZE) != 0)
        return change(c, "a deployment whose configuration was being changed when the power failed",
                      e);
    c->task = TASK_CONFIGURE;
    return OK;
}

static enum err judge_same(struct course *c, const struct record_identity *now, struct error *e)
{
    bool same = record_same_configuration(&c->installed.record, now);

    c->task = TASK_START;
    if (!c->provides)
        return OK;
    if (same)
        TRY(installed_tells(&c->installed, c->chosen[0].source, &c->provision,
                            c->loader->memory.work, &same, e));
    if (!same)
        c->task = TASK_CONFIGURE;
    return OK;
}

/* Rules for the other disks as list_others() made them; those of settings may be spelled otherwise,
 * so that the disks themselves are compared. */
static bool went_elsewhere(const struct course *c, const char *others)
{
    for (size_t i = 1; i < c->plan.count; i++) {
        const char *end = strchr(others, '\n');
        const struct found_disk *disk = &c->chosen[i];
        const char *where = *disk->serial ? disk->serial : disk->path;
        const char *front = *disk->serial ? "serial:" : "path:";
        size_t len = strlen(where), skip = strlen(front);
        if (!end || (size_t)(end - others) != skip + len || !text_starts(others, front) ||
            memcmp(others + skip, where, len) != 0)
            return true;
        others = end + 1;
    }
    return *others != '\0';
}

static enum err judge_record(struct course *c, const struct record_identity *now, struct error *e)
{
    const struct record *record = &c->installed.record;
    char what[200];
    bool believed;

    TRY(is_believed(c, record->identity.package, &believed, e));
    text_format(what, sizeof(what), "%s, which ovfboot has deployed", record->title);
    if (!believed)
        text_format(what, sizeof(what),
                    "%s, by a record that this machine's firmware does not "
                    "confirm",
                    record->title);
    else if (c->loader->config.redeploy == REDEPLOY_NEVER) {
        c->task = TASK_START;
        return OK;
    } else if (record_same_package(record, now)) {
        if (!went_elsewhere(c, record->others))
            return judge_same(c, now, e);
        text_format(what, sizeof(what), "%s, deployed together with other disks than these",
                    record->title);
    }
    return change(c, what, e);
}

/* What is lost with the power is never there before. */
static bool is_lasting(const struct course *c)
{
    for (size_t i = 0; i < c->plan.count; i++)
        if (target_is_ram(c->chosen[i].bus))
            return false;
    return true;
}

static enum err judge(struct course *c, struct error *e)
{
    struct record_identity now;
    char what[sizeof(c->installed.why.text) + 80];

    record_identify(&c->plan, &now);
    switch (c->installed.state) {
    case INSTALLED_NOTHING:
        return OK;
    case INSTALLED_TORN:
        return judge_torn(c, &now, e);
    case INSTALLED_RECORD:
        return judge_record(c, &now, e);
    case INSTALLED_UNCLEAR:
        break;
    }
    text_format(what, sizeof(what), "a deployment that cannot be told (%s)", c->installed.why.text);
    return change(c, what, e);
}

static void say_task(const struct course *c)
{
    const char *name = c->chosen[0].target->name;

    if (c->task == TASK_START)
        port_say("Installed  %s is on %s; nothing is written",
                 c->loader->config.redeploy == REDEPLOY_NEVER ? c->installed.record.title
                                                              : c->plan.title,
                 name);
    if (c->task == TASK_CONFIGURE)
        port_say("Installed  %s is on %s; what the guest is told has changed", c->plan.title, name);
}

enum err decide_task(struct course *c, struct error *e)
{
    c->task = TASK_DEPLOY;
    if (is_lasting(c)) {
        if (!c->known || c->known->target != c->chosen[0].target)
            TRY(look_at(c, &c->chosen[0], e));
        if (c->loader->config.redeploy != REDEPLOY_ALWAYS)
            TRY(judge(c, e));
        say_task(c);
    }
    return c->task == TASK_DEPLOY ? check_erase(c, e) : OK;
}

enum err rewrite_configuration(struct course *c, struct error *e)
{
    struct target *target = c->chosen[0].target;
    struct arena work = c->loader->memory.work;
    struct record_identity now;
    uint8_t *buffer;

    record_identify(&c->plan, &now);
    TRY(arena_take(&work, REWRITE_BUFFER, 1, target->alignment > 4096 ? target->alignment : 4096,
                   (void **)&buffer, e));
    return config_volume_rewrite(target, &c->installed.at, now.package, c->provision.volume, buffer,
                                 REWRITE_BUFFER, e);
}

void leave_witness(struct course *c)
{
    struct record_identity now;
    struct error why;

    if (c->authority.policy != VERIFY_SIGNATURE || !c->provides || !is_lasting(c))
        return;
    if (c->installed.state == INSTALLED_RECORD)
        witness_forget(c->installed.record.identity.package, &c->chosen[0]);
    record_identify(&c->plan, &now);
    if (witness_leave(now.package, &c->chosen[0], &why) != OK)
        port_say("Warning    the next start will not know this deployment: %s", why.text);
}
