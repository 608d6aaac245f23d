#include "crypto/gcm_bulk.h"

size_t gcm_bulk(const struct gcm_bulk *g, const uint8_t *from, uint8_t *to, size_t len)
{
    (void)g, (void)from, (void)to, (void)len;
    return 0;
}
