/* What the firmware fetched ovfboot by, and small files by TFTP. */
#include "loader/port.h"

enum err port_start_url(struct arena *a, const char **out, struct error *e)
{
    (void)a;
    (void)e;
    *out = NULL;
    return OK;
}

enum err port_tftp(const char *host, const char *path, size_t limit, struct arena *a,
                   struct bytes *out, bool *found, struct error *e)
{
    (void)path;
    (void)limit;
    (void)a;
    *out = (struct bytes){(const uint8_t *)"", 0};
    *found = false;
    return fail(e, ERR_NETWORK, "%s: no TFTP yet", host);
}
