/* Where the disks of the appliance go, and what goes beside them. */
#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/built.h"
#include "loader/course.h"
#include "loader/targets.h"

#define RAM_SECTOR 512 /* bytes: EDK2's RAM disks have no others (RamDiskDxe) */

/* The medium that the package is on must not be written either. */
static bool lies_on(const struct found_package *place, const struct found_disk *disk)
{
    size_t len = strlen(disk->path);

    return len && strncmp(place->path, disk->path, len) == 0 &&
           (place->path[len] == '\0' || place->path[len] == '/');
}

static enum err find_disks(struct course *c, struct error *e)
{
    TRY(port_find_disks(&c->loader->memory.package, &c->disks, &c->disk_count, e));
    for (size_t i = 0; i < c->disk_count; i++)
        if (lies_on(c->place, &c->disks[i]))
            c->disks[i].start_medium = true;
    return OK;
}

/* List what could be written and let the person say which; nothing is assumed. */
static enum err ask_target(struct course *c, const struct plan_disk *disk, size_t *out,
                           struct error *e)
{
    char text[TARGET_TEXT_MAX], contents[TARGET_TEXT_MAX], size[TEXT_SIZE_MAX];
    size_t choices[64], count = 0;

    if (c->loader->config.unattended)
        return fail(e, ERR_SETTING, "%s: no target is set for it, and nobody is asked", disk->name);
    port_say("Disks of this machine:");
    for (size_t i = 0; i < c->disk_count && count < COUNT_OF(choices); i++) {
        if (c->disks[i].start_medium || c->disks[i].read_only)
            continue;
        choices[count++] = i;
        port_say("  %zu  %s", count, target_text(&c->disks[i], text));
        port_say("     %s", target_contents(&c->disks[i], c->loader->memory.work, contents));
    }
    if (!count)
        return fail(e, ERR_NOT_FOUND, "there is no disk that may be written, and no target is set");
    port_say("%s needs %s. The disk chosen is erased.", disk->name,
             text_size(size, disk->capacity));
    c->asked = true;
    TRY(ask_number("Which disk? Number, or Escape to stop:", count, ASK_NO_DEFAULT, out, e));
    *out = choices[*out];
    return OK;
}

/* A RAM disk is made to measure. */
static uint64_t ram_size(const struct course *c, size_t index)
{
    if (index == 0 && c->provides)
        return provision_target_size(&c->provision, &c->plan, RAM_SECTOR);
    return c->plan.disks[index].capacity;
}

static enum err choose_target(struct course *c, size_t index, struct error *e)
{
    const struct plan_disk *disk = &c->plan.disks[index];
    const char *rule = c->loader->config.target[index];
    struct arena *a = &c->loader->memory.package;
    size_t chosen;

    if (rule && target_is_ram(rule))
        return port_ram_disk(ram_size(c, index), a, &c->chosen[index], e);
    if (rule)
        TRY(target_choose(rule, c->disks, c->disk_count, &chosen, e));
    else
        TRY(ask_target(c, disk, &chosen, e));
    for (size_t i = 0; i < index; i++)
        if (c->chosen[i].target == c->disks[chosen].target)
            return fail(e, ERR_SETTING, "%s and %s would both go to %s", c->plan.disks[i].name,
                        disk->name, c->disks[chosen].target->name);
    c->chosen[index] = c->disks[chosen];
    return plan_check_target(disk, c->chosen[index].target, e);
}

static enum err make_provision(struct course *c, uint32_t sector_size, struct error *e)
{
    struct memory *memory = &c->loader->memory;
    struct moment now = port_now();

    return provision_make(&c->plan, &c->machine, sector_size,
                          now.known ? now.unix_seconds : loader_built, &memory->package,
                          memory->work, &c->provision, e);
}

/* Where the guest's table has no room, that matters to who has set something. */
static enum err check_provision(struct course *c, struct error *e)
{
    const struct target *target = c->chosen[0].target;

    if (target->sector_size != RAM_SECTOR)
        TRY(make_provision(c, target->sector_size, e));
    struct error why;
    enum err err = provision_check(&c->provision, &c->plan, target, c->loader->memory.work, &why);
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

enum err choose_targets(struct course *c, struct error *e)
{
    char text[TARGET_TEXT_MAX], contents[TARGET_TEXT_MAX];

    c->provides = c->loader->config.environment != ENVIRONMENT_NONE;
    if (c->provides)
        TRY(make_provision(c, RAM_SECTOR, e));
    TRY(find_disks(c, e));
    for (size_t i = 0; i < c->plan.count; i++) {
        TRY(choose_target(c, i, e));
        port_say("Target     %s: %s", target_text(&c->chosen[i], text),
                 target_contents(&c->chosen[i], c->loader->memory.work, contents));
    }
    if (c->provides)
        TRY(check_provision(c, e));
    if (c->provides)
        say_provision(c);
    if (!c->asked)
        return OK;
    return ask_yes("Erase what is on it? Type yes, or press Escape:", e);
}
