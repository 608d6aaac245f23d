/* The PKCS #7 of an Authenticode signature: mbedTLS reads PKCS #7 only where its content is plain
 * data, so the few levels above the certificates are walked here. */
#include <string.h>

#include "crypto/authenticode.h"
#include "crypto/der.h"

#define OID_INDIRECT_DATA  "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04" /* 1.3.6.1.4.1.311.2.1.4 */
#define OID_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"     /* 1.2.840.113549.1.9.4 */

static enum err damaged(const char *what, struct error *e)
{
    return fail(e, ERR_DAMAGED, "its signature %s", what);
}

/* AlgorithmIdentifier of a digest. */
static enum err take_kind(struct bytes *in, enum digest_kind *kind, struct error *e)
{
    struct bytes algorithm, oid;

    if (!der_take(in, DER_SEQUENCE, &algorithm) || !der_take(&algorithm, MBEDTLS_ASN1_OID, &oid))
        return damaged("names no digest algorithm", e);
    if (DER_OID_IS(oid, MBEDTLS_OID_DIGEST_ALG_SHA1))
        *kind = DIGEST_SHA1;
    else if (DER_OID_IS(oid, MBEDTLS_OID_DIGEST_ALG_SHA256))
        *kind = DIGEST_SHA256;
    else if (DER_OID_IS(oid, MBEDTLS_OID_DIGEST_ALG_SHA384))
        *kind = DIGEST_SHA384;
    else if (DER_OID_IS(oid, MBEDTLS_OID_DIGEST_ALG_SHA512))
        *kind = DIGEST_SHA512;
    else
        return fail(e, ERR_UNSUPPORTED, "its signature uses an unknown digest algorithm");
    return OK;
}

/* SpcIndirectDataContent: what kind of thing was signed, and its DigestInfo. */
static enum err read_content(struct bytes info, struct authenticode *out, struct error *e)
{
    struct bytes type, inside, content, kind, digest;

    if (!der_take(&info, MBEDTLS_ASN1_OID, &type) || !DER_OID_IS(type, OID_INDIRECT_DATA) ||
        !der_take(&info, DER_INSIDE(0), &inside) || !der_take(&inside, DER_SEQUENCE, &content))
        return damaged("is not one of a PE image", e);
    out->content = content;
    if (!der_take(&content, DER_SEQUENCE, &kind) || !der_take(&content, DER_SEQUENCE, &digest))
        return damaged("holds no digest of the image", e);
    TRY(take_kind(&digest, &out->image_kind, e));
    if (!der_take(&digest, MBEDTLS_ASN1_OCTET_STRING, &out->image_digest) ||
        out->image_digest.len != digest_size(out->image_kind))
        return damaged("holds no digest of the image", e);
    return OK;
}

static enum err read_attributes(struct authenticode *out, struct error *e)
{
    struct bytes attributes, attribute, oid, values;
    size_t found = 0;

    if (!der_is(out->attributes, DER_INSIDE(0), &attributes))
        return damaged("has damaged attributes", e);
    while (attributes.len) {
        if (!der_take(&attributes, DER_SEQUENCE, &attribute) ||
            !der_take(&attribute, MBEDTLS_ASN1_OID, &oid) ||
            !der_take(&attribute, DER_SET, &values))
            return damaged("has damaged attributes", e);
        if (!DER_OID_IS(oid, OID_MESSAGE_DIGEST))
            continue;
        if (!der_is(values, MBEDTLS_ASN1_OCTET_STRING, &out->message_digest))
            return damaged("has damaged attributes", e);
        found++;
    }
    if (found != 1 || out->message_digest.len != digest_size(out->kind))
        return damaged("does not cover its content", e);
    return OK;
}

static enum err read_signer(struct bytes signer, struct authenticode *out, struct error *e)
{
    struct bytes version, name, algorithm, oid;

    if (!der_take(&signer, MBEDTLS_ASN1_INTEGER, &version) ||
        !der_take(&signer, DER_SEQUENCE, &name) ||
        !der_take_whole(&name, DER_SEQUENCE, &out->issuer) ||
        !der_take(&name, MBEDTLS_ASN1_INTEGER, &out->serial))
        return damaged("does not name its signer", e);
    TRY(take_kind(&signer, &out->kind, e));
    if (der_next_is(signer, DER_INSIDE(0))) {
        if (!der_take_whole(&signer, DER_INSIDE(0), &out->attributes))
            return damaged("is cut off", e);
        TRY(read_attributes(out, e));
    }
    if (!der_take(&signer, DER_SEQUENCE, &algorithm) ||
        !der_take(&algorithm, MBEDTLS_ASN1_OID, &oid) ||
        !der_take(&signer, MBEDTLS_ASN1_OCTET_STRING, &out->signature))
        return damaged("is cut off", e);
    out->is_pss = DER_OID_IS(oid, MBEDTLS_OID_RSASSA_PSS);
    return OK;
}

/* SignedData, down to its only signer. */
static enum err read_signed_data(struct bytes data, struct authenticode *out, struct bytes *signer,
                                 struct error *e)
{
    struct bytes version, algorithms, info, crls, signers;

    if (!der_take(&data, MBEDTLS_ASN1_INTEGER, &version) ||
        !der_take(&data, DER_SET, &algorithms) || !der_take(&data, DER_SEQUENCE, &info))
        return damaged("is no PKCS #7 signed data", e);
    TRY(read_content(info, out, e));
    if (der_next_is(data, DER_INSIDE(0)) && !der_take(&data, DER_INSIDE(0), &out->certificates))
        return damaged("has damaged certificates", e);
    /* Revocation lists in it are nothing that firmware looks at. */
    if (der_next_is(data, DER_INSIDE(1)) && !der_take(&data, DER_INSIDE(1), &crls))
        return damaged("is cut off", e);
    if (!der_take(&data, DER_SET, &signers) || !der_take(&signers, DER_SEQUENCE, signer))
        return damaged("has no signer", e);
    if (signers.len)
        return fail(e, ERR_UNSUPPORTED, "its signature has several signers in one");
    return OK;
}

enum err authenticode_parse(struct bytes pkcs7, struct authenticode *out, struct error *e)
{
    struct bytes info, type, inside, data, signer;

    *out = (struct authenticode){.certificates = {(const uint8_t *)"", 0}};
    if (!der_take(&pkcs7, DER_SEQUENCE, &info) || !der_take(&info, MBEDTLS_ASN1_OID, &type) ||
        !DER_OID_IS(type, MBEDTLS_OID_PKCS7_SIGNED_DATA) ||
        !der_take(&info, DER_INSIDE(0), &inside) || !der_take(&inside, DER_SEQUENCE, &data))
        return damaged("is no PKCS #7 signed data", e);
    TRY(read_signed_data(data, out, &signer, e));
    return read_signer(signer, out, e);
}

bool authenticode_next_certificate(struct bytes *certificates, struct bytes *out)
{
    return der_take_whole(certificates, DER_SEQUENCE, out);
}
