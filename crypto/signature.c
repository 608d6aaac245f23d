#include "crypto/signature.h"

#include <string.h>

#include <mbedtls/rsa.h>

#include "base/text.h"
#include "crypto/chain.h"
#include "crypto/cms.h"
#include "crypto/verdict.h"

#define POOL_MAX (2 * CERT_CERTIFICATES_MAX) /* those of the file and those of its CMS block */

/* One verification. */
struct work {
    const struct signature_question *q;
    struct cert cert;
    struct cms cms;
    struct evidence ev;
    struct certificate *signer;
    struct algorithm strongest; /* of the signatures that hold */
    struct verdict *verdict;
};

static enum err add_certificates(struct work *w, const struct bytes *der, size_t count,
                                 struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        if (certificate_split(&w->ev.pool[w->ev.pool_count], der[i], e) != OK)
            return within(e, "certificate %zu", w->ev.pool_count + 1);
        w->ev.pool_count++;
    }
    return OK;
}

static enum err gather(struct work *w, struct arena *a, struct error *e)
{
    TRY(cert_parse(w->q->cert, a, &w->cert, e));
    if (w->cert.cms.at)
        TRY(cms_parse(w->cert.cms, &w->cms, e));
    TRY(TAKE(a, POOL_MAX, &w->ev.pool, e));
    TRY(add_certificates(w, w->cert.certificates, w->cert.certificate_count, e));
    TRY(add_certificates(w, w->cms.certificates, w->cms.certificate_count, e));
    TRY(chain_begin(&w->ev, e));
    w->verdict->by_line = w->cert.signature_count > 0;
    w->verdict->by_cms = w->cert.cms.at != NULL;
    return OK;
}

static enum err open_signer(struct work *w, struct certificate *c, struct error *e)
{
    if (certificate_open(c, w->ev.a, e) != OK)
        return within(e, "the signer's certificate");
    w->signer = c;
    return OK;
}

/* The certificate that the CMS block names; others may be in the file that mbedTLS cannot read. */
static enum err find_cms_signer(struct work *w, struct error *e)
{
    struct error ignored;

    for (size_t i = 0; i < w->ev.pool_count; i++) {
        struct certificate *c = &w->ev.pool[i];
        if (certificate_open(c, w->ev.a, &ignored) == OK && cms_names(&w->cms, c))
            return open_signer(w, c, e);
    }
    return fail(e, ERR_UNTRUSTED, "the certificate of the CMS signature's signer is not there");
}

/* The first certificate is the signer's: DSP0243 has no other, and open-vmdk, which writes more,
 * writes it first. */
static enum err find_signer(struct work *w, struct error *e)
{
    if (!w->verdict->by_line || w->cert.certificate_count == 0)
        return find_cms_signer(w, e);
    TRY(open_signer(w, &w->ev.pool[0], e));
    if (w->verdict->by_cms && !cms_names(&w->cms, w->signer))
        return fail(e, ERR_UNTRUSTED,
                    "the CMS signature is by somebody else than %s, the first certificate's",
                    w->signer->name);
    return OK;
}

static void keep_strongest(struct work *w, const struct algorithm *algorithm)
{
    if (!algorithm_md_is_strong(w->strongest.md))
        w->strongest = *algorithm;
}

/* Whether a line's signature holds in one of the ways for which the certificate's key is: plain RSA
 * keys may be used for RSASSA-PSS too, and are where their certificate is sealed with it. */
static bool line_holds(struct work *w, const struct cert_signature *line)
{
    struct certificate *c = w->signer;
    mbedtls_md_type_t md = algorithm_md(line->kind);
    bool is_rsa = mbedtls_pk_get_type(&c->crt.pk) == MBEDTLS_PK_RSA;
    struct algorithm seal, pss = {.pk = MBEDTLS_PK_RSASSA_PSS,
                                  .md = md,
                                  .mgf = c->pss.md == MBEDTLS_MD_NONE ? md : c->pss.mgf,
                                  .salt = MBEDTLS_RSA_SALT_LEN_ANY};
    struct algorithm plain = {.pk = is_rsa ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECDSA, .md = md};
    struct error ignored;
    bool may_pss =
        is_rsa && (c->pss_only || (algorithm_parse(c->sealed.algorithm, &seal, &ignored) == OK &&
                                   seal.pk == MBEDTLS_PK_RSASSA_PSS));

    if (certificate_signed(c, &plain, w->q->manifest, line->value)) {
        keep_strongest(w, &plain);
        return true;
    }
    if (!may_pss || !certificate_signed(c, &pss, w->q->manifest, line->value))
        return false;
    keep_strongest(w, &pss);
    return true;
}

static enum err check_signatures(struct work *w, struct error *e)
{
    for (size_t i = 0; i < w->cert.signature_count; i++)
        if (!line_holds(w, &w->cert.signatures[i]))
            return fail(e, ERR_UNTRUSTED,
                        "line %u: the signature is not by the key of %s, or over another manifest",
                        w->cert.signatures[i].line, w->signer->name);
    if (w->verdict->by_cms) {
        TRY(cms_check(&w->cms, w->signer, w->q->manifest, *w->ev.a, e));
        keep_strongest(w, &w->cms.algorithm);
    }
    return OK;
}

static enum err describe_algorithm(struct work *w, struct error *e)
{
    char key[ALGORITHM_TEXT_MAX], text[2 * ALGORITHM_TEXT_MAX];
    size_t len;

    algorithm_key_text(&w->signer->crt.pk, w->strongest.pk == MBEDTLS_PK_RSASSA_PSS, key);
    len = text_format(text, sizeof(text), "%s with %s", key, algorithm_md_name(w->strongest.md));
    return arena_text(w->ev.a, text, len, &w->verdict->algorithm, e);
}

/* The signature is right: whether it is worth something. */
static enum err check_strength(struct work *w, struct error *e)
{
    if (!algorithm_md_is_strong(w->strongest.md))
        return fail(e, ERR_UNTRUSTED, "the manifest is signed with %s, which is too weak",
                    algorithm_md_name(w->strongest.md));
    return path_check_key(w->signer, e);
}

static enum err trust_pin(struct work *w, const struct anchor *anchor, struct error *e)
{
    struct error dates;
    bool undated = false;

    TRY(chain_pin_revoked(&w->ev, w->signer, w->verdict, e));
    if (path_check_dates(w->signer, &w->ev.clock, &undated, &dates) != OK)
        TRY(verdict_note(w->verdict, w->ev.a, e, "%s; it is trusted since it is pinned",
                         dates.text));
    if (undated)
        TRY(verdict_note(w->verdict, w->ev.a, e,
                         "the clock is not set: whether the certificate of %s is valid now was "
                         "not checked; it is trusted since it is pinned",
                         w->signer->name));
    w->verdict->anchor = anchor->kind;
    w->verdict->anchor_file = anchor->file;
    return OK;
}

static enum err trust_chain(struct work *w, struct error *e)
{
    struct path path;

    if (w->q->trust->anchor_count == 0)
        return fail(e, ERR_UNTRUSTED, "there are no anchors that could vouch for %s",
                    w->signer->name);
    TRY(chain_find(&w->ev, w->signer, &path, w->verdict, e));
    for (size_t i = 1; i < path.count; i++)
        TRY(certificate_facts(path.at[i], w->ev.a, &w->verdict->chain[i], e));
    w->verdict->chain_count = path.count;
    w->verdict->anchor = path.anchor->kind;
    w->verdict->anchor_file = path.anchor->file;
    return OK;
}

static enum err verify(struct work *w, struct arena *a, struct error *e)
{
    struct verdict *v = w->verdict;
    const struct anchor *pin;

    TRY(gather(w, a, e));
    TRY(find_signer(w, e));
    TRY(TAKE(a, SIGNATURE_CHAIN_MAX, &v->chain, e));
    TRY(certificate_facts(w->signer, a, &v->chain[0], e));
    v->chain_count = 1;
    v->state = VERDICT_READ;

    TRY(check_signatures(w, e));
    TRY(describe_algorithm(w, e));
    v->state = VERDICT_HOLDS;

    TRY(check_strength(w, e));
    pin = chain_pin(&w->ev, w->signer);
    TRY(pin ? trust_pin(w, pin, e) : trust_chain(w, e));
    v->state = VERDICT_TRUSTED;
    return OK;
}

enum err signature_verify(const struct signature_question *q, struct arena *a, struct verdict *out,
                          struct error *e)
{
    struct work w = {.q = q, .verdict = out, .ev = {.trust = q->trust, .clock = q->clock, .a = a}};
    enum err err;

    *out = (struct verdict){0};
    err = verify(&w, a, e);
    chain_end(&w.ev);
    return err;
}
