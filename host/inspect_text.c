/* The report for people: the same labels as the loader's own lines. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/inspect.h"
#include "loader/files.h"
#include "loader/inspect.h"
#include "loader/media.h"
#include "parsers/ovf_drives.h"
#include "parsers/ovf_value.h"

#define FIRST_LINE_MAX 160 /* bytes of a long text that are shown */

static const struct plan *the_plan; /* whose texts are said */

static const char *say(const struct ovf_message *message)
{
    return ovf_say(&the_plan->ovf, message, the_plan->language);
}

/* Control characters do not reach the terminal: text_format() sees to it. */
#define put(...)                                                                                   \
    do {                                                                                           \
        char put_line[1024];                                                                       \
        text_format(put_line, sizeof(put_line), __VA_ARGS__);                                      \
        puts(put_line);                                                                            \
    } while (0)

/* The text's first line, cut with dots when it is long. */
static const char *first_line(const char *text, char out[FIRST_LINE_MAX])
{
    size_t len = strcspn(text, "\r\n");
    bool cut = len > FIRST_LINE_MAX - 4 || text[len + strspn(text + len, "\r\n")];

    if (len > FIRST_LINE_MAX - 4)
        len = text_whole(text, FIRST_LINE_MAX - 4);
    text_format(out, FIRST_LINE_MAX, "%.*s%s", (int)len, text, cut ? "..." : "");
    return out;
}

static void put_package(void)
{
    static const char *const versions[] = {"0.9", "1.x", "2.x"};
    const struct package *p = the_plan->package;
    char size[TEXT_SIZE_MAX];

    if (p->folder == &p->archive.folder)
        put("Package    %s, %s", p->name, text_size(size, p->archive.file->size));
    else
        put("Package    %s and the files beside it", p->name);
    put("Signed by  %s", verify_signer(p, &the_plan->proof));
    put("Descriptor %s, OVF %s: %s", p->descriptor, versions[the_plan->ovf.version],
        verify_text(&the_plan->descriptor));
}

static void put_options(void)
{
    const struct ovf *o = &the_plan->ovf;
    const struct ovf_option *by_default = ovf_default_option(o);
    char line[FIRST_LINE_MAX];

    for (size_t i = 0; i < o->option_count; i++) {
        const struct ovf_option *option = &o->options[i];
        const char *description = first_line(say(&option->description), line);
        put("Option     %s%s: %s%s%s", option->id, option == by_default ? " (default)" : "",
            say(&option->label), *description ? ": " : "", description);
    }
}

static void put_product(void)
{
    const struct ovf_system *s = the_plan->system;
    char line[FIRST_LINE_MAX];

    put("Appliance  %s", the_plan->title);
    if (the_plan->system->parent != OVF_NONE)
        put("System     %s, of %s", s->id, the_plan->ovf.systems[s->parent].id);
    for (size_t i = 0; i < s->product_count; i++) {
        const struct ovf_product *p = &s->products[i];
        if (i && *p->product.text)
            put("With       %s", say(&p->product));
        if (*p->vendor.text)
            put("Vendor     %s%s%s", say(&p->vendor), *p->vendor_url ? ", " : "", p->vendor_url);
        if (*p->version || *p->full_version)
            put("Version    %s%s%s%s", p->version, *p->version && *p->full_version ? " (" : "",
                p->full_version, *p->version && *p->full_version ? ")" : "");
        if (*p->product_url)
            put("See        %s", p->product_url);
    }
    for (size_t i = 0; i < s->annotation_count; i++)
        put("About      %s", first_line(say(&s->annotations[i]), line));
    if (s->os.given && (*s->os.description.text || *s->os.vmware_type))
        put("Guest      %s%s%s",
            *s->os.description.text ? say(&s->os.description) : s->os.vmware_type,
            *s->os.version ? " " : "", s->os.version);
}

#define RANGE_MAX 100 /* bytes */

static void put_bound(char out[RANGE_MAX], const char *what, uint64_t bound, bool is_bytes)
{
    size_t len = strlen(out);
    char text[TEXT_SIZE_MAX];

    if (is_bytes)
        text_size(text, bound);
    else
        text_format(text, sizeof(text), "%llu", (unsigned long long)bound);
    text_format(out + len, RANGE_MAX - len, "%s%s", what, text);
}

/* "2, at least 1, at most 4", of what comes in numbers or bytes. */
static const char *range_text(const struct ovf_range *r, bool is_bytes, char out[RANGE_MAX])
{
    out[0] = '\0';
    put_bound(out, "", r->normal, is_bytes);
    if (r->least != OVF_UNKNOWN && r->least != r->normal)
        put_bound(out, ", at least ", r->least, is_bytes);
    if (r->most != OVF_UNKNOWN && r->most != r->normal)
        put_bound(out, ", at most ", r->most, is_bytes);
    return out;
}

static void put_hardware(void)
{
    const struct ovf_hardware *h = the_plan->hardware;
    struct ovf_range range;
    char text[RANGE_MAX];

    if (!h)
        return;
    ovf_find_range(h, OVF_PROCESSOR, the_plan->option, &range);
    if (range.normal)
        put("Processors %s", range_text(&range, false, text));
    ovf_find_range(h, OVF_MEMORY, the_plan->option, &range);
    if (range.normal)
        put("Memory     %s", range_text(&range, true, text));
    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        if (item->type == OVF_ETHERNET && ovf_item_counts(h, item, the_plan->option))
            put("Network    %s%s", item->connection_count ? item->connections[0] : item->name,
                item->required ? "" : " (optional)");
    }
}

static void put_disk(const struct plan_disk *d)
{
    char text[INSPECT_TEXT_MAX], size[TEXT_SIZE_MAX];

    if (d->fault.code != OK)
        put("Disk       %s: %s, by the descriptor; not looked at: %s", d->name,
            text_size(size, d->capacity), d->fault.text);
    else if (d->capacity_property)
        put("Disk       %s: blank, as large as the property %s says", d->name,
            d->capacity_property);
    else
        put("Disk       %s", inspect_disk(d, text));
    if (d->is_boot && d->fault.code == OK)
        put("Starts     %s", inspect_loader(d));
}

static void put_images(void)
{
    struct ovf_drive drive;

    for (size_t at = 0; media_next(the_plan, &at, &drive);)
        put("Image      %s, in %s, which no machine has: deployed only with cd-images = omit",
            media_image(the_plan, &drive), media_drive(&drive));
}

static void put_files(void)
{
    const struct ovf_system *s = the_plan->system;

    for (size_t i = 0; i < s->environment_file_count; i++) {
        const struct ovf_environment_file *f = &s->environment_files[i];
        put("Gets       " FILES_FOLDER "%s, from %s", f->path,
            f->file != OVF_NONE ? the_plan->ovf.files[f->file].href
                                : "a file that References does not list");
    }
}

/* "hostname = box1: Host name, at most 15 characters". */
static void put_property(const struct property *p)
{
    char rule[OVF_VALUE_RULE_MAX], value[FIRST_LINE_MAX];
    const char *label = say(&p->ovf->label);
    const char *shown = property_is_missing(p) ? "(needs a value)"
                        : p->ovf->password     ? "(not shown)"
                                               : first_line(p->value, value);

    ovf_value_rule(p->ovf, rule, sizeof(rule));
    put("%s %s = %s%s%s%s%s; by %s", p->ovf->user_configurable ? "Can set   " : "Fixed     ",
        p->name, shown, *label ? ": " : "", label, *rule ? "; " : "", rule, p->origin);
}

static void put_licences(void)
{
    size_t count = 0;

    for (size_t i = the_plan->system_index; i != OVF_NONE; i = the_plan->ovf.systems[i].parent)
        count += the_plan->ovf.systems[i].eula_count;
    if (count)
        put("Licence    %zu agreement%s (EULA) to be accepted", count, count == 1 ? "" : "s");
}

static void put_system(const struct inspected_system *system)
{
    the_plan = &system->plan;
    put_product();
    if (the_plan->option)
        put("With       option %s:", the_plan->option);
    put_hardware();
    for (size_t i = 0; i < the_plan->count; i++)
        put_disk(&the_plan->disks[i]);
    if (system->no_disks.code != OK)
        put("Disk       %s", system->no_disks.text);
    put_images();
    put_files();
    put_licences();
    for (size_t i = 0; i < the_plan->properties.count; i++)
        put_property(&the_plan->properties.at[i]);
    for (size_t i = 0; i < the_plan->note_count; i++)
        put("Note       %s", the_plan->notes[i]);
}

static void put_plan(const struct inspected *what)
{
    char text[MACHINE_TEXT_MAX];

    put("Machine    %s", machine_text(&what->machine->machine, text));
    for (size_t i = 0; i < what->needs.count; i++) {
        const struct need *need = &what->needs.at[i];
        put("%s %s: %s", need->must ? "Must have " : "Would like", need->met ? "yes" : "NO",
            need->text);
    }
    for (size_t i = 0; what->machine->count && i < what->systems[0].plan.count; i++)
        if (*what->targets[i].text)
            put("Target     %s, for %s", what->targets[i].text,
                what->systems[0].plan.disks[i].name);
    put("Verdict    %s",
        what->verdict.code == OK ? "this machine would do" : "this machine would not do as it is");
}

void inspect_text(const struct inspected *what)
{
    the_plan = what->open;
    put_package();
    put_options();
    if (!what->count)
        puts("Appliance  describes no virtual system");
    for (size_t i = 0; i < what->count; i++) {
        if (i)
            puts("");
        put_system(&what->systems[i]);
    }
    if (what->planned)
        put_plan(what);
    else
        puts("The disks' contents are proved when they are read: ovfboot verify does it now.");
}
