#include "parsers/ovf_hardware.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/ovf_read.h"

/* Below this a memory of plain bytes means mebibytes: no guest runs in less, and old tools left
 * the unit out. */
#define PLAIN_BYTES_MIN (4u << 20)

/* True for a child of an item that a CIM class defines.  Real files write them in the namespace
 * of another class, or in none. */
static bool is_field(const struct xml_node *node)
{
    return node->space == XML_RASD || node->space == XML_SASD || node->space == XML_EPASD ||
           node->space == XML_VSSD || node->space == XML_OVF || node->space == XML_NO_SPACE;
}

/* The next field of that name from node on.  InstanceId is InstanceID to half of the old files. */
static const struct xml_node *next_field(const struct xml_node *node, const char *name)
{
    while (node && !(is_field(node) && text_same(node->name, name)))
        node = node->next;
    return node;
}

bool is_item_field(const struct xml_node *node)
{
    static const char *const names[] = {
        "Address",
        "AddressOnParent",
        "AllocationUnits",
        "AutomaticAllocation",
        "BusNumber",
        "AutomaticDeallocation",
        "Caption",
        "ChangeableType",
        "Connection",
        "ConsumerVisibility",
        "Description",
        "ElementName",
        "HostResource",
        "InstanceID",
        "Limit",
        "MappingBehavior",
        "OtherResourceType",
        "Parent",
        "PoolID",
        "Reservation",
        "ResourceSubType",
        "ResourceType",
        "VirtualQuantity",
        "VirtualQuantityUnits",
        "Weight",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (is_field(node) && text_same(node->name, names[i]))
            return true;
    return false;
}

static bool is_blank(const char *text)
{
    while (text_is_space(*text))
        text++;
    return !*text;
}

static const char *field(const struct xml_node *item, const char *name)
{
    const struct xml_node *node = next_field(item->first, name);

    return node ? node->text : NULL;
}

/* Every field of that name, without the empty ones. */
static enum err read_list(struct reader *r, const struct xml_node *item, const char *name,
                          const char *const **out, size_t *count, struct error *e)
{
    const char **list;
    size_t most = 0;

    *count = 0;
    for (const struct xml_node *n = next_field(item->first, name); n; n = next_field(n->next, name))
        most++;
    TRY(TAKE(r->arena, most, &list, e));
    for (const struct xml_node *n = next_field(item->first, name); n;
         n = next_field(n->next, name)) {
        TRY(read_text(r, n->text, &list[*count], e));
        *count += *list[*count] != '\0';
    }
    *out = list;
    return OK;
}

static enum err read_bound(const struct xml_node *node, enum ovf_bound *out, struct error *e)
{
    const char *bound = xml_attribute(node, XML_OVF, "bound");

    *out = OVF_NORMAL;
    if (!bound || text_same(bound, "normal"))
        return OK;
    if (text_same(bound, "min"))
        *out = OVF_MIN;
    else if (text_same(bound, "max"))
        *out = OVF_MAX;
    else
        return fail(e, ERR_DAMAGED, "line %u: %s: bound %s is neither min, max nor normal",
                    node->line, node->written, bound);
    return OK;
}

bool ovf_is_disk(const struct ovf_item *item)
{
    return item->type == OVF_DISK_DRIVE || item->type == OVF_LOGICAL_DISK ||
           item->type == OVF_STORAGE_VOLUME;
}

/* CIM 2.21 gave VirtualQuantity a unit of its own; before, AllocationUnits was the unit of both. */
static const char *units_of(const struct xml_node *item)
{
    const char *units = field(item, "VirtualQuantityUnits");

    return units && !is_blank(units) ? units : field(item, "AllocationUnits");
}

static bool same_field(const struct xml_node *a, const struct xml_node *b, const char *name)
{
    const char *x = field(a, name), *y = field(b, name);

    return strcmp(x ? x : "", y ? y : "") == 0;
}

/* A marker may hold nothing but what it bounds: its unit is then that of the item. */
static const char *units_of_range(const struct xml_node *marker)
{
    for (const struct xml_node *n = marker->parent->first; n; n = n->next)
        if (n->space == marker->space && strcmp(n->name, marker->name) == 0 && units_of(n) &&
            same_field(n, marker, "InstanceID") && same_field(n, marker, "ResourceType"))
            return units_of(n);
    return NULL;
}

static enum err scale_quantity(const struct xml_node *node, struct ovf_item *out, struct error *e)
{
    uint64_t bytes;

    if (!read_unit(out->units, &bytes)) {
        if (out->type != OVF_MEMORY)
            return OK;
        return fail(e, ERR_DAMAGED, "line %u: %s: memory in %s, which is no unit of bytes",
                    node->line, node->written, out->units);
    }
    if (out->type == OVF_MEMORY && !*out->units && out->quantity < PLAIN_BYTES_MIN)
        bytes = 1u << 20;
    if (!mul_fits(out->quantity, bytes, &out->quantity) || out->quantity == OVF_UNKNOWN)
        return fail(e, ERR_DAMAGED, "line %u: %s: VirtualQuantity is over 2^64 bytes", node->line,
                    node->written);
    return OK;
}

/* Markers of memory bound its Reservation where they have no VirtualQuantity: those of VMware's
 * tests do (valid_bound.ovf; tests/unit/test_ovf_range.c). */
static enum err read_quantity(struct reader *r, const struct xml_node *node, struct ovf_item *out,
                              struct error *e)
{
    const char *units = units_of(node);
    bool is_marker = out->bound != OVF_NORMAL && out->type == OVF_MEMORY;

    TRY(read_text(r, units || !is_marker ? units : units_of_range(node), &out->units, e));
    TRY(read_number(node, "VirtualQuantity", field(node, "VirtualQuantity"), OVF_UNKNOWN,
                    &out->quantity, e));
    if (is_marker && out->quantity == OVF_UNKNOWN)
        out->quantity = out->reservation;
    if (out->quantity == OVF_UNKNOWN || (out->type != OVF_MEMORY && !ovf_is_disk(out)))
        return OK;
    return scale_quantity(node, out, e);
}

static enum err read_fields(struct reader *r, const struct xml_node *node, struct ovf_item *out,
                            struct error *e)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"InstanceID", &out->instance},
        {"ElementName", &out->name},
        {"OtherResourceType", &out->other_type},
        {"Description", &out->description},
        {"Parent", &out->parent},
        {"Address", &out->address},
        {"AddressOnParent", &out->address_on_parent},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        TRY(read_text(r, field(node, texts[i].name), texts[i].to, e));
    if (!*out->name)
        TRY(read_text(r, field(node, "Caption"), &out->name, e));
    TRY(read_words(r, node, field(node, "ResourceSubType"), &out->subtypes, e));
    TRY(read_list(r, node, "HostResource", &out->host_resources, &out->host_resource_count, e));
    TRY(read_list(r, node, "Connection", &out->connections, &out->connection_count, e));
    TRY(read_number(node, "Reservation", field(node, "Reservation"), OVF_UNKNOWN, &out->reservation,
                    e));
    TRY(read_number(node, "Limit", field(node, "Limit"), OVF_UNKNOWN, &out->limit, e));
    return read_quantity(r, node, out, e);
}

/* A disk of a device of no type would be left out, and nobody would see it. */
static enum err check_type(const struct xml_node *node, const struct ovf_item *item,
                           struct error *e)
{
    if (item->type == 0 && item->host_resource_count && strstr(item->host_resources[0], "disk/"))
        return fail(e, ERR_DAMAGED, "line %u: %s: names %s and has no ResourceType", node->line,
                    node->written, item->host_resources[0]);
    return OK;
}

static enum err read_item(struct reader *r, const struct xml_node *node, enum ovf_item_kind kind,
                          struct ovf_item *out, struct error *e)
{
    uint64_t type;

    *out = (struct ovf_item){.kind = kind, .line = node->line};
    TRY(read_number(node, "ResourceType", field(node, "ResourceType"), 0, &type, e));
    out->type = type > UINT32_MAX ? 0 : (uint32_t)type;
    out->connected = read_flag(field(node, "AutomaticAllocation"), true);
    out->required = read_flag(xml_attribute(node, XML_OVF, "required"), true);
    TRY(read_bound(node, &out->bound, e));
    TRY(read_words(r, node, xml_attribute(node, XML_OVF, "configuration"), &out->configurations,
                   e));
    TRY(read_fields(r, node, out, e));
    return check_type(node, out, e);
}

static bool item_kind(const struct xml_node *node, enum ovf_item_kind *out)
{
    *out = xml_is(node, "StorageItem")        ? OVF_STORAGE_ITEM
           : xml_is(node, "EthernetPortItem") ? OVF_ETHERNET_ITEM
                                              : OVF_ITEM;
    return *out != OVF_ITEM || xml_is(node, "Item");
}

enum err read_items(struct reader *r, const struct xml_node *section, struct ovf_item **items,
                    size_t *count, struct error *e)
{
    enum ovf_item_kind kind;
    size_t most = 0;

    *count = 0;
    for (const struct xml_node *n = section->first; n; n = n->next)
        most += item_kind(n, &kind);
    if (most > OVF_ITEMS_MAX)
        return fail(e, ERR_TOO_BIG, "line %u: %s: %zu items, and %u are the most", section->line,
                    section->written, most, OVF_ITEMS_MAX);
    TRY(TAKE(r->arena, most, items, e));
    for (const struct xml_node *n = section->first; n; n = n->next)
        if (item_kind(n, &kind))
            TRY(read_item(r, n, kind, &(*items)[(*count)++], e));
    return OK;
}

static bool is_hint(const struct xml_node *node)
{
    return node->space == XML_VMW &&
           (strcmp(node->name, "Config") == 0 || strcmp(node->name, "ExtraConfig") == 0);
}

static enum err read_hints(struct reader *r, const struct xml_node *node, struct ovf_hardware *out,
                           struct error *e)
{
    size_t most = 0;

    for (const struct xml_node *n = node->first; n; n = n->next)
        most += is_hint(n);
    TRY(TAKE(r->arena, most, &out->hints, e));
    for (const struct xml_node *n = node->first; n; n = n->next) {
        if (!is_hint(n))
            continue;
        struct ovf_hint *hint = &out->hints[out->hint_count++];
        hint->line = n->line;
        TRY(read_text(r, xml_attribute(n, XML_VMW, "key"), &hint->key, e));
        TRY(read_text(r, xml_attribute(n, XML_VMW, "value"), &hint->value, e));
    }
    return OK;
}

static void take_firmware(const struct ovf_hardware *h, struct ovf_system *s)
{
    for (size_t i = 0; i < h->hint_count; i++) {
        const struct ovf_hint *hint = &h->hints[i];
        if (strcmp(hint->key, "firmware") == 0)
            s->firmware = text_same(hint->value, "efi")    ? OVF_FIRMWARE_EFI
                          : text_same(hint->value, "bios") ? OVF_FIRMWARE_BIOS
                                                           : OVF_FIRMWARE_UNSAID;
        if (text_ends(hint->key, "efiSecureBootEnabled"))
            s->secure_boot = read_flag(hint->value, false);
    }
}

enum err read_hardware(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                       struct error *e)
{
    const struct xml_node *system = xml_child(node, "System");
    struct ovf_hardware *out = &s->hardware[s->hardware_count++];

    out->line = node->line;
    out->required = read_flag(xml_attribute(node, XML_OVF, "required"), true);
    TRY(read_attribute(r, node, "id", &out->id, e));
    TRY(read_words(r, node, xml_attribute(node, XML_OVF, "transport"), &out->transports, e));
    TRY(read_words(r, node, system ? field(system, "VirtualSystemType") : NULL, &out->system_types,
                   e));
    TRY(read_items(r, node, &out->items, &out->item_count, e));
    TRY(check_ranges(out, e));
    TRY(read_hints(r, node, out, e));
    take_firmware(out, s);
    return OK;
}

const char *ovf_resource_name(uint32_t type)
{
    static const char *const names[] = {
        [1] = "other device",
        [OVF_PROCESSOR] = "processor",
        [OVF_MEMORY] = "memory",
        [OVF_IDE] = "IDE controller",
        [OVF_SCSI] = "SCSI controller",
        [7] = "Fibre Channel adapter",
        [8] = "iSCSI adapter",
        [9] = "InfiniBand adapter",
        [OVF_ETHERNET] = "network port",
        [11] = "other network port",
        [12] = "I/O slot",
        [13] = "I/O device",
        [OVF_FLOPPY] = "floppy drive",
        [OVF_CD] = "CD drive",
        [OVF_DVD] = "DVD drive",
        [OVF_DISK_DRIVE] = "disk",
        [18] = "tape drive",
        [19] = "storage extent",
        [OVF_OTHER_STORAGE] = "storage controller",
        [21] = "serial port",
        [22] = "parallel port",
        [23] = "USB controller",
        [24] = "graphics controller",
        [25] = "FireWire controller",
        [OVF_LOGICAL_DISK] = "disk",
        [OVF_STORAGE_VOLUME] = "disk",
        [33] = "network port",
        [35] = "sound card",
    };

    return type < COUNT_OF(names) && names[type] ? names[type] : "device";
}

/* DSP0243 1.1.0, "DeploymentOptionSection": of several items with one InstanceID the one that
 * names the option takes the place of the one that names none. */
bool ovf_item_counts(const struct ovf_hardware *hardware, const struct ovf_item *item,
                     const char *chosen)
{
    if (item->bound != OVF_NORMAL || !ovf_is_chosen(&item->configurations, chosen))
        return false;
    if (item->configurations.count || !chosen || !*item->instance)
        return true;
    for (size_t i = 0; i < hardware->item_count; i++) {
        const struct ovf_item *other = &hardware->items[i];
        if (other->bound == OVF_NORMAL && other->type == item->type &&
            ovf_has_word(&other->configurations, chosen) &&
            strcmp(other->instance, item->instance) == 0)
            return false;
    }
    return true;
}
