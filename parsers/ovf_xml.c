#include "parsers/ovf_xml.h"

#include <mxml.h>
#include <string.h>

#include "base/text.h"
#include "parsers/ovf_xml_memory.h"

/* Mini-XML's callback for errors takes nothing but the text, so the place to put it is global.
 * Set while xml_load() runs, which never happens twice at a time. */
static struct error *report;

static void take_error(const char *message)
{
    size_t len = strlen(message);

    if (len && message[len - 1] == '.')
        len--;
    if (report && report->code == OK)
        fail(report, ERR_DAMAGED, "%.*s", (int)len, message);
}

static bool is_element(mxml_node_t *n)
{
    return mxmlGetType(n) == MXML_ELEMENT && !mxmlGetCDATA(n);
}

/* What a text or CDATA node holds. */
static const char *piece(mxml_node_t *n)
{
    const char *text = mxmlGetType(n) == MXML_OPAQUE ? mxmlGetOpaque(n) : mxmlGetCDATA(n);

    return text ? text : "";
}

/* An element's own text.  One with other elements in it has none that matters to OVF. */
static enum err copy_text(mxml_node_t *from, struct arena *a, const char **out, struct error *e)
{
    size_t len = 0;
    char *copy;

    *out = "";
    for (mxml_node_t *n = mxmlGetFirstChild(from); n; n = mxmlGetNextSibling(n)) {
        if (is_element(n))
            return OK;
        len += strlen(piece(n));
    }
    if (len == 0)
        return OK;
    TRY(TAKE(a, len + 1, &copy, e));
    *out = copy;
    for (mxml_node_t *n = mxmlGetFirstChild(from); n; n = mxmlGetNextSibling(n)) {
        size_t part = strlen(piece(n));
        memcpy(copy, piece(n), part);
        copy += part;
    }
    return OK;
}

static enum err copy_attributes(mxml_node_t *from, struct arena *a, struct xml_node *to,
                                struct error *e)
{
    int count = mxmlElementGetAttrCount(from);

    TRY(TAKE(a, (size_t)count, &to->attributes, e));
    for (int i = 0; i < count; i++) {
        struct xml_attribute *at = &to->attributes[i];
        const char *name = "";
        const char *value = mxmlElementGetAttrByIndex(from, i, &name);
        TRY(arena_text(a, name, strlen(name), &at->name, e));
        TRY(arena_text(a, value ? value : "", value ? strlen(value) : 0, &at->value, e));
    }
    to->attribute_count = (size_t)count;
    return OK;
}

static enum err copy_element(mxml_node_t *from, struct xml_node *parent, struct arena *a,
                             struct xml_node **out, struct error *e)
{
    const char *written = mxmlGetElement(from);
    struct xml_node *node;

    TRY(TAKE(a, 1, &node, e));
    *out = node;
    TRY(arena_text(a, written, strlen(written), &node->written, e));
    TRY(copy_text(from, a, &node->text, e));
    TRY(copy_attributes(from, a, node, e));
    node->parent = parent;
    if (parent && parent->last)
        parent->last->next = node;
    else if (parent)
        parent->first = node;
    if (parent)
        parent->last = node;
    return xml_resolve(node, a, e);
}

/* Copy the tree below top in document order, which is that of the lines.  The copy of a node is
 * remembered in its user data, for its children. */
static enum err copy_tree(mxml_node_t *top, struct arena *a, const uint32_t *lines, size_t count,
                          struct xml_node **root, struct error *e)
{
    size_t at = 0;

    *root = NULL;
    for (mxml_node_t *n = mxmlWalkNext(top, top, MXML_DESCEND); n;
         n = mxmlWalkNext(n, top, MXML_DESCEND)) {
        struct xml_node *node;
        if (!is_element(n))
            continue;
        if (at == count)
            return fail(e, ERR_DAMAGED, "Mini-XML found more than %zu elements", count);
        TRY(copy_element(n, mxmlGetUserData(mxmlGetParent(n)), a, &node, e));
        mxmlSetUserData(n, node);
        node->line = lines[at++];
        if (!*root)
            *root = node;
    }
    return at == count ? OK : fail(e, ERR_DAMAGED, "Mini-XML found %zu elements of %zu", at, count);
}

/* A document that is being read. */
struct document {
    const char *text;
    const uint32_t *lines; /* of each start tag */
    size_t count;          /* of elements */
    struct arena *a;
    struct xml_node *root;
    struct error error;
};

static void read_document(void *context)
{
    struct document *d = context;

    /* Below a node of our own Mini-XML takes blanks in front of the first element. */
    mxml_node_t *top = mxmlNewElement(MXML_NO_PARENT, "document");
    mxmlSetErrorCallback(take_error);
    report = &d->error;
    if (!mxmlLoadString(top, d->text, MXML_OPAQUE_CALLBACK) && d->error.code == OK)
        fail(&d->error, ERR_DAMAGED, "Mini-XML does not read it");
    if (d->error.code == OK)
        (void)!copy_tree(top, d->a, d->lines, d->count, &d->root, &d->error);
}

enum err xml_load(struct bytes in, struct arena *a, struct xml_node **root, struct error *e)
{
    struct document d = {.a = a, .error.code = OK};
    uint32_t *lines;
    size_t len;
    char *text;

    TRY(xml_decode(in, a, &text, &len, e));
    TRY(xml_scan(text, &len, a, &lines, &d.count, e));
    d.text = text;
    d.lines = lines;
    bool complete = xml_memory_lend(read_document, &d);
    report = NULL;
    if (!complete)
        return fail(e, ERR_NO_MEMORY, "no memory for the tree of its %zu elements", d.count);
    if (d.error.code != OK)
        *e = d.error;
    *root = d.root;
    return d.error.code;
}

bool xml_is(const struct xml_node *node, const char *name)
{
    return (node->space == XML_OVF || node->space == XML_NO_SPACE) && strcmp(node->name, name) == 0;
}

static struct xml_node *first_named(struct xml_node *node, const char *name)
{
    while (node && !xml_is(node, name))
        node = node->next;
    return node;
}

struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
    return first_named(node->first, name);
}

struct xml_node *xml_sibling(const struct xml_node *node, const char *name)
{
    return first_named(node->next, name);
}

size_t xml_count(const struct xml_node *node, const char *name)
{
    size_t count = 0;

    for (const struct xml_node *n = xml_child(node, name); n; n = xml_sibling(n, name))
        count++;
    return count;
}

const char *xml_attribute(const struct xml_node *node, enum xml_space space, const char *name)
{
    const char *bare = NULL;

    for (size_t i = 0; i < node->attribute_count; i++) {
        const struct xml_attribute *a = &node->attributes[i];
        if (strcmp(a->name, name) != 0)
            continue;
        if (a->space == space)
            return a->value;
        if (a->space == XML_NO_SPACE && space == XML_OVF)
            bare = a->value;
    }
    return bare;
}
