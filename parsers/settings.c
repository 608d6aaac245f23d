#include "parsers/settings.h"

#include <string.h>

#include "base/text.h"
#include "parsers/lines.h"

static bool is_key_char(uint8_t c)
{
    char lower = text_lower((char)c);

    return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
           (c != '\0' && strchr("-_.:", c));
}

/* Behind "property." comes the name of an appliance's property, which its maker chose. */
static bool is_key(struct bytes key, size_t fixed)
{
    for (size_t i = 0; i < fixed; i++)
        if (!is_key_char(key.at[i]))
            return false;
    for (size_t i = fixed; i < key.len; i++)
        if (text_is_space((char)key.at[i]))
            return false;
    return lines_plain(key);
}

static enum err copy_key(struct bytes key, struct arena *a, const char **out, struct error *e)
{
    const size_t prefix = strlen(SETTINGS_PROPERTY);
    size_t fixed = key.len;
    char *copy;

    if (key.len == 0)
        return fail(e, ERR_SETTING, "nothing stands before '='");
    TRY(TAKE(a, key.len + 1, &copy, e));
    for (size_t i = 0; i < key.len; i++)
        copy[i] = text_lower((char)key.at[i]);
    if (key.len > prefix && text_starts(copy, SETTINGS_PROPERTY)) {
        memcpy(copy + prefix, key.at + prefix, key.len - prefix);
        fixed = prefix;
    }
    if (!is_key(key, fixed))
        return fail(e, ERR_SETTING, "%.*s is not the name of a setting", lines_shown(key),
                    (const char *)key.at);
    *out = copy;
    return OK;
}

/* Put one setting behind the others; kind is "line" or "word". */
static enum err add(struct settings *s, struct bytes key, struct bytes value, uint32_t number,
                    const char *kind, struct arena *a, struct error *e)
{
    struct setting *new = &s->at[s->count];

    new->line = number;
    TRY(copy_key(key, a, &new->key, e));
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->at[i].key, new->key) == 0)
            return fail(e, ERR_SETTING, "%s is set a second time, first in %s %u", new->key, kind,
                        s->at[i].line);
    if (!lines_plain(value))
        return fail(e, ERR_SETTING, "the value of %s is not UTF-8, or holds a control character",
                    new->key);
    /* value.at is NULL for the empty end of an empty text. */
    TRY(arena_text(a, value.len ? (const char *)value.at : "", value.len, &new->value, e));
    s->count++;
    return OK;
}

static enum err add_line(struct settings *s, const struct lines *lines, struct arena *a,
                         struct error *e)
{
    struct bytes line = lines->line;
    const uint8_t *equals = memchr(line.at, '=', line.len);

    if (!equals)
        return fail(e, ERR_SETTING, "there is no '=' in %.*s", lines_shown(line),
                    (const char *)line.at);

    size_t len = (size_t)(equals - line.at);
    return add(s, lines_trim((struct bytes){line.at, len}),
               lines_trim((struct bytes){equals + 1, line.len - len - 1}), lines->number, "line", a,
               e);
}

static bool is_setting(struct bytes line)
{
    return line.len && line.at[0] != '#' && line.at[0] != ';';
}

static enum err take_settings(size_t count, struct arena *a, struct settings *out, struct error *e)
{
    if (count > SETTINGS_MAX)
        return fail(e, ERR_SETTING, "there are %zu settings, but %d are the limit", count,
                    SETTINGS_MAX);
    *out = (struct settings){0};
    return TAKE(a, count, &out->at, e);
}

enum err settings_parse(struct bytes text, struct arena *a, struct settings *out, struct error *e)
{
    size_t count = 0;

    if (text.len >= 2 && (get_le16(text.at) == 0xfeff || get_le16(text.at) == 0xfffe))
        return fail(e, ERR_SETTING, "the text is UTF-16, not UTF-8");
    for (struct lines lines = lines_of(text); lines_next(&lines);)
        count += is_setting(lines.line);
    TRY(take_settings(count, a, out, e));

    for (struct lines lines = lines_of(text); lines_next(&lines);)
        if (is_setting(lines.line) && add_line(out, &lines, a, e) != OK)
            return within(e, "line %u", lines.number);
    return OK;
}

/* The next word of load options, not trimmed, with its quotes; blanks inside quotes belong to it.
 * False at the end. */
static bool next_word(struct bytes *left, struct bytes *word)
{
    bool quoted = false;
    size_t len = 0;

    while (left->len && text_is_space((char)left->at[0]))
        take(left, 1);
    for (; len < left->len && (quoted || !text_is_space((char)left->at[len])); len++)
        if (left->at[len] == '"')
            quoted = !quoted;
    *word = (struct bytes){left->at, len};
    take(left, len);
    return len > 0;
}

/* Quotes stand around the whole value or not at all. */
static enum err unquote(struct bytes *value, struct error *e)
{
    struct bytes inner = *value;

    if (inner.len && inner.at[0] == '"') {
        if (inner.len < 2 || inner.at[inner.len - 1] != '"')
            return fail(e, ERR_SETTING, "the quotes do not close at the end of %.*s",
                        lines_shown(*value), (const char *)value->at);
        inner = (struct bytes){inner.at + 1, inner.len - 2};
    }
    if (inner.len && memchr(inner.at, '"', inner.len))
        return fail(e, ERR_SETTING, "there are quotes inside %.*s", lines_shown(*value),
                    (const char *)value->at);
    *value = inner;
    return OK;
}

static enum err add_word(struct settings *s, struct bytes word, uint32_t number, struct arena *a,
                         struct error *e)
{
    const uint8_t *equals = memchr(word.at, '=', word.len);

    if (!equals && number == 1)
        return OK;
    if (!equals)
        return fail(e, ERR_SETTING, "there is no '=' in %.*s", lines_shown(word),
                    (const char *)word.at);

    struct bytes key = {word.at, (size_t)(equals - word.at)};
    struct bytes value = {equals + 1, word.len - key.len - 1};
    TRY(unquote(&value, e));
    return add(s, key, value, number, "word", a, e);
}

enum err settings_parse_options(struct bytes text, struct arena *a, struct settings *out,
                                struct error *e)
{
    struct bytes left = text;
    struct bytes word;
    uint32_t number = 0;

    while (next_word(&left, &word))
        number++;
    TRY(take_settings(number, a, out, e));

    left = text;
    number = 0;
    while (next_word(&left, &word))
        if (add_word(out, word, ++number, a, e) != OK)
            return within(e, "word %u", number);
    return OK;
}
