#include "crypto/certificate.h"

#include <string.h>

#include <mbedtls/asn1write.h>

#include "base/text.h"
#include "crypto/der.h"
#include "crypto/digest.h"

#define NAME_BYTES_MAX   1024 /* of a subject for people; longer ones are named by a stand-in */
#define SERIAL_BYTES_MAX 40   /* shown; RFC 5280 allows 20 */

/* AlgorithmIdentifier of a plain RSA key: rsaEncryption, NULL. */
static const uint8_t rsa_identifier[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                         0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

bool sealed_split(struct bytes der, struct sealed *out)
{
    struct bytes inside, bits;

    if (!der_is(der, DER_SEQUENCE, &inside) || !der_take_whole(&inside, DER_SEQUENCE, &out->body) ||
        !der_take_whole(&inside, DER_SEQUENCE, &out->algorithm) ||
        !der_is(inside, MBEDTLS_ASN1_BIT_STRING, &bits) || bits.len < 2 || bits.at[0] != 0)
        return false;
    out->signature = (struct bytes){bits.at + 1, bits.len - 1};
    return true;
}

mbedtls_md_type_t sealed_md(const struct sealed *s)
{
    struct algorithm algorithm;
    struct error ignored;

    return algorithm_parse(s->algorithm, &algorithm, &ignored) == OK ? algorithm.md
                                                                     : MBEDTLS_MD_NONE;
}

enum err sealed_check(const struct sealed *s, struct certificate *issuer, struct error *e)
{
    struct algorithm algorithm;

    TRY(algorithm_parse(s->algorithm, &algorithm, e));
    if (!certificate_signed(issuer, &algorithm, s->body, s->signature))
        return fail(e, ERR_UNTRUSTED, "the signature is not by the key of %s", issuer->name);
    return OK;
}

enum err certificate_split(struct certificate *c, struct bytes der, struct error *e)
{
    struct bytes body, skipped;

    *c = (struct certificate){.der = der};
    if (sealed_split(der, &c->sealed) && der_is(c->sealed.body, DER_SEQUENCE, &body)) {
        der_take(&body, DER_INSIDE(0), &skipped); /* version, not there in version 1 */
        if (der_take(&body, MBEDTLS_ASN1_INTEGER, &c->serial) &&
            der_take(&body, DER_SEQUENCE, &skipped) && /* the algorithm once more */
            der_take_whole(&body, DER_SEQUENCE, &c->issuer) &&
            der_take(&body, DER_SEQUENCE, &skipped) && /* dates */
            der_take_whole(&body, DER_SEQUENCE, &c->subject) &&
            der_take_whole(&body, DER_SEQUENCE, &c->spki))
            return OK;
    }
    return fail(e, ERR_DAMAGED, "this is not an X.509 certificate");
}

/* mbedTLS adds a code below 0x80 for the cause to one above for what was being done. */
enum err certificate_fail(struct error *e, int ret, const char *what)
{
    int kind = -(-ret & ~0x7f), cause = -(-ret & 0x7f);

    if (kind == MBEDTLS_ERR_X509_ALLOC_FAILED || kind == MBEDTLS_ERR_PK_ALLOC_FAILED ||
        kind == MBEDTLS_ERR_ECP_ALLOC_FAILED || cause == MBEDTLS_ERR_ASN1_ALLOC_FAILED ||
        cause == MBEDTLS_ERR_MPI_ALLOC_FAILED)
        return fail(e, ERR_NO_MEMORY, "there is too little memory to read %s", what);
    if (kind == MBEDTLS_ERR_X509_INVALID_EXTENSIONS)
        return fail(e, ERR_UNSUPPORTED,
                    "%s has an extension that is damaged, or critical and not known", what);
    if (kind == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG || kind == MBEDTLS_ERR_X509_UNKNOWN_VERSION)
        return fail(e, ERR_UNSUPPORTED, "%s has a signature algorithm or version that is not done",
                    what);
    if (kind == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG || kind == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE ||
        kind == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE)
        return fail(e, ERR_UNSUPPORTED, "the key of %s is none of RSA, ECDSA P-256 and ECDSA P-384",
                    what);
    return fail(e, ERR_DAMAGED, "%s is damaged", what);
}

/* Tag and length in front of what stands at to; returns where they begin. */
static uint8_t *wrap(uint8_t *to, const uint8_t *start, size_t len, uint8_t tag)
{
    unsigned char *at = to;

    /* start leaves room for both, so neither can fail. */
    (void)!mbedtls_asn1_write_len(&at, start, len);
    (void)!mbedtls_asn1_write_tag(&at, start, tag);
    return at;
}

static uint8_t *put_before(uint8_t *to, struct bytes bytes)
{
    memcpy(to - bytes.len, bytes.at, bytes.len);
    return to - bytes.len;
}

/* The certificate with rsaEncryption as its key's algorithm, written from its end to its front. */
static enum err as_plain_rsa(const struct certificate *c, struct bytes key, struct arena *a,
                             struct bytes *out, struct error *e)
{
    struct bytes body, plain = {rsa_identifier, sizeof(rsa_identifier)};
    size_t room = c->der.len + 64; /* a longer identifier, and longer lengths */
    const uint8_t *after = c->spki.at + c->spki.len;
    const uint8_t *body_end = c->sealed.body.at + c->sealed.body.len;
    uint8_t *start, *at, *end, *to;

    if (!der_is(c->sealed.body, DER_SEQUENCE, &body))
        return fail(e, ERR_DAMAGED, "this is not an X.509 certificate");
    TRY(TAKE(a, room, &start, e));
    end = start + room;
    at = put_before(end, (struct bytes){body_end, (size_t)(c->der.at + c->der.len - body_end)});
    to = at;
    at = put_before(at, (struct bytes){after, (size_t)(body_end - after)});
    uint8_t *spki_end = at;
    at = put_before(at, key);
    at = put_before(at, plain);
    at = wrap(at, start, (size_t)(spki_end - at), DER_SEQUENCE);
    at = put_before(at, (struct bytes){body.at, (size_t)(c->spki.at - body.at)});
    at = wrap(at, start, (size_t)(to - at), DER_SEQUENCE);
    at = wrap(at, start, (size_t)(end - at), DER_SEQUENCE);
    *out = (struct bytes){at, (size_t)(end - at)};
    return OK;
}

/* What mbedTLS is to read: the certificate, unless its key is for RSASSA-PSS. */
static enum err readable(struct certificate *c, struct arena *a, struct bytes *out, struct error *e)
{
    struct bytes spki, identifier, inside, oid, parameters;

    *out = c->der;
    if (!der_is(c->spki, DER_SEQUENCE, &spki) ||
        !der_take_whole(&spki, DER_SEQUENCE, &identifier) ||
        !der_is(identifier, DER_SEQUENCE, &inside) || !der_take(&inside, MBEDTLS_ASN1_OID, &oid))
        return fail(e, ERR_DAMAGED, "the certificate's key is damaged");
    if (!DER_OID_IS(oid, MBEDTLS_OID_RSASSA_PSS))
        return OK;
    c->pss_only = true;
    if (inside.len) {
        if (!der_is(inside, DER_SEQUENCE, &parameters))
            return fail(e, ERR_DAMAGED, "the parameters of RSASSA-PSS are damaged");
        TRY(algorithm_parse_pss(parameters, &c->pss, e));
    }
    return as_plain_rsa(c, spki, a, out, e);
}

/* A subject or issuer for people, as RFC 4514 escapes it. */
static enum err name_text(const mbedtls_x509_name *name, struct arena *a, const char **out,
                          struct error *e)
{
    char text[NAME_BYTES_MAX];
    int len = mbedtls_x509_dn_gets(text, sizeof(text), name);

    *out = len < 0 ? "a name that is too long or too odd to show" : "an empty name";
    return len > 0 ? arena_text(a, text, (size_t)len, out, e) : OK;
}

/* The two readings must agree on what is compared and what is checked. */
static bool agrees(const struct certificate *c)
{
    const mbedtls_x509_crt *crt = &c->crt;

    return der_same(c->serial, (struct bytes){crt->serial.p, crt->serial.len}) &&
           der_same(c->issuer, (struct bytes){crt->issuer_raw.p, crt->issuer_raw.len}) &&
           der_same(c->subject, (struct bytes){crt->subject_raw.p, crt->subject_raw.len}) &&
           (c->pss_only || der_same(c->spki, (struct bytes){crt->pk_raw.p, crt->pk_raw.len}));
}

static enum err read_open(struct certificate *c, struct arena scratch, struct error *e)
{
    struct bytes der;
    int ret;

    TRY(readable(c, &scratch, &der, e));
    ret = mbedtls_x509_crt_parse_der(&c->crt, der.at, der.len);
    if (ret != 0)
        return certificate_fail(e, ret, "a certificate");
    if (!agrees(c))
        return fail(e, ERR_DAMAGED, "a certificate can be read in two ways");
    return OK;
}

enum err certificate_open(struct certificate *c, struct arena *a, struct error *e)
{
    if (c->is_open)
        return OK;
    mbedtls_x509_crt_init(&c->crt);
    c->is_open = true;
    TRY(read_open(c, *a, e));
    return name_text(&c->crt.subject, a, &c->name, e);
}

void certificate_close(struct certificate *c)
{
    if (c->is_open)
        mbedtls_x509_crt_free(&c->crt);
    c->is_open = false;
}

/* A key that is for RSASSA-PSS does nothing else, and with the digests that it is restricted to.
 * Its shortest salt cannot be enforced where the signature does not tell its salt's length. */
static bool key_may(const struct certificate *c, const struct algorithm *algorithm)
{
    if (!c->pss_only)
        return true;
    if (algorithm->pk != MBEDTLS_PK_RSASSA_PSS)
        return false;
    return c->pss.md == MBEDTLS_MD_NONE ||
           (algorithm->md == c->pss.md && algorithm->mgf == c->pss.mgf &&
            (algorithm->salt == MBEDTLS_RSA_SALT_LEN_ANY || algorithm->salt >= c->pss.salt));
}

bool certificate_signed(struct certificate *c, const struct algorithm *algorithm,
                        struct bytes message, struct bytes signature)
{
    return key_may(c, algorithm) && algorithm_holds(algorithm, &c->crt.pk, message, signature);
}

uint64_t certificate_date(const mbedtls_x509_time *t)
{
    return moment_seconds((unsigned)t->year, (unsigned)t->mon, (unsigned)t->day, (unsigned)t->hour,
                          (unsigned)t->min, (unsigned)t->sec);
}

uint64_t certificate_not_before(const struct certificate *c)
{
    return certificate_date(&c->crt.valid_from);
}

uint64_t certificate_not_after(const struct certificate *c)
{
    return certificate_date(&c->crt.valid_to);
}

void certificate_digest(struct bytes bytes, uint8_t out[32])
{
    uint8_t digest[DIGEST_MAX];
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, bytes);
    digest_finish(&d, digest);
    memcpy(out, digest, 32);
}

static enum err serial_text(struct bytes serial, struct arena *a, const char **out, struct error *e)
{
    char text[3 * SERIAL_BYTES_MAX + 4];
    size_t len = 0;

    for (size_t i = 0; i < serial.len && i < SERIAL_BYTES_MAX; i++)
        len += text_format(text + len, sizeof(text) - len, "%s%02x", i ? ":" : "", serial.at[i]);
    if (serial.len > SERIAL_BYTES_MAX)
        len += text_format(text + len, sizeof(text) - len, "...");
    return arena_text(a, text, len, out, e);
}

enum err certificate_facts(const struct certificate *c, struct arena *a,
                           struct certificate_facts *out, struct error *e)
{
    char key[ALGORITHM_TEXT_MAX];

    *out = (struct certificate_facts){
        .subject = c->name,
        .not_before = certificate_not_before(c),
        .not_after = certificate_not_after(c),
    };
    certificate_digest(c->der, out->fingerprint);
    certificate_digest(c->spki, out->spki);
    algorithm_key_text(&c->crt.pk, c->pss_only, key);
    TRY(arena_text(a, key, strlen(key), &out->key, e));
    TRY(serial_text(c->serial, a, &out->serial, e));
    return name_text(&c->crt.issuer, a, &out->issuer, e);
}
