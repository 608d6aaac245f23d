#include "parsers/ovf_drives.h"

#include <string.h>

#include "base/text.h"

/* Where a drive stands: controller first, then its place on it, then the document. */
struct place {
    uint64_t controller; /* UINT64_MAX: on none */
    uint64_t unit;       /* UINT64_MAX: not said */
};

static size_t find_file_by(const struct ovf *o, const char *text, bool by_href)
{
    for (size_t i = 0; i < o->file_count; i++)
        if (strcmp(by_href ? o->files[i].href : o->files[i].id, text) == 0)
            return i;
    return OVF_NONE;
}

static const char *skip_slashes(const char *text)
{
    while (*text == '/')
        text++;
    return text;
}

/* oVirt names the file by its href, "group/volume". */
static void find_plain(const struct ovf *o, const char *text, struct ovf_drive *out)
{
    out->disk = ovf_find_disk(o, text);
    if (out->disk == OVF_NONE) {
        out->file = find_file_by(o, text, true);
        for (size_t i = 0; i < o->disk_count && out->disk == OVF_NONE; i++)
            if (out->file != OVF_NONE && o->disks[i].file == out->file)
                out->disk = i;
    }
}

/* What follows "ovf:" and slashes. */
static const char *path_of(const char *resource)
{
    return skip_slashes(text_starts(resource, "ovf:") ? resource + 4 : resource);
}

/* ovf:/disk/id and its spellings in the field: /disk/id, ovf://disk/id, ovf:disk/id.
 *
 * Spec: DSP0243 1.1.0, "VirtualHardwareSection": HostResource. */
enum err ovf_disk_of_item(const struct ovf *o, const struct ovf_item *item, struct ovf_drive *out,
                          struct error *e)
{
    *out = (struct ovf_drive){.item = item, .disk = OVF_NONE, .file = OVF_NONE};
    if (item->host_resource_count == 0)
        return OK;
    const char *text = item->host_resources[0];
    const char *path = path_of(text);

    if (text_starts(path, "disk/"))
        out->disk = ovf_find_disk(o, path + 5);
    else if (text_starts(path, "file/"))
        out->file = find_file_by(o, path + 5, false);
    else
        find_plain(o, text, out);
    if (out->disk != OVF_NONE)
        out->file = o->disks[out->disk].file;
    if (out->disk == OVF_NONE && out->file == OVF_NONE)
        return fail(e, ERR_DAMAGED, "line %u: %s: the package has no %s", item->line,
                    *item->name ? item->name : ovf_resource_name(item->type), text);
    return OK;
}

bool ovf_has_image(const struct ovf *o, const struct ovf_item *item, struct ovf_drive *out)
{
    struct error ignored;

    *out = (struct ovf_drive){.item = item, .disk = OVF_NONE, .file = OVF_NONE};
    if ((item->type != OVF_CD && item->type != OVF_DVD && item->type != OVF_FLOPPY) ||
        item->host_resource_count == 0)
        return false;
    if (ovf_disk_of_item(o, item, out, &ignored) == OK)
        return out->file != OVF_NONE;
    const char *path = path_of(item->host_resources[0]);
    return text_starts(path, "disk/") || text_starts(path, "file/");
}

static uint64_t number_or(const char *text, uint64_t missing)
{
    uint64_t value;

    return text_to_u64(text, strlen(text), &value) ? value : missing;
}

/* Controllers rank by their bus number among their kind, kinds by where the first of them stands;
 * without a number each ranks by where it stands itself. */
static uint64_t rank_controller(const struct ovf_hardware *h, size_t at)
{
    const struct ovf_item *item = &h->items[at];
    uint64_t bus = number_or(item->address, UINT64_MAX);
    size_t first = at;

    if (bus >= OVF_ITEMS_MAX)
        return (uint64_t)at * 2 * OVF_ITEMS_MAX;
    for (size_t i = 0; i < at && first == at; i++)
        if (h->items[i].type == item->type && *h->items[i].address)
            first = i;
    return (uint64_t)first * 2 * OVF_ITEMS_MAX + bus;
}

/* InstanceIDs are not always unique, so a Parent is looked for among what can be one. */
static bool may_be_controller(const struct ovf_item *item)
{
    return !ovf_is_disk(item) && item->type != OVF_PROCESSOR && item->type != OVF_MEMORY &&
           item->type != OVF_ETHERNET;
}

static struct place find_place(const struct ovf_hardware *h, const struct ovf_item *item)
{
    struct place place = {.controller = UINT64_MAX,
                          .unit = number_or(item->address_on_parent, UINT64_MAX)};

    for (size_t i = 0; *item->parent && i < h->item_count; i++) {
        if (h->items[i].bound != OVF_NORMAL || !may_be_controller(&h->items[i]) ||
            strcmp(h->items[i].instance, item->parent) != 0)
            continue;
        place.controller = rank_controller(h, i);
        break;
    }
    return place;
}

static bool before(struct place a, struct place b)
{
    return a.controller != b.controller ? a.controller < b.controller : a.unit < b.unit;
}

/* Put a drive where it belongs; equal places keep the order of the document. */
static void insert(struct ovf_drives *drives, struct place *places, struct ovf_drive drive,
                   struct place place)
{
    size_t at = drives->count++;

    for (; at > 0 && before(place, places[at - 1]); at--) {
        drives->at[at] = drives->at[at - 1];
        places[at] = places[at - 1];
    }
    drives->at[at] = drive;
    places[at] = place;
}

/* Items may name one disk together: each has a copy of it, as VCSA's have of one empty disk.  Not
 * so a shared disk. */
static enum err check_shared(const struct ovf *o, const struct ovf_drives *drives,
                             const struct ovf_drive *drive, struct error *e)
{
    if (drive->disk == OVF_NONE || !o->disks[drive->disk].shared)
        return OK;
    for (size_t i = 0; i < drives->count; i++)
        if (drives->at[i].disk == drive->disk)
            return fail(e, ERR_DAMAGED, "line %u: shared disk %s is also that on line %u",
                        drive->item->line, o->disks[drive->disk].id, drives->at[i].item->line);
    return OK;
}

static bool section_has_disk(const struct ovf *o, const struct ovf_hardware *h, size_t disk)
{
    struct ovf_drive drive;
    struct error ignored;

    for (size_t i = 0; i < h->item_count; i++)
        if (ovf_is_disk(&h->items[i]) &&
            ovf_disk_of_item(o, &h->items[i], &drive, &ignored) == OK && drive.disk == disk)
            return true;
    return false;
}

size_t ovf_find_sharer(const struct ovf *o, size_t disk, size_t system)
{
    for (size_t s = ovf_next_machine(o, OVF_NONE); s != OVF_NONE; s = ovf_next_machine(o, s))
        for (size_t i = 0; s != system && i < o->systems[s].hardware_count; i++)
            if (section_has_disk(o, &o->systems[s].hardware[i], disk))
                return s;
    return OVF_NONE;
}

/* The first source that names a disk says which to boot from. */
static size_t find_boot(const struct ovf_system *s, const struct ovf_drives *drives)
{
    for (size_t b = 0; b < s->boot_count; b++) {
        const struct ovf_boot_source *source = &s->boot[b];
        uint64_t number;
        for (size_t i = 0; i < drives->count && *source->instance; i++)
            if (strcmp(drives->at[i].item->instance, source->instance) == 0)
                return i;
        if (text_starts(source->device, "CIM:Hard-Disk:")) {
            number = number_or(source->device + strlen("CIM:Hard-Disk:"), 0);
            if (number >= 1 && number <= drives->count)
                return (size_t)number - 1;
        }
    }
    return OVF_NONE;
}

enum err ovf_list_drives(const struct ovf *o, size_t system, const char *chosen, struct arena *a,
                         struct ovf_drives *out, struct error *e)
{
    const struct ovf_hardware *h = ovf_hardware_of(&o->systems[system]);
    struct arena scratch;
    struct place *places;
    size_t most = 0;

    *out = (struct ovf_drives){0};
    for (size_t i = 0; h && i < h->item_count; i++)
        most += ovf_is_disk(&h->items[i]);
    TRY(TAKE(a, most, &out->at, e));
    scratch = *a;
    TRY(TAKE(&scratch, most, &places, e));
    for (size_t i = 0; h && i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        struct ovf_drive drive;
        if (!ovf_is_disk(item) || !ovf_item_counts(h, item, chosen))
            continue;
        TRY(ovf_disk_of_item(o, item, &drive, e));
        TRY(check_shared(o, out, &drive, e));
        insert(out, places, drive, find_place(h, item));
    }
    size_t boot = find_boot(&o->systems[system], out);
    out->boot_is_said = boot != OVF_NONE;
    out->boot = out->boot_is_said ? boot : 0;
    return OK;
}

const struct ovf_drive *ovf_boot_disk(const struct ovf_drives *drives)
{
    return drives->count ? &drives->at[drives->boot] : NULL;
}

const struct ovf_hardware *ovf_hardware_of(const struct ovf_system *system)
{
    for (size_t i = 0; i < system->hardware_count; i++)
        for (size_t j = 0; j < system->hardware[i].item_count; j++)
            if (ovf_is_disk(&system->hardware[i].items[j]))
                return &system->hardware[i];
    return system->hardware_count ? &system->hardware[0] : NULL;
}
