/* crypto/tls.h - TLS 1.2 and 1.3 as a client: a wire over a wire.
 *
 *     TRY(tls_make(&settings, a, &tls, e));
 *     TRY(tls_start(tls, tcp, "example.org", 15000, e));
 *     TRY(wire_send(tls_wire(tls), request, 10000, e));
 *     wire_close(tls_wire(tls));                       the wire below stays as it is
 *
 * Nothing is sent before the server has proved to be the host that was named, by crypto/tls_peer.h.
 * AES-GCM with ECDHE over P-256 and P-384; signatures with SHA-256 and better; no renegotiation, no
 * tickets, no early data.  Memory is the arena's, and while a connection stands some 40 KiB of the
 * libraries' heap.
 *
 * One that ends without TLS's own end (close_notify) is ERR_NETWORK: it may have been cut.
 *
 * Spec: RFC 5246, RFC 8446; RFC 9325, "Recommendations for Secure Use of TLS and DTLS".
 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include "base/arena.h"
#include "base/wire.h"
#include "crypto/moment.h"
#include "crypto/trust.h"

struct tls_settings {
    const struct trust *trust; /* borrowed */
    struct clock clock;
    enum err (*random)(void *to, size_t len, struct error *e); /* bytes that nobody can guess */
    uint64_t (*milliseconds)(void);
};

struct tls;

/* Only one at a time: PSA, inside of mbedTLS, knows one source of random numbers. */
enum err tls_make(const struct tls_settings *settings, struct arena *a, struct tls **out,
                  struct error *e) MUST_CHECK;

/* Come to an understanding with a server over an open wire, which is borrowed.  host is a name in lower
 * case or an address.  ERR_PEER, with a sentence for each reason, when the server's certificate is not
 * believed; ERR_NETWORK when the wire broke, or when it speaks no TLS that is done here. */
enum err tls_start(struct tls *t, struct wire *inner, const char *host, uint32_t timeout_ms,
                   struct error *e) MUST_CHECK;

/* True when what tls_start() failed of is no accident of the network. */
bool tls_was_refused(const struct tls *t);

/* True when tls_start() over a new connection to the same server, right now, may well succeed. */
bool tls_wants_another(const struct tls *t);

/* What to send and receive through. */
struct wire *tls_wire(struct tls *t);

#endif
