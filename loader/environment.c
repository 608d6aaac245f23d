#include "loader/environment.h"

#include <string.h>

#include "base/writing.h"

#define FIRST_UNIT 7 /* VMware's number of a machine's first network port */

static void element(struct writing *w, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    writing_format(w, "      <%s>", name);
    writing_xml(w, text);
    writing_format(w, "</%s>\n", name);
}

static void platform(struct writing *w, const struct environment_facts *facts)
{
    writing_add(w, "   <PlatformSection>\n");
    element(w, "Kind", facts->kind);
    element(w, "Version", facts->version);
    element(w, "Vendor", facts->vendor);
    element(w, "Locale", facts->locale);
    if (facts->has_timezone)
        writing_format(w, "      <Timezone>%d</Timezone>\n", facts->timezone);
    writing_add(w, "   </PlatformSection>\n");
}

static enum err property(struct writing *w, const char *indent, const struct property *p,
                         struct error *e)
{
    if (!xml_can_hold(p->name) || !xml_can_hold(p->value))
        return fail(e, ERR_SETTING,
                    "property %s: its value, by %s, has characters that XML cannot hold", p->name,
                    p->origin);
    writing_add(w, indent);
    writing_add(w, "      <Property oe:key=\"");
    writing_xml(w, p->name);
    writing_add(w, "\" oe:value=\"");
    writing_xml(w, p->value);
    writing_add(w, "\"/>\n");
    return OK;
}

/* There also when it is empty: cloud-init insists on one. */
static enum err properties(struct writing *w, const char *indent, const struct properties *p,
                           struct error *e)
{
    writing_add(w, indent);
    writing_add(w, "<PropertySection>\n");
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].told)
            TRY(property(w, indent, &p->at[i], e));
    writing_add(w, indent);
    writing_add(w, "</PropertySection>\n");
    return OK;
}

/* What another system of the collection gets: its own as in the descriptor, and the collection's
 * with the values that they have for the chosen one. */
static enum err neighbour(const struct plan *plan, size_t system, struct arena *work,
                          struct properties *out, struct error *e)
{
    TRY(properties_resolve(&plan->ovf, system, plan->option, NULL, work, out, e));
    for (size_t i = 0; i < out->count; i++)
        for (size_t j = 0; j < plan->properties.count; j++)
            if (out->at[i].ovf == plan->properties.at[j].ovf)
                out->at[i].value = plan->properties.at[j].value;
    return properties_expand(out, &plan->ovf, work, e);
}

static enum err entities(struct writing *w, const struct plan *plan, struct arena *work,
                         struct error *e)
{
    size_t parent = plan->system->parent;
    struct properties theirs;

    if (parent == OVF_NONE)
        return OK;
    for (size_t i = 0; i < plan->ovf.system_count; i++) {
        struct arena scratch = *work;
        if (plan->ovf.systems[i].parent != parent || i == plan->system_index)
            continue;
        TRY(neighbour(plan, i, &scratch, &theirs, e));
        writing_add(w, "   <Entity oe:id=\"");
        writing_xml(w, plan->ovf.systems[i].id);
        writing_add(w, "\">\n");
        TRY(properties(w, "      ", &theirs, e));
        writing_add(w, "   </Entity>\n");
    }
    return OK;
}

static void adapters(struct writing *w, const struct environment_facts *facts)
{
    if (!facts->adapter_count)
        return;
    writing_add(w, "   <ve:EthernetAdapterSection>\n");
    for (size_t i = 0; i < facts->adapter_count; i++) {
        writing_add(w, "      <ve:Adapter ve:mac=\"");
        writing_xml(w, facts->adapters[i].mac);
        writing_add(w, "\" ve:network=\"");
        writing_xml(w, facts->adapters[i].network);
        writing_format(w, "\" ve:unitNumber=\"%zu\"/>\n", FIRST_UNIT + i);
    }
    writing_add(w, "   </ve:EthernetAdapterSection>\n");
}

enum err environment_write(const struct plan *plan, const struct environment_facts *facts,
                           struct arena *a, struct arena work, struct bytes *out, struct error *e)
{
    struct arena text = work;
    struct writing w;

    /* The first half of what there is: neighbours' properties are resolved in the rest. */
    text.end = text.next + arena_room(&work) / 2;
    work.next = text.end;
    TRY(writing_start(&w, &text, e));
    writing_add(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<Environment\n"
                    "     xmlns=\"http://schemas.dmtf.org/ovf/environment/1\"\n"
                    "     xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
                    "     xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\"\n"
                    "     xmlns:ve=\"http://www.vmware.com/schema/ovfenv\"\n"
                    "     oe:id=\"");
    writing_xml(&w, plan->system->id);
    writing_add(&w, "\">\n");
    platform(&w, facts);
    TRY(properties(&w, "   ", &plan->properties, e));
    TRY(entities(&w, plan, &work, e));
    adapters(&w, facts);
    writing_add(&w, "</Environment>\n");
    return writing_end(&w, a, ENVIRONMENT_FILE, out, e);
}
