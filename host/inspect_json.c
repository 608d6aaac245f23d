/* The report as docs/inspect.schema.json describes it. */
#include "host/inspect.h"
#include "host/json.h"
#include "host/report.h"
#include "loader/media.h"
#include "parsers/ovf_drives.h"
#include "parsers/ovf_value.h"

static const struct plan *the_plan; /* whose texts are said */

static void put_message(const char *name, const struct ovf_message *message)
{
    json_text_if(name, ovf_say(&the_plan->ovf, message, the_plan->language));
}

static void put_known(const char *name, uint64_t number)
{
    if (number != OVF_UNKNOWN)
        json_number(name, number);
}

static void put_references(const struct ovf *o)
{
    json_array("files");
    for (size_t i = 0; i < o->file_count; i++) {
        const struct ovf_file *f = &o->files[i];
        json_object(NULL);
        json_text("id", f->id);
        json_text("href", f->href);
        put_known("size", f->size);
        json_text_if("compression", f->compression_name);
        if (f->chunk_size)
            json_number("chunk_size", f->chunk_size);
        json_end_object();
    }
    json_end_array();
    json_array("disks");
    for (size_t i = 0; i < o->disk_count; i++) {
        const struct ovf_disk *d = &o->disks[i];
        json_object(NULL);
        json_text("id", d->id);
        if (d->file != OVF_NONE)
            json_text("file", o->files[d->file].id);
        put_known("capacity", d->capacity);
        if (d->capacity_property) {
            json_text("capacity_property", d->capacity_property);
            json_number("capacity_unit", d->capacity_unit);
        }
        json_text_if("format", d->format);
        json_text_if("parent", d->parent);
        json_flag("shared", d->shared);
        json_end_object();
    }
    json_end_array();
}

static void put_choices(const struct ovf *o)
{
    json_array("networks");
    for (size_t i = 0; i < o->network_count; i++) {
        json_object(NULL);
        json_text("name", o->networks[i].name);
        put_message("description", &o->networks[i].description);
        json_end_object();
    }
    json_end_array();
    json_array("options");
    for (size_t i = 0; i < o->option_count; i++) {
        json_object(NULL);
        json_text("id", o->options[i].id);
        put_message("label", &o->options[i].label);
        put_message("description", &o->options[i].description);
        json_flag("default", &o->options[i] == ovf_default_option(o));
        json_end_object();
    }
    json_end_array();
    json_array("skipped");
    for (size_t i = 0; i < o->skipped_count; i++) {
        json_object(NULL);
        json_text("name", o->skipped[i].name);
        json_flag("required", o->skipped[i].required);
        json_number("line", o->skipped[i].line);
        json_end_object();
    }
    json_end_array();
}

static void put_products(const struct ovf_system *s)
{
    json_array("products");
    for (size_t i = 0; i < s->product_count; i++) {
        const struct ovf_product *p = &s->products[i];
        json_object(NULL);
        json_text_if("class", p->class);
        json_text_if("instance", p->instance);
        put_message("product", &p->product);
        put_message("vendor", &p->vendor);
        json_text_if("version", p->version);
        json_text_if("full_version", p->full_version);
        json_text_if("product_url", p->product_url);
        json_text_if("vendor_url", p->vendor_url);
        json_text_if("app_url", p->app_url);
        json_end_object();
    }
    json_end_array();
}

static void put_property(const struct property *p)
{
    char rule[OVF_VALUE_RULE_MAX];

    json_object(NULL);
    json_text("name", p->name);
    json_text("key", p->ovf->key);
    json_text_if("class", p->product->class);
    json_text_if("instance", p->product->instance);
    json_text("type", p->ovf->type);
    json_text_if("qualifiers", p->ovf->qualifiers);
    json_text_if("rule", ovf_value_rule(p->ovf, rule, sizeof(rule)));
    put_message("category", &p->ovf->category);
    put_message("label", &p->ovf->label);
    put_message("description", &p->ovf->description);
    json_flag("user_configurable", p->ovf->user_configurable);
    json_flag("password", p->ovf->password);
    json_flag("needs_value", property_is_missing(p));
    if (!p->ovf->password)
        json_text("value", p->value);
    json_text("origin", p->origin);
    json_end_object();
}

static void put_range(const char *name, const struct ovf_hardware *h, uint32_t type,
                      const char *option)
{
    struct ovf_range range;

    ovf_find_range(h, type, option, &range);
    json_object(name);
    put_known("least", range.least);
    json_number("normal", range.normal);
    put_known("most", range.most);
    json_end_object();
}

static void put_ports(const struct plan *plan)
{
    const struct ovf_hardware *h = plan->hardware;

    json_array("network_ports");
    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *item = &h->items[i];
        if (item->type != OVF_ETHERNET || !ovf_item_counts(h, item, plan->option))
            continue;
        json_object(NULL);
        json_text_if("name", item->name);
        if (item->connection_count)
            json_text("network", item->connections[0]);
        json_text_if("address", item->address);
        json_flag("required", item->required);
        json_end_object();
    }
    json_end_array();
}

static void put_hardware(const struct plan *plan)
{
    if (!plan->hardware)
        return;
    json_object("hardware");
    put_range("processors", plan->hardware, OVF_PROCESSOR, plan->option);
    put_range("memory", plan->hardware, OVF_MEMORY, plan->option);
    put_ports(plan);
    json_end_object();
}

static void put_disk(const struct plan_disk *d)
{
    json_object(NULL);
    json_text("name", d->name);
    json_text_if("id", d->id);
    json_flag("boot", d->is_boot);
    json_flag("blank", d->is_blank);
    if (d->capacity)
        json_number("capacity", d->capacity);
    if (d->fault.code != OK)
        json_text("fault", d->fault.text);
    if (d->fault.code == OK)
        json_text("format", d->format);
    if (d->sector_size)
        json_number("sector_size", d->sector_size);
    if (d->is_boot && d->fault.code == OK && d->looked_inside) {
        if (d->no_loader.code == OK)
            json_text("loader", d->loader.path);
        else
            json_text("no_loader", d->no_loader.text);
    }
    json_end_object();
}

static void put_images(const struct plan *plan)
{
    struct ovf_drive drive;

    json_array("images");
    for (size_t at = 0; media_next(plan, &at, &drive);) {
        json_object(NULL);
        json_text("name", media_image(plan, &drive));
        if (drive.file != OVF_NONE)
            json_text("file", plan->ovf.files[drive.file].id);
        json_text("drive", media_drive(&drive));
        json_end_object();
    }
    json_end_array();
}

static void put_environment_files(const struct plan *plan)
{
    const struct ovf_system *s = plan->system;

    json_array("environment_files");
    for (size_t i = 0; i < s->environment_file_count; i++) {
        json_object(NULL);
        json_text("path", s->environment_files[i].path);
        if (s->environment_files[i].file != OVF_NONE)
            json_text("file", plan->ovf.files[s->environment_files[i].file].id);
        json_end_object();
    }
    json_end_array();
}

static void put_texts(const struct plan *plan)
{
    const struct ovf_system *s = plan->system;
    size_t licences = 0;

    for (size_t i = plan->system_index; i != OVF_NONE; i = plan->ovf.systems[i].parent)
        licences += plan->ovf.systems[i].eula_count;
    json_number("licences", licences);
    json_array("annotations");
    for (size_t i = 0; i < s->annotation_count; i++)
        put_message(NULL, &s->annotations[i]);
    json_end_array();
    if (s->os.given) {
        json_object("os");
        json_number("id", s->os.id);
        put_message("description", &s->os.description);
        json_text_if("version", s->os.version);
        json_text_if("vmware_type", s->os.vmware_type);
        json_end_object();
    }
    if (s->firmware != OVF_FIRMWARE_UNSAID)
        json_text("firmware", s->firmware == OVF_FIRMWARE_EFI ? "efi" : "bios");
}

static void put_system(const struct inspected_system *system)
{
    const struct plan *plan = &system->plan;

    the_plan = plan;
    json_object(NULL);
    json_text("id", plan->system->id);
    put_message("name", &plan->system->name);
    json_text("title", plan->title);
    if (plan->system->parent != OVF_NONE)
        json_text("collection", plan->ovf.systems[plan->system->parent].id);
    if (plan->option)
        json_text("option", plan->option);
    put_texts(plan);
    put_products(plan->system);
    json_array("properties");
    for (size_t i = 0; i < plan->properties.count; i++)
        put_property(&plan->properties.at[i]);
    json_end_array();
    put_hardware(plan);
    json_array("disks");
    for (size_t i = 0; i < plan->count; i++)
        put_disk(&plan->disks[i]);
    json_end_array();
    if (system->no_disks.code != OK)
        json_text("no_disks", system->no_disks.text);
    put_images(plan);
    put_environment_files(plan);
    report_notes(plan->notes, plan->note_count);
    json_end_object();
}

static void put_machine(const struct machine *m)
{
    json_object("machine");
    json_text_if("name", m->name);
    json_text("arch", m->arch == GUEST_X86_64 ? "x86_64" : "aarch64");
    if (m->processors)
        json_number("processors", m->processors);
    if (m->memory)
        json_number("memory", m->memory);
    if (m->ports != MACHINE_PORTS_UNKNOWN)
        json_number("ports", m->ports);
    json_end_object();
}

static void put_plan(const struct inspected *what)
{
    json_object("plan");
    put_machine(&what->machine->machine);
    json_array("needs");
    for (size_t i = 0; i < what->needs.count; i++) {
        json_object(NULL);
        json_flag("must", what->needs.at[i].must);
        json_flag("met", what->needs.at[i].met);
        json_text("text", what->needs.at[i].text);
        json_end_object();
    }
    json_end_array();
    json_array("targets");
    for (size_t i = 0; what->machine->count && i < what->systems[0].plan.count; i++)
        json_text(NULL, what->targets[i].text);
    json_end_array();
    json_flag("does", what->verdict.code == OK);
    if (what->verdict.code != OK) {
        json_text("message", what->verdict.text);
        json_text("advice", err_advice(what->verdict.code));
    }
    json_end_object();
}

void inspect_json(const struct inspected *what)
{
    static const char *const versions[] = {"0.9", "1", "2"};
    const struct plan *plan = what->open;

    the_plan = plan;
    json_object(NULL);
    json_text("package", what->file);
    json_object("descriptor");
    json_text("file", plan->package->descriptor);
    json_text("version", versions[plan->ovf.version]);
    json_digest("sha256", DIGEST_SHA256, plan->proof.descriptor_digest);
    json_flag("in_manifest", plan->descriptor.count > 0);
    json_end_object();
    report_signature(&plan->proof.verdict);
    put_references(&plan->ovf);
    put_choices(&plan->ovf);
    json_array("systems");
    for (size_t i = 0; i < what->count; i++)
        put_system(&what->systems[i]);
    json_end_array();
    if (what->planned)
        put_plan(what);
    json_end_object();
}
