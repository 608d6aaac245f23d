/* crypto/tls_peer.h - whether a server is the host that was asked for.  For crypto/tls.c alone.
 *
 * The certificates of CAs among the anchors vouch for servers, under the rules of crypto/path.h.  A
 * pinned certificate or key stands for its server whatever its dates and purposes, as it does for
 * packages; but its name counts all the same.  The clock rule is that of crypto/signature.h.
 *
 * Names are those of subjectAltName only, never the subject's: DNS names, with '*' for the whole of
 * the first label, and addresses.
 *
 * Spec: RFC 9525, "Verifying Service Identity".
 */
#ifndef CRYPTO_TLS_PEER_H
#define CRYPTO_TLS_PEER_H

#include <mbedtls/x509_crt.h>

#include "crypto/moment.h"
#include "crypto/trust.h"

/* chain: the server's own certificate first.  ERR_PEER. */
enum err tls_peer_check(const mbedtls_x509_crt *chain, const char *host, const struct trust *trust,
                        struct clock clock, struct arena scratch, struct error *e) MUST_CHECK;

/* True when the DNS name of a certificate stands for the host, which is no address. */
bool tls_peer_name_is(struct bytes name, const char *host);

#endif
