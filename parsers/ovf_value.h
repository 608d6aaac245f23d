/* parsers/ovf_value.h - is a text a value that a property may have?
 *
 * The descriptor says so by the property's type and by qualifiers, the standard's and VMware's.
 * What it says in words that nobody knows, or wrongly, is no constraint: a package is not to be
 * lost over it.  docs/formats.md has the table of what is understood.
 *
 * Values are compared as text: no number is too large.  A value with ${macros} is to be checked
 * when they are replaced.
 *
 * Spec: DSP0243 1.1.0, "ProductSection"; vSphere API, VAppPropertyInfo.type.
 */
#ifndef PARSERS_OVF_VALUE_H
#define PARSERS_OVF_VALUE_H

#include "base/arena.h"
#include "base/error.h"
#include "parsers/ovf_product.h"

#define OVF_VALUE_RULE_MAX 200 /* bytes that are enough for a rule and its NUL */

/* ERR_SETTING, with a sentence that lacks the property's name, when the value is not one that the
 * property may have.  Nothing of the value is in the sentence when it is a password. */
enum err ovf_check_value(const struct ovf_property *p, const char *value,
                         struct error *e) MUST_CHECK;

/* True when the value is empty and the property may not be. */
bool ovf_value_missing(const struct ovf_property *p, const char *value);

/* What the value must be, for people: "a whole number from 1 to 65535", "at most 25 characters";
 * "" when anything will do.  Written into size bytes, at least 1; a list of choices that does not
 * fit ends with their number.  Returns out. */
const char *ovf_value_rule(const struct ovf_property *p, char *out, size_t size);

/* The values to choose from, in the descriptor's order and taken from the arena; *count is 0 when
 * there is no such list.  Of a boolean they are "true" and "false". */
enum err ovf_value_choices(const struct ovf_property *p, struct arena *a, const char *const **out,
                           size_t *count, struct error *e) MUST_CHECK;

#endif
