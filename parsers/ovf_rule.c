/* Types and qualifiers of properties.
 *
 * Spec: DSP0243 1.1.0, "ProductSection": Property types and qualifiers; the words in lower case
 * with bounds in brackets (int(0..255), string["a","b"], ip:NETWORK) are those of the vSphere API,
 * VAppPropertyInfo.type, and docs/formats.md counts what occurs. */
#include "parsers/ovf_rule.h"

#include <string.h>

#include "base/compiler.h"
#include "base/text.h"

/* Part of a text. */
struct slice {
    const char *at;
    size_t len;
};

static const struct type {
    const char *name;
    enum rule_kind kind;
    enum rule_form form;
    const char *least, *most; /* of reals: what rounds to the largest one */
} types[] = {
    {"uint8", RULE_WHOLE, RULE_ANY, "0", "255"},
    {"uint16", RULE_WHOLE, RULE_ANY, "0", "65535"},
    {"uint32", RULE_WHOLE, RULE_ANY, "0", "4294967295"},
    {"uint64", RULE_WHOLE, RULE_ANY, "0", "18446744073709551615"},
    {"sint8", RULE_WHOLE, RULE_ANY, "-128", "127"},
    {"sint16", RULE_WHOLE, RULE_ANY, "-32768", "32767"},
    {"sint32", RULE_WHOLE, RULE_ANY, "-2147483648", "2147483647"},
    {"sint64", RULE_WHOLE, RULE_ANY, "-9223372036854775808", "9223372036854775807"},
    {"int", RULE_WHOLE, RULE_ANY, "-2147483648", "2147483647"},
    {"real32", RULE_REAL, RULE_ANY, "-3.4028235e38", "3.4028235e38"},
    {"real64", RULE_REAL, RULE_ANY, "-1.7976931348623158e308", "1.7976931348623158e308"},
    {"real", RULE_REAL, RULE_ANY, "-1.7976931348623158e308", "1.7976931348623158e308"},
    {"boolean", RULE_BOOLEAN, RULE_ANY, NULL, NULL},
    {"ip", RULE_TEXT, RULE_ADDRESS, NULL, NULL},
};

/* VMware's, for what vCenter would fill in; those whose form its documents leave open (Net,
 * Subnet, DomainName, SearchPath, HostPrefix, HttpProxy) ask for nothing. */
static const struct {
    const char *name;
    enum rule_form form;
} forms[] = {
    {"Ip", RULE_ADDRESS},      {"VimIp", RULE_ADDRESS},   {"AutoIp", RULE_ADDRESS},
    {"Gateway", RULE_ADDRESS}, {"Netmask", RULE_NETMASK}, {"Dns", RULE_ADDRESSES},
};

static bool is(struct slice s, const char *name)
{
    if (strlen(name) != s.len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (text_lower(s.at[i]) != text_lower(name[i]))
            return false;
    return true;
}

static struct slice trim(struct slice s)
{
    while (s.len && text_is_space(*s.at)) {
        s.at++;
        s.len--;
    }
    while (s.len && text_is_space(s.at[s.len - 1]))
        s.len--;
    return s;
}

static bool is_word(char c)
{
    return (text_lower(c) >= 'a' && text_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static struct slice take_word(const char **at)
{
    struct slice s = {.at = *at};

    while (is_word(s.at[s.len]))
        s.len++;
    *at += s.len;
    return s;
}

static void skip_blanks(const char **at)
{
    while (text_is_space(**at))
        ++*at;
}

/* From an opening quote to behind the closing one; NULL: there is none before end. */
static const char *skip_quoted(const char *at, const char *end)
{
    char quote = *at++;

    for (; at < end && *at != quote; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : NULL;
}

static bool opens_quote(char c)
{
    return c == '"' || c == '\'';
}

/* What stands between a bracket, at *at, and the one that closes it; *at is left behind that.
 * A quote counts where a value begins, so that one may hold an apostrophe. */
static bool take_brackets(const char **at, struct slice *out)
{
    char close = **at == '(' ? ')' : **at == '{' ? '}' : ']';
    const char *end = *at + strlen(*at);
    const char *c = ++*at;
    bool begins = true;

    while (c && c < end && *c != close) {
        if (begins && opens_quote(*c)) {
            c = skip_quoted(c, end);
            begins = false;
            continue;
        }
        begins = *c == ',' || (begins && text_is_space(*c));
        c++;
    }
    if (!c || c == end)
        return false;
    *out = (struct slice){.at = *at, .len = (size_t)(c - *at)};
    *at = c + 1;
    return true;
}

/* Take a bound unless nothing would be left between it and the other one. */
static void tighten(struct rule *rule, struct slice text, bool is_least)
{
    struct rule_bound *bound = is_least ? &rule->least : &rule->most;
    const struct rule_bound *other = is_least ? &rule->most : &rule->least;
    struct rule_bound new = {.text = trim(text).at, .len = trim(text).len};
    int wanted = is_least ? 1 : -1;

    if (!decimal_parse(new.text, new.len, &new.value) ||
        (bound->text && decimal_compare(&new.value, &bound->value) * wanted <= 0) ||
        (other->text && decimal_compare(&other->value, &new.value) * wanted < 0))
        return;
    *bound = new;
}

static void tighten_length(struct rule *rule, struct slice text, bool is_least)
{
    uint64_t number;

    text = trim(text);
    if (!text_to_u64(text.at, text.len, &number))
        return;
    if (is_least && number > rule->min_len && number <= rule->max_len)
        rule->min_len = number;
    if (!is_least && number < rule->max_len && number >= rule->min_len)
        rule->max_len = number;
}

/* x..y behind the type, where either may be missing: of a number the bounds, else of the length. */
static void take_range(struct rule *rule, struct slice range)
{
    for (size_t i = 0; i + 1 < range.len; i++) {
        if (range.at[i] != '.' || range.at[i + 1] != '.')
            continue;
        struct slice ends[] = {{range.at, i}, {range.at + i + 2, range.len - i - 2}};
        for (int end = 0; end < 2; end++) {
            if (rule->kind == RULE_TEXT)
                tighten_length(rule, ends[end], end == 0);
            else
                tighten(rule, ends[end], end == 0);
        }
        return;
    }
}

static void set_choices(struct rule *rule, struct slice list)
{
    size_t at = 0;
    struct rule_choice unused;

    rule->choices = list.at;
    rule->choices_len = list.len;
    if (!rule_next_choice(rule, &at, &unused)) /* no choice at all would leave nothing */
        rule->choices = NULL;
}

static void apply_type(struct rule *rule, const char *type)
{
    struct slice name, inside;

    skip_blanks(&type);
    name = take_word(&type);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (!is(name, types[i].name))
            continue;
        rule->kind = types[i].kind;
        rule->form = types[i].form;
        /* int(x..y) is any whole number in those bounds; without bounds it is sint32. */
        if (types[i].least && !(is(name, "int") && *type == '(')) {
            tighten(rule, (struct slice){types[i].least, strlen(types[i].least)}, true);
            tighten(rule, (struct slice){types[i].most, strlen(types[i].most)}, false);
        }
        rule->is_signed = types[i].least && *types[i].least == '-';
    }
    skip_blanks(&type);
    if ((*type != '(' && *type != '[') || !take_brackets(&type, &inside))
        return;
    if (type[-1] == ']')
        set_choices(rule, inside);
    else
        take_range(rule, inside);
}

static void apply_qualifier(struct rule *rule, struct slice name, struct slice value)
{
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (is(name, forms[i].name))
            rule->form = forms[i].form;
    if (is(name, "ValueMap") && !rule->choices && rule->kind != RULE_BOOLEAN)
        set_choices(rule, value);
    if (rule->kind == RULE_TEXT && (is(name, "MinLen") || is(name, "MaxLen")))
        tighten_length(rule, value, is(name, "MinLen"));
    if (rule->kind != RULE_TEXT && (is(name, "MinValue") || is(name, "MaxValue")))
        tighten(rule, value, is(name, "MinValue"));
}

/* What does not parse ends the list: what stands in front of it holds. */
static void apply_qualifiers(struct rule *rule, const char *text)
{
    for (;;) {
        struct slice value = {.at = ""};
        while (text_is_space(*text) || *text == ',')
            text++;
        struct slice name = take_word(&text);
        if (name.len == 0)
            return;
        skip_blanks(&text);
        if ((*text == '(' || *text == '{') && !take_brackets(&text, &value))
            return;
        apply_qualifier(rule, name, value);
    }
}

void rule_of(const struct ovf_property *p, struct rule *out)
{
    *out = (struct rule){.max_len = UINT64_MAX};
    apply_type(out, p->type);
    apply_qualifiers(out, p->qualifiers);
    apply_qualifiers(out, p->vendor_qualifiers);
}

bool rule_next_choice(const struct rule *rule, size_t *at, struct rule_choice *out)
{
    const char *end = rule->choices ? rule->choices + rule->choices_len : NULL;
    const char *c = rule->choices ? rule->choices + *at : NULL;

    while (c < end && (text_is_space(*c) || *c == ','))
        c++;
    if (c == end)
        return false;
    const char *start = c;
    out->quoted = opens_quote(*c);
    if (out->quoted) {
        c = skip_quoted(c, end);
        if (!c)
            return false;
        *out = (struct rule_choice){start + 1, (size_t)(c - start) - 2, true};
    } else {
        while (c < end && *c != ',')
            c++;
        struct slice text = trim((struct slice){start, (size_t)(c - start)});
        *out = (struct rule_choice){text.at, text.len, false};
    }
    *at = (size_t)(c - rule->choices);
    return true;
}

size_t rule_decode(const struct rule_choice *choice, char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < choice->len; i++) {
        if (choice->quoted && choice->text[i] == '\\' && i + 1 < choice->len)
            i++;
        out[len++] = choice->text[i];
    }
    return len;
}

bool rule_is_choice(const struct rule_choice *choice, const char *text, size_t len)
{
    size_t at = 0;

    for (size_t i = 0; i < choice->len; i++) {
        if (choice->quoted && choice->text[i] == '\\' && i + 1 < choice->len)
            i++;
        if (at == len || choice->text[i] != text[at++])
            return false;
    }
    return at == len;
}
