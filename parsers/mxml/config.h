/* config.h - what Mini-XML is told about its surroundings, in firmware and on the host alike.
 *
 * Mini-XML asks for a file of this name.  No HAVE_PTHREAD_H: one thread reads descriptors, and the
 * library then keeps its settings in one static struct.
 */
#ifndef PARSERS_MXML_CONFIG_H
#define PARSERS_MXML_CONFIG_H

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MXML_VERSION       "Mini-XML"
#define HAVE_SNPRINTF      1
#define HAVE_VSNPRINTF     1
#define HAVE_STRDUP        1
#define HAVE_LONG_LONG_INT 1

/* It does not look whether it got memory. */
#include "parsers/ovf_xml_memory.h"
#define malloc(size)        xml_malloc(size)
#define calloc(count, size) xml_calloc(count, size)
#define realloc(old, size)  xml_realloc(old, size)
#define strdup(text)        xml_strdup(text)
#define free(memory)        xml_free(memory)

/* Mini-XML calls these before it defines them. */
char *_mxml_strdupf(const char *format, ...);
char *_mxml_vstrdupf(const char *format, va_list args);

#endif
