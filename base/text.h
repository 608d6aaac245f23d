/* base/text.h - formatting text without libc.
 *
 * The conversions are those of printf that the project uses, so that gcc checks the arguments:
 * %s %.*s %c %d %u %x %X %zu %zx, with l, ll, z and the PRI macros of <inttypes.h>, width, zero
 * padding and '-'.  %s prints (none) for NULL.  Control characters and bytes that are not UTF-8
 * come out of %s and %c as '?', since names come from packages and end on a terminal.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Write at most size - 1 bytes and a NUL; text that does not fit is cut at a whole UTF-8
 * character.  Returns the bytes written without the NUL.  size is at least 1. */
size_t text_format(char *out, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
size_t text_format_va(char *out, size_t size, const char *format, va_list args) PRINTF_LIKE(3, 0);

/* The largest length up to limit at which text can be cut without splitting a UTF-8 character. */
size_t text_whole(const char *text, size_t limit);

/* Format bytes for people, in decimal units as disks are sold: "512 bytes", "4.2 GB". */
#define TEXT_SIZE_MAX 24
const char *text_size(char out[TEXT_SIZE_MAX], uint64_t bytes);

/* ASCII only; locale does not exist here. */
bool text_is_space(char c);
char text_lower(char c);
bool text_same(const char *a, const char *b);      /* equal without regard to case */
bool text_ends(const char *text, const char *end); /* ends so, without regard to case */
bool text_starts(const char *text, const char *start);

/* Parse all of text as a decimal number; false when it is empty, not one, or over UINT64_MAX. */
bool text_to_u64(const char *text, size_t len, uint64_t *out);

#endif
