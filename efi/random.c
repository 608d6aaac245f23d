/* Bytes that nobody can guess. */
#include "loader/port.h"

enum err port_random(void *to, size_t len, struct error *e)
{
    (void)to;
    (void)len;
    return fail(e, ERR_NETWORK, "there are no random numbers");
}
