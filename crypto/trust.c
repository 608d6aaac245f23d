#include "crypto/trust.h"

#include <string.h>

#include "crypto/certificate.h"
#include "crypto/crl.h"
#include "crypto/der.h"
#include "parsers/digest_line.h"
#include "parsers/pem.h"

#define PIN_PREFIX "sha256:"

static enum err add_anchor(struct trust *trust, const struct anchor *anchor, struct arena *a,
                           struct error *e)
{
    struct anchor *copy;

    if (trust->anchor_count == TRUST_ANCHORS_MAX)
        return fail(e, ERR_TOO_BIG, "there are more than %d trust anchors", TRUST_ANCHORS_MAX);
    TRY(TAKE(a, 1, &copy, e));
    *copy = *anchor;
    copy->next = trust->anchors;
    trust->anchors = copy;
    trust->anchor_count++;
    return OK;
}

/* mbedTLS's reading of the certificate, to know that there will be one when it is needed. */
static enum err look_at(struct certificate *c, struct anchor *anchor, struct arena scratch,
                        struct error *e)
{
    TRY(certificate_open(c, &scratch, e));
    anchor->kind = c->crt.ca_istrue || (c->crt.version < 3 && der_same(c->subject, c->issuer))
                       ? ANCHOR_CA
                       : ANCHOR_CERTIFICATE;
    certificate_digest(c->spki, anchor->key);
    return OK;
}

static enum err add_certificate(struct trust *trust, const char *file, struct bytes der,
                                struct arena *a, struct error *e)
{
    struct anchor anchor = {.file = file, .der = der};
    struct certificate c;
    enum err err;

    TRY(certificate_split(&c, der, e));
    err = look_at(&c, &anchor, *a, e);
    certificate_close(&c);
    return err == OK ? add_anchor(trust, &anchor, a, e) : err;
}

static enum err add_crl(struct trust *trust, const char *file, struct bytes der, struct arena *a,
                        struct error *e)
{
    struct revocations *list;
    struct crl crl;

    if (!crl_split(&crl, der))
        return fail(e, ERR_DAMAGED, "this is not a revocation list");
    TRY(crl_read(&crl, e));
    if (trust->crl_count == TRUST_CRLS_MAX)
        return fail(e, ERR_TOO_BIG, "there are more than %d revocation lists", TRUST_CRLS_MAX);
    TRY(TAKE(a, 1, &list, e));
    *list = (struct revocations){file, der, trust->crls};
    trust->crls = list;
    trust->crl_count++;
    return OK;
}

static enum err add_key(struct trust *trust, const char *file, struct bytes der, struct arena *a,
                        struct error *e)
{
    struct anchor anchor = {.kind = ANCHOR_KEY, .file = file};
    struct bytes spki;

    if (!der_is(der, DER_SEQUENCE, &spki))
        return fail(e, ERR_DAMAGED, "this is not a public key");
    certificate_digest(der, anchor.key);
    return add_anchor(trust, &anchor, a, e);
}

static enum err add_block(struct trust *trust, const char *file, const struct pem_block *block,
                          struct arena *a, struct error *e)
{
    if (pem_label_is(block->label, "CERTIFICATE") || pem_label_is(block->label, "X509 CERTIFICATE"))
        return add_certificate(trust, file, block->der, a, e);
    if (pem_label_is(block->label, "X509 CRL"))
        return add_crl(trust, file, block->der, a, e);
    if (pem_label_is(block->label, "PUBLIC KEY"))
        return add_key(trust, file, block->der, a, e);
    return fail(e, ERR_UNSUPPORTED, "%.*s is none of certificate, public key and revocation list",
                lines_shown(block->label), (const char *)block->label.at);
}

static enum err add_pem(struct trust *trust, const char *file, struct bytes text, struct arena *a,
                        struct error *e)
{
    struct pem pem = pem_of(text);
    struct pem_block block;

    for (;;) {
        TRY(pem_next(&pem, a, &block, e));
        if (!block.der.at)
            return OK;
        if (add_block(trust, file, &block, a, e) != OK)
            return within(e, "line %u", block.line);
    }
}

/* "sha256:" and 64 digits; a comment may follow a blank. */
static enum err add_pin(struct trust *trust, const char *file, struct bytes line, struct arena *a,
                        struct error *e)
{
    struct anchor anchor = {.kind = ANCHOR_KEY, .file = file};
    size_t front = strlen(PIN_PREFIX), digits = 2 * sizeof(anchor.key);

    if (line.len < front || memcmp(line.at, PIN_PREFIX, front) != 0)
        return fail(e, ERR_SETTING, "this is not \"sha256:\" and the digest of a key: %.*s",
                    lines_shown(line), (const char *)line.at);
    take(&line, front);
    for (size_t i = 0; i < digits; i++) {
        int digit = i < line.len ? digest_line_digit(line.at[i]) : -1;
        if (digit < 0)
            return fail(e, ERR_SETTING,
                        "the digest has %zu hexadecimal digits, but SHA-256 has %zu", i, digits);
        anchor.key[i / 2] = (uint8_t)(anchor.key[i / 2] << 4 | digit);
    }
    take(&line, digits);
    if (line.len && line.at[0] != ' ' && line.at[0] != '\t')
        return fail(e, ERR_SETTING, "the digest has more than %zu digits", digits);
    line = lines_trim(line);
    if (line.len && line.at[0] != '#')
        return fail(e, ERR_SETTING, "there is something behind the digest: %.*s", lines_shown(line),
                    (const char *)line.at);
    return add_anchor(trust, &anchor, a, e);
}

static enum err add_pins(struct trust *trust, const char *file, struct bytes text, struct arena *a,
                         struct error *e)
{
    for (struct lines l = lines_of(text); lines_next(&l);) {
        if (l.line.len == 0 || l.line.at[0] == '#')
            continue;
        if (add_pin(trust, file, l.line, a, e) != OK)
            return within(e, "line %u", l.number);
    }
    return OK;
}

static enum err add_der(struct trust *trust, const char *file, struct bytes contents,
                        struct arena *a, struct error *e)
{
    struct bytes der;
    struct crl crl;
    uint8_t *copy;

    TRY(TAKE(a, contents.len, &copy, e));
    memcpy(copy, contents.at, contents.len);
    der = (struct bytes){copy, contents.len};
    if (crl_split(&crl, der))
        return add_crl(trust, file, der, a, e);
    return add_certificate(trust, file, der, a, e);
}

static bool has_pem(struct bytes text)
{
    struct bytes label;

    for (struct lines l = lines_of(text); lines_next(&l);)
        if (pem_begins(l.line, &label))
            return true;
    return false;
}

static enum err add(struct trust *trust, const char *file, struct bytes contents, struct arena *a,
                    struct error *e)
{
    size_t before = trust->anchor_count + trust->crl_count;

    if (contents.len > TRUST_FILE_MAX)
        return fail(e, ERR_TOO_BIG, "the file has %zu bytes, but %u are the limit", contents.len,
                    TRUST_FILE_MAX);
    TRY(arena_text(a, file, strlen(file), &file, e));
    if (contents.len && contents.at[0] == DER_SEQUENCE && !has_pem(contents))
        TRY(add_der(trust, file, contents, a, e));
    else if (has_pem(contents))
        TRY(add_pem(trust, file, contents, a, e));
    else
        TRY(add_pins(trust, file, contents, a, e));
    if (trust->anchor_count + trust->crl_count == before)
        return fail(e, ERR_SETTING, "there is nothing in it to trust");
    return OK;
}

enum err trust_add(struct trust *trust, const char *file, struct bytes contents, struct arena *a,
                   struct error *e)
{
    struct trust more = *trust;

    if (add(&more, file, contents, a, e) != OK) {
        within(e, "%s", file);
        /* The settings want editing, whatever is wrong with the file. */
        if (e->code != ERR_NO_MEMORY && e->code != ERR_TOO_BIG)
            e->code = ERR_SETTING;
        return e->code;
    }
    *trust = more;
    return OK;
}

enum err trust_add_known(struct trust *trust, const char *file, struct bytes contents,
                         struct arena *a, struct error *e)
{
    struct pem pem = pem_of(contents);
    struct pem_block block;

    TRY(arena_text(a, file, strlen(file), &file, e));
    for (;;) {
        struct trust more = *trust;
        if (pem_next(&pem, a, &block, e) != OK)
            return within(e, "%s", file);
        if (!block.der.at)
            return OK;
        enum err err = add_certificate(&more, file, block.der, a, e);
        if (err == ERR_NO_MEMORY || err == ERR_TOO_BIG)
            return within(e, "%s", file);
        if (err == OK && more.anchors->kind == ANCHOR_CA)
            *trust = more;
    }
}
