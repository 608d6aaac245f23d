#include "loader/targets.h"

#include <string.h>

#include "base/text.h"
#include "parsers/target_rule.h"

#define LIST_MAX 240 /* bytes of a list of disks in a message */

/* What a choice is made of. */
struct choice {
    struct target_rule rule;
    const struct found_disk *disks;
    size_t count;
};

static const char *bus_for_people(const char *bus)
{
    static const struct {
        const char *rule, *people;
    } buses[] = {
        {"nvme", "NVMe disk"},     {"sata", "SATA disk"}, {"usb", "USB disk"},
        {"virtio", "virtio disk"}, {"scsi", "SCSI disk"}, {"sd", "SD card"},
        {"ram", "RAM disk"},       {"disk", "disk"},
    };

    for (size_t i = 0; i < COUNT_OF(buses); i++)
        if (strcmp(buses[i].rule, bus) == 0)
            return buses[i].people;
    return bus;
}

bool target_is_ram(const char *rule)
{
    return text_same(rule, "ram");
}

static enum err parse(const char *rule, struct target_rule *out, struct error *e)
{
    return target_rule_parse((struct bytes){(const uint8_t *)rule, strlen(rule)}, out, e);
}

/* ---- One disk and one rule ---- */

/* Whether text begins so, without regard to case. */
static bool begins(const char *text, struct bytes start)
{
    size_t i = 0;

    while (i < start.len && text[i] && text_lower(text[i]) == text_lower((char)start.at[i]))
        i++;
    return i == start.len;
}

static bool is_all(const char *text, struct bytes wanted)
{
    return strlen(text) == wanted.len && begins(text, wanted);
}

static bool has(const char *text, struct bytes wanted)
{
    for (; *text; text++)
        if (begins(text, wanted))
            return true;
    return false;
}

/* A disk may have several names, blanks between. */
static bool has_name(const char *names, const char *wanted)
{
    size_t len = strlen(wanted);

    for (const char *at = strstr(names, wanted); at; at = strstr(at + 1, wanted))
        if ((at == names || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

static bool fits_part(const struct target_part *part, const struct found_disk *disk)
{
    switch (part->kind) {
    case TARGET_BUS:
        return is_all(disk->bus, part->text);
    case TARGET_SERIAL:
        return is_all(disk->serial, part->text);
    case TARGET_MODEL:
        return has(disk->model, part->text);
    case TARGET_WWN:
        return disk->wwn && has_name(disk->wwn, part->wwn);
    case TARGET_PATH:
        return begins(disk->path, part->text);
    case TARGET_SIZE_MIN:
        return target_size(disk->target) >= part->size;
    case TARGET_SIZE_MAX:
        return target_size(disk->target) <= part->size;
    case TARGET_BOOT_DISK:
        return disk->starts;
    case TARGET_SMALLEST: /* these three look at other disks */
    case TARGET_LARGEST:
    case TARGET_ONLY:
        return true;
    case TARGET_RAM:
        break;
    }
    return false;
}

static bool fits(const struct target_rule *rule, const struct found_disk *disk)
{
    for (size_t i = 0; i < rule->count; i++)
        if (!fits_part(&rule->parts[i], disk))
            return false;
    return true;
}

bool target_may_be_written(const struct found_disk *disk)
{
    return !disk->start_medium && !disk->read_only && !disk->protected_by && !disk->taken_by;
}

/* Why it may not: "is read-only". */
static void say_why_not(const struct found_disk *disk, char *out, size_t size)
{
    if (disk->start_medium)
        text_format(out, size, "is the medium that ovfboot started from");
    else if (disk->protected_by)
        text_format(out, size, "is protected by %s", disk->protected_by);
    else if (disk->read_only)
        text_format(out, size, "is read-only");
    else
        text_format(out, size, "is where %s goes already", disk->taken_by);
}

enum err targets_protect(const struct config *config, struct found_disk *disks, size_t count,
                         struct arena *a, struct error *e)
{
    char text[sizeof(e->text)], place[CONFIG_PLACE_MAX], number[TARGET_KEY_MAX] = "";
    struct target_rule rule;

    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++) {
        if (!config->protect[i])
            continue;
        TRY(parse(config->protect[i], &rule, e));
        if (i)
            text_format(number, sizeof(number), ".%zu", i + 1);
        size_t len =
            text_format(text, sizeof(text), "protect%s = %s (%s)", number, config->protect[i],
                        config_place_text(&config->protect_places[i], place));
        for (size_t j = 0; j < count; j++)
            if (!disks[j].protected_by && fits(&rule, &disks[j]))
                TRY(arena_text(a, text, len, &disks[j].protected_by, e));
    }
    return OK;
}

/* ---- All disks ---- */

/* Fits, may be written, and no other such disk is smaller, or larger, where the rule wants that. */
static bool is_candidate(const struct choice *c, size_t at)
{
    bool smallest = target_rule_has(&c->rule, TARGET_SMALLEST);
    uint64_t size = target_size(c->disks[at].target);

    if (!target_may_be_written(&c->disks[at]) || !fits(&c->rule, &c->disks[at]))
        return false;
    if (!smallest && !target_rule_has(&c->rule, TARGET_LARGEST))
        return true;
    for (size_t i = 0; i < c->count; i++) {
        const struct found_disk *other = &c->disks[i];
        if (target_may_be_written(other) && fits(&c->rule, other) &&
            (smallest ? target_size(other->target) < size : target_size(other->target) > size))
            return false;
    }
    return true;
}

/* The disks that may be written. */
static bool is_writable(const struct choice *c, size_t at)
{
    return target_may_be_written(&c->disks[at]);
}

/* The disks that may not, and why. */
static bool is_barred(const struct choice *c, size_t at)
{
    return !target_may_be_written(&c->disks[at]);
}

/* "A; B; and 3 more" of the disks that are so. */
static size_t list(const struct choice *c, bool (*is)(const struct choice *, size_t), char *out,
                   size_t size)
{
    static const size_t more = sizeof("; and 18446744073709551615 more");
    char one[TARGET_TEXT_MAX], why[200] = "", line[sizeof(one) + sizeof(why)];
    size_t len = 0, shown = 0, all = 0;

    out[0] = '\0';
    for (size_t i = 0; i < c->count; i++) {
        if (!is(c, i))
            continue;
        bool full = shown < all++;
        if (is == is_barred)
            say_why_not(&c->disks[i], why, sizeof(why));
        size_t n = text_format(line, sizeof(line), "%s%s%s%s", len ? "; " : "",
                               target_text(&c->disks[i], one), *why ? " " : "", why);
        if (full || (shown && n + more > size - len))
            continue;
        len += text_format(out + len, size - len, "%s", line);
        shown++;
    }
    if (shown < all)
        text_format(out + len, size - len, "; and %zu more", all - shown);
    return all;
}

static enum err none_fits(const struct choice *c, const char *key, const char *rule,
                          struct error *e)
{
    char text[TARGET_TEXT_MAX], why[200], all[LIST_MAX];

    for (size_t i = 0; i < c->count; i++)
        if (!target_may_be_written(&c->disks[i]) && fits(&c->rule, &c->disks[i])) {
            say_why_not(&c->disks[i], why, sizeof(why));
            bool by_setting = c->disks[i].protected_by || c->disks[i].taken_by;
            return fail(e, by_setting ? ERR_SETTING : ERR_NOT_FOUND, "%s = %s: %s %s", key, rule,
                        target_text(&c->disks[i], text), why);
        }
    if (list(c, is_writable, all, sizeof(all)))
        return fail(e, ERR_NOT_FOUND, "%s = %s fits no disk; there are: %s", key, rule, all);
    if (list(c, is_barred, all, sizeof(all)))
        return fail(e, ERR_NOT_FOUND, "%s = %s fits no disk; none may be written: %s", key, rule,
                    all);
    return fail(e, ERR_NOT_FOUND, "%s = %s fits no disk; there are none", key, rule);
}

/* The only disk means: the only one there is to choose from, whatever else the rule says. */
static enum err check_only(const struct choice *c, const char *key, const char *rule,
                           struct error *e)
{
    char all[LIST_MAX];
    size_t count = list(c, is_writable, all, sizeof(all));

    if (!target_rule_has(&c->rule, TARGET_ONLY) || count < 2)
        return OK;
    return fail(e, ERR_SETTING,
                "%s = %s: there is not only one disk that may be written, but %zu: %s", key, rule,
                count, all);
}

enum err target_choose(const char *key, const char *rule, const struct found_disk *disks,
                       size_t count, size_t *out, struct error *e)
{
    struct choice c = {.disks = disks, .count = count};
    char all[LIST_MAX];

    if (parse(rule, &c.rule, e) != OK)
        return within(e, "%s = %s", key, rule);
    TRY(check_only(&c, key, rule, e));
    size_t fitting = list(&c, is_candidate, all, sizeof(all));
    if (!fitting)
        return none_fits(&c, key, rule, e);
    if (fitting > 1)
        return fail(e, ERR_SETTING, "%s = %s fits %zu disks: %s", key, rule, fitting, all);
    *out = 0;
    while (!is_candidate(&c, *out))
        (*out)++;
    return OK;
}

const char *target_key(size_t index, char out[TARGET_KEY_MAX])
{
    size_t len = text_format(out, TARGET_KEY_MAX, "target");

    if (index)
        text_format(out + len, TARGET_KEY_MAX - len, ".%zu", index + 1);
    return out;
}

const char *target_text(const struct found_disk *disk, char out[TARGET_TEXT_MAX])
{
    char size[TEXT_SIZE_MAX];
    size_t len = text_format(out, TARGET_TEXT_MAX, "%s", bus_for_people(disk->bus));

    if (*disk->model)
        len += text_format(out + len, TARGET_TEXT_MAX - len, " %s", disk->model);
    if (*disk->serial)
        len += text_format(out + len, TARGET_TEXT_MAX - len, ", serial %s", disk->serial);
    text_format(out + len, TARGET_TEXT_MAX - len, ", %s",
                text_size(size, target_size(disk->target)));
    return out;
}
