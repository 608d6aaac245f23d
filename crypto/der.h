/* crypto/der.h - stepping through DER with mbedTLS's own reader of tags and lengths.
 *
 * For crypto/ alone: certificates, algorithms and CMS are taken apart with it, so that they are
 * never read in another way than mbedTLS reads them.
 *
 * Spec: ITU-T X.690, "Distinguished Encoding Rules".
 */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include "base/bytes.h"

#define DER_SEQUENCE    (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define DER_SET         (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define DER_INSIDE(n)   (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | (n))
#define DER_IMPLICIT(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))

/* Take the element at the front of in, which must have that tag: its contents.  False, with in
 * unchanged, when it has another or does not fit. */
bool der_take(struct bytes *in, int tag, struct bytes *contents);

/* The same with tag and length: the element as it stands. */
bool der_take_whole(struct bytes *in, int tag, struct bytes *element);

/* True when the next element has that tag. */
bool der_next_is(struct bytes in, int tag);

/* True when all of in is one element of that tag. */
bool der_is(struct bytes in, int tag, struct bytes *contents);

bool der_same(struct bytes a, struct bytes b);

/* An object identifier's contents against one of the MBEDTLS_OID_ strings. */
#define DER_OID_IS(oid, name)                                                                      \
    der_same((oid), (struct bytes){(const uint8_t *)(name), MBEDTLS_OID_SIZE(name)})

/* For mbedTLS, which asks for pointers to bytes that it does not change. */
uint8_t *der_pointer(const uint8_t *at);
mbedtls_asn1_buf der_buffer(int tag, struct bytes contents);

#endif
