/* A descriptor of any bytes, and its drives. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/ovf_drives.h"
#include "parsers/ovf_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    assert(text && utf8_valid(text, strlen(text)));
}

static void check_message(const struct ovf_message *message)
{
    check_text(message->text);
    check_text(message->id);
}

static void check_file_of(const struct ovf_message *message, size_t count)
{
    check_message(message);
    assert(message->file == OVF_NONE || message->file < count);
}

/* The same bytes as a bundle of translations. */
static void check_bundle(struct bytes text, struct arena a, struct arena scratch)
{
    struct error error = {.code = OK};
    struct ovf_bundle bundle;

    if (ovf_parse_bundle(text, &a, scratch, &bundle, &error) != OK) {
        assert(error.text[0]);
        check_text(error.text);
        return;
    }
    assert(bundle.file == OVF_NONE);
    check_text(bundle.language);
    for (size_t i = 0; i < bundle.message_count; i++)
        check_message(&bundle.messages[i]);
}

static void check_index(size_t index, size_t count)
{
    assert(index == OVF_NONE || index < count);
}

static void check_parts(const struct ovf *o)
{
    assert(o->file_count <= OVF_FILES_MAX && o->disk_count <= OVF_DISKS_MAX);
    for (size_t i = 0; i < o->file_count; i++) {
        assert(o->files[i].id[0] && o->files[i].href[0] && o->files[i].line);
        check_text(o->files[i].href);
        check_text(o->files[i].compression_name);
    }
    for (size_t i = 0; i < o->disk_count; i++) {
        const struct ovf_disk *disk = &o->disks[i];
        check_text(disk->id);
        check_text(disk->format);
        check_index(disk->file, o->file_count);
        assert(disk->capacity == OVF_UNKNOWN || disk->capacity <= INT64_MAX);
        assert(!disk->capacity_property || disk->capacity == OVF_UNKNOWN);
        assert(disk->capacity_unit);
    }
    for (size_t i = 0; i < o->bundle_count; i++)
        check_index(o->bundles[i].file, o->file_count);
    for (size_t i = 0; i < o->placement_group_count; i++)
        check_message(&o->placement_groups[i].description);
    for (size_t i = 0; i < o->skipped_count; i++)
        check_text(o->skipped[i].name);
}

static void check_value(const struct ovf_property *property)
{
    struct error error = {.code = OK};
    char rule[OVF_VALUE_RULE_MAX];

    check_text(ovf_value_rule(property, rule, sizeof(rule)));
    if (ovf_check_value(property, property->value, &error) != OK)
        check_text(error.text);
}

static void check_product(const struct ovf *o, const struct ovf_product *product)
{
    char name[64];

    check_message(&product->product);
    for (size_t i = 0; i < product->property_count; i++) {
        const struct ovf_property *property = &product->properties[i];
        check_text(property->key);
        check_text(property->value);
        check_message(&property->category);
        check_text(ovf_say(o, &property->label, "de-DE"));
        check_text(ovf_property_default(property, "a"));
        check_value(property);
        if (ovf_property_name(product, property, name, sizeof(name)))
            assert(strlen(name) >= strlen(property->key));
    }
}

/* An image in a drive is one of the files, or is not there; no disk is one. */
static void check_image(const struct ovf *o, const struct ovf_item *item)
{
    struct ovf_drive drive;

    if (!ovf_has_image(o, item, &drive))
        return;
    check_index(drive.file, o->file_count);
    assert(drive.item == item && item->host_resource_count && !ovf_is_disk(item));
}

static void check_hardware(const struct ovf *o, const struct ovf_hardware *hardware)
{
    assert(hardware->item_count <= OVF_ITEMS_MAX);
    for (size_t i = 0; i < hardware->item_count; i++) {
        const struct ovf_item *item = &hardware->items[i];
        check_text(item->instance);
        check_text(item->name);
        check_text(item->address_on_parent);
        for (size_t j = 0; j < item->host_resource_count; j++)
            assert(item->host_resources[j][0]);
        check_text(ovf_resource_name(item->type));
        check_image(o, item);
    }
    for (uint32_t type = OVF_PROCESSOR; type <= OVF_MEMORY; type++) {
        struct ovf_range range;
        ovf_find_range(hardware, type, "a", &range);
        assert(range.normal == ovf_quantity(hardware, type, "a"));
        assert(range.least == OVF_UNKNOWN || range.least <= range.normal);
        assert(range.most >= range.normal || range.normal == UINT64_MAX);
    }
}

static void check_drives(const struct ovf *o, size_t system, struct arena a)
{
    const struct ovf_option *option = ovf_default_option(o);
    struct ovf_drives drives;
    struct error error;

    if (ovf_list_drives(o, system, option ? option->id : NULL, &a, &drives, &error) != OK) {
        check_text(error.text);
        return;
    }
    assert(drives.count ? drives.boot < drives.count : !ovf_boot_disk(&drives));
    for (size_t i = 0; i < drives.count; i++) {
        check_index(drives.at[i].disk, o->disk_count);
        check_index(drives.at[i].file, o->file_count);
        assert(ovf_is_disk(drives.at[i].item));
    }
}

static void check_system(const struct ovf *o, size_t i, struct arena a)
{
    const struct ovf_system *s = &o->systems[i];

    check_text(s->id);
    check_message(&s->name);
    check_message(&s->os.description);
    assert(s->parent == OVF_NONE || (s->parent < i && o->systems[s->parent].is_collection));
    for (size_t j = 0; j < s->product_count; j++)
        check_product(o, &s->products[j]);
    for (size_t j = 0; j < s->hardware_count; j++)
        check_hardware(o, &s->hardware[j]);
    for (size_t j = 0; j < s->eula_count; j++)
        check_file_of(&s->eulas[j], o->file_count);
    for (size_t j = 0; j < s->startup_count; j++)
        check_text(s->startup[j].start_action);
    for (size_t j = 0; j < s->environment_file_count; j++)
        check_index(s->environment_files[j].file, o->file_count);
    check_drives(o, i, a);
    (void)ovf_find_system(o, s->id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[2][2 << 20];
    struct arena a, scratch;
    struct error error = {.code = OK};
    struct ovf o;

    arena_init(&a, memory[0], sizeof(memory[0]), "fuzzing");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "fuzzing's scratch");
    check_bundle((struct bytes){data, size}, a, scratch);
    if (ovf_parse((struct bytes){data, size}, &a, scratch, &o, &error) != OK) {
        assert(error.text[0]);
        check_text(error.text);
        return 0;
    }
    assert(o.system_count && o.system_count <= OVF_SYSTEMS_MAX);
    check_parts(&o);
    for (size_t i = 0; i < o.system_count; i++)
        check_system(&o, i, a);
    return 0;
}
