/* parsers/ovf_xml_memory.h - memory for Mini-XML, which does not look whether it got any.
 *
 * What the library takes (parsers/mxml/config.h sends it here) is on a list.  When there is no more it is not
 * told so, but left: work does not return, and what it had taken is free again.
 */
#ifndef PARSERS_OVF_XML_MEMORY_H
#define PARSERS_OVF_XML_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Do work, which calls the library and takes nothing else that must be given back.  False: the memory did not
 * suffice.  In either case everything that the library had taken is free afterwards. */
bool xml_memory_lend(void (*work)(void *context), void *context);

/* malloc() and its relatives for the library, while something is lent.  None returns NULL. */
void *xml_malloc(size_t size);
void *xml_calloc(size_t count, size_t size);
void *xml_realloc(void *old, size_t size);
char *xml_strdup(const char *text);
void xml_free(void *memory);

#endif
