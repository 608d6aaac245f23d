/* base/base64.h - base64, to and from bytes.
 *
 * Spec: RFC 4648, "Base 64 Encoding".  How loose a reader is is its user's business: parsers/pem.c is
 * strict, base64_read_loose() takes what Python takes.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"

#define BASE64_LEN(len)  (((len) + 2) / 3 * 4) /* characters for so many bytes */
#define BASE64_ROOM(len) ((len) / 4 * 3 + 3)   /* bytes that so many characters are at most */

/* What a character stands for, 0 to 63; -1: it is not of the alphabet. */
int base64_value(uint8_t c);

/* Write BASE64_LEN(from.len) characters, without a NUL; returns how many. */
size_t base64_write(uint8_t *to, struct bytes from);

/* Decode into BASE64_ROOM(text.len) bytes as Python's base64.b64decode() does unless it is told to be
 * strict: what is not of the alphabet is passed over, '=' ends it where it completes a group, and only
 * a group that is not complete is wrong. */
bool base64_read_loose(struct bytes text, uint8_t *to, size_t *len) MUST_CHECK;

#endif
