/* Where the disks of the appliance go, and what goes beside them. */
#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/boot_disk.h"
#include "loader/built.h"
#include "loader/course.h"
#include "loader/menu.h"
#include "loader/occupied.h"
#include "loader/pages.h"
#include "loader/summary.h"
#include "loader/targets.h"
#include "loader/words.h"
#include "parsers/target_rule.h"

#define TARGETS_LISTED 64  /* disks of a machine; docs/limits.md */
#define RAM_SECTOR     512 /* bytes: EDK2's RAM disks have no others (RamDiskDxe) */

/* The medium that the package is on must not be written either. */
static bool lies_on(const struct found_package *place, const struct found_disk *disk)
{
    size_t len = strlen(disk->path);

    return len && strncmp(place->path, disk->path, len) == 0 &&
           (place->path[len] == '\0' || place->path[len] == '/');
}

/* Only where a rule asks for it: each entry of the boot order is looked for on each disk. */
static bool wants_boot_disk(const struct config *config)
{
    struct target_rule rule;
    struct error ignored;

    for (size_t i = 0; i < 2 * CONFIG_TARGETS_MAX; i++) {
        const char *text = i % 2 ? config->protect[i / 2] : config->target[i / 2];
        if (text &&
            target_rule_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &rule,
                              &ignored) == OK &&
            target_rule_has(&rule, TARGET_BOOT_DISK))
            return true;
    }
    return false;
}

enum err find_disks(struct course *c, struct error *e)
{
    struct memory *memory = &c->loader->memory;

    TRY(port_find_disks(&memory->package, &c->disks, &c->disk_count, e));
    for (size_t i = 0; i < c->disk_count; i++)
        if (lies_on(c->place, &c->disks[i]))
            c->disks[i].start_medium = true;
    if (wants_boot_disk(&c->loader->config))
        TRY(boot_disk_mark(c->disks, c->disk_count, memory->work, e));
    return targets_protect(&c->loader->config, c->disks, c->disk_count, &memory->package, e);
}

/* One disk that could be written as an entry of the menu. */
static enum err list_disk(struct course *c, const struct plan_disk *disk, size_t i,
                          struct arena *scratch, struct menu_entry *out, struct error *e)
{
    char text[TARGET_TEXT_MAX];
    struct error why;

    target_text(&c->disks[i], text);
    TRY(arena_text(scratch, text, strlen(text), &out->label, e));
    target_contents(&c->disks[i], *scratch, text);
    TRY(arena_text(scratch, text, strlen(text), &out->detail, e));
    if (plan_check_target(disk, c->disks[i].target, *scratch, &why) != OK)
        TRY(arena_text(scratch, why.text, strlen(why.text), &out->refusal, e));
    return OK;
}

/* List what could be written and let the person say which; nothing is assumed. */
static enum err ask_target(struct course *c, size_t index, size_t *out, struct error *e)
{
    const struct plan_disk *disk = &c->plan.disks[index];
    struct arena scratch = c->loader->memory.work;
    char key[TARGET_KEY_MAX], size[TEXT_SIZE_MAX], note[300];
    struct menu_entry entries[TARGETS_LISTED] = {0};
    size_t choices[TARGETS_LISTED], count = 0;

    if (c->loader->config.unattended)
        return fail(e, ERR_SETTING,
                    "%s: no disk is set for it, and nobody is asked: %s = RULE says which",
                    disk->name, target_key(index, key));
    for (size_t i = 0; i < c->disk_count && count < COUNT_OF(choices); i++)
        if (target_may_be_written(&c->disks[i])) {
            TRY(list_disk(c, disk, i, &scratch, &entries[count], e));
            choices[count++] = i;
        }
    if (!count)
        return fail(e, ERR_NOT_FOUND, "there is no disk that may be written, and no target is set");
    text_format(note, sizeof(note), WORDS_DISKS_NOTE, disk->name, text_size(size, disk->capacity));
    c->sure = SURE_CHOSEN;
    struct menu menu = {.title = WORDS_DISKS,
                        .note = note,
                        .question = WORDS_WHICH_DISK,
                        .entries = entries,
                        .count = count,
                        .marked = c->answers->target[index],
                        .by_default = ASK_NO_DEFAULT};
    TRY(menu_choose(&menu, out, e));
    c->answers->target[index] = *out;
    *out = choices[*out];
    return OK;
}

/* The rule for a disk, by settings or as it went the last time; NULL: none. */
static enum err rule_for(struct course *c, size_t index, const char **out, struct error *e)
{
    const char *at = c->known ? c->installed.record.others : "";

    *out = c->loader->config.target[index];
    for (size_t i = 1; !*out && *at; i++) {
        const char *end = strchr(at, '\n');
        size_t len = end ? (size_t)(end - at) : strlen(at);
        if (i == index)
            return arena_text(&c->loader->memory.package, at, len, out, e);
        at += end ? len + 1 : len;
    }
    return OK;
}

static enum err choose_disk(struct course *c, size_t index, const char *rule,
                            struct found_disk **out, struct error *e)
{
    char key[TARGET_KEY_MAX];
    size_t chosen;

    if (!rule && index == 0 && c->known) {
        *out = c->known;
        return OK;
    }
    if (!rule)
        TRY(ask_target(c, index, &chosen, e));
    else if (target_choose(target_key(index, key), rule, c->disks, c->disk_count, &chosen, e) != OK)
        return c->loader->config.target[index]
                   ? e->code
                   : within(e, "%s: where it went the last time", c->plan.disks[index].name);
    *out = &c->disks[chosen];
    return OK;
}

/* RAM disks are left for later: nothing is known of them but that they are. */
static enum err choose_target(struct course *c, size_t index, struct error *e)
{
    const struct plan_disk *disk = &c->plan.disks[index];
    struct found_disk *chosen;
    const char *rule;

    TRY(rule_for(c, index, &rule, e));
    if (rule && target_is_ram(rule)) {
        c->chosen[index] = (struct found_disk){.bus = "ram"};
        return OK;
    }
    TRY(choose_disk(c, index, rule, &chosen, e));
    c->chosen[index] = *chosen;
    return plan_check_target(disk, chosen->target, c->loader->memory.work, e);
}

/* Where the disks behind the first go, as rules for the next time, a newline behind each. */
static enum err list_others(struct course *c, const char **out, struct error *e)
{
    struct arena *a = &c->loader->memory.package;
    size_t room = 1, len = 0;
    char *text;

    for (size_t i = 1; i < c->plan.count; i++)
        room += strlen("serial:\n") + (target_is_ram(c->chosen[i].bus) ? 0
                                       : *c->chosen[i].serial          ? strlen(c->chosen[i].serial)
                                                                       : strlen(c->chosen[i].path));
    TRY(TAKE(a, room, &text, e));
    text[0] = '\0';
    for (size_t i = 1; i < c->plan.count; i++) {
        const struct found_disk *disk = &c->chosen[i];
        if (target_is_ram(disk->bus))
            len += text_format(text + len, room - len, "ram\n");
        else
            len += text_format(text + len, room - len, "%s:%s\n", *disk->serial ? "serial" : "path",
                               *disk->serial ? disk->serial : disk->path);
    }
    *out = text;
    return OK;
}

static enum err make_provision(struct course *c, struct error *e)
{
    struct memory *memory = &c->loader->memory;
    struct moment now = port_now();
    struct provision_facts facts = {
        .machine = &c->machine,
        .sector_size = c->chosen[0].target ? c->chosen[0].target->sector_size : RAM_SECTOR,
        .seconds = now.known ? now.unix_seconds : loader_built,
        .keeps_log = c->loader->config.log != ANSWER_NO};

    TRY(list_others(c, &facts.others, e));
    return provision_make(&c->plan, &facts, &memory->package, memory->work, &c->provision, e);
}

/* A RAM disk is made to measure. */
static enum err make_ram_disk(struct course *c, size_t index, struct error *e)
{
    uint64_t size = c->plan.disks[index].capacity;

    if (index == 0 && c->provides)
        size = provision_target_size(&c->provision, &c->plan, RAM_SECTOR);
    return port_ram_disk(size, &c->loader->memory.package, &c->chosen[index], e);
}

/* The disks that go to those chosen for the first count of the plan are not to be chosen again. */
static void mark_taken(struct course *c, size_t count)
{
    for (size_t i = 0; i < c->disk_count; i++) {
        c->disks[i].taken_by = NULL;
        for (size_t n = 0; n < count; n++)
            if (c->chosen[n].target == c->disks[i].target)
                c->disks[i].taken_by = c->plan.disks[n].name;
    }
}

/* Escape at one disk goes back to the one that was asked for before it. */
static enum err choose_all(struct course *c, struct error *e)
{
    size_t asked[CONFIG_TARGETS_MAX + 1], count = 0; /* those that were, in order */

    for (size_t i = 0; i < c->plan.count;) {
        size_t before = screen_asked();
        mark_taken(c, i);
        enum err err = choose_target(c, i, e);
        if (err != OK && count && screen_left()) {
            i = asked[--count];
            continue;
        }
        TRY(err);
        if (screen_asked() != before)
            asked[count++] = i;
        i++;
    }
    mark_taken(c, c->plan.count);
    return OK;
}

enum err choose_targets(struct course *c, struct error *e)
{
    char text[TARGET_TEXT_MAX], contents[TARGET_TEXT_MAX];

    TRY(choose_all(c, e));
    c->provides = c->loader->config.environment != ENVIRONMENT_NONE;
    if (c->provides)
        TRY(make_provision(c, e));
    for (size_t i = 0; i < c->plan.count; i++) {
        if (!c->chosen[i].target)
            TRY(make_ram_disk(c, i, e));
        port_say("Target     %s: %s", target_text(&c->chosen[i], text),
                 target_contents(&c->chosen[i], c->loader->memory.work, contents));
        deploy_say_sectors(&c->plan.disks[i], c->chosen[i].target);
    }
    return OK;
}

/* Where the guest's table has no room, that matters to who has set something. */
static enum err check_provision(struct course *c, struct error *e)
{
    struct error why;
    enum err err =
        provision_check(&c->provision, &c->plan, c->chosen[0].target, c->loader->memory.work, &why);

    if (err == OK)
        return OK;
    bool matters = c->loader->config.environment == ENVIRONMENT_PARTITION ||
                   (err != ERR_NO_ROOM && err != ERR_UNSUPPORTED);
    for (size_t i = 0; i < c->plan.properties.count; i++)
        matters = matters || c->plan.properties.at[i].by_person;
    if (matters)
        return fail(e, err,
                    "the guest cannot be told its properties (environment = none goes "
                    "without): %s",
                    why.text);
    port_say("Note       the guest is told nothing%s: %s",
             c->plan.file_count ? ", and does not get the appliance's files" : "", why.text);
    c->provides = false;
    return OK;
}

static void say_provision(const struct course *c)
{
    char size[TEXT_SIZE_MAX];

    for (size_t i = 0; i < c->provision.note_count; i++)
        port_say("Note       %s", c->provision.notes[i]);
    port_say("Tells      the guest its properties, as %s, in a partition %s of %s",
             c->provision.instance_id, PROVISION_LABEL, text_size(size, c->provision.volume.len));
    if (c->plan.file_count)
        port_say("           and gives it %zu file%s in ovffiles", c->plan.file_count,
                 c->plan.file_count == 1 ? "" : "s");
}

static enum err ask_if_sure(struct course *c, struct error *e)
{
    static const char *const lines[] = {
        [SURE_FOUND] = "Erase it? Type yes, or press Escape:",
        [SURE_GUEST] = "Erase it and all that the guest has stored? Type yes, or press Escape:",
        [SURE_CHOSEN] = "Erase what is on it? Type yes, or press Escape:"};
    static const char *const questions[] = {[SURE_FOUND] = WORDS_ERASE_FOUND,
                                            [SURE_GUEST] = WORDS_ERASE_GUEST,
                                            [SURE_CHOSEN] = WORDS_ERASE_CHOSEN};
    struct arena scratch = c->loader->memory.work;
    const char *summary;

    if (!port_screen())
        return ask_yes(lines[c->sure], e);
    TRY(summary_make(c, &scratch, &summary, e));
    return pages_ask_yes(WORDS_PLAN, summary, questions[c->sure], e);
}

enum err confirm_targets(struct course *c, struct error *e)
{
    if (c->provides)
        TRY(check_provision(c, e));
    if (c->provides)
        say_provision(c);
    return c->sure == SURE_NOT_ASKED ? OK : ask_if_sure(c, e);
}
