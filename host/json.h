/* host/json.h - JSON to standard output, a value at a time.
 *
 *     json_object(NULL);
 *     json_text("file", "a.ova");
 *     json_array("disks");
 *     ... json_object(NULL); ... json_end_object(); ...
 *     json_end_array();
 *     json_end_object();
 *
 * Commas are put where they belong.  The name is NULL for the outermost value and in arrays.
 *
 * Spec: RFC 8259.
 */
#ifndef HOST_JSON_H
#define HOST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"

void json_object(const char *name);
void json_end_object(void); /* the outermost ends its line */
void json_array(const char *name);
void json_end_array(void);

/* UTF-8, as texts in ovfboot are. */
void json_text(const char *name, const char *value);

/* The same, but nothing at all for a text that is empty. */
void json_text_if(const char *name, const char *value);

void json_number(const char *name, uint64_t value);
void json_flag(const char *name, bool value);
void json_digest(const char *name, enum digest_kind kind, const uint8_t *digest);

#endif
