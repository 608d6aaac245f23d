/* parsers/ovf_xml.h - the tree of a descriptor, with namespaces resolved and lines known.
 *
 * Only parsers/ovf*.c use it.  The text is made clean UTF-8 (ovf_encoding.c), checked against
 * every limit of parsers/ovf.h (ovf_scan.c), and only then handed to Mini-XML; its tree is copied
 * into ours and freed before xml_load() returns (ovf_xml.c), so that nothing here needs closing.
 */
#ifndef PARSERS_OVF_XML_H
#define PARSERS_OVF_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

/* The namespaces that mean something to us, each in all the spellings found in the field. */
enum xml_space {
    XML_NO_SPACE,
    XML_OVF, /* every version's envelope namespace */
    XML_RASD,
    XML_VSSD,
    XML_SASD,
    XML_EPASD,
    XML_BOOTC,
    XML_BOOTS,
    XML_XSI,
    XML_XML,  /* the prefix xml: */
    XML_ENC,  /* XML encryption */
    XML_VMW,  /* VMware's sections */
    XML_VBOX, /* VirtualBox's */
    XML_FOREIGN,
    XML_DECLARATION, /* of an attribute xmlns:name, whose value is the URI */
};

struct xml_attribute {
    const char *name; /* without prefix */
    const char *value;
    enum xml_space space;
};

struct xml_node {
    const char *name;    /* without prefix; of <Section xsi:type="x:DiskSection_Type"> it is
                          * DiskSection, and likewise for Content */
    const char *written; /* as it stands in the descriptor */
    const char *uri;     /* of its namespace; "" for none */
    const char *text;    /* its own, untrimmed; "" when it has children */
    struct xml_attribute *attributes;
    size_t attribute_count;
    struct xml_node *parent, *first, *last, *next;
    struct xml_node *scope; /* itself or the nearest around it that declares a namespace; or NULL */
    enum xml_space space;
    uint32_t line; /* of the start tag */
};

/* Read a whole document; everything is taken from the arena. */
enum err xml_load(struct bytes text, struct arena *a, struct xml_node **root,
                  struct error *e) MUST_CHECK;

/* In the OVF namespace or in none: the 0.9 dialect writes the inner elements without one. */
bool xml_is(const struct xml_node *node, const char *name);

/* First child, next sibling in the OVF namespace with that name; NULL: none. */
struct xml_node *xml_child(const struct xml_node *node, const char *name);
struct xml_node *xml_sibling(const struct xml_node *node, const char *name);

/* Value of an attribute; NULL: none.  One of the OVF namespace may stand without prefix. */
const char *xml_attribute(const struct xml_node *node, enum xml_space space, const char *name);

/* How many children in the OVF namespace have that name. */
size_t xml_count(const struct xml_node *node, const char *name);

/* --- between the files of the reader --- */

/* Well-formed UTF-8 without BOM, control characters, carriage returns and trailing NULs; *out is
 * NUL-terminated and may be written to. */
enum err xml_decode(struct bytes in, struct arena *a, char **out, size_t *len,
                    struct error *e) MUST_CHECK;

/* Check that text is well-formed and within the limits.  Comments and processing instructions are
 * taken out, which shortens the text.  lines gets the line of each start tag, in order. */
enum err xml_scan(char *text, size_t *len, struct arena *a, uint32_t **lines, size_t *count,
                  struct error *e) MUST_CHECK;

/* Fill in name, space and uri of the node and its attributes, whose names still have prefixes.
 * The parent must have been through it. */
enum err xml_resolve(struct xml_node *node, struct arena *a, struct error *e) MUST_CHECK;

#endif
