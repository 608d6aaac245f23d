/* parsers/ovf_rule.h - what a property's type and qualifiers say together about its value.
 *
 * Only parsers/ovf_rule.c and ovf_value.c use it.  A rule borrows the property's texts.
 */
#ifndef PARSERS_OVF_RULE_H
#define PARSERS_OVF_RULE_H

#include "parsers/decimal.h"
#include "parsers/ovf_product.h"

enum rule_kind {
    RULE_TEXT,
    RULE_WHOLE, /* a whole number */
    RULE_REAL,
    RULE_BOOLEAN,
};

enum rule_form {
    RULE_ANY,
    RULE_ADDRESS,
    RULE_NETMASK,
    RULE_ADDRESSES, /* several, with commas or blanks between them */
};

/* One end of a range, as written; text is NULL when it is open. */
struct rule_bound {
    const char *text;
    size_t len;
    struct decimal value;
};

struct rule {
    enum rule_kind kind;
    enum rule_form form; /* of a text that is not empty */
    bool is_signed;      /* of a whole number */
    struct rule_bound least, most;
    uint64_t min_len, max_len; /* characters of a text; UINT64_MAX: no bound */
    const char *choices;       /* "a","b" or a,b; NULL: anything */
    size_t choices_len;
};

void rule_of(const struct ovf_property *p, struct rule *out);

/* One of the choices, as written: where quoted, a backslash stands before a character that is
 * meant as it is. */
struct rule_choice {
    const char *text;
    size_t len;
    bool quoted;
};

/* Step to the next choice; *at begins at 0. */
bool rule_next_choice(const struct rule *rule, size_t *at, struct rule_choice *out);

/* Write the choice, decoded and without a NUL, into choice->len bytes or more; returns its bytes. */
size_t rule_decode(const struct rule_choice *choice, char *out);

/* True when the choice, decoded, is that text. */
bool rule_is_choice(const struct rule_choice *choice, const char *text, size_t len);

#endif
