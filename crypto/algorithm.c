#include "crypto/algorithm.h"

#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

#include "base/text.h"
#include "crypto/der.h"

static const struct {
    mbedtls_md_type_t md;
    bool strong;
    const char *name;
} digests[] = {
    {MBEDTLS_MD_MD5, false, "MD5"},        {MBEDTLS_MD_SHA1, false, "SHA-1"},
    {MBEDTLS_MD_SHA224, false, "SHA-224"}, {MBEDTLS_MD_SHA256, true, "SHA-256"},
    {MBEDTLS_MD_SHA384, true, "SHA-384"},  {MBEDTLS_MD_SHA512, true, "SHA-512"},
};

mbedtls_md_type_t algorithm_md(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA1:
        return MBEDTLS_MD_SHA1;
    case DIGEST_SHA256:
        return MBEDTLS_MD_SHA256;
    case DIGEST_SHA384:
        return MBEDTLS_MD_SHA384;
    case DIGEST_SHA512:
        return MBEDTLS_MD_SHA512;
    }
    return MBEDTLS_MD_NONE;
}

const char *algorithm_md_name(mbedtls_md_type_t md)
{
    for (size_t i = 0; i < COUNT_OF(digests); i++)
        if (digests[i].md == md)
            return digests[i].name;
    return "an unknown digest";
}

bool algorithm_md_is_strong(mbedtls_md_type_t md)
{
    for (size_t i = 0; i < COUNT_OF(digests); i++)
        if (digests[i].md == md)
            return digests[i].strong;
    return false;
}

/* Split an AlgorithmIdentifier.  Its parameters may be absent: len is 0 then. */
static bool split(struct bytes identifier, struct bytes *oid, struct bytes *parameters)
{
    struct bytes inside;

    if (!der_is(identifier, DER_SEQUENCE, &inside) || !der_take(&inside, MBEDTLS_ASN1_OID, oid))
        return false;
    *parameters = inside;
    return true;
}

static bool is_null_or_absent(struct bytes parameters)
{
    struct bytes nothing;

    return parameters.len == 0 ||
           (der_is(parameters, MBEDTLS_ASN1_NULL, &nothing) && nothing.len == 0);
}

enum err algorithm_parse_digest(struct bytes identifier, mbedtls_md_type_t *out, struct error *e)
{
    struct bytes oid, parameters;
    mbedtls_asn1_buf buffer;

    if (!split(identifier, &oid, &parameters) || !is_null_or_absent(parameters))
        return fail(e, ERR_DAMAGED, "the name of a digest algorithm is damaged");
    buffer = der_buffer(MBEDTLS_ASN1_OID, oid);
    if (mbedtls_oid_get_md_alg(&buffer, out) != 0)
        return fail(e, ERR_UNSUPPORTED,
                    "a digest algorithm is not one of SHA-1, SHA-256, SHA-384 "
                    "and SHA-512");
    return OK;
}

/* An explicit INTEGER in [tag], or missing when it is not there. */
static bool take_number(struct bytes *in, int tag, int missing, int *out)
{
    struct bytes outer, number;

    *out = missing;
    if (!der_next_is(*in, tag))
        return true;
    if (!der_take(in, tag, &outer) || !der_is(outer, MBEDTLS_ASN1_INTEGER, &number) ||
        number.len == 0 || number.len > 2 || number.at[0] > 0x7f)
        return false;
    *out = number.len == 2 ? get_be16(number.at) : number.at[0];
    return true;
}

/* maskGenAlgorithm: an AlgorithmIdentifier whose parameters are the digest's. */
static enum err parse_mgf(struct bytes identifier, mbedtls_md_type_t *out, struct error *e)
{
    struct bytes oid, parameters;

    if (!split(identifier, &oid, &parameters))
        return fail(e, ERR_DAMAGED, "the parameters of RSASSA-PSS are damaged");
    if (!DER_OID_IS(oid, MBEDTLS_OID_MGF1))
        return fail(e, ERR_UNSUPPORTED, "RSASSA-PSS is used with a mask that is not MGF1");
    return algorithm_parse_digest(parameters, out, e);
}

enum err algorithm_parse_pss(struct bytes in, struct algorithm *out, struct error *e)
{
    struct bytes field;
    int trailer;

    *out = (struct algorithm){MBEDTLS_PK_RSASSA_PSS, MBEDTLS_MD_SHA1, MBEDTLS_MD_SHA1, 20};
    if (der_take(&in, DER_INSIDE(0), &field))
        TRY(algorithm_parse_digest(field, &out->md, e));
    if (der_take(&in, DER_INSIDE(1), &field))
        TRY(parse_mgf(field, &out->mgf, e));
    if (!take_number(&in, DER_INSIDE(2), 20, &out->salt) ||
        !take_number(&in, DER_INSIDE(3), 1, &trailer) || trailer != 1 || in.len)
        return fail(e, ERR_DAMAGED, "the parameters of RSASSA-PSS are damaged");
    return OK;
}

enum err algorithm_parse(struct bytes identifier, struct algorithm *out, struct error *e)
{
    struct bytes oid, parameters, pss;
    mbedtls_asn1_buf buffer;

    *out = (struct algorithm){0};
    if (!split(identifier, &oid, &parameters))
        return fail(e, ERR_DAMAGED, "the name of a signature algorithm is damaged");
    if (DER_OID_IS(oid, MBEDTLS_OID_RSASSA_PSS)) {
        if (!der_is(parameters, DER_SEQUENCE, &pss))
            return fail(e, ERR_DAMAGED, "the parameters of RSASSA-PSS are damaged");
        return algorithm_parse_pss(pss, out, e);
    }
    if (!is_null_or_absent(parameters))
        return fail(e, ERR_DAMAGED, "the name of a signature algorithm is damaged");
    if (DER_OID_IS(oid, MBEDTLS_OID_PKCS1_RSA)) {
        out->pk = MBEDTLS_PK_RSA;
        return OK;
    }
    buffer = der_buffer(MBEDTLS_ASN1_OID, oid);
    if (mbedtls_oid_get_sig_alg(&buffer, &out->md, &out->pk) != 0)
        return fail(e, ERR_UNSUPPORTED,
                    "a signature algorithm is not one of RSA and ECDSA with "
                    "SHA-1, SHA-256, SHA-384 and SHA-512");
    return OK;
}

bool algorithm_key_is_strong(const mbedtls_pk_context *key)
{
    return mbedtls_pk_get_type(key) != MBEDTLS_PK_RSA ||
           mbedtls_pk_get_bitlen(key) >= ALGORITHM_RSA_BITS_MIN;
}

void algorithm_key_text(const mbedtls_pk_context *key, bool pss, char out[ALGORITHM_TEXT_MAX])
{
    if (mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA)
        text_format(out, ALGORITHM_TEXT_MAX, "%s %zu", pss ? "RSA-PSS" : "RSA",
                    mbedtls_pk_get_bitlen(key));
    else /* the two curves of the configuration */
        text_format(out, ALGORITHM_TEXT_MAX, "ECDSA P-%zu", mbedtls_pk_get_bitlen(key));
}

bool algorithm_holds(const struct algorithm *algorithm, mbedtls_pk_context *key,
                     struct bytes message, struct bytes signature)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(algorithm->md);
    mbedtls_pk_rsassa_pss_options pss = {.mgf1_hash_id = algorithm->mgf,
                                         .expected_salt_len = algorithm->salt};
    uint8_t digest[MBEDTLS_MD_MAX_SIZE];

    if (!info || mbedtls_md(info, message.at, message.len, digest) != 0)
        return false;
    return mbedtls_pk_verify_ext(
               algorithm->pk, algorithm->pk == MBEDTLS_PK_RSASSA_PSS ? &pss : NULL, key,
               algorithm->md, digest, mbedtls_md_get_size(info), signature.at, signature.len) == 0;
}
