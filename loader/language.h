/* loader/language.h - the names that platforms have for languages, as language tags.
 *
 * Spec: RFC 4646, "Syntax"; UEFI 2.10, "Globally Defined Variables" (PlatformLang); POSIX.1-2017,
 * "Internationalization Variables".
 */
#ifndef LOADER_LANGUAGE_H
#define LOADER_LANGUAGE_H

#include "base/bytes.h"

#define LANGUAGE_MAX                                                                               \
    36 /* bytes with the NUL: RFC 4646, "Length Considerations", wants 35 at least */

/* "de-DE", or "de_DE.UTF-8@euro" of a POSIX locale, as a tag: "de-DE".  "" when name is "C", "POSIX",
 * or no tag at all.  name ends at its end or at a NUL. */
const char *language_tag(struct bytes name, char out[LANGUAGE_MAX]);

#endif
