#include "crypto/der.h"

#include <string.h>

uint8_t *der_pointer(const uint8_t *at)
{
    return (uint8_t *)(uintptr_t)at;
}

mbedtls_asn1_buf der_buffer(int tag, struct bytes contents)
{
    return (mbedtls_asn1_buf){.tag = tag, .len = contents.len, .p = der_pointer(contents.at)};
}

bool der_take(struct bytes *in, int tag, struct bytes *contents)
{
    unsigned char *at = der_pointer(in->at);
    const uint8_t *end = in->at + in->len;
    size_t len;

    if (in->len == 0 || mbedtls_asn1_get_tag(&at, end, &len, tag) != 0)
        return false;
    *contents = (struct bytes){at, len};
    *in = (struct bytes){at + len, (size_t)(end - at) - len};
    return true;
}

bool der_take_whole(struct bytes *in, int tag, struct bytes *element)
{
    struct bytes before = *in, contents;

    if (!der_take(in, tag, &contents))
        return false;
    *element = (struct bytes){before.at, before.len - in->len};
    return true;
}

bool der_next_is(struct bytes in, int tag)
{
    return in.len > 0 && in.at[0] == tag;
}

bool der_is(struct bytes in, int tag, struct bytes *contents)
{
    return der_take(&in, tag, contents) && in.len == 0;
}

bool der_same(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}
