#include "parsers/ovf_value.h"

#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "base/utf.h"
#include "parsers/address.h"
#include "parsers/ovf_rule.h"

#define SHOWN_MAX 60 /* bytes of a value in a message */

static bool is_number(const struct rule *rule)
{
    return rule->kind == RULE_WHOLE || rule->kind == RULE_REAL;
}

static bool is_among(const struct rule *rule, const char *value)
{
    struct rule_choice choice;
    struct decimal wanted, number;
    size_t len = strlen(value);
    size_t at = 0;

    while (rule_next_choice(rule, &at, &choice)) {
        if (rule_is_choice(&choice, value, len))
            return true;
        if (is_number(rule) && decimal_parse(value, len, &number) &&
            decimal_parse(choice.text, choice.len, &wanted) &&
            decimal_compare(&number, &wanted) == 0)
            return true;
    }
    return rule->choices == NULL;
}

static bool is_in_range(const struct rule *rule, const char *value)
{
    struct decimal number;
    size_t len = strlen(value);

    if (!decimal_parse(value, len, &number) ||
        (rule->kind == RULE_WHOLE && !decimal_is_whole(value, len, rule->is_signed)))
        return false;
    return (!rule->least.text || decimal_compare(&number, &rule->least.value) >= 0) &&
           (!rule->most.text || decimal_compare(&number, &rule->most.value) <= 0);
}

static bool has_form(const struct rule *rule, const char *value)
{
    size_t len = strlen(value);

    if (len == 0)
        return true;
    switch (rule->form) {
    case RULE_ANY:
        return true;
    case RULE_ADDRESS:
        return address_is_ip(value, len);
    case RULE_NETMASK:
        return address_is_netmask(value, len);
    case RULE_ADDRESSES:
        return address_is_list(value, len);
    }
    return true;
}

static uint64_t count_characters(const char *text)
{
    uint64_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80; /* not a byte that goes on */
    return count;
}

static bool has_kind(const struct rule *rule, const char *value)
{
    switch (rule->kind) {
    case RULE_TEXT:
        return has_form(rule, value);
    case RULE_WHOLE:
    case RULE_REAL:
        return is_in_range(rule, value);
    case RULE_BOOLEAN:
        return text_same(value, "true") || text_same(value, "false");
    }
    return true;
}

static bool is_allowed(const struct rule *rule, const char *value)
{
    uint64_t characters = rule->kind == RULE_TEXT ? count_characters(value) : rule->min_len;

    return has_kind(rule, value) && is_among(rule, value) && characters >= rule->min_len &&
           characters <= rule->max_len;
}

enum err ovf_check_value(const struct ovf_property *p, const char *value, struct error *e)
{
    char wanted[OVF_VALUE_RULE_MAX];
    struct rule rule;
    size_t len = strlen(value);

    if (!utf8_valid(value, len))
        return fail(e, ERR_SETTING, "the value is not UTF-8 text");
    rule_of(p, &rule);
    if (is_allowed(&rule, value))
        return OK;
    ovf_value_rule(p, wanted, sizeof(wanted));
    if (len == 0)
        return fail(e, ERR_SETTING, "the value is empty, and must be %s", wanted);
    if (p->password)
        return fail(e, ERR_SETTING, "the value must be %s, and is not", wanted);
    if (len <= SHOWN_MAX)
        return fail(e, ERR_SETTING, "%s is not %s", value, wanted);
    return fail(e, ERR_SETTING, "%.*s... is not %s", (int)text_whole(value, SHOWN_MAX), value,
                wanted);
}

bool ovf_value_missing(const struct ovf_property *p, const char *value)
{
    struct rule rule;

    rule_of(p, &rule);
    return !*value && !is_allowed(&rule, value);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void say_length(const struct rule *rule, char *out, size_t size)
{
    uint64_t min = rule->min_len, max = rule->max_len;

    if (max == UINT64_MAX && min)
        text_format(out, size, "at least %llu character%s", (unsigned long long)min, plural(min));
    else if (max != UINT64_MAX && min == 0)
        text_format(out, size, "at most %llu character%s", (unsigned long long)max, plural(max));
    else if (max != UINT64_MAX && min == max)
        text_format(out, size, "%llu character%s", (unsigned long long)max, plural(max));
    else if (max != UINT64_MAX)
        text_format(out, size, "%llu to %llu characters", (unsigned long long)min,
                    (unsigned long long)max);
}

/* The bounds of a type of reals are of no use to a person. */
static bool is_told(const struct rule *rule, const struct rule_bound *bound)
{
    return bound->text && bound->len < 30 &&
           !(rule->kind == RULE_REAL && memchr(bound->text, 'e', bound->len));
}

static void say_number(const struct rule *rule, char *out, size_t size)
{
    const char *noun = rule->kind == RULE_WHOLE ? "a whole number" : "a number";
    const struct rule_bound *least = &rule->least, *most = &rule->most;

    if (is_told(rule, least) && is_told(rule, most))
        text_format(out, size, "%s from %.*s to %.*s", noun, (int)least->len, least->text,
                    (int)most->len, most->text);
    else if (is_told(rule, least))
        text_format(out, size, "%s, %.*s or more", noun, (int)least->len, least->text);
    else if (is_told(rule, most))
        text_format(out, size, "%s, %.*s or less", noun, (int)most->len, most->text);
    else
        text_format(out, size, "%s", noun);
}

/* Decode a choice for people into size bytes; "" is "(empty)".  False when it does not fit. */
static bool say_choice(const struct rule_choice *choice, char *out, size_t size)
{
    if (choice->len >= size)
        return false;
    size_t len = rule_decode(choice, out);
    out[len] = '\0';
    if (len == 0)
        text_format(out, size, "(empty)");
    return true;
}

/* List choices, as many as leave that many bytes free; returns how many those are. */
static size_t list_choices(const struct rule *rule, char *out, size_t size, size_t reserve)
{
    char text[OVF_VALUE_RULE_MAX];
    struct rule_choice choice;
    size_t len = text_format(out, size, "one of: ");
    size_t count = 0, at = 0;

    for (; rule_next_choice(rule, &at, &choice); count++) {
        const char *comma = count ? ", " : "";
        if (!say_choice(&choice, text, sizeof(text)) ||
            strlen(comma) + strlen(text) + reserve > size - 1 - len)
            break;
        len += text_format(out + len, size - len, "%s%s", comma, text);
    }
    return count;
}

/* "one of: a, b"; when not all fit, "one of: a, ... (594 in all)". */
static void say_choices(const struct rule *rule, char *out, size_t size)
{
    struct rule_choice unused;
    size_t count = 0, at = 0;
    char tail[40];

    while (rule_next_choice(rule, &at, &unused))
        count++;
    if (list_choices(rule, out, size, 0) == count)
        return;
    size_t reserve = text_format(tail, sizeof(tail), ", ... (%zu in all)", count);
    bool some = list_choices(rule, out, size, reserve) > 0;
    size_t len = strlen(out);
    text_format(out + len, size - len, "%s", some ? tail : tail + 2);
}

const char *ovf_value_rule(const struct ovf_property *p, char *out, size_t size)
{
    static const char *const forms[] = {
        [RULE_ANY] = "",
        [RULE_ADDRESS] = "an IP address",
        [RULE_NETMASK] = "a netmask",
        [RULE_ADDRESSES] = "IP addresses with commas between them",
    };
    struct rule rule;

    rule_of(p, &rule);
    out[0] = '\0';
    if (rule.choices)
        say_choices(&rule, out, size);
    else if (rule.kind == RULE_BOOLEAN)
        text_format(out, size, "true or false");
    else if (is_number(&rule))
        say_number(&rule, out, size);
    else if (rule.form != RULE_ANY)
        text_format(out, size, "%s", forms[rule.form]);
    else
        say_length(&rule, out, size);
    return out;
}

enum err ovf_value_choices(const struct ovf_property *p, struct arena *a, const char *const **out,
                           size_t *count, struct error *e)
{
    static const char *const truths[] = {"true", "false"};
    struct rule_choice choice;
    const char **list;
    struct rule rule;
    size_t most = 0, at = 0;

    rule_of(p, &rule);
    *out = truths;
    *count = rule.kind == RULE_BOOLEAN ? COUNT_OF(truths) : 0;
    while (rule_next_choice(&rule, &at, &choice))
        most++;
    if (most == 0)
        return OK;
    TRY(TAKE(a, most, &list, e));
    *count = at = 0;
    while (rule_next_choice(&rule, &at, &choice)) {
        char *text;
        TRY(TAKE(a, choice.len + 1, &text, e));
        text[rule_decode(&choice, text)] = '\0';
        list[(*count)++] = text;
    }
    *out = list;
    return OK;
}
