#include "loader/targets.h"

#include <string.h>

#include "base/text.h"
#include "disks/partitions.h"

static const struct bus {
    const char *rule;   /* in settings */
    const char *people; /* in messages */
} buses[] = {
    {"nvme", "NVMe disk"}, {"sata", "SATA disk"}, {"usb", "USB disk"}, {"virtio", "virtio disk"},
    {"scsi", "SCSI disk"}, {"sd", "SD card"},     {"ram", "RAM disk"}, {"disk", "disk"},
};

static const char *bus_for_people(const char *bus)
{
    for (size_t i = 0; i < COUNT_OF(buses); i++)
        if (strcmp(buses[i].rule, bus) == 0)
            return buses[i].people;
    return bus;
}

bool target_is_ram(const char *rule)
{
    return text_same(rule, "ram");
}

static bool starts_without_case(const char *text, const char *start)
{
    while (*start && text_lower(*text) == text_lower(*start)) {
        text++;
        start++;
    }
    return !*start;
}

/* An empty TEXT is no rule: it would fit the disk without a serial number, or every path. */
static bool is_rule(const char *rule)
{
    if (starts_without_case(rule, "serial:"))
        return rule[strlen("serial:")] != '\0';
    if (starts_without_case(rule, "path:"))
        return rule[strlen("path:")] != '\0';
    for (size_t i = 0; i < COUNT_OF(buses); i++)
        if (text_same(buses[i].rule, rule))
            return !target_is_ram(rule);
    return false;
}

static bool fits(const char *rule, const struct found_disk *disk)
{
    if (starts_without_case(rule, "serial:"))
        return text_same(rule + strlen("serial:"), disk->serial);
    if (starts_without_case(rule, "path:"))
        return starts_without_case(disk->path, rule + strlen("path:"));
    return text_same(rule, disk->bus);
}

static bool may_be_written(const struct found_disk *disk)
{
    return !disk->start_medium && !disk->read_only;
}

/* "; there are: A; B" for the disks that may be written and, when rule is given, fit it. */
static void list(const char *rule, const struct found_disk *disks, size_t count, char *out,
                 size_t size)
{
    char one[TARGET_TEXT_MAX];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (may_be_written(&disks[i]) && (!rule || fits(rule, &disks[i])))
            len += text_format(out + len, size - len, "%s%s", len ? "; " : "",
                               target_text(&disks[i], one));
    if (!len)
        text_format(out, size, "none");
}

enum err target_choose(const char *rule, const struct found_disk *disks, size_t count, size_t *out,
                       struct error *e)
{
    char all[240], text[TARGET_TEXT_MAX];
    const struct found_disk *refused = NULL;
    size_t fitting = 0;

    if (!is_rule(rule))
        return fail(e, ERR_SETTING,
                    "target = %s: it must be ram, nvme, sata, usb, virtio, scsi, serial:TEXT or "
                    "path:TEXT",
                    rule);
    for (size_t i = 0; i < count; i++) {
        if (!fits(rule, &disks[i]))
            continue;
        if (!may_be_written(&disks[i])) {
            refused = &disks[i];
            continue;
        }
        *out = i;
        fitting++;
    }
    if (fitting == 1)
        return OK;
    if (fitting > 1) {
        list(rule, disks, count, all, sizeof(all));
        return fail(e, ERR_SETTING, "target = %s fits %zu disks: %s", rule, fitting, all);
    }
    if (refused)
        return fail(e, ERR_NOT_FOUND, "target = %s: %s %s", rule, target_text(refused, text),
                    refused->start_medium ? "is the medium that ovfboot started from"
                                          : "is read-only");
    list(NULL, disks, count, all, sizeof(all));
    return fail(e, ERR_NOT_FOUND, "target = %s fits no disk; there are: %s", rule, all);
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

static const char *partition_text(const struct partition *p)
{
    return *p->label ? p->label : p->is_esp ? "EFI system" : "unnamed";
}

const char *target_contents(const struct found_disk *disk, struct arena scratch,
                            char out[TARGET_TEXT_MAX])
{
    struct partitions table;
    struct error ignored;
    size_t len;

    if (partitions_read(disk->source, disk->target->sector_size, &scratch, &table, &ignored) !=
        OK) {
        text_format(out, TARGET_TEXT_MAX, "a partition table that cannot be read");
        return out;
    }
    if (table.kind == TABLE_NONE) {
        text_format(out, TARGET_TEXT_MAX, "no partition table");
        return out;
    }
    len = text_format(out, TARGET_TEXT_MAX, "%s with %zu partition%s",
                      table.kind == TABLE_GPT ? "GPT" : "MBR", table.count,
                      table.count == 1 ? "" : "s");
    for (size_t i = 0; i < table.count && table.kind == TABLE_GPT; i++)
        len += text_format(out + len, TARGET_TEXT_MAX - len, "%s%s", i ? ", " : ": ",
                           partition_text(&table.at[i]));
    return out;
}
