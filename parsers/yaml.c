#include "parsers/yaml.h"

#include <string.h>

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first line, with its end; text goes behind it. */
static struct bytes next_line(struct bytes *text)
{
    const uint8_t *end = text->len ? memchr(text->at, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->at) + 1 : text->len;

    return (struct bytes){take(text, len), len};
}

static size_t indent_of(struct bytes line)
{
    size_t n = 0;

    while (n < line.len && line.at[n] == ' ')
        n++;
    return n;
}

/* True when nothing but a comment is in it. */
static bool is_idle(struct bytes line)
{
    size_t n = 0;

    while (n < line.len && is_blank(line.at[n]))
        n++;
    return n == line.len || line.at[n] == '#';
}

static bool is_marker(struct bytes line, const char *marker)
{
    return line.len >= 3 && memcmp(line.at, marker, 3) == 0 &&
           (line.len == 3 || is_blank(line.at[3]));
}

struct bytes yaml_mapping(struct bytes text, bool *braces, size_t *indent)
{
    if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        (void)take(&text, 3);
    *braces = false;
    *indent = 0;
    while (text.len) {
        struct bytes rest = text;
        struct bytes line = next_line(&rest);
        if (is_marker(line, "---")) {
            (void)take(&text, 3);
        } else if (is_idle(line) || line.at[0] == '%') {
            text = rest;
        } else {
            *indent = indent_of(line);
            *braces = *indent < line.len && line.at[*indent] == '{';
            break;
        }
    }
    return text;
}

/* Bytes of the key, its quotes and the colon that text begins with; 0: it begins with another. */
static size_t key_len(struct bytes text, const char *key)
{
    size_t len = strlen(key);
    size_t quotes = text.len && (text.at[0] == '"' || text.at[0] == '\'') ? 1 : 0;
    size_t n = len + 2 * quotes;

    if (text.len < n || memcmp(text.at + quotes, key, len) != 0 ||
        (quotes && text.at[n - 1] != text.at[0]))
        return 0;
    while (n < text.len && (text.at[n] == ' ' || text.at[n] == '\t'))
        n++;
    if (n == text.len || text.at[n] != ':')
        return 0;
    n++;
    return n == text.len || is_blank(text.at[n]) || quotes ? n : 0;
}

/* Lines: the key's own with blanks for the key, then all that are indented deeper. */
static size_t below_in_lines(struct bytes text, size_t indent, const char *key, uint8_t *out)
{
    size_t len = 0;
    bool inside = false;

    while (text.len) {
        struct bytes line = next_line(&text);
        size_t from = 0;
        if (is_marker(line, "---") || is_marker(line, "..."))
            break;
        if (!is_idle(line) && indent_of(line) <= indent) {
            struct bytes at = {line.at + indent_of(line), line.len - indent_of(line)};
            size_t own = indent_of(line) == indent ? key_len(at, key) : 0;
            inside = own > 0;
            if (inside) {
                len = from = indent + own;
                memset(out, ' ', len);
            }
        }
        if (inside) {
            memcpy(out + len, line.at + from, line.len - from);
            len += line.len - from;
        }
    }
    return len;
}

/* Bytes of the quoted text, the comment, or the single character at the start of text. */
static size_t token_len(struct bytes text, bool fresh)
{
    uint8_t c = text.at[0];
    size_t n = 1;

    if (fresh && c == '#') {
        while (n < text.len && text.at[n] != '\n')
            n++;
        return n;
    }
    if (!fresh || (c != '"' && c != '\''))
        return 1;
    for (; n < text.len; n++) {
        bool two = n + 1 < text.len;
        if (c == '"' ? text.at[n] == '\\' : two && text.at[n] == c && text.at[n + 1] == c)
            n++;
        else if (text.at[n] == c)
            return n + 1;
    }
    return text.len;
}

/* Braces: from the key's colon to the comma or the brace that ends its value. */
static size_t below_in_braces(struct bytes text, const char *key, uint8_t *out)
{
    size_t len = 0, depth = 0;
    bool fresh = true, wants_key = false; /* a token, a member begins */
    const uint8_t *value = NULL;

    while (text.len) {
        uint8_t c = text.at[0];
        size_t own = wants_key && depth == 1 && !is_blank(c) ? key_len(text, key) : 0;
        size_t step = own ? own : token_len(text, fresh);
        bool outside = depth == 1 && (c == ',' || c == '}') && step == 1;
        if (value && outside) {
            len = (size_t)(text.at - value);
            memcpy(out, value, len);
            value = NULL;
        }
        if (step == 1)
            depth = depth + (c == '{' || c == '[') - (c == '}' || c == ']');
        if (own)
            value = text.at + own;
        wants_key = (depth == 1 && step == 1 && (c == ',' || c == '{')) ||
                    (wants_key && (is_blank(c) || (fresh && c == '#')));
        fresh = own || is_blank(c) || c == ',' || c == ':' || c == '{' || c == '[';
        (void)take(&text, step);
        if (depth == 0)
            break;
    }
    return len;
}

enum err yaml_below(struct bytes text, const char *key, struct arena *a, struct bytes *out,
                    struct error *e)
{
    bool braces;
    size_t indent, len;
    uint8_t *to;

    text = yaml_mapping(text, &braces, &indent);
    TRY(TAKE(a, text.len, &to, e));
    if (braces)
        (void)take(&text, indent);
    len = braces ? below_in_braces(text, key, to) : below_in_lines(text, indent, key, to);
    *out = (struct bytes){to, len};
    for (size_t i = 0; i < len; i++)
        if (!is_blank(to[i]))
            return OK;
    out->len = 0;
    return OK;
}
