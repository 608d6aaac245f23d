/* The PKCS #7 of an Authenticode signature.  mbedTLS reads PKCS #7 only where the content is plain
 * data, so the few levels of DER are walked here; certificates are left to mbedTLS. */
#include <string.h>

#include "crypto/authenticode.h"

enum tag {
    TAG_INTEGER = 0x02,
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    TAG_0 = 0xa0,
    TAG_1 = 0xa1,
};

static const uint8_t oid_signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t oid_indirect[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x04};
static const uint8_t oid_message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04};
static const uint8_t oid_pss[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
static const uint8_t oid_sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
static const uint8_t oid_sha2[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

/* Take one value off the front, of any tag; whole is the value with its tag and length.  An
 * unreadable one empties in, for good. */
static uint8_t take_any(struct bytes *in, struct bytes *value, struct bytes *whole)
{
    const uint8_t *start = in->at;
    uint8_t tag = take_u8(in);
    size_t len = take_u8(in);

    if (len & 0x80) {
        size_t count = len & 0x7f; /* of length bytes; 0 would be BER's indefinite form */
        const uint8_t *at = count >= 1 && count <= 4 ? take(in, count) : NULL;
        len = 0;
        for (size_t i = 0; at && i < count; i++)
            len = len << 8 | at[i];
        if (!at)
            *in = (struct bytes){0};
    }
    value->at = take(in, len);
    value->len = value->at ? len : 0;
    if (whole)
        *whole = (struct bytes){value->at ? start : NULL,
                                value->at ? (size_t)(in->at - start) : 0};
    return value->at ? tag : 0;
}

/* Take a value of that tag; in is emptied for good when another one is there. */
static struct bytes take_tag(struct bytes *in, enum tag tag)
{
    struct bytes value;

    if (take_any(in, &value, NULL) != tag) {
        *in = (struct bytes){0};
        return (struct bytes){0};
    }
    return value;
}

/* Take an optional value of that tag, whole. */
static struct bytes take_optional(struct bytes *in, enum tag tag)
{
    struct bytes value, whole = {0};

    if (in->len && in->at[0] == tag)
        take_any(in, &value, &whole);
    return whole;
}

static bool same(struct bytes value, const uint8_t *oid, size_t len)
{
    return value.len == len && memcmp(value.at, oid, len) == 0;
}

#define IS(value, oid) same((value), (oid), sizeof(oid))

/* AlgorithmIdentifier of a digest. */
static enum err take_digest_kind(struct bytes *in, enum digest_kind *kind, struct error *e)
{
    static const enum digest_kind kinds[] = {DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
    struct bytes algorithm = take_tag(in, TAG_SEQUENCE);
    struct bytes oid = take_tag(&algorithm, TAG_OID);

    if (!bytes_ok(&oid))
        return fail(e, ERR_DAMAGED, "its signature names no digest algorithm");
    if (IS(oid, oid_sha1)) {
        *kind = DIGEST_SHA1;
        return OK;
    }
    if (oid.len == sizeof(oid_sha2) + 1 && memcmp(oid.at, oid_sha2, sizeof(oid_sha2)) == 0 &&
        oid.at[sizeof(oid_sha2)] >= 1 && oid.at[sizeof(oid_sha2)] <= COUNT_OF(kinds)) {
        *kind = kinds[oid.at[sizeof(oid_sha2)] - 1];
        return OK;
    }
    return fail(e, ERR_UNSUPPORTED, "its signature uses an unknown digest algorithm");
}

/* SpcIndirectDataContent: the digest of the image stands in its DigestInfo. */
static enum err read_content(struct bytes info, struct authenticode *out, struct error *e)
{
    struct bytes type = take_tag(&info, TAG_OID);
    struct bytes explicit = take_tag(&info, TAG_0);

    if (!bytes_ok(&type) || !IS(type, oid_indirect))
        return fail(e, ERR_DAMAGED, "its signature is not one of a PE image");
    out->content = take_tag(&explicit, TAG_SEQUENCE);
    struct bytes content = out->content;
    take_tag(&content, TAG_SEQUENCE);
    struct bytes digest = take_tag(&content, TAG_SEQUENCE);
    TRY(take_digest_kind(&digest, &out->image_kind, e));
    out->image_digest = take_tag(&digest, TAG_OCTETS);
    if (!bytes_ok(&digest) || out->image_digest.len != digest_size(out->image_kind))
        return fail(e, ERR_DAMAGED, "its signature holds no digest of the image");
    return OK;
}

static void read_attributes(struct authenticode *out)
{
    struct bytes in = out->attributes, set, oid, values;

    take_any(&in, &set, NULL);
    while (set.len) {
        struct bytes attribute = take_tag(&set, TAG_SEQUENCE);
        oid = take_tag(&attribute, TAG_OID);
        values = take_tag(&attribute, TAG_SET);
        if (bytes_ok(&oid) && IS(oid, oid_message_digest))
            out->message_digest = take_tag(&values, TAG_OCTETS);
    }
}

static enum err read_signer(struct bytes signer, struct authenticode *out, struct error *e)
{
    struct bytes name, algorithm, oid;

    take_tag(&signer, TAG_INTEGER); /* the version */
    name = take_tag(&signer, TAG_SEQUENCE);
    if (take_any(&name, &oid, &out->issuer) != TAG_SEQUENCE)
        return fail(e, ERR_DAMAGED, "its signature does not name its signer");
    out->serial = take_tag(&name, TAG_INTEGER);
    TRY(take_digest_kind(&signer, &out->kind, e));
    out->attributes = take_optional(&signer, TAG_0);
    if (out->attributes.len)
        read_attributes(out);
    algorithm = take_tag(&signer, TAG_SEQUENCE);
    oid = take_tag(&algorithm, TAG_OID);
    out->signature = take_tag(&signer, TAG_OCTETS);
    if (!bytes_ok(&signer) || !bytes_ok(&name) || !bytes_ok(&oid))
        return fail(e, ERR_DAMAGED, "its signature is cut off or damaged");
    out->is_pss = IS(oid, oid_pss);
    if (out->attributes.len && out->message_digest.len != digest_size(out->kind))
        return fail(e, ERR_DAMAGED, "its signature does not cover its content");
    return OK;
}

enum err authenticode_parse(struct bytes pkcs7, struct authenticode *out, struct error *e)
{
    struct bytes info, explicit, data, signers, signer;

    *out = (struct authenticode){0};
    info = take_tag(&pkcs7, TAG_SEQUENCE);
    struct bytes type = take_tag(&info, TAG_OID);
    if (!bytes_ok(&type) || !IS(type, oid_signed_data))
        return fail(e, ERR_DAMAGED, "its signature is no PKCS #7 signed data");
    explicit = take_tag(&info, TAG_0);
    data = take_tag(&explicit, TAG_SEQUENCE);
    take_tag(&data, TAG_INTEGER); /* the version */
    take_tag(&data, TAG_SET);     /* the digest algorithms, named again by the signer */
    TRY(read_content(take_tag(&data, TAG_SEQUENCE), out, e));

    struct bytes certificates = take_optional(&data, TAG_0);
    if (certificates.len)
        take_any(&certificates, &out->certificates, NULL);
    take_optional(&data, TAG_1); /* revocation lists, which firmware does not look at */
    signers = take_tag(&data, TAG_SET);
    signer = take_tag(&signers, TAG_SEQUENCE);
    if (!bytes_ok(&signer))
        return fail(e, ERR_DAMAGED, "its signature has no signer");
    if (signers.len)
        return fail(e, ERR_UNSUPPORTED, "its signature has several signers in one");
    return read_signer(signer, out, e);
}

bool authenticode_next_certificate(struct bytes *certificates, struct bytes *out)
{
    struct bytes value;

    if (certificates->len == 0)
        return false;
    return take_any(certificates, &value, out) != 0;
}
