#include "parsers/json.h"

#include <string.h>

#include "base/utf.h"

struct json json_of(struct bytes text)
{
    return (struct json){.rest = text, .damaged = !utf8_valid((const char *)text.at, text.len)};
}

static void skip_blanks(struct bytes *b)
{
    while (b->len && memchr(" \t\r\n", b->at[0], 4))
        (void)take(b, 1);
}

static bool next_is(struct bytes *b, char c)
{
    if (!b->len || b->at[0] != (uint8_t)c)
        return false;
    (void)take(b, 1);
    return true;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

static bool hex4(struct bytes *b, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int value = b->len ? hex_value(b->at[0]) : -1;
        if (value < 0)
            return false;
        *out = *out << 4 | (uint32_t)value;
        (void)take(b, 1);
    }
    return true;
}

static bool escape(struct bytes *b)
{
    uint32_t code;

    if (!b->len)
        return false;
    uint8_t c = *take(b, 1);
    return c == 'u' ? hex4(b, &code) : c && strchr("\"\\/bfnrt", c);
}

/* From the opening quote on. */
static bool text_value(struct bytes *b, struct bytes *inner)
{
    if (!next_is(b, '"'))
        return false;
    inner->at = b->at;
    while (b->len && b->at[0] != '"') {
        if (b->at[0] < 0x20)
            return false;
        if (next_is(b, '\\')) {
            if (!escape(b))
                return false;
        } else {
            (void)take(b, 1);
        }
    }
    inner->len = (size_t)(b->at - inner->at);
    return next_is(b, '"');
}

static size_t digits(struct bytes *b)
{
    size_t n = 0;

    for (; b->len && b->at[0] >= '0' && b->at[0] <= '9'; n++)
        (void)take(b, 1);
    return n;
}

static bool number_value(struct bytes *b)
{
    (void)next_is(b, '-');
    if (!next_is(b, '0') && !digits(b))
        return false;
    if (next_is(b, '.') && !digits(b))
        return false;
    if (next_is(b, 'e') || next_is(b, 'E')) {
        if (!next_is(b, '+'))
            (void)next_is(b, '-');
        return digits(b) > 0;
    }
    return true;
}

static bool word_value(struct bytes *b)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t len = strlen(words[i]);
        if (b->len >= len && memcmp(b->at, words[i], len) == 0)
            return take(b, len);
    }
    return false;
}

/* A value that holds no others. */
static bool plain_value(struct bytes *b, enum json_kind *kind, struct bytes *value)
{
    if (b->len && b->at[0] == '"') {
        *kind = JSON_TEXT;
        return text_value(b, value);
    }
    value->at = b->at;
    *kind = b->len && memchr("tfn", b->at[0], 3) ? JSON_WORD : JSON_NUMBER;
    if (*kind == JSON_WORD ? !word_value(b) : !number_value(b))
        return false;
    value->len = (size_t)(b->at - value->at);
    return true;
}

/* A member's key and colon, blanks around them. */
static bool key_of(struct bytes *b, struct bytes *key)
{
    skip_blanks(b);
    if (!text_value(b, key))
        return false;
    skip_blanks(b);
    if (!next_is(b, ':'))
        return false;
    skip_blanks(b);
    return true;
}

/* The closing brackets at this place, and the comma behind them with the next key.  *depth is how
 * many are still open. */
static bool close_inner(struct bytes *b, const char *open, size_t *depth)
{
    struct bytes key;

    while (*depth) {
        char bracket = open[*depth - 1];
        skip_blanks(b);
        if (next_is(b, ',')) {
            skip_blanks(b);
            return bracket == '[' || key_of(b, &key);
        }
        if (!next_is(b, bracket == '[' ? ']' : '}'))
            return false;
        (*depth)--;
    }
    return true;
}

static bool inner_value(struct bytes *b)
{
    char open[JSON_DEPTH_MAX];
    size_t depth = 0;
    enum json_kind kind;
    struct bytes ignored;

    do {
        char bracket = b->len ? (char)b->at[0] : '\0';
        if (bracket != '[' && bracket != '{') {
            if (!plain_value(b, &kind, &ignored))
                return false;
        } else {
            if (depth == JSON_DEPTH_MAX)
                return false;
            open[depth++] = bracket;
            (void)take(b, 1);
            skip_blanks(b);
            bool empty = b->len && b->at[0] == (bracket == '[' ? ']' : '}');
            if (!empty && bracket == '{' && !key_of(b, &ignored))
                return false;
            if (!empty)
                continue;
        }
        if (!close_inner(b, open, &depth))
            return false;
    } while (depth);
    return true;
}

static bool value_of(struct bytes *b, struct json_member *out)
{
    if (b->len && (b->at[0] == '{' || b->at[0] == '[')) {
        out->kind = JSON_INNER;
        out->value.at = b->at;
        if (!inner_value(b))
            return false;
        out->value.len = (size_t)(b->at - out->value.at);
        return true;
    }
    return plain_value(b, &out->kind, &out->value);
}

static bool next_member(struct json *j, const char brackets[2], struct json_member *out)
{
    struct bytes *b = &j->rest;

    if (j->closed || j->damaged)
        return false;
    skip_blanks(b);
    bool first = !j->begun;
    if (first)
        j->damaged = !next_is(b, brackets[0]);
    j->begun = true;
    skip_blanks(b);
    if (!j->damaged && next_is(b, brackets[1])) {
        skip_blanks(b);
        j->closed = true;
        return false;
    }
    if (!j->damaged && !first)
        j->damaged = !next_is(b, ',');
    skip_blanks(b);
    out->key = (struct bytes){0};
    j->damaged = j->damaged || (brackets[0] == '{' && !key_of(b, &out->key)) || !value_of(b, out);
    return !j->damaged;
}

bool json_next(struct json *j, struct json_member *out)
{
    return next_member(j, "{}", out);
}

bool json_next_item(struct json *j, struct json_member *out)
{
    return next_member(j, "[]", out);
}

bool json_ended(const struct json *j)
{
    return j->closed && !j->damaged && j->rest.len == 0;
}

bool json_key_is(const struct json_member *member, const char *key)
{
    return member->key.len == strlen(key) && memcmp(member->key.at, key, member->key.len) == 0;
}

static size_t put_utf8(char *out, uint32_t code)
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    if (len == 1) {
        out[0] = (char)code;
        return 1;
    }
    for (size_t i = len; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(code | (0xf00u >> len));
    return len;
}

/* Behind the backslash: at most as many bytes as were read. */
static bool unescape(struct bytes *b, uint32_t *code)
{
    static const char names[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    uint8_t c = *take(b, 1);
    const char *name = strchr(names, c);
    uint32_t low;

    *code = name ? (uint32_t)meanings[name - names] : c;
    if (c != 'u')
        return true;
    if (!hex4(b, code) || *code == 0 || (*code >= 0xdc00 && *code < 0xe000))
        return false;
    if (*code < 0xd800 || *code >= 0xdc00)
        return true;
    if (!next_is(b, '\\') || !next_is(b, 'u') || !hex4(b, &low) || low < 0xdc00 || low >= 0xe000)
        return false;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

enum err json_decode(const struct json_member *member, struct arena *a, const char **out,
                     struct error *e)
{
    struct bytes b = member->value;
    uint32_t code;
    char *to;

    TRY(TAKE(a, b.len + 1, &to, e));
    *out = to;
    while (b.len) {
        if (!next_is(&b, '\\')) {
            *to++ = (char)*take(&b, 1);
            continue;
        }
        if (!unescape(&b, &code))
            return fail(e, ERR_DAMAGED, "a text of JSON holds half a character, or none");
        to += put_utf8(to, code);
    }
    *to = '\0';
    return OK;
}
