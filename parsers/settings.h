/* parsers/settings.h - "key = value" lines: the settings file, and load options.
 *
 * Spec: docs/guide.md; ours.
 */
#ifndef PARSERS_SETTINGS_H
#define PARSERS_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

#define SETTINGS_MAX 1024 /* lines with a setting; docs/limits.md */

/* What stands behind it in a key is the name of an appliance's property, and keeps its case. */
#define SETTINGS_PROPERTY "property."

struct setting {
    const char *key;   /* lower case, trimmed, in the arena */
    const char *value; /* trimmed, in the arena; may be empty */
    uint32_t line;     /* from 1; load options: the word's number */
};

struct settings {
    struct setting *at;
    size_t count;
};

/* UTF-8 text with or without a BOM, LF or CRLF, '#' or ';' at the start of a line for comments,
 * blank lines; "key = value" elsewhere, quotes being part of the value.  Keys are letters, digits
 * and "-_.:", behind SETTINGS_PROPERTY anything but blanks and '='; values hold no control
 * characters.  The same key twice is an error.  All that is
 * wrong fails with ERR_SETTING and the line's number.  Which keys exist is the loader's business. */
enum err settings_parse(struct bytes text, struct arena *a, struct settings *out,
                        struct error *e) MUST_CHECK;

/* Load options: words "key=value" apart by blanks; a value with blanks stands in double quotes
 * (key="a b").  A first word without '=' is the program's name, as the UEFI shell gives it, and
 * is passed over. */
enum err settings_parse_options(struct bytes text, struct arena *a, struct settings *out,
                                struct error *e) MUST_CHECK;

#endif
