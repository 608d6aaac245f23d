#include "crypto/sign.h"

#include <string.h>

#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>

#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/der.h"
#include "parsers/cert.h"
#include "parsers/lines.h"
#include "parsers/pem.h"

struct work {
    const struct sign_request *r;
    mbedtls_pk_context key;
    struct certificate signer;
    struct bytes certificates[CERT_CERTIFICATES_MAX]; /* DER, the signer's first */
    size_t count;
    struct arena *a;
};

static int fill(void *context, unsigned char *to, size_t len)
{
    const struct sign_random *random = context;

    return random->fill(random->context, to, len) ? 0 : MBEDTLS_ERR_PK_BAD_INPUT_DATA;
}

static void *random_of(const struct work *w)
{
    return (void *)(uintptr_t)&w->r->random;
}

static enum err parse_key(struct work *w, const uint8_t *text, size_t len, struct error *e)
{
    const char *passphrase = w->r->passphrase;
    int ret = mbedtls_pk_parse_key(&w->key, text, len, (const unsigned char *)passphrase,
                                   passphrase ? strlen(passphrase) : 0, fill, random_of(w));

    if (ret == MBEDTLS_ERR_PK_PASSWORD_REQUIRED)
        return fail(e, ERR_SETTING, "the private key is under a passphrase");
    if (ret == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
        return fail(e, ERR_SETTING, "the private key has another passphrase");
    if (ret != 0)
        return fail(e, ERR_SETTING,
                    "the private key cannot be read: it is not PKCS #1, PKCS #8 or SEC 1 with "
                    "RSA, P-256 or P-384, or under a cipher other than AES-CBC");
    return OK;
}

/* mbedTLS wants a NUL behind PEM, counted, and none behind DER. */
static enum err read_key(struct work *w, struct arena scratch, struct error *e)
{
    size_t len = w->r->key.len;
    bool is_der = len && w->r->key.at[0] == DER_SEQUENCE;
    uint8_t *copy;
    enum err err;

    TRY(TAKE(&scratch, len + 1, &copy, e));
    memcpy(copy, w->r->key.at, len);
    err = parse_key(w, copy, is_der ? len : len + 1, e);
    mbedtls_platform_zeroize(copy, len);
    return err;
}

static enum err add_certificate(struct work *w, struct bytes der, struct error *e)
{
    struct certificate c;

    TRY(certificate_split(&c, der, e));
    if (w->count == CERT_CERTIFICATES_MAX)
        return fail(e, ERR_TOO_BIG, "there are more than %d certificates", CERT_CERTIFICATES_MAX);
    w->certificates[w->count++] = der;
    return OK;
}

/* The certificates of a PEM or DER file. */
static enum err read_certificates(struct work *w, struct bytes file, struct error *e)
{
    struct pem pem = pem_of(file);
    struct pem_block block;
    size_t before = w->count;

    if (file.len && file.at[0] == DER_SEQUENCE)
        return add_certificate(w, file, e);
    for (;;) {
        TRY(pem_next(&pem, w->a, &block, e));
        if (!block.der.at)
            break;
        if (pem_label_is(block.label, "CERTIFICATE"))
            TRY(add_certificate(w, block.der, e));
    }
    if (w->count == before)
        return fail(e, ERR_SETTING, "there is no certificate in the file");
    return OK;
}

static enum err check_pair(struct work *w, struct error *e)
{
    char key[ALGORITHM_TEXT_MAX];

    TRY(certificate_open(&w->signer, w->a, e));
    if (mbedtls_pk_check_pair(&w->signer.crt.pk, &w->key, fill, random_of(w)) != 0)
        return fail(e, ERR_SETTING, "the private key does not belong to the certificate of %s",
                    w->signer.name);
    algorithm_key_text(&w->key, w->signer.pss_only, key);
    if (!algorithm_key_is_strong(&w->key))
        return fail(e, ERR_SETTING, "the private key, %s, is too weak: below %d bits", key,
                    ALGORITHM_RSA_BITS_MIN);
    if (!algorithm_md_is_strong(algorithm_md(w->r->kind)))
        return fail(e, ERR_SETTING, "%s is too weak to sign with", digest_name(w->r->kind));
    return OK;
}

static enum err make_signature(struct work *w, uint8_t out[CERT_SIGNATURE_MAX], size_t *len,
                               struct error *e)
{
    mbedtls_md_type_t md = algorithm_md(w->r->kind);
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md);
    bool is_rsa = mbedtls_pk_get_type(&w->key) == MBEDTLS_PK_RSA;
    struct algorithm algorithm = {.pk = is_rsa ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECDSA,
                                  .md = md,
                                  .mgf = md,
                                  .salt = MBEDTLS_RSA_SALT_LEN_ANY};
    uint8_t digest[MBEDTLS_MD_MAX_SIZE];

    if (w->signer.pss_only)
        algorithm.pk = MBEDTLS_PK_RSASSA_PSS;
    if (!info || mbedtls_md(info, w->r->manifest.at, w->r->manifest.len, digest) != 0 ||
        mbedtls_pk_sign_ext(algorithm.pk, &w->key, md, digest, mbedtls_md_get_size(info), out,
                            CERT_SIGNATURE_MAX, len, fill, random_of(w)) != 0)
        return fail(e, ERR_SETTING, "the private key cannot sign with %s", digest_name(w->r->kind));
    /* A fault while signing can give the key away; nothing of it leaves unchecked. */
    if (!certificate_signed(&w->signer, &algorithm, w->r->manifest, (struct bytes){out, *len}))
        return fail(e, ERR_IO, "the signature that was made is wrong");
    return OK;
}

static const char *word(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA1:
        return "SHA1";
    case DIGEST_SHA256:
        return "SHA256";
    case DIGEST_SHA384:
        return "SHA384";
    case DIGEST_SHA512:
        return "SHA512";
    }
    return "";
}

/* "SHA256(name)= hex", and the certificates. */
static enum err write_file(struct work *w, struct bytes signature, struct bytes *out,
                           struct error *e)
{
    static const char digits[] = "0123456789abcdef";
    struct bytes pem[CERT_CERTIFICATES_MAX];
    size_t size = strlen(w->r->manifest_name) + 2 * signature.len + 16;
    uint8_t *to;
    size_t n;

    for (size_t i = 0; i < w->count; i++) {
        TRY(pem_write("CERTIFICATE", w->certificates[i], w->a, &pem[i], e));
        size += pem[i].len;
    }
    TRY(TAKE(w->a, size, &to, e));
    n = text_format((char *)to, size, "%s(%s)= ", word(w->r->kind), w->r->manifest_name);
    for (size_t i = 0; i < signature.len; i++) {
        to[n++] = (uint8_t)digits[signature.at[i] >> 4];
        to[n++] = (uint8_t)digits[signature.at[i] & 15];
    }
    to[n++] = '\n';
    for (size_t i = 0; i < w->count; i++) {
        memcpy(to + n, pem[i].at, pem[i].len);
        n += pem[i].len;
    }
    *out = (struct bytes){to, n};
    return OK;
}

static enum err sign(struct work *w, struct bytes *out, struct error *e)
{
    const char *name = w->r->manifest_name;
    uint8_t *signature;
    size_t len;

    if (!lines_plain((struct bytes){(const uint8_t *)name, strlen(name)}))
        return fail(e, ERR_SETTING,
                    "the manifest's name is not UTF-8, or holds a control character");
    TRY(read_key(w, *w->a, e));
    TRY(read_certificates(w, w->r->certificate, e));
    TRY(certificate_split(&w->signer, w->certificates[0], e));
    if (w->r->chain.len)
        TRY(read_certificates(w, w->r->chain, e));
    TRY(check_pair(w, e));
    TRY(TAKE(w->a, CERT_SIGNATURE_MAX, &signature, e));
    TRY(make_signature(w, signature, &len, e));
    return write_file(w, (struct bytes){signature, len}, out, e);
}

enum err sign_manifest(const struct sign_request *r, struct arena *a, struct bytes *out,
                       struct error *e)
{
    struct work w = {.r = r, .a = a};
    enum err err;

    mbedtls_pk_init(&w.key);
    err = sign(&w, out, e);
    mbedtls_pk_free(&w.key);
    certificate_close(&w.signer);
    return err;
}
