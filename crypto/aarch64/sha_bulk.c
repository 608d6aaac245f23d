#include "crypto/sha_bulk.h"

size_t sha1_bulk(uint32_t state[5], const uint8_t *from, size_t len)
{
    (void)state, (void)from, (void)len;
    return 0;
}

size_t sha256_bulk(uint32_t state[8], const uint8_t *from, size_t len)
{
    return sha256_plain(state, from, len);
}
