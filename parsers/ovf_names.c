/* Namespaces, which Mini-XML leaves alone: names are matched by URI, never by prefix.
 *
 * Source: Namespaces in XML 1.0, "Namespace Scoping" and "Namespace Defaulting"; the spellings are
 * those found in the field (docs/formats.md). */
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "parsers/ovf_xml.h"

struct known {
    const char *text;
    enum xml_space space;
};

/* Whole URIs; a slash behind the last word makes no difference: oVirt writes one. */
static const struct known uris[] = {
    {"http://schemas.dmtf.org/ovf/envelope/1", XML_OVF},
    {"http://schemas.dmtf.org/ovf/envelope/2", XML_OVF},
    {"http://schemas.dmtf.org/ovf/envelope", XML_OVF},
    {"http://www.vmware.com/schema/ovf/1/envelope", XML_OVF},
    {"http://schemas.dmtf.org/ovf/strings/1", XML_OVF},
    {"http://www.w3.org/2001/XMLSchema-instance", XML_XSI},
    {"http://www.w3.org/XML/1998/namespace", XML_XML},
    {"http://www.w3.org/2001/04/xmlenc#", XML_ENC},
    {"http://www.w3.org/2009/xmlenc11#", XML_ENC},
    {"http://www.vmware.com/schema/ovf", XML_VMW},
    {"http://www.virtualbox.org/ovf/machine", XML_VBOX},
};

/* Names of CIM classes, known by the word alone: real files, and the standard's own example, put
 * ".xsd" behind them or misspell what is in front. */
static const struct known classes[] = {
    {"CIM_ResourceAllocationSettingData", XML_RASD},
    {"CIM_VirtualSystemSettingData", XML_VSSD},
    {"CIM_StorageAllocationSettingData", XML_SASD},
    {"CIM_EthernetPortAllocationSettingData", XML_EPASD},
    {"CIM_BootConfigSetting", XML_BOOTC},
    {"CIM_BootSourceSetting", XML_BOOTS},
};

/* What a prefix means when nobody declared it, as Home Assistant's releases do with vmw. */
static const struct known prefixes[] = {
    {"xml", XML_XML},   {"ovf", XML_OVF},   {"ovfstr", XML_OVF}, {"xsi", XML_XSI},
    {"rasd", XML_RASD}, {"vssd", XML_VSSD}, {"sasd", XML_SASD},  {"epasd", XML_EPASD},
    {"vmw", XML_VMW},   {"vbox", XML_VBOX},
};

static bool same(const char *text, size_t len, const char *known)
{
    return strlen(known) == len && memcmp(text, known, len) == 0;
}

static enum xml_space space_of_uri(const char *uri)
{
    size_t len = strlen(uri);

    if (len == 0)
        return XML_NO_SPACE;
    if (uri[len - 1] == '/')
        len--;
    for (size_t i = 0; i < COUNT_OF(uris); i++)
        if (same(uri, len, uris[i].text))
            return uris[i].space;
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (strstr(uri, classes[i].text))
            return classes[i].space;
    return XML_FOREIGN;
}

/* The URI declared for a prefix ("" for the default namespace), or NULL. */
static const char *declared(const struct xml_node *node, const char *prefix, size_t len)
{
    const struct xml_node *n = node->scope;

    while (n) {
        for (size_t i = 0; i < n->attribute_count; i++) {
            const struct xml_attribute *a = &n->attributes[i];
            if (a->space == XML_DECLARATION && same(prefix, len, a->name))
                return a->value;
        }
        n = n->parent ? n->parent->scope : NULL;
    }
    return NULL;
}

static enum xml_space space_of_prefix(const struct xml_node *node, const char *prefix, size_t len,
                                      const char **uri)
{
    const char *found = declared(node, prefix, len);

    *uri = found ? found : "";
    if (found)
        return space_of_uri(found);
    if (len == 0)
        return XML_NO_SPACE;
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (same(prefix, len, prefixes[i].text))
            return prefixes[i].space;
    return XML_FOREIGN;
}

/* Part a name at its colon: the prefix's length, and what stands behind. */
static size_t split(const char *name, const char **local)
{
    const char *colon = strchr(name, ':');

    *local = colon ? colon + 1 : name;
    return colon ? (size_t)(colon - name) : 0;
}

static void find_declarations(struct xml_node *node)
{
    node->scope = node->parent ? node->parent->scope : NULL;
    for (size_t i = 0; i < node->attribute_count; i++) {
        struct xml_attribute *at = &node->attributes[i];
        if (strcmp(at->name, "xmlns") == 0)
            at->name = "";
        else if (text_starts(at->name, "xmlns:"))
            at->name += strlen("xmlns:");
        else
            continue;
        at->space = XML_DECLARATION;
        node->scope = node;
    }
}

/* <Section xsi:type="ovf:DiskSection_Type"> means <ovf:DiskSection>.
 *
 * Source: DSP8023 1.1.0, the types of Section and Content. */
static enum err resolve_type(struct xml_node *node, struct arena *a, struct error *e)
{
    const char *type = xml_attribute(node, XML_XSI, "type");
    const char *local;

    if (!type || (!xml_is(node, "Section") && !xml_is(node, "Content")))
        return OK;
    size_t prefix = split(type, &local);
    size_t len = strlen(local);
    if (len > 5 && same(local + len - 5, 5, "_Type"))
        len -= 5;
    node->space = space_of_prefix(node, type, prefix, &node->uri);
    return arena_text(a, local, len, &node->name, e);
}

enum err xml_resolve(struct xml_node *node, struct arena *a, struct error *e)
{
    const char *unused;
    size_t prefix;

    find_declarations(node);
    prefix = split(node->written, &node->name);
    node->space = space_of_prefix(node, node->written, prefix, &node->uri);
    for (size_t i = 0; i < node->attribute_count; i++) {
        struct xml_attribute *at = &node->attributes[i];
        if (at->space == XML_DECLARATION)
            continue;
        const char *written = at->name;
        prefix = split(written, &at->name);
        at->space = prefix ? space_of_prefix(node, written, prefix, &unused) : XML_NO_SPACE;
    }
    return resolve_type(node, a, e);
}
