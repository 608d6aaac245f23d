/* parsers/yaml.h - as much of YAML as it takes to cut out what stands under one key.
 *
 * Knows the document's outermost mapping, written in lines or in braces (so JSON too), and where a
 * value begins and ends in it; what the value is, is the reader's business.  The key stands at the
 * start of a line, or of a member, plain or in quotes.  Of a document that uses more (keys behind
 * '?', several documents, references from one key's value to another's) too little is found, or
 * nothing.
 *
 * Spec: YAML 1.1; RFC 8259.
 */
#ifndef PARSERS_YAML_H
#define PARSERS_YAML_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

/* What stands under the key, as a document of its own with its line ends and comments, in the arena;
 * the last where there are several, as PyYAML has it.  Empty where there is nothing. */
enum err yaml_below(struct bytes text, const char *key, struct arena *a, struct bytes *out,
                    struct error *e) MUST_CHECK;

/* The outermost mapping without byte order mark, comments, directives and "---" in front.  braces:
 * whether it is written in them; indent: blanks before its keys where not. */
struct bytes yaml_mapping(struct bytes text, bool *braces, size_t *indent);

#endif
