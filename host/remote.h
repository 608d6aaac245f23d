/* host/remote.h - packages on web servers, for the host tool.
 *
 * Whom https believes is a matter of its own: --https-trust, or the machine's list of authorities
 * where there is one.  --trust is about who signs packages.
 */
#ifndef HOST_REMOTE_H
#define HOST_REMOTE_H

#include "host/arguments.h"
#include "loader/http_package.h"

#define REMOTE_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"
#define REMOTE_HOLD_MAX    (1u << 30) /* bytes from servers without ranges; docs/limits.md */

struct remote {
    struct trust trust;
    struct http_folder folder; /* its client is NULL before remote_open() */
};

/* Make the client, unless there is one. */
enum err remote_client(struct remote *r, const struct arguments *arguments,
                       const struct config *config, struct clock clock, struct arena *a,
                       struct error *e) MUST_CHECK;

/* Open the package that the arguments' URL leads to.  r lives as long as the package. */
enum err remote_open(struct remote *r, const struct arguments *arguments,
                     const struct config *config, struct clock clock, struct arena *a,
                     struct package *out, struct error *e) MUST_CHECK;
void remote_close(struct remote *r);

#endif
