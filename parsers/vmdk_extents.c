#include "parsers/vmdk_extents.h"

#include <string.h>

#include "base/text.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a line; none: empty. */
static struct bytes word(struct bytes *line)
{
    struct bytes out;

    while (line->len && is_blank(line->at[0]))
        (void)take(line, 1);
    out = (struct bytes){line->at, 0};
    while (out.len < line->len && !is_blank(line->at[out.len]))
        out.len++;
    (void)take(line, out.len);
    return out;
}

static bool is(struct bytes word, const char *text)
{
    return word.len == strlen(text) && memcmp(word.at, text, word.len) == 0;
}

/* "name", with blanks in it as they are. */
static bool quoted(struct bytes *line, struct bytes *out)
{
    const uint8_t *end;

    while (line->len && is_blank(line->at[0]))
        (void)take(line, 1);
    if (!line->len || line->at[0] != '"')
        return false;
    (void)take(line, 1);
    end = line->len ? memchr(line->at, '"', line->len) : NULL;
    if (!end)
        return false;
    *out = (struct bytes){line->at, (size_t)(end - line->at)};
    (void)take(line, out->len + 1);
    return true;
}

static bool number(struct bytes word, uint64_t *out)
{
    return word.len && text_to_u64((const char *)word.at, word.len, out);
}

static enum err read_kind(struct bytes kind, struct vmdk_extent *out, struct error *e)
{
    if (is(kind, "FLAT") || is(kind, "VMFS"))
        out->kind = VMDK_EXTENT_FLAT;
    else if (is(kind, "SPARSE"))
        out->kind = VMDK_EXTENT_SPARSE;
    else if (is(kind, "ZERO"))
        out->kind = VMDK_EXTENT_ZERO;
    else
        return fail(e, ERR_UNSUPPORTED,
                    "VMDK with an extent of kind %.*s, where FLAT, VMFS, SPARSE and ZERO are read",
                    (int)(kind.len < 32 ? kind.len : 32), (const char *)kind.at);
    return OK;
}

static enum err damaged(struct bytes line, struct error *e)
{
    return fail(e, ERR_DAMAGED, "bad line for an extent in the VMDK's descriptor: %.*s",
                (int)(line.len < 80 ? line.len : 80), (const char *)line.at);
}

/* Behind the access word. */
static enum err read_extent(struct bytes whole, struct bytes line, struct vmdk_extent *out,
                            struct error *e)
{
    struct bytes name = {0}, kind, offset;

    if (!number(word(&line), &out->sectors) || !out->sectors || out->sectors > VMDK_CAPACITY_MAX ||
        !(kind = word(&line)).len)
        return damaged(whole, e);
    TRY(read_kind(kind, out, e));
    if (out->kind == VMDK_EXTENT_ZERO)
        return OK;
    if (!quoted(&line, &name) || !name.len || name.len >= sizeof(out->file) ||
        memchr(name.at, 0, name.len))
        return damaged(whole, e);
    offset = word(&line);
    if (offset.len && (!number(offset, &out->offset) || out->offset > VMDK_CAPACITY_MAX))
        return damaged(whole, e);
    memcpy(out->file, name.at, name.len);
    return OK;
}

static struct bytes next_line(struct bytes *rest)
{
    const uint8_t *end = memchr(rest->at, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->at) : rest->len;
    struct bytes line = {rest->at, len};

    (void)take(rest, end ? len + 1 : len);
    while (line.len && (line.at[line.len - 1] == '\r' || is_blank(line.at[line.len - 1])))
        line.len--;
    return line;
}

enum err vmdk_next_extent(struct bytes *rest, struct vmdk_extent *out, struct error *e)
{
    const uint8_t *nul = rest->len ? memchr(rest->at, '\0', rest->len) : NULL;

    if (nul)
        rest->len = (size_t)(nul - rest->at);
    *out = (struct vmdk_extent){.sectors = 0};
    while (rest->len) {
        struct bytes whole = next_line(rest), line = whole, access = word(&line);
        if (is(access, "RW") || is(access, "RDONLY") || is(access, "NOACCESS"))
            return read_extent(whole, line, out, e);
    }
    return OK;
}
