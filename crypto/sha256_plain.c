#include "crypto/sha256_rounds.h"
#include "crypto/sha_bulk.h"

size_t sha256_plain(uint32_t state[8], const uint8_t *from, size_t len)
{
    return sha256_blocks(state, from, len);
}
