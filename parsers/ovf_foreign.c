/* What a descriptor holds that has no reader: stepped over, or refused by its name.
 *
 * By the standard a section must be understood unless it says ovf:required="false".  VMware's own
 * exports leave that out on sections that only mean something to vCenter, so those are listed
 * here (and in docs/formats.md) as harmless: what they ask for has no counterpart on one machine.
 *
 * Spec: DSP0243 1.1.0, "OVF descriptor": extensibility. */
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "parsers/ovf_read.h"

static const struct {
    enum xml_space space;
    const char *name;
} harmless[] = {
    {XML_VMW, "Config"}, /* settings of the hypervisor, down to ovf_hint */
    {XML_VMW, "ExtraConfig"},
    {XML_VMW, "CoresPerSocket"},
    {XML_VMW, "IpAssignmentSection"}, /* which ways to give addresses vCenter may use */
    {XML_VMW, "StorageSection"},      /* which datastore */
    {XML_VMW, "StorageGroupSection"},
    {XML_VMW, "TagBasedPlacementSection"}, /* which host */
    {XML_VMW, "TagBasedPlacementGroupSection"},
    {XML_VMW, "CpuCompatibilitySection"}, /* which hosts to migrate to */
    {XML_VMW, "VirtualDeviceGroupSection"},
    {XML_OVF, "CpuCompatibilitySection"}, /* the same, in the 0.9 dialect */
    {XML_OVF, "SnapshotsSection"},        /* oVirt's; names of earlier states, not their disks */
};

/* Of the Envelope, and read in parsers/ovf.c. */
static const char *const envelope[] = {
    "References",
    "DiskSection",
    "SharedDiskSection",
    "NetworkSection",
    "VirtualSystem",
    "VirtualSystemCollection",
    "DeploymentOptionSection",
    "PlacementGroupSection",
    "Strings",
};

/* All of vCloud Director's sections are for it alone; XenClient's appliances describe themselves
 * in a section of their own. */
static bool is_of_manager(const struct xml_node *node)
{
    return text_starts(node->uri, "http://www.vmware.com/vcloud/") ||
           (text_starts(node->uri, "http://www.citrix.com/xenclient/ovf/") &&
            strcmp(node->name, "ApplianceSection") == 0);
}

static bool is_harmless(const struct xml_node *node)
{
    for (size_t i = 0; i < COUNT_OF(harmless); i++)
        if (strcmp(node->name, harmless[i].name) == 0 &&
            (harmless[i].space == XML_OVF ? xml_is(node, harmless[i].name)
                                          : node->space == harmless[i].space))
            return true;
    return is_of_manager(node);
}

/* The places in which the element has a reader. */
static unsigned places(const struct xml_node *node)
{
    for (size_t i = 0; i < COUNT_OF(envelope); i++)
        if (xml_is(node, envelope[i]))
            return text_starts(envelope[i], "VirtualSystem") ? IN_ENVELOPE | IN_COLLECTION
                                                             : IN_ENVELOPE;
    return section_places(node);
}

/* By its name, or by being written <Section xsi:type="...">. */
static bool is_section(const struct xml_node *node)
{
    return text_ends(node->name, "Section") || text_ends(node->written, "Section");
}

/* A section without ovf:required has to be understood; other elements only when they say so, as
 * oVirt puts its own beside the sections. */
static bool is_required(const struct xml_node *node)
{
    return read_flag(xml_attribute(node, XML_OVF, "required"), is_section(node));
}

static enum err refuse(const struct xml_node *node, struct error *e)
{
    if (node->space == XML_ENC || xml_is(node, "EncryptionSection"))
        return fail(e, ERR_UNSUPPORTED, "line %u: %s: the package is encrypted", node->line,
                    node->written);
    if (places(node))
        return fail(e, ERR_DAMAGED, "line %u: %s does not belong in %s", node->line, node->name,
                    node->parent->name);
    return fail(e, ERR_UNSUPPORTED, "line %u: %s%s%s%s must be understood, and is not", node->line,
                node->name, *node->uri ? " of " : "", node->uri, *node->uri ? "," : "");
}

static enum err judge(struct reader *r, const struct xml_node *node, unsigned place,
                      struct error *e)
{
    struct ovf *o = r->ovf;

    if (node->space == XML_ENC || xml_is(node, "EncryptionSection"))
        return refuse(node, e);
    if (places(node) & place)
        return OK;
    if (is_required(node) && !is_harmless(node))
        return refuse(node, e);
    if (!is_section(node))
        return OK;
    struct ovf_skipped *s = &o->skipped[o->skipped_count++];
    *s = (struct ovf_skipped){.required = is_required(node), .line = node->line};
    return read_text(r, text_ends(node->written, node->name) ? node->written : node->name, &s->name,
                     e);
}

/* Elements in sections with readers that say themselves whether they must be understood. */
static bool is_item(const struct xml_node *node)
{
    return xml_is(node, "Item") || xml_is(node, "StorageItem") || xml_is(node, "EthernetPortItem");
}

/* Inside of a section that has a reader only what says outright that it must be understood counts;
 * by the letter what says nothing would count as well, and VMware's own would fail. */
static enum err judge_inside(const struct xml_node *section, struct error *e)
{
    for (const struct xml_node *n = section->first; n; n = n->next) {
        if (n->space == XML_ENC)
            return refuse(n, e);
        if (!is_item(n) && !is_item_field(n) && !is_harmless(n) && is_required(n))
            return refuse(n, e);
    }
    return OK;
}

/* Likewise inside of each item that the machine must have. */
static enum err judge_items(const struct xml_node *section, struct error *e)
{
    for (const struct xml_node *n = section->first; n; n = n->next)
        if (is_item(n) && read_flag(xml_attribute(n, XML_OVF, "required"), true))
            TRY(judge_inside(n, e));
    return OK;
}

static enum err judge_below(struct reader *r, const struct xml_node *parent, unsigned place,
                            struct error *e)
{
    for (const struct xml_node *n = parent->first; n; n = n->next) {
        TRY(judge(r, n, place, e));
        if (!(places(n) & place) || text_starts(n->name, "VirtualSystem"))
            continue;
        TRY(judge_inside(n, e));
        TRY(judge_items(n, e));
    }
    return OK;
}

enum err read_foreign(struct reader *r, const struct xml_node *root, struct error *e)
{
    size_t most = 0;

    for (const struct xml_node *s = root; s; s = next_system(s, root))
        for (const struct xml_node *n = s->first; n; n = n->next)
            most += is_section(n);
    TRY(TAKE(r->arena, most, &r->ovf->skipped, e));
    for (const struct xml_node *s = root; s; s = next_system(s, root)) {
        unsigned place = s == root                              ? IN_ENVELOPE
                         : xml_is(s, "VirtualSystemCollection") ? IN_COLLECTION
                                                                : IN_SYSTEM;
        TRY(judge_below(r, s, place, e));
    }
    return OK;
}
