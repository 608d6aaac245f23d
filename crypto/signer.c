#include "crypto/signer.h"

#include <string.h>

#include "base/text.h"
#include "crypto/algorithm.h"
#include "crypto/der.h"

/* Firmware does not judge strength. */
static const mbedtls_x509_crt_profile any_strength = {
    .allowed_mds = 0xffffffff,
    .allowed_pks = 0xffffffff,
    .allowed_curves = 0xffffffff,
    .rsa_min_bitlen = 1024,
};

static struct bytes view(const mbedtls_x509_buf *b)
{
    return (struct bytes){b->p, b->len};
}

/* Find a certificate by its subject, or, when serial is given, by issuer and serial.  One that
 * cannot be read is like one that is not there. */
static bool find(struct bytes certificates, struct bytes name, const struct bytes *serial,
                 mbedtls_x509_crt *out)
{
    struct bytes der;

    mbedtls_x509_crt_init(out);
    for (size_t i = 0; i < SIGNER_LOOK_MAX; i++) {
        if (!authenticode_next_certificate(&certificates, &der))
            return false;
        if (mbedtls_x509_crt_parse_der(out, der.at, der.len) == 0 &&
            der_same(view(serial ? &out->issuer_raw : &out->subject_raw), name) &&
            (!serial || der_same(view(&out->serial), *serial)))
            return true;
        mbedtls_x509_crt_free(out);
        mbedtls_x509_crt_init(out);
    }
    return false;
}

static bool is_in(const struct signer *signer, const mbedtls_x509_crt *certificate)
{
    for (const mbedtls_x509_crt *c = &signer->first; c; c = c->next)
        if (der_same(view(&c->raw), view(&certificate->raw)))
            return true;
    return false;
}

enum err signer_open(struct signer *signer, const struct authenticode *signature, struct error *e)
{
    const mbedtls_x509_crt *last = &signer->first;
    mbedtls_x509_crt found;

    *signer = (struct signer){.count = 1};
    if (!find(signature->certificates, signature->issuer, &signature->serial, &signer->first))
        return fail(e, ERR_UNSUPPORTED,
                    "its signature holds no certificate of its signer, or one "
                    "that cannot be read");
    while (signer->count < SIGNER_CHAIN_MAX &&
           find(signature->certificates, view(&last->issuer_raw), NULL, &found)) {
        /* mbedTLS wants all certificates behind the first on its heap, so it reads them anew. */
        bool added = !is_in(signer, &found) &&
                     mbedtls_x509_crt_parse_der(&signer->first, found.raw.p, found.raw.len) == 0;
        mbedtls_x509_crt_free(&found);
        if (!added)
            break;
        last = last->next;
        signer->count++;
    }
    return OK;
}

void signer_close(struct signer *signer)
{
    mbedtls_x509_crt_free(&signer->first);
}

static bool has_digest(struct bytes bytes, enum digest_kind kind, struct bytes digest)
{
    uint8_t made[DIGEST_MAX];
    struct digest d;

    digest_start(&d, kind);
    digest_add(&d, bytes);
    digest_finish(&d, made);
    return der_same((struct bytes){made, digest_size(kind)}, digest);
}

bool signer_signed(struct signer *signer, const struct authenticode *s)
{
    static const uint8_t set = DER_SET; /* the tag under which attributes are signed */
    uint8_t made[DIGEST_MAX];
    struct digest d;

    digest_start(&d, s->kind);
    if (s->attributes.len) {
        if (!has_digest(s->content, s->kind, s->message_digest))
            return false;
        digest_add(&d, (struct bytes){&set, 1});
        digest_add(&d, (struct bytes){s->attributes.at + 1, s->attributes.len - 1});
    } else {
        digest_add(&d, s->content);
    }
    digest_finish(&d, made);
    return mbedtls_pk_verify(&signer->first.pk, algorithm_md(s->kind), made, digest_size(s->kind),
                             s->signature.at, s->signature.len) == 0;
}

bool signer_leads_to(struct signer *signer, struct bytes certificate, bool *readable)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    mbedtls_x509_crt anchor;
    uint32_t flags = 0;
    bool leads = false;

    if (der_same(view(&signer->first.raw), certificate))
        return true;
    mbedtls_x509_crt_init(&anchor);
    if (mbedtls_x509_crt_parse_der(&anchor, certificate.at, certificate.len) == 0) {
        int code = mbedtls_x509_crt_verify_with_profile(&signer->first, &anchor, NULL,
                                                        &any_strength, NULL, &flags, NULL, NULL);
        leads = code == 0 || (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && (flags & ~dates) == 0);
    } else {
        *readable = false;
    }
    mbedtls_x509_crt_free(&anchor);
    return leads;
}

bool signer_has_hash(const struct signer *signer, enum digest_kind kind, struct bytes digest)
{
    for (const mbedtls_x509_crt *c = &signer->first; c; c = c->next)
        if (has_digest(view(&c->tbs), kind, digest))
            return true;
    return false;
}

bool signer_hash_is(struct bytes certificate, enum digest_kind kind, struct bytes digest)
{
    mbedtls_x509_crt crt;
    bool is;

    mbedtls_x509_crt_init(&crt);
    is = mbedtls_x509_crt_parse_der(&crt, certificate.at, certificate.len) == 0 &&
         has_digest(view(&crt.tbs), kind, digest);
    mbedtls_x509_crt_free(&crt);
    return is;
}

void signer_name(const struct signer *signer, char *out, size_t size)
{
    for (const mbedtls_x509_name *n = &signer->first.subject; n; n = n->next)
        if (DER_OID_IS(((struct bytes){n->oid.p, n->oid.len}), MBEDTLS_OID_AT_CN)) {
            text_format(out, size, "%.*s", (int)n->val.len, (const char *)n->val.p);
            return;
        }
    if (mbedtls_x509_dn_gets(out, size, &signer->first.subject) <= 0)
        text_format(out, size, "someone without a name");
}
