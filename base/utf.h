/* base/utf.h - UTF-8 to UTF-16 and back, refusing what is neither.
 *
 * Source: The Unicode Standard, "Unicode Encoding Forms"; RFC 3629.
 */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the len bytes are well-formed UTF-8: shortest forms, no surrogates. */
bool utf8_valid(const char *text, size_t len);

/* Bytes of the character that the len bytes, at least one, begin with; 0 when it is malformed. */
size_t utf8_char(const char *text, size_t len);

/* Convert; the result ends with a 0 that is not counted.  False when the input is malformed or
 * the result with its 0 does not fit in room units. */
bool utf8_to_utf16(const char *text, size_t len, uint16_t *out, size_t room, size_t *out_len);
bool utf16_to_utf8(const uint16_t *text, size_t len, char *out, size_t room, size_t *out_len);

#endif
