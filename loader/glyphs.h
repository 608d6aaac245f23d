/* loader/glyphs.h - text as a screen can show it.
 */
#ifndef LOADER_GLYPHS_H
#define LOADER_GLYPHS_H

#include "loader/port_screen.h"

/* Write text, into size bytes with the NUL, as one row of at most that many columns: characters that
 * the screen has no glyph for become similar ones or '?', marks that combine are dropped there, and
 * text that is too long ends with "...".  Returns its columns. */
size_t glyphs_fit(const struct port_screen *screen, const char *text, size_t columns, char *out,
                  size_t size);

#endif
