#include "parsers/ovf_product.h"

#include <string.h>

#include "base/text.h"
#include "parsers/ovf_read.h"

static enum err read_values(struct reader *r, const struct xml_node *node, struct ovf_property *out,
                            struct error *e)
{
    TRY(TAKE(r->arena, xml_count(node, "Value"), &out->values, e));
    for (const struct xml_node *n = xml_child(node, "Value"); n; n = xml_sibling(n, "Value")) {
        struct ovf_value *v = &out->values[out->value_count++];
        TRY(read_attribute(r, n, "value", &v->value, e));
        TRY(read_words(r, n, xml_attribute(n, XML_OVF, "configuration"), &v->configurations, e));
    }
    return OK;
}

/* A type of the vSphere API: password, password(8..). */
static bool is_password(const char *type)
{
    const char *const name = "password";

    for (size_t i = 0; name[i]; i++)
        if (text_lower(type[i]) != name[i])
            return false;
    return type[strlen(name)] == '\0' || type[strlen(name)] == '(';
}

/* A value is not trimmed: blanks at its ends may be meant. */
static enum err read_property(struct reader *r, const struct xml_node *node,
                              const struct ovf_message *category, struct ovf_property *out,
                              struct error *e)
{
    const char *value = xml_attribute(node, XML_OVF, "value");

    *out = (struct ovf_property){.value = "", .category = *category, .line = node->line};
    out->has_value = value != NULL;
    if (value)
        TRY(arena_text(r->arena, value, strlen(value), &out->value, e));
    TRY(read_attribute(r, node, "key", &out->key, e));
    if (!*out->key)
        return fail(e, ERR_DAMAGED, "line %u: Property without a key", node->line);
    TRY(read_attribute(r, node, "type", &out->type, e));
    TRY(read_attribute(r, node, "qualifiers", &out->qualifiers, e));
    TRY(read_text(r, xml_attribute(node, XML_VMW, "qualifiers"), &out->vendor_qualifiers, e));
    out->user_configurable = read_flag(xml_attribute(node, XML_OVF, "userConfigurable"), false);
    out->password =
        is_password(out->type) || read_flag(xml_attribute(node, XML_OVF, "password"), false);
    TRY(read_message(r, xml_child(node, "Label"), &out->label, e));
    TRY(read_message(r, xml_child(node, "Description"), &out->description, e));
    TRY(read_words(r, node, xml_attribute(node, XML_OVF, "configuration"), &out->configurations,
                   e));
    return read_values(r, node, out, e);
}

/* A Category holds for the properties behind it. */
static enum err read_properties(struct reader *r, const struct xml_node *node,
                                struct ovf_product *out, struct error *e)
{
    struct ovf_message category = OVF_NO_MESSAGE;

    TRY(TAKE(r->arena, xml_count(node, "Property"), &out->properties, e));
    for (const struct xml_node *n = node->first; n; n = n->next) {
        if (xml_is(n, "Category"))
            TRY(read_message(r, n, &category, e));
        if (xml_is(n, "Property"))
            TRY(read_property(r, n, &category, &out->properties[out->property_count++], e));
    }
    return OK;
}

static enum err child_text(struct reader *r, const struct xml_node *node, const char *name,
                           const char **out, struct error *e)
{
    const struct xml_node *child = xml_child(node, name);

    return read_text(r, child ? child->text : NULL, out, e);
}

enum err read_product(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                      struct error *e)
{
    struct ovf_product *out = &s->products[s->product_count++];

    out->line = node->line;
    TRY(read_attribute(r, node, "class", &out->class, e));
    TRY(read_attribute(r, node, "instance", &out->instance, e));
    TRY(read_message(r, xml_child(node, "Info"), &out->info, e));
    TRY(read_message(r, xml_child(node, "Product"), &out->product, e));
    TRY(read_message(r, xml_child(node, "Vendor"), &out->vendor, e));
    TRY(child_text(r, node, "Version", &out->version, e));
    TRY(child_text(r, node, "FullVersion", &out->full_version, e));
    TRY(child_text(r, node, "ProductUrl", &out->product_url, e));
    TRY(child_text(r, node, "VendorUrl", &out->vendor_url, e));
    TRY(child_text(r, node, "AppUrl", &out->app_url, e));
    return read_properties(r, node, out, e);
}

bool ovf_property_name(const struct ovf_product *product, const struct ovf_property *property,
                       char *out, size_t size)
{
    size_t len = strlen(product->class) + strlen(property->key) + strlen(product->instance) + 2;

    if (len >= size)
        return false;
    text_format(out, size, "%s%s%s%s%s", product->class, *product->class ? "." : "", property->key,
                *product->instance ? "." : "", product->instance);
    return true;
}

const char *ovf_property_default(const struct ovf_property *property, const char *chosen)
{
    for (size_t i = 0; chosen && i < property->value_count; i++)
        if (ovf_has_word(&property->values[i].configurations, chosen))
            return property->values[i].value;
    return property->value;
}
