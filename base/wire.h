/* base/wire.h - bytes to and from another machine: a TCP connection, or TLS over one.
 *
 *     TRY(wire_connect(w, "example.org", 443, 10000, e));
 *     TRY(wire_send(w, request, 10000, e));
 *     TRY(wire_receive(w, buffer, sizeof(buffer), 500, &got, e));
 *     wire_close(w);
 *
 * A concrete wire starts with a struct wire.  It is made once, in an arena, and may be connected and
 * closed again and again, which takes no more of the arena.  Times are in milliseconds; each is for
 * the whole call.  Failures are ERR_NETWORK, ERR_SETTING where another attempt would end in the same
 * way, or ERR_CANCELLED; in words that do not name the URL: whoever knows it puts it in front.
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

struct wire;

#define WIRE_QUIET SIZE_MAX /* wire_receive(): nothing came in that time */

struct wire_ops {
    enum err (*connect)(struct wire *w, const char *host, uint16_t port, uint32_t timeout_ms,
                        struct error *e);
    enum err (*send)(struct wire *w, struct bytes bytes, uint32_t timeout_ms, struct error *e);
    enum err (*receive)(struct wire *w, void *to, size_t room, uint32_t timeout_ms, size_t *got,
                        struct error *e);
    void (*close)(struct wire *w);
};

struct wire {
    const struct wire_ops *ops;
};

/* host is a name or an address, without brackets.  The wire is closed. */
static inline enum err wire_connect(struct wire *w, const char *host, uint16_t port,
                                    uint32_t timeout_ms, struct error *e)
{
    return w->ops->connect(w, host, port, timeout_ms, e);
}

/* All of the bytes, or an error. */
static inline enum err wire_send(struct wire *w, struct bytes bytes, uint32_t timeout_ms,
                                 struct error *e)
{
    return w->ops->send(w, bytes, timeout_ms, e);
}

/* As many bytes as are there, at most room, waiting for the first.  *got is 0 when the other end has
 * closed in order, for good; WIRE_QUIET, with OK, when nothing came in time. */
static inline enum err wire_receive(struct wire *w, void *to, size_t room, uint32_t timeout_ms,
                                    size_t *got, struct error *e)
{
    return w->ops->receive(w, to, room, timeout_ms, got, e);
}

/* One that is closed, too. */
static inline void wire_close(struct wire *w)
{
    w->ops->close(w);
}

#endif
