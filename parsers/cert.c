#include "parsers/cert.h"

#include <string.h>

#include "parsers/digest_line.h"
#include "parsers/pem.h"

static bool is_hex(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (digest_line_digit(text.at[i]) < 0)
            return false;
    return text.len > 0;
}

/* Digits of the signature whose line l stands on, and l goes to the last of its lines.  openssl of
 * 2008 wrapped them (corpus: openovf-2008). */
static enum err read_hex(struct bytes first, struct lines *l, struct arena *a, struct bytes *out,
                         struct error *e)
{
    uint8_t *value;
    size_t digits = 0;

    TRY(TAKE(a, CERT_SIGNATURE_MAX, &value, e));
    for (struct bytes piece = first;;) {
        if (piece.len > 2 * CERT_SIGNATURE_MAX - digits)
            return fail(e, ERR_TOO_BIG, "the signature is longer than %d bytes",
                        CERT_SIGNATURE_MAX);
        for (size_t i = 0; i < piece.len; i++, digits++)
            value[digits / 2] = (uint8_t)(value[digits / 2] << 4 | digest_line_digit(piece.at[i]));
        struct lines next = *l;
        if (!lines_next(&next) || !is_hex(next.line))
            break;
        *l = next;
        piece = next.line;
    }
    if (digits == 0)
        return fail(e, ERR_DAMAGED, "the signature is empty");
    if (digits % 2)
        return fail(e, ERR_DAMAGED, "the signature has %zu digits, an odd number", digits);
    *out = (struct bytes){value, digits / 2};
    return OK;
}

static enum err read_signature(const struct digest_line *parts, struct lines *l, struct arena *a,
                               struct cert *out, struct error *e)
{
    struct cert_signature *signature = &out->signatures[out->signature_count];
    enum digest_kind kind;

    TRY(digest_line_kind(parts->algorithm, &kind, e));
    for (size_t i = 0; i < out->signature_count; i++)
        if (out->signatures[i].kind == kind)
            return fail(e, ERR_DAMAGED, "there is a signature with %s already, in line %u",
                        digest_name(kind), out->signatures[i].line);
    if (!lines_plain(parts->name))
        return fail(e, ERR_DAMAGED,
                    "the manifest's name is not UTF-8, or holds a control character");
    if (parts->hex.len && !is_hex(parts->hex))
        return fail(e, ERR_DAMAGED, "the signature is not hexadecimal");
    signature->kind = kind;
    signature->line = l->number;
    TRY(arena_text(a, (const char *)parts->name.at, parts->name.len, &signature->name, e));
    TRY(read_hex(parts->hex, l, a, &signature->value, e));
    out->signature_count++;
    return OK;
}

static enum err keep_block(const struct pem_block *block, struct cert *out, struct error *e)
{
    if (pem_label_is(block->label, "CERTIFICATE") ||
        pem_label_is(block->label, "X509 CERTIFICATE")) {
        if (out->certificate_count == CERT_CERTIFICATES_MAX)
            return fail(e, ERR_TOO_BIG, "there are more than %d certificates",
                        CERT_CERTIFICATES_MAX);
        out->certificates[out->certificate_count++] = block->der;
        return OK;
    }
    if (pem_label_is(block->label, "CMS") || pem_label_is(block->label, "PKCS7")) {
        if (out->cms.at)
            return fail(e, ERR_UNSUPPORTED, "there is more than one CMS signature");
        out->cms = block->der;
        return OK;
    }
    return fail(e, ERR_UNSUPPORTED, "%.*s is not a certificate and not a CMS signature",
                lines_shown(block->label), (const char *)block->label.at);
}

/* The line that l stands on; l goes to the last line of what begins there. */
static enum err read_line(struct lines *l, struct arena *a, struct cert *out, struct error *e)
{
    struct digest_line parts;
    struct bytes label;

    if (pem_begins(l->line, &label)) {
        struct pem_block block = {.label = label, .line = l->number};
        struct pem pem = {*l};
        TRY(pem_read(&pem, a, &block, e));
        *l = pem.lines;
        if (keep_block(&block, out, e) != OK)
            return within(e, "line %u", block.line);
        return OK;
    }
    if (digest_line_split(l->line, &parts)) {
        uint32_t line = l->number;
        if (read_signature(&parts, l, a, out, e) != OK)
            return within(e, "line %u", line);
    }
    return OK;
}

enum err cert_parse(struct bytes text, struct arena *a, struct cert *out, struct error *e)
{
    bool empty = true;

    *out = (struct cert){0};
    if (text.len > CERT_FILE_MAX)
        return fail(e, ERR_TOO_BIG, "the certificate file has %zu bytes, but %u are the limit",
                    text.len, CERT_FILE_MAX);
    for (struct lines l = lines_of(text); lines_next(&l);) {
        empty = empty && l.line.len == 0;
        TRY(read_line(&l, a, out, e));
    }
    if (empty)
        return fail(e, ERR_UNTRUSTED, "the certificate file is empty");
    if (out->signature_count == 0 && !out->cms.at)
        return fail(e, ERR_UNTRUSTED, "the certificate file has no signature");
    if (out->certificate_count == 0 && !out->cms.at)
        return fail(e, ERR_UNTRUSTED, "the certificate file has no certificate");
    return OK;
}
