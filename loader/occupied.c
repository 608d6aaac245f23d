#include "loader/occupied.h"

#include <string.h>

#include "base/text.h"
#include "disks/contents.h"
#include "disks/partitions.h"
#include "loader/course.h"
#include "parsers/fat.h"

static const char *partition_text(const struct partition *p)
{
    return *p->label ? p->label : p->is_esp ? "EFI system" : "unnamed";
}

static void say_table(const struct partitions *table, char out[TARGET_TEXT_MAX])
{
    size_t len = text_format(out, TARGET_TEXT_MAX, "%s with %zu partition%s",
                             table->kind == TABLE_GPT ? "GPT" : "MBR", table->count,
                             table->count == 1 ? "" : "s");

    for (size_t i = 0; i < table->count && table->kind == TABLE_GPT; i++)
        len += text_format(out + len, TARGET_TEXT_MAX - len, "%s%s", i ? ", " : ": ",
                           partition_text(&table->at[i]));
}

/* A file system that takes the whole disk: its name; NULL: none that is known here. */
static enum err find_bare(const struct found_disk *disk, const char **out, struct error *e)
{
    struct contents contents;
    struct fat_layout fat;
    uint8_t boot[512];
    bool found;

    *out = NULL;
    TRY(contents_find(disk->source, &contents, &found, e));
    if (found)
        *out = contents.name;
    if (found || disk->source->size < sizeof(boot))
        return OK;
    TRY(source_read(disk->source, 0, boot, sizeof(boot), e));
    if (fat_parse_boot(boot, disk->source->size, &fat))
        *out = "FAT";
    return OK;
}

bool target_is_occupied(const struct found_disk *disk, struct arena scratch,
                        char out[TARGET_TEXT_MAX])
{
    struct partitions table = {.kind = TABLE_NONE};
    struct error ignored;
    const char *bare = NULL;

    if (partitions_read(disk->source, disk->target->sector_size, &scratch, &table, &ignored) !=
            OK ||
        (table.kind == TABLE_NONE && find_bare(disk, &bare, &ignored) != OK)) {
        text_format(out, TARGET_TEXT_MAX, "a partition table that cannot be read");
        return true;
    }
    if (table.kind != TABLE_NONE)
        say_table(&table, out);
    else if (bare)
        text_format(out, TARGET_TEXT_MAX, "%s without a partition table", bare);
    else
        text_format(out, TARGET_TEXT_MAX, "no partition table");
    return table.count || bare;
}

const char *target_contents(const struct found_disk *disk, struct arena scratch,
                            char out[TARGET_TEXT_MAX])
{
    (void)target_is_occupied(disk, scratch, out);
    return out;
}

/* ---- Whether it may be erased ---- */

static enum err check_label(const struct config *config, const struct found_disk *disk,
                            const struct partition *p, struct error *e)
{
    char place[CONFIG_PLACE_MAX];

    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        if (config->keep[i] && strcmp(config->keep[i], p->label) == 0)
            return fail(e, ERR_SETTING,
                        "%s: its partition %u is labelled %s, which must be kept (%s), and a disk "
                        "is only written as a whole",
                        disk->target->name, p->number, p->label,
                        config_place_text(&config->keep_places[i], place));
    return OK;
}

enum err target_check_keep(const struct config *config, const struct found_disk *disk,
                           struct arena scratch, struct error *e)
{
    struct partitions table;
    bool keeps = false;

    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        keeps = keeps || config->keep[i];
    if (!keeps)
        return OK;
    if (partitions_read(disk->source, disk->target->sector_size, &scratch, &table, e) != OK)
        return within(e, "whether it holds a partition to be kept cannot be told");
    for (size_t i = 0; i < table.count; i++)
        TRY(check_label(config, disk, &table.at[i], e));
    return OK;
}

/* The deployment that is there now was to this disk, too. */
static bool is_ours(const struct course *c, size_t index)
{
    const struct found_disk *disk = &c->chosen[index];
    const char *at = c->installed.record.others;
    const char *front = *disk->serial ? "serial:" : "path:";
    const char *where = *disk->serial ? disk->serial : disk->path;
    size_t len = strlen(where);

    if (index == 0)
        return c->installed.state != INSTALLED_NOTHING;
    if (c->installed.state != INSTALLED_RECORD)
        return false;
    for (; *at; at = strchr(at, '\n') + 1) {
        if (text_starts(at, front) && strncmp(at + strlen(front), where, len) == 0 &&
            (at[strlen(front) + len] == '\n' || !at[strlen(front) + len]))
            return true;
        if (!strchr(at, '\n'))
            break;
    }
    return false;
}

static enum err check_contents(struct course *c, const struct found_disk *disk, struct error *e)
{
    const struct config *config = &c->loader->config;
    char what[TARGET_TEXT_MAX];

    if (!target_is_occupied(disk, c->loader->memory.work, what))
        return OK;
    if (config->erase == ERASE_NO || config->unattended)
        return fail(e, ERR_SETTING,
                    "%s: holds what ovfboot has not put there: erase = yes erases it: %s",
                    disk->target->name, what);
    if (c->sure == SURE_CHOSEN)
        return OK;
    port_say("Holds      %s, which ovfboot has not put on %s", what, disk->target->name);
    if (c->sure < SURE_FOUND)
        c->sure = SURE_FOUND;
    return OK;
}

enum err check_erase(struct course *c, struct error *e)
{
    for (size_t i = 0; i < c->plan.count; i++) {
        const struct found_disk *disk = &c->chosen[i];
        if (target_is_ram(disk->bus))
            continue;
        TRY(target_check_keep(&c->loader->config, disk, c->loader->memory.work, e));
        if (c->loader->config.erase != ERASE_YES && !is_ours(c, i))
            TRY(check_contents(c, disk, e));
    }
    return OK;
}
