#include "parsers/manifest.h"

#include <string.h>

#include "base/text.h"
#include "parsers/lines.h"

struct spelling {
    const char *word;
    enum digest_kind kind;
};

/* "SHA2-256" is what openssl 3 prints: Home Assistant OS shipped it (operating-system #3654). */
static const struct spelling spellings[] = {
    {"SHA1", DIGEST_SHA1},      {"SHA-1", DIGEST_SHA1},      {"SHA256", DIGEST_SHA256},
    {"SHA-256", DIGEST_SHA256}, {"SHA2-256", DIGEST_SHA256}, {"SHA384", DIGEST_SHA384},
    {"SHA-384", DIGEST_SHA384}, {"SHA2-384", DIGEST_SHA384}, {"SHA512", DIGEST_SHA512},
    {"SHA-512", DIGEST_SHA512}, {"SHA2-512", DIGEST_SHA512},
};

/* A line, taken apart but not understood. */
struct parts {
    struct bytes algorithm, name, hex;
};

size_t digest_size(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA1:
        return 20;
    case DIGEST_SHA256:
        return 32;
    case DIGEST_SHA384:
        return 48;
    case DIGEST_SHA512:
        return 64;
    }
    return 0;
}

const char *digest_name(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA1:
        return "SHA-1";
    case DIGEST_SHA256:
        return "SHA-256";
    case DIGEST_SHA384:
        return "SHA-384";
    case DIGEST_SHA512:
        return "SHA-512";
    }
    return "unknown";
}

static bool is_word(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text_lower((char)text.at[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '/')
            return false;
    }
    return text.len > 0;
}

/* "algorithm (name) = hex".  A name may hold ')' and even ")=": the last one counts, since no
 * digest has a ')'. */
static bool split(struct bytes line, struct parts *out)
{
    const uint8_t *end = line.at + line.len;
    const uint8_t *open = memchr(line.at, '(', line.len);

    for (const uint8_t *at = end; open && --at > open;) {
        struct bytes rest = lines_trim((struct bytes){at + 1, (size_t)(end - at - 1)});
        if (*at != ')' || rest.len == 0 || rest.at[0] != '=')
            continue;
        out->algorithm = lines_trim((struct bytes){line.at, (size_t)(open - line.at)});
        out->name = (struct bytes){open + 1, (size_t)(at - open - 1)};
        out->hex = lines_trim((struct bytes){rest.at + 1, rest.len - 1});
        return is_word(out->algorithm);
    }
    return false;
}

static enum err parse_kind(struct bytes word, enum digest_kind *out, struct error *e)
{
    char text[9] = ""; /* the longest spelling with its NUL */

    if (word.len < sizeof(text))
        memcpy(text, word.at, word.len);
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        if (text_same(text, spellings[i].word)) {
            *out = spellings[i].kind;
            return OK;
        }
    }
    return fail(e, ERR_UNSUPPORTED,
                "digest algorithm %.*s is not one of SHA-1, SHA-256, SHA-384 "
                "and SHA-512",
                lines_shown(word), (const char *)word.at);
}

static int hex_value(uint8_t c)
{
    char lower = text_lower((char)c);

    if (lower >= '0' && lower <= '9')
        return lower - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static enum err parse_hex(struct bytes hex, struct manifest_entry *entry, struct error *e)
{
    size_t digits = 2 * digest_size(entry->kind);

    for (size_t i = 0; i < hex.len; i++)
        if (hex_value(hex.at[i]) < 0)
            return fail(e, ERR_DAMAGED, "the digest of %s is not hexadecimal", entry->name);
    if (hex.len != digits)
        return fail(e, ERR_DAMAGED, "the digest of %s has %zu digits, but %s has %zu", entry->name,
                    hex.len, digest_name(entry->kind), digits);
    for (size_t i = 0; i < hex.len; i += 2)
        entry->digest[i / 2] = (uint8_t)(hex_value(hex.at[i]) << 4 | hex_value(hex.at[i + 1]));
    return OK;
}

static enum err parse_line(struct bytes line, struct arena *a, struct manifest_entry *entry,
                           struct error *e)
{
    struct parts parts;

    if (!split(line, &parts))
        return fail(e, ERR_DAMAGED, "this is not a digest: %.*s", lines_shown(line),
                    (const char *)line.at);
    TRY(parse_kind(parts.algorithm, &entry->kind, e));
    if (parts.name.len == 0)
        return fail(e, ERR_DAMAGED, "the file's name is empty");
    if (!lines_plain(parts.name))
        return fail(e, ERR_DAMAGED, "the file's name is not UTF-8, or holds a control character");
    TRY(arena_text(a, (const char *)parts.name.at, parts.name.len, &entry->name, e));
    return parse_hex(parts.hex, entry, e);
}

enum err manifest_parse(struct bytes text, struct arena *a, struct manifest *out, struct error *e)
{
    size_t count = 0;

    for (struct lines lines = lines_of(text); lines_next(&lines);)
        count += lines.line.len > 0;
    if (count > MANIFEST_LINES_MAX)
        return fail(e, ERR_TOO_BIG, "the manifest has %zu lines, but %d are the limit", count,
                    MANIFEST_LINES_MAX);
    *out = (struct manifest){0};
    TRY(TAKE(a, count, &out->entries, e));

    for (struct lines lines = lines_of(text); lines_next(&lines);) {
        if (lines.line.len == 0)
            continue;
        struct manifest_entry *entry = &out->entries[out->count++];
        entry->line = lines.number;
        if (parse_line(lines.line, a, entry, e) != OK)
            return within(e, "line %u", lines.number);
    }
    return OK;
}
