#include "crypto/cms.h"

#include <string.h>

#include "crypto/der.h"

#define OID_CONTENT_TYPE   MBEDTLS_OID_PKCS9 "\x03"
#define OID_MESSAGE_DIGEST MBEDTLS_OID_PKCS9 "\x04"

static enum err damaged(struct error *e)
{
    return fail(e, ERR_DAMAGED, "the CMS signature is damaged, or not in DER");
}

/* encapContentInfo: plain data, which is elsewhere. */
static enum err check_content(struct bytes content, struct error *e)
{
    struct bytes type;

    if (!der_take(&content, MBEDTLS_ASN1_OID, &type))
        return damaged(e);
    if (!DER_OID_IS(type, MBEDTLS_OID_PKCS7_DATA))
        return fail(e, ERR_UNSUPPORTED,
                    "the CMS signature is over something that is not plain data");
    if (content.len)
        return fail(e, ERR_UNSUPPORTED,
                    "the CMS signature has contents of its own instead of the manifest's");
    return OK;
}

static enum err read_certificates(struct bytes in, struct cms *out, struct error *e)
{
    struct bytes element;

    while (in.len) {
        int tag = in.at[0];
        if (!der_take_whole(&in, tag, &element))
            return damaged(e);
        if (tag != DER_SEQUENCE) /* attribute certificates and other formats are tagged */
            continue;
        if (out->certificate_count == CERT_CERTIFICATES_MAX)
            return fail(e, ERR_TOO_BIG, "the CMS signature has more than %d certificates",
                        CERT_CERTIFICATES_MAX);
        out->certificates[out->certificate_count++] = element;
    }
    return OK;
}

static bool take_signer_name(struct bytes *in, struct cms *out)
{
    struct bytes both;

    if (der_take(in, DER_IMPLICIT(0), &out->key_id))
        return out->key_id.len > 0;
    return der_take(in, DER_SEQUENCE, &both) && der_take_whole(&both, DER_SEQUENCE, &out->issuer) &&
           der_is(both, MBEDTLS_ASN1_INTEGER, &out->serial);
}

static enum err read_signer(struct bytes in, struct cms *out, struct error *e)
{
    struct bytes skipped, digest, algorithm;
    mbedtls_md_type_t md;

    if (!der_take(&in, MBEDTLS_ASN1_INTEGER, &skipped) || !take_signer_name(&in, out) ||
        !der_take_whole(&in, DER_SEQUENCE, &digest))
        return damaged(e);
    der_take_whole(&in, DER_INSIDE(0), &out->attributes);
    if (!der_take_whole(&in, DER_SEQUENCE, &algorithm) ||
        !der_take(&in, MBEDTLS_ASN1_OCTET_STRING, &out->signature))
        return damaged(e);
    der_take(&in, DER_INSIDE(1), &skipped);
    if (in.len)
        return damaged(e);

    TRY(algorithm_parse_digest(digest, &md, e));
    TRY(algorithm_parse(algorithm, &out->algorithm, e));
    if (out->algorithm.md == MBEDTLS_MD_NONE)
        out->algorithm.md = md;
    if (out->algorithm.md != md)
        return fail(e, ERR_DAMAGED, "the CMS signature names two digests, %s and %s",
                    algorithm_md_name(md), algorithm_md_name(out->algorithm.md));
    return OK;
}

static enum err read_signers(struct bytes in, struct cms *out, struct error *e)
{
    struct bytes signer;

    if (in.len == 0)
        return fail(e, ERR_UNTRUSTED, "the CMS block has certificates, but no signature");
    if (!der_take(&in, DER_SEQUENCE, &signer))
        return damaged(e);
    if (in.len)
        return fail(e, ERR_UNSUPPORTED, "the CMS signature has more than one signer");
    return read_signer(signer, out, e);
}

enum err cms_parse(struct bytes der, struct cms *out, struct error *e)
{
    struct bytes info, type, outer, data, content, certificates, skipped, signers;

    *out = (struct cms){0};
    if (!der_is(der, DER_SEQUENCE, &info) || !der_take(&info, MBEDTLS_ASN1_OID, &type))
        return damaged(e);
    if (!DER_OID_IS(type, MBEDTLS_OID_PKCS7_SIGNED_DATA))
        return fail(e, ERR_UNSUPPORTED, "the CMS block is not a signature");
    if (!der_is(info, DER_INSIDE(0), &outer) || !der_is(outer, DER_SEQUENCE, &data) ||
        !der_take(&data, MBEDTLS_ASN1_INTEGER, &skipped) || !der_take(&data, DER_SET, &skipped) ||
        !der_take(&data, DER_SEQUENCE, &content))
        return damaged(e);
    TRY(check_content(content, e));
    if (der_take(&data, DER_INSIDE(0), &certificates))
        TRY(read_certificates(certificates, out, e));
    der_take(&data, DER_INSIDE(1), &skipped); /* revocation lists */
    if (!der_is(data, DER_SET, &signers))
        return damaged(e);
    return read_signers(signers, out, e);
}

bool cms_names(const struct cms *cms, const struct certificate *c)
{
    struct bytes key_id = {c->crt.subject_key_id.p, c->crt.subject_key_id.len};

    if (cms->key_id.at)
        return der_same(cms->key_id, key_id);
    return der_same(cms->issuer, c->issuer) && der_same(cms->serial, c->serial);
}

/* The one value of the attribute that must be there once. */
static bool find_attribute(struct bytes attributes, struct bytes wanted, int tag, struct bytes *out)
{
    struct bytes attribute, oid, values;
    bool found = false;

    while (attributes.len) {
        if (!der_take(&attributes, DER_SEQUENCE, &attribute) ||
            !der_take(&attribute, MBEDTLS_ASN1_OID, &oid))
            return false;
        if (!der_same(oid, wanted))
            continue;
        if (found || !der_is(attribute, DER_SET, &values) || !der_is(values, tag, out))
            return false;
        found = true;
    }
    return found;
}

static struct bytes oid_of(const char *text, size_t len)
{
    return (struct bytes){(const uint8_t *)text, len};
}

static enum err check_attributes(const struct cms *cms, struct bytes manifest, struct error *e)
{
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(cms->algorithm.md);
    uint8_t digest[MBEDTLS_MD_MAX_SIZE];
    struct bytes attributes, type, stated;

    if (!der_is(cms->attributes, DER_INSIDE(0), &attributes) ||
        !find_attribute(attributes, oid_of(OID_CONTENT_TYPE, MBEDTLS_OID_SIZE(OID_CONTENT_TYPE)),
                        MBEDTLS_ASN1_OID, &type) ||
        !DER_OID_IS(type, MBEDTLS_OID_PKCS7_DATA))
        return fail(e, ERR_DAMAGED, "the CMS signature does not state what it is over");
    if (!find_attribute(attributes,
                        oid_of(OID_MESSAGE_DIGEST, MBEDTLS_OID_SIZE(OID_MESSAGE_DIGEST)),
                        MBEDTLS_ASN1_OCTET_STRING, &stated))
        return fail(e, ERR_DAMAGED, "the CMS signature has no digest of what it is over");
    if (!md || mbedtls_md(md, manifest.at, manifest.len, digest) != 0 ||
        !der_same(stated, (struct bytes){digest, mbedtls_md_get_size(md)}))
        return fail(e, ERR_UNTRUSTED, "the CMS signature is over another manifest");
    return OK;
}

enum err cms_check(const struct cms *cms, struct certificate *signer, struct bytes manifest,
                   struct arena scratch, struct error *e)
{
    struct bytes message = manifest;
    uint8_t *copy;

    if (cms->attributes.at) {
        TRY(check_attributes(cms, manifest, e));
        /* RFC 5652, "Message Digest Calculation Process": the tag is that of a SET here. */
        TRY(TAKE(&scratch, cms->attributes.len, &copy, e));
        memcpy(copy, cms->attributes.at, cms->attributes.len);
        copy[0] = DER_SET;
        message = (struct bytes){copy, cms->attributes.len};
    }
    if (!certificate_signed(signer, &cms->algorithm, message, cms->signature))
        return fail(e, ERR_UNTRUSTED,
                    "the CMS signature is not by the key of %s, or over another manifest",
                    signer->name);
    return OK;
}
