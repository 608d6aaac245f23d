/* VirtualSystem and VirtualSystemCollection: the tree of them, flattened. */
#include <string.h>

#include "base/text.h"
#include "parsers/ovf_read.h"

static bool is_system(const struct xml_node *node)
{
    return xml_is(node, "VirtualSystem") || xml_is(node, "VirtualSystemCollection");
}

static const struct xml_node *first_system(const struct xml_node *node)
{
    while (node && !is_system(node))
        node = node->next;
    return node;
}

const struct xml_node *next_system(const struct xml_node *node, const struct xml_node *root)
{
    const struct xml_node *next = first_system(node->first);

    while (!next && node != root) {
        next = first_system(node->next);
        node = node->parent;
    }
    return next;
}

static enum err read_system(struct reader *r, const struct xml_node *node,
                            const struct xml_node *envelope, struct ovf_system *s, struct error *e)
{
    *s = (struct ovf_system){.line = node->line};
    s->os.version = s->os.vmware_type = s->placement_group = "";
    s->os.description = OVF_NO_MESSAGE;
    s->is_collection = xml_is(node, "VirtualSystemCollection");
    TRY(read_attribute(r, node, "id", &s->id, e));
    TRY(read_message(r, xml_child(node, "Info"), &s->info, e));
    TRY(read_message(r, xml_child(node, "Name"), &s->name, e));
    if (!*s->name.text)
        s->name.text = s->id;
    return read_sections(r, node, envelope, s, e);
}

enum err read_systems(struct reader *r, const struct xml_node *root, struct arena scratch,
                      struct error *e)
{
    struct ovf *o = r->ovf;
    const struct xml_node **nodes;
    size_t count = 0;

    for (const struct xml_node *n = next_system(root, root); n; n = next_system(n, root))
        count++;
    if (count == 0)
        return fail(e, ERR_DAMAGED, "line %u: Envelope without a VirtualSystem", root->line);
    if (count > OVF_SYSTEMS_MAX)
        return fail(e, ERR_TOO_BIG, "%zu virtual systems, and %u are the most", count,
                    OVF_SYSTEMS_MAX);
    TRY(TAKE(r->arena, count, &o->systems, e));
    TRY(TAKE(&scratch, count, &nodes, e));
    for (const struct xml_node *n = next_system(root, root); n; n = next_system(n, root)) {
        size_t at = o->system_count++;
        size_t parent = at ? at - 1 : OVF_NONE;
        nodes[at] = n;
        TRY(read_system(r, n, at == 0 ? root : NULL, &o->systems[at], e));
        /* The collection around it is the system before, or one around that. */
        while (parent != OVF_NONE && nodes[parent] != n->parent)
            parent = o->systems[parent].parent;
        o->systems[at].parent = parent;
    }
    return OK;
}
