#include "parsers/ovf.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/ovf_read.h"

static enum err read_compression(struct reader *r, const struct xml_node *node,
                                 struct ovf_file *out, struct error *e)
{
    TRY(read_attribute(r, node, "compression", &out->compression_name, e));
    out->compression = OVF_OTHER_COMPRESSION;
    if (!*out->compression_name || text_same(out->compression_name, "identity"))
        out->compression = OVF_IDENTITY;
    else if (text_same(out->compression_name, "gzip"))
        out->compression = OVF_GZIP;
    return OK;
}

static enum err read_file(struct reader *r, const struct xml_node *node, struct ovf_file *out,
                          struct error *e)
{
    *out = (struct ovf_file){.line = node->line};
    TRY(read_attribute(r, node, "id", &out->id, e));
    TRY(read_attribute(r, node, "href", &out->href, e));
    if (!*out->id || !*out->href)
        return fail(e, ERR_DAMAGED, "line %u: File without %s", node->line,
                    *out->id ? "an href" : "an id");
    TRY(read_number(node, "size", xml_attribute(node, XML_OVF, "size"), OVF_UNKNOWN, &out->size,
                    e));
    TRY(read_number(node, "chunkSize", xml_attribute(node, XML_OVF, "chunkSize"), 0,
                    &out->chunk_size, e));
    for (const struct xml_node *n = node->first; n; n = n->next)
        if (n->space == XML_ENC)
            return fail(e, ERR_UNSUPPORTED, "line %u: file %s is encrypted", n->line, out->href);
    return read_compression(r, node, out, e);
}

/* The same file listed twice is harmless, as ASCETiC's tools do it. */
static enum err add_file(struct ovf *o, const struct ovf_file *file, struct error *e)
{
    for (size_t i = 0; i < o->file_count; i++) {
        if (strcmp(o->files[i].id, file->id) != 0)
            continue;
        if (strcmp(o->files[i].href, file->href) == 0)
            return OK;
        return fail(e, ERR_DAMAGED, "line %u: File %s: the id of the file on line %u", file->line,
                    file->id, o->files[i].line);
    }
    o->files[o->file_count++] = *file;
    return OK;
}

static enum err read_files(struct reader *r, const struct xml_node *root, struct error *e)
{
    const struct xml_node *references = xml_child(root, "References");
    struct ovf *o = r->ovf;

    if (!references)
        return fail(e, ERR_DAMAGED, "line %u: Envelope without References", root->line);
    size_t count = xml_count(references, "File");
    if (count > OVF_FILES_MAX)
        return fail(e, ERR_TOO_BIG, "line %u: References: %zu files, and %u are the most",
                    references->line, count, OVF_FILES_MAX);
    TRY(TAKE(r->arena, count, &o->files, e));
    for (const struct xml_node *n = xml_child(references, "File"); n; n = xml_sibling(n, "File")) {
        struct ovf_file file;
        TRY(read_file(r, n, &file, e));
        TRY(add_file(o, &file, e));
    }
    return OK;
}

/* A number of units, or ${the key of a property} of that meaning. */
static enum err read_capacity(struct reader *r, const struct xml_node *node, struct ovf_disk *out,
                              struct error *e)
{
    const char *units = xml_attribute(node, XML_OVF, "capacityAllocationUnits");
    const char *text;

    TRY(read_attribute(r, node, "capacity", &text, e));
    if (!read_unit(units, &out->capacity_unit))
        return fail(e, ERR_DAMAGED, "line %u: disk %s: capacity in %s, which is no unit of bytes",
                    node->line, out->id, units);
    size_t len = strlen(text);
    if (len > 3 && text_starts(text, "${") && text[len - 1] == '}') {
        out->capacity = OVF_UNKNOWN;
        return arena_text(r->arena, text + 2, len - 3, &out->capacity_property, e);
    }
    TRY(read_number(node, "capacity", text, OVF_UNKNOWN, &out->capacity, e));
    if (out->capacity != OVF_UNKNOWN &&
        (!mul_fits(out->capacity, out->capacity_unit, &out->capacity) || out->capacity > INT64_MAX))
        return fail(e, ERR_DAMAGED, "line %u: disk %s: capacity %s in %s is over 2^63 bytes",
                    node->line, out->id, text, units ? units : "byte");
    return OK;
}

static enum err read_file_of_disk(struct reader *r, const struct xml_node *node,
                                  struct ovf_disk *out, struct error *e)
{
    const char *id;

    TRY(read_attribute(r, node, "fileRef", &id, e));
    out->file = OVF_NONE;
    if (!*id)
        return OK;
    out->file = find_file(r->ovf, id);
    if (out->file == OVF_NONE)
        return fail(e, ERR_DAMAGED, "line %u: disk %s: file %s is not in References", node->line,
                    out->id, id);
    return OK;
}

static enum err read_disk(struct reader *r, const struct xml_node *node, struct ovf_disk *out,
                          struct error *e)
{
    *out = (struct ovf_disk){.line = node->line};
    TRY(read_attribute(r, node, "diskId", &out->id, e));
    if (!*out->id)
        return fail(e, ERR_DAMAGED, "line %u: Disk without a diskId", node->line);
    TRY(read_file_of_disk(r, node, out, e));
    TRY(read_capacity(r, node, out, e));
    TRY(read_number(node, "populatedSize", xml_attribute(node, XML_OVF, "populatedSize"),
                    OVF_UNKNOWN, &out->populated_size, e));
    TRY(read_attribute(r, node, "format", &out->format, e));
    TRY(read_attribute(r, node, "parentRef", &out->parent, e));
    if (out->file == OVF_NONE && !out->capacity_property &&
        (out->capacity == OVF_UNKNOWN || out->capacity == 0))
        return fail(e, ERR_DAMAGED, "line %u: disk %s: neither a file nor a capacity", node->line,
                    out->id);
    out->shared = xml_is(node, "SharedDisk");
    out->read_only = read_flag(xml_attribute(node, XML_OVF, "readOnly"), false);
    return OK;
}

static enum err add_disk(struct ovf *o, const struct ovf_disk *disk, struct error *e)
{
    size_t other = ovf_find_disk(o, disk->id);

    if (other != OVF_NONE)
        return fail(e, ERR_DAMAGED, "line %u: disk %s: the id of the disk on line %u", disk->line,
                    disk->id, o->disks[other].line);
    o->disks[o->disk_count++] = *disk;
    return OK;
}

/* The name of a disk in that section, or NULL for any other section. */
static const char *disk_name(const struct xml_node *section)
{
    return xml_is(section, "DiskSection")         ? "Disk"
           : xml_is(section, "SharedDiskSection") ? "SharedDisk"
                                                  : NULL;
}

/* A difference can only be laid over what is there already: this refuses circles as well.
 *
 * Spec: DSP0243 1.1.0, "DiskSection": parentRef. */
static enum err check_parents(const struct ovf *o, struct error *e)
{
    for (size_t i = 0; i < o->disk_count; i++) {
        const struct ovf_disk *disk = &o->disks[i];
        size_t parent = *disk->parent ? ovf_find_disk(o, disk->parent) : OVF_NONE;
        if (*disk->parent && parent == OVF_NONE)
            return fail(e, ERR_DAMAGED, "line %u: disk %s: its parent %s is not there", disk->line,
                        disk->id, disk->parent);
        if (parent != OVF_NONE && parent >= i)
            return fail(e, ERR_DAMAGED, "line %u: disk %s: its parent %s does not stand before it",
                        disk->line, disk->id, disk->parent);
    }
    return OK;
}

static enum err read_disks(struct reader *r, const struct xml_node *root, struct error *e)
{
    size_t count = 0;

    for (const struct xml_node *s = root->first; s; s = s->next)
        count += disk_name(s) ? xml_count(s, disk_name(s)) : 0;
    if (count > OVF_DISKS_MAX)
        return fail(e, ERR_TOO_BIG, "%zu disks, and %u are the most", count, OVF_DISKS_MAX);
    TRY(TAKE(r->arena, count, &r->ovf->disks, e));
    for (const struct xml_node *s = root->first; s; s = s->next) {
        const char *name = disk_name(s);
        if (!name)
            continue;
        for (const struct xml_node *n = xml_child(s, name); n; n = xml_sibling(n, name)) {
            struct ovf_disk disk;
            TRY(read_disk(r, n, &disk, e));
            TRY(add_disk(r->ovf, &disk, e));
        }
    }
    return check_parents(r->ovf, e);
}

static enum err read_networks(struct reader *r, const struct xml_node *root, struct error *e)
{
    const struct xml_node *section = xml_child(root, "NetworkSection");
    struct ovf *o = r->ovf;

    if (!section)
        return OK;
    TRY(TAKE(r->arena, xml_count(section, "Network"), &o->networks, e));
    for (const struct xml_node *n = xml_child(section, "Network"); n;
         n = xml_sibling(n, "Network")) {
        struct ovf_network *network = &o->networks[o->network_count++];
        network->line = n->line;
        TRY(read_attribute(r, n, "name", &network->name, e));
        TRY(read_message(r, xml_child(n, "Description"), &network->description, e));
    }
    return OK;
}

static enum err read_option(struct reader *r, const struct xml_node *node, struct ovf_option *out,
                            struct error *e)
{
    *out = (struct ovf_option){.line = node->line};
    out->is_default = read_flag(xml_attribute(node, XML_OVF, "default"), false);
    TRY(read_attribute(r, node, "id", &out->id, e));
    if (!*out->id)
        return fail(e, ERR_DAMAGED, "line %u: Configuration without an id", node->line);
    TRY(read_message(r, xml_child(node, "Label"), &out->label, e));
    return read_message(r, xml_child(node, "Description"), &out->description, e);
}

/* Which hardware is meant must not depend on which of two is found first. */
static enum err add_option(struct ovf *o, const struct ovf_option *option, struct error *e)
{
    for (size_t i = 0; i < o->option_count; i++) {
        const struct ovf_option *other = &o->options[i];
        if (strcmp(other->id, option->id) == 0)
            return fail(e, ERR_DAMAGED, "line %u: Configuration %s: the id of that on line %u",
                        option->line, option->id, other->line);
        if (other->is_default && option->is_default)
            return fail(e, ERR_DAMAGED,
                        "line %u: Configuration %s: the default is that on line %u already",
                        option->line, option->id, other->line);
    }
    o->options[o->option_count++] = *option;
    return OK;
}

static enum err read_options(struct reader *r, const struct xml_node *root, struct error *e)
{
    const char *const name = "Configuration";
    const struct xml_node *section = xml_child(root, "DeploymentOptionSection");
    struct ovf *o = r->ovf;

    if (!section)
        return OK;
    size_t count = xml_count(section, name);
    if (count > OVF_OPTIONS_MAX)
        return fail(e, ERR_TOO_BIG, "line %u: %s: %zu options, and %u are the most", section->line,
                    section->written, count, OVF_OPTIONS_MAX);
    TRY(TAKE(r->arena, count, &o->options, e));
    for (const struct xml_node *n = xml_child(section, name); n; n = xml_sibling(n, name)) {
        struct ovf_option option;
        TRY(read_option(r, n, &option, e));
        TRY(add_option(o, &option, e));
    }
    return OK;
}

/* The namespace decides, never an ovf:version attribute: oVirt calls its 1.x files 0.9. */
static enum err read_root(struct reader *r, const struct xml_node *root, struct error *e)
{
    if (strcmp(root->name, "Envelope") != 0)
        return fail(e, ERR_DAMAGED, "line %u: %s is no OVF descriptor: Envelope is wanted",
                    root->line, root->written);
    if (!xml_is(root, "Envelope"))
        return fail(e, ERR_UNSUPPORTED, "line %u: Envelope of %s, which is no known version of OVF",
                    root->line, *root->uri ? root->uri : root->written);
    r->ovf->version = OVF_1;
    if (text_starts(root->uri, "http://schemas.dmtf.org/ovf/envelope/2"))
        r->ovf->version = OVF_2;
    else if (text_starts(root->uri, "http://www.vmware.com/") ||
             text_ends(root->uri, "/ovf/envelope"))
        r->ovf->version = OVF_0_9;
    TRY(read_text(r, xml_attribute(root, XML_XML, "lang"), &r->ovf->language, e));
    if (!*r->ovf->language)
        r->ovf->language = "en-US"; /* the default of DSP8023 */
    return OK;
}

enum err ovf_parse(struct bytes text, struct arena *a, struct arena scratch, struct ovf *out,
                   struct error *e)
{
    struct reader r = {.arena = a, .ovf = out};
    struct xml_node *root;

    *out = (struct ovf){0};
    TRY(xml_load(text, &scratch, &root, e));
    TRY(read_root(&r, root, e));
    TRY(read_foreign(&r, root, e));
    TRY(read_files(&r, root, e));
    TRY(read_disks(&r, root, e));
    TRY(read_networks(&r, root, e));
    TRY(read_options(&r, root, e));
    TRY(read_placement_groups(&r, root, e));
    TRY(read_systems(&r, root, scratch, e));
    return read_bundles(&r, root, e);
}
