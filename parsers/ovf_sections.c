/* The sections of a virtual system, and the smaller ones among them. */
#include <string.h>

#include "base/text.h"
#include "parsers/ovf_read.h"

static enum err read_os(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                        struct error *e)
{
    const char *id = xml_attribute(node, XML_OVF, "id");
    uint64_t number = 0;

    /* One that is no number in range says as little as 0, "Unknown". */
    if (id && text_to_u64(id, strlen(id), &number) && number <= UINT16_MAX)
        s->os.id = (uint16_t)number;
    s->os.given = true;
    s->os.line = node->line;
    TRY(read_attribute(r, node, "version", &s->os.version, e));
    TRY(read_text(r, xml_attribute(node, XML_VMW, "osType"), &s->os.vmware_type, e));
    return read_message(r, xml_child(node, "Description"), &s->os.description, e);
}

static enum err read_eula(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                          struct error *e)
{
    return read_message(r, xml_child(node, "License"), &s->eulas[s->eula_count++], e);
}

static enum err read_annotation(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                                struct error *e)
{
    return read_message(r, xml_child(node, "Annotation"), &s->annotations[s->annotation_count++],
                        e);
}

static enum err read_small(const struct xml_node *node, const char *name, uint32_t missing,
                           uint32_t *out, struct error *e)
{
    uint64_t number;

    TRY(read_number(node, name, xml_attribute(node, XML_OVF, name), missing, &number, e));
    *out = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
    return OK;
}

static enum err read_startup(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                             struct error *e)
{
    for (const struct xml_node *n = xml_child(node, "Item"); n; n = xml_sibling(n, "Item")) {
        struct ovf_startup *item = &s->startup[s->startup_count++];
        item->line = n->line;
        item->waiting_for_guest = read_flag(xml_attribute(n, XML_OVF, "waitingForGuest"), false);
        TRY(read_attribute(r, n, "id", &item->id, e));
        TRY(read_small(n, "order", 0, &item->order, e));
        TRY(read_small(n, "startDelay", 0, &item->start_delay, e));
        TRY(read_attribute(r, n, "startAction", &item->start_action, e));
        if (!*item->start_action)
            item->start_action = "powerOn";
    }
    return OK;
}

static enum err read_install(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                             struct error *e)
{
    (void)r;
    s->has_install = true;
    return read_small(node, "initialBootStopDelay", 0, &s->install_stop_delay, e);
}

/* The first from node on in that namespace with that name. */
static const struct xml_node *in_space(const struct xml_node *node, enum xml_space space,
                                       const char *name)
{
    while (node && (node->space != space || strcmp(node->name, name) != 0))
        node = node->next;
    return node;
}

/* How many sources all BootDeviceSections name. */
static size_t count_sources(const struct xml_node *section)
{
    const struct xml_node *config = in_space(section->first, XML_BOOTC, "CIM_BootConfigSetting");
    size_t count = 0;

    if (config)
        for (const struct xml_node *n = config->first; n; n = n->next)
            count += n->space == XML_BOOTS && strcmp(n->name, "CIM_BootSourceSetting") == 0;
    return count;
}

static enum err read_boot(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                          struct error *e)
{
    const char *const name = "CIM_BootSourceSetting";
    const struct xml_node *n = in_space(node->first, XML_BOOTC, "CIM_BootConfigSetting");

    for (n = n ? in_space(n->first, XML_BOOTS, name) : NULL; n;
         n = in_space(n->next, XML_BOOTS, name)) {
        const struct xml_node *id = in_space(n->first, XML_BOOTS, "InstanceID");
        const struct xml_node *device = in_space(n->first, XML_BOOTS, "StructuredBootString");
        struct ovf_boot_source *source = &s->boot[s->boot_count++];
        source->line = n->line;
        TRY(read_text(r, id ? id->text : NULL, &source->instance, e));
        TRY(read_text(r, device ? device->text : NULL, &source->device, e));
    }
    return OK;
}

static enum err read_vmware_boot(struct reader *r, const struct xml_node *node,
                                 struct ovf_system *s, struct error *e)
{
    struct ovf_boot_source *source = &s->boot[s->boot_count++];

    source->line = node->line;
    TRY(read_text(r, xml_attribute(node, XML_VMW, "instanceId"), &source->instance, e));
    return read_text(r, xml_attribute(node, XML_VMW, "type"), &source->device, e);
}

static enum err read_allocation(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                                struct error *e)
{
    return read_items(r, node, &s->allocation, &s->allocation_count, e);
}

static enum err read_environment_files(struct reader *r, const struct xml_node *node,
                                       struct ovf_system *s, struct error *e)
{
    for (const struct xml_node *n = xml_child(node, "File"); n; n = xml_sibling(n, "File")) {
        struct ovf_environment_file *f = &s->environment_files[s->environment_file_count++];
        const char *id = xml_attribute(n, XML_OVF, "fileRef");
        f->line = n->line;
        f->file = id ? find_file(r->ovf, id) : OVF_NONE;
        TRY(read_attribute(r, n, "path", &f->path, e));
    }
    return OK;
}

/* default is required by the schema; without it the fewest will do. */
static enum err read_scale_out(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                               struct error *e)
{
    const char *const name = "InstanceCount";

    for (const struct xml_node *n = xml_child(node, name); n; n = xml_sibling(n, name)) {
        struct ovf_scale *scale = &s->scales[s->scale_count++];
        scale->line = n->line;
        TRY(read_small(n, "minimum", 1, &scale->least, e));
        TRY(read_small(n, "default", scale->least, &scale->usual, e));
        TRY(read_small(n, "maximum", UINT32_MAX, &scale->most, e));
        TRY(read_words(r, n, xml_attribute(n, XML_OVF, "configuration"), &scale->configurations,
                       e));
    }
    return OK;
}

enum err read_placement_groups(struct reader *r, const struct xml_node *root, struct error *e)
{
    const char *const name = "PlacementGroupSection";
    struct ovf *o = r->ovf;

    TRY(TAKE(r->arena, xml_count(root, name), &o->placement_groups, e));
    for (const struct xml_node *n = xml_child(root, name); n; n = xml_sibling(n, name)) {
        struct ovf_placement_group *group = &o->placement_groups[o->placement_group_count++];
        group->line = n->line;
        TRY(read_attribute(r, n, "id", &group->id, e));
        TRY(read_attribute(r, n, "policy", &group->policy, e));
        TRY(read_message(r, xml_child(n, "Description"), &group->description, e));
    }
    return OK;
}

static enum err read_placement(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                               struct error *e)
{
    return read_attribute(r, node, "group", &s->placement_group, e);
}

/* The first from node on with that name in any namespace: what is inside of vbox:Machine has no
 * prefix, and so takes part in whichever namespace is the default. */
static const struct xml_node *named(const struct xml_node *node, const char *name)
{
    while (node && strcmp(node->name, name) != 0)
        node = node->next;
    return node;
}

/* vbox:Machine/Hardware/Firmware type="EFI"; a VirtualBox machine without it has a BIOS. */
static enum err read_virtualbox(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                                struct error *e)
{
    const struct xml_node *hardware = named(node->first, "Hardware");
    const struct xml_node *firmware = hardware ? named(hardware->first, "Firmware") : NULL;
    const char *type = firmware ? xml_attribute(firmware, XML_OVF, "type") : NULL;

    (void)r;
    (void)e;
    if (hardware)
        s->firmware = type && text_starts(type, "EFI") ? OVF_FIRMWARE_EFI : OVF_FIRMWARE_BIOS;
    return OK;
}

static const struct section {
    enum xml_space space;
    const char *name;
    unsigned places;
    enum err (*read)(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                     struct error *e);
} sections[] = {
    {XML_OVF, "ProductSection", IN_ENVELOPE | IN_SYSTEM | IN_COLLECTION, read_product},
    {XML_OVF, "EulaSection", IN_ENVELOPE | IN_SYSTEM | IN_COLLECTION, read_eula},
    {XML_OVF, "AnnotationSection", IN_ENVELOPE | IN_SYSTEM | IN_COLLECTION, read_annotation},
    {XML_OVF, "StartupSection", IN_ENVELOPE | IN_COLLECTION, read_startup},
    {XML_OVF, "OperatingSystemSection", IN_SYSTEM, read_os},
    {XML_OVF, "InstallSection", IN_SYSTEM, read_install},
    {XML_OVF, "BootDeviceSection", IN_SYSTEM, read_boot},
    {XML_OVF, "EnvironmentFilesSection", IN_SYSTEM, read_environment_files},
    {XML_OVF, "VirtualHardwareSection", IN_SYSTEM, read_hardware},
    {XML_OVF, "ResourceAllocationSection", IN_COLLECTION, read_allocation},
    {XML_OVF, "ScaleOutSection", IN_SYSTEM | IN_COLLECTION, read_scale_out},
    {XML_OVF, "PlacementSection", IN_SYSTEM | IN_COLLECTION, read_placement},
    {XML_VMW, "BootOrderSection", IN_SYSTEM, read_vmware_boot},
    {XML_VBOX, "Machine", IN_SYSTEM, read_virtualbox},
};

static bool is_section(const struct xml_node *node, const struct section *section)
{
    return section->space == XML_OVF
               ? xml_is(node, section->name)
               : node->space == section->space && strcmp(node->name, section->name) == 0;
}

unsigned section_places(const struct xml_node *node)
{
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        if (is_section(node, &sections[i]))
            return sections[i].places;
    return 0;
}

/* Room for all that the sections below node can hold. */
static enum err take_lists(struct reader *r, const struct xml_node *const *nodes, size_t count,
                           struct ovf_system *s, struct error *e)
{
    size_t products = 0, eulas = 0, annotations = 0, startup = 0, boot = 0, files = 0, hardware = 0;
    size_t scales = 0;

    for (size_t i = 0; i < count; i++) {
        for (const struct xml_node *n = nodes[i]->first; n; n = n->next) {
            products += xml_is(n, "ProductSection");
            eulas += xml_is(n, "EulaSection");
            annotations += xml_is(n, "AnnotationSection");
            hardware += xml_is(n, "VirtualHardwareSection");
            startup += xml_is(n, "StartupSection") ? xml_count(n, "Item") : 0;
            files += xml_is(n, "EnvironmentFilesSection") ? xml_count(n, "File") : 0;
            scales += xml_is(n, "ScaleOutSection") ? xml_count(n, "InstanceCount") : 0;
            boot += xml_is(n, "BootDeviceSection") ? count_sources(n) : 0;
            boot += n->space == XML_VMW && strcmp(n->name, "BootOrderSection") == 0;
        }
    }
    TRY(TAKE(r->arena, products, &s->products, e));
    TRY(TAKE(r->arena, eulas, &s->eulas, e));
    TRY(TAKE(r->arena, annotations, &s->annotations, e));
    TRY(TAKE(r->arena, hardware, &s->hardware, e));
    TRY(TAKE(r->arena, startup, &s->startup, e));
    TRY(TAKE(r->arena, files, &s->environment_files, e));
    TRY(TAKE(r->arena, scales, &s->scales, e));
    return TAKE(r->arena, boot, &s->boot, e);
}

static enum err read_below(struct reader *r, const struct xml_node *node, unsigned place,
                           struct ovf_system *s, struct error *e)
{
    for (const struct xml_node *n = node->first; n; n = n->next)
        for (size_t i = 0; i < COUNT_OF(sections); i++)
            if (is_section(n, &sections[i]) && (sections[i].places & place))
                TRY(sections[i].read(r, n, s, e));
    return OK;
}

enum err read_sections(struct reader *r, const struct xml_node *node,
                       const struct xml_node *envelope, struct ovf_system *s, struct error *e)
{
    const struct xml_node *nodes[] = {node, envelope};

    TRY(take_lists(r, nodes, envelope ? 2 : 1, s, e));
    TRY(read_below(r, node, s->is_collection ? IN_COLLECTION : IN_SYSTEM, s, e));
    return envelope ? read_below(r, envelope, IN_ENVELOPE, s, e) : OK;
}
