/* loader/columns.h - how many columns text fills on a screen, and where its lines break.
 *
 * Source: The Unicode Standard, UAX #11 (wide characters, by blocks).
 */
#ifndef LOADER_COLUMNS_H
#define LOADER_COLUMNS_H

#include <stddef.h>

/* The columns of one character of len bytes: 2 for those of East Asian scripts and beyond the basic
 * plane, 0 for marks that combine with the one before. */
size_t columns_of(const char *c, size_t len);

/* Bytes of the character at text, which is not empty, and its columns; one that is malformed is a
 * byte. */
size_t columns_char(const char *text, size_t *columns);

/* The columns of a whole text. */
size_t columns_text(const char *text);

/* Bytes of text that make up its next line of at most that many columns and less than most bytes,
 * broken at a blank where there is one; *step: how many to go on by.  At least one of them. */
size_t columns_break(const char *text, size_t columns, size_t most, size_t *step);

#endif
