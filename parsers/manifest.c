#include "parsers/manifest.h"

#include <string.h>

#include "parsers/digest_line.h"
#include "parsers/lines.h"

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

static enum err parse_hex(struct bytes hex, struct manifest_entry *entry, struct error *e)
{
    size_t digits = 2 * digest_size(entry->kind);

    for (size_t i = 0; i < hex.len; i++)
        if (digest_line_digit(hex.at[i]) < 0)
            return fail(e, ERR_DAMAGED, "the digest of %s is not hexadecimal", entry->name);
    if (hex.len != digits)
        return fail(e, ERR_DAMAGED, "the digest of %s has %zu digits, but %s has %zu", entry->name,
                    hex.len, digest_name(entry->kind), digits);
    for (size_t i = 0; i < hex.len; i += 2)
        entry->digest[i / 2] =
            (uint8_t)(digest_line_digit(hex.at[i]) << 4 | digest_line_digit(hex.at[i + 1]));
    return OK;
}

static enum err parse_line(struct bytes line, struct arena *a, struct manifest_entry *entry,
                           struct error *e)
{
    struct digest_line parts;

    if (!digest_line_split(line, &parts))
        return fail(e, ERR_DAMAGED, "this is not a digest: %.*s", lines_shown(line),
                    (const char *)line.at);
    TRY(digest_line_kind(parts.algorithm, &entry->kind, e));
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
