#include "parsers/pem.h"

#include <string.h>

#include "base/base64.h"

#define BEGIN      "-----BEGIN "
#define END        "-----END "
#define DASHES     "-----"
#define LINE_BYTES 48 /* of DER that make a line of 64 characters */

/* base64 being read: characters may stand on any number of lines. */
struct decoder {
    uint8_t *out;
    size_t len;
    uint32_t bits;  /* the characters of the group so far, six bits each */
    unsigned count; /* of characters in the group, 0 to 3 */
    unsigned pad;   /* '=' seen: nothing else may follow */
};

struct pem pem_of(struct bytes text)
{
    return (struct pem){lines_of(text)};
}

/* Without the word in front and the dashes behind. */
static bool boundary(struct bytes line, const char *word, struct bytes *label)
{
    size_t front = strlen(word), back = strlen(DASHES);

    if (line.len < front + back || memcmp(line.at, word, front) != 0 ||
        memcmp(line.at + line.len - back, DASHES, back) != 0)
        return false;
    *label = (struct bytes){line.at + front, line.len - front - back};
    return true;
}

bool pem_begins(struct bytes line, struct bytes *label)
{
    return boundary(line, BEGIN, label);
}

bool pem_ends(struct bytes line, struct bytes *label)
{
    return boundary(line, END, label);
}

bool pem_label_is(struct bytes label, const char *name)
{
    return label.len == strlen(name) && memcmp(label.at, name, label.len) == 0;
}

/* One character; false when it cannot stand there. */
static bool decode(struct decoder *d, uint8_t c)
{
    int value = base64_value(c);

    if (c == '=' && d->count >= 2 && d->pad < 2)
        value = 0;
    else if (value < 0 || d->pad)
        return false;
    d->pad += c == '=';
    d->bits = d->bits << 6 | (uint32_t)value;
    if (++d->count < 4)
        return true;

    /* Bits under the padding are zeros in what encoders write; others could hide something. */
    if (d->bits & ((1u << (8 * d->pad)) - 1))
        return false;
    for (unsigned i = 0; i < 3 - d->pad; i++)
        d->out[d->len++] = (uint8_t)(d->bits >> (16 - 8 * i));
    d->count = 0;
    d->bits = 0;
    return true;
}

static enum err decode_line(struct decoder *d, const struct lines *l, struct error *e)
{
    for (size_t i = 0; i < l->line.len; i++) {
        uint8_t c = l->line.at[i];
        if (c != ' ' && c != '\t' && !decode(d, c))
            return fail(e, ERR_DAMAGED, "line %u: this is not base64: %.*s", l->number,
                        lines_shown(l->line), (const char *)l->line.at);
    }
    return OK;
}

/* Bytes that the block's text could be at most: up to its END line, or to the end. */
static size_t room_for(struct lines l)
{
    struct bytes label;
    size_t characters = 0;

    while (lines_next(&l) && !pem_ends(l.line, &label))
        characters += l.line.len;
    return BASE64_ROOM(characters);
}

enum err pem_read(struct pem *p, struct arena *a, struct pem_block *block, struct error *e)
{
    struct decoder d = {0};
    struct bytes label;

    TRY(TAKE(a, room_for(p->lines), &d.out, e));
    while (lines_next(&p->lines)) {
        if (pem_ends(p->lines.line, &label)) {
            if (label.len != block->label.len || memcmp(label.at, block->label.at, label.len) != 0)
                return fail(e, ERR_DAMAGED, "line %u: this does not end what line %u begins: %.*s",
                            p->lines.number, block->line, lines_shown(p->lines.line),
                            (const char *)p->lines.line.at);
            if (d.count || d.len == 0)
                return fail(e, ERR_DAMAGED, "line %u: the base64 before is cut short",
                            p->lines.number);
            block->der = (struct bytes){d.out, d.len};
            return OK;
        }
        TRY(decode_line(&d, &p->lines, e));
    }
    return fail(e, ERR_DAMAGED, "line %u: this has no end: %.*s", block->line,
                lines_shown(block->label), (const char *)block->label.at);
}

enum err pem_next(struct pem *p, struct arena *a, struct pem_block *out, struct error *e)
{
    *out = (struct pem_block){0};
    while (lines_next(&p->lines)) {
        if (!pem_begins(p->lines.line, &out->label))
            continue;
        out->line = p->lines.number;
        return pem_read(p, a, out, e);
    }
    return OK;
}

static size_t append(uint8_t *to, const char *text)
{
    size_t len = strlen(text);

    memcpy(to, text, len);
    return len;
}

static size_t encode_line(uint8_t *to, const uint8_t *from, size_t len)
{
    size_t n = base64_write(to, (struct bytes){from, len});

    to[n++] = '\n';
    return n;
}

enum err pem_write(const char *label, struct bytes der, struct arena *a, struct bytes *out,
                   struct error *e)
{
    size_t lines = der.len / LINE_BYTES + 1;
    size_t frame = strlen(BEGIN) + strlen(END) + 2 * (strlen(label) + strlen(DASHES) + 1);
    uint8_t *to;
    size_t n = 0;

    TRY(TAKE(a, lines * (BASE64_LEN(LINE_BYTES) + 1) + frame, &to, e));
    n += append(to + n, BEGIN);
    n += append(to + n, label);
    n += append(to + n, DASHES "\n");
    for (size_t at = 0; at < der.len; at += LINE_BYTES) {
        size_t left = der.len - at;
        n += encode_line(to + n, der.at + at, left < LINE_BYTES ? left : LINE_BYTES);
    }
    n += append(to + n, END);
    n += append(to + n, label);
    n += append(to + n, DASHES "\n");
    *out = (struct bytes){to, n};
    return OK;
}
