/* parsers/ovf_read.h - what the files that read parts of a descriptor share.
 *
 * Only parsers/ovf*.c use it.  Each reader takes a node of the tree and fills in one struct of
 * parsers/ovf.h; what the struct points at is taken from reader.arena.
 */
#ifndef PARSERS_OVF_READ_H
#define PARSERS_OVF_READ_H

#include "parsers/ovf.h"
#include "parsers/ovf_xml.h"

struct reader {
    struct arena *arena;
    struct ovf *ovf; /* being filled in: files, then disks, then the rest */
};

/* A trimmed copy; NULL becomes "". */
enum err read_text(struct reader *r, const char *text, const char **out,
                   struct error *e) MUST_CHECK;

/* The attribute of the OVF namespace; "" when missing. */
enum err read_attribute(struct reader *r, const struct xml_node *node, const char *name,
                        const char **out, struct error *e) MUST_CHECK;

/* Text, msgid and file of an element of type Msg; node may be NULL.  ERR_DAMAGED when the file is
 * not in References. */
enum err read_message(struct reader *r, const struct xml_node *node, struct ovf_message *out,
                      struct error *e) MUST_CHECK;

/* Words apart by blanks and commas; text may be NULL.  ERR_TOO_BIG names the node's line. */
enum err read_words(struct reader *r, const struct xml_node *node, const char *text,
                    struct ovf_words *out, struct error *e) MUST_CHECK;

/* A number that was written; missing is the value for text that is NULL or blank.  ERR_DAMAGED
 * names what and the node's line. */
enum err read_number(const struct xml_node *node, const char *what, const char *text,
                     uint64_t missing, uint64_t *out, struct error *e) MUST_CHECK;

/* "true" or "1", in any case; missing is the value for what is neither that nor its opposite. */
bool read_flag(const char *text, bool missing);

/* How many bytes one unit is: DSP0004's programmatic units of base unit byte, and the words of
 * older programs.  Blank or NULL text is one byte.  False when it is no unit of bytes. */
bool read_unit(const char *text, uint64_t *bytes);

/* --- one for each kind of section --- */

/* Where a section may stand.  Texts beside the systems instead of in one belong to the outermost:
 * VMware and Kensho have put EULAs and startup orders there. */
enum {
    IN_ENVELOPE = 1,
    IN_SYSTEM = 2,
    IN_COLLECTION = 4,
};

/* The places of a section that has a reader, or 0. */
unsigned section_places(const struct xml_node *node);

/* Every section of a system; envelope is NULL unless it is the outermost. */
enum err read_sections(struct reader *r, const struct xml_node *node,
                       const struct xml_node *envelope, struct ovf_system *s,
                       struct error *e) MUST_CHECK;
enum err read_product(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                      struct error *e) MUST_CHECK;
enum err read_hardware(struct reader *r, const struct xml_node *node, struct ovf_system *s,
                       struct error *e) MUST_CHECK;
/* True for a child of an item that a CIM class defines, of those that matter or occur. */
bool is_item_field(const struct xml_node *node);

/* ERR_DAMAGED when markers bound nothing, or what they say cannot be. */
enum err check_ranges(const struct ovf_hardware *h, struct error *e) MUST_CHECK;

enum err read_items(struct reader *r, const struct xml_node *section, struct ovf_item **items,
                    size_t *count, struct error *e) MUST_CHECK;
enum err read_systems(struct reader *r, const struct xml_node *root, struct arena scratch,
                      struct error *e) MUST_CHECK;
enum err read_placement_groups(struct reader *r, const struct xml_node *root,
                               struct error *e) MUST_CHECK;
enum err read_bundles(struct reader *r, const struct xml_node *root, struct error *e) MUST_CHECK;

/* The system that comes after node in document order: in it, beside it, or beside one around it;
 * NULL: no more.  root is the Envelope, and the node to begin with. */
const struct xml_node *next_system(const struct xml_node *node, const struct xml_node *root);

/* Refuse by name what has to be understood and is not, here and in every section; note what is
 * stepped over. */
enum err read_foreign(struct reader *r, const struct xml_node *root, struct error *e) MUST_CHECK;

/* Index of the file with that id, or else with that href, as oVirt refers to them; OVF_NONE. */
size_t find_file(const struct ovf *o, const char *id);

#endif
