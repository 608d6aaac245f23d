/* TCP as the port's wire, on EFI_TCP4_PROTOCOL and EFI_TCP6_PROTOCOL.
 *
 * What comes is received into a buffer of the wire's own, because a receive that is under way cannot
 * be taken back: EDK2 does not implement Cancel().
 */
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "efi/http_wire.h"
#include "efi/network.h"
#include "efi/status.h"
#include "loader/port.h"

#define RECEIVE_SIZE (64u << 10) /* bytes */
#define CLOSE_MS     200         /* to say goodbye in order */

struct tcp {
    struct wire wire;
    const struct tcp_calls *calls;
    struct net_child child; /* its service is NULL while the wire is closed */
    EFI_EVENT done, came;   /* what was sent or asked for; what was received */
    uint8_t *buffer;        /* RECEIVE_SIZE bytes */
    size_t at, len;         /* of what is in it and was not taken */
    bool receiving;
    EFI_TCP4_IO_TOKEN token; /* of the receive */
    EFI_TCP4_RECEIVE_DATA data;
};

static enum err too_late(enum err why, const char *what, struct error *e)
{
    return why == ERR_CANCELLED ? fail(e, why, "stopped") : fail(e, ERR_NETWORK, "%s", what);
}

static enum err wait_done(struct tcp *t, uint64_t deadline)
{
    return net_wait(t->done, t->calls->poll, t->child.protocol, deadline);
}

/* Without ado; what is under way ends with it, so that its memory is free again. */
static void drop(struct tcp *t)
{
    if (t->child.service)
        t->calls->reset(t->child.protocol);
    net_child_end(&t->child);
    (void)firmware.boot->CheckEvent(t->done); /* of what has just ended */
    (void)firmware.boot->CheckEvent(t->came);
    t->receiving = false;
    t->at = t->len = 0;
}

static void tcp_close(struct wire *w)
{
    struct tcp *t = (struct tcp *)w;
    EFI_TCP4_CLOSE_TOKEN token = {.CompletionToken = {t->done, EFI_NOT_READY}};

    if (t->child.service && !EFI_ERROR(t->calls->close(t->child.protocol, &token)))
        (void)!wait_done(t, port_milliseconds() + CLOSE_MS);
    drop(t);
}

static enum err shake_hands(struct tcp *t, const struct net_address *to, uint16_t port,
                            EFI_TCP4_CONNECTION_TOKEN *token, uint64_t deadline, struct error *e)
{
    t->calls = to->len == 4 ? &tcp4_calls : &tcp6_calls;
    if (net_child_make(network.port.handle, &t->calls->binding, &t->calls->protocol, &t->child,
                       e) != OK)
        return within(e, "TCP");
    EFI_STATUS status = t->calls->configure(t->child.protocol, to, port);
    if (!EFI_ERROR(status))
        status = t->calls->connect(t->child.protocol, token);
    if (EFI_ERROR(status))
        return net_fail(e, status, "the firmware cannot begin");
    enum err err = wait_done(t, deadline);
    if (err != OK)
        return too_late(err, "no answer in time", e);
    status = token->CompletionToken.Status;
    return EFI_ERROR(status) ? net_fail(e, status, "no connection") : OK;
}

static enum err connect_one(struct tcp *t, const struct net_address *to, uint16_t port,
                            uint64_t deadline, struct error *e)
{
    EFI_TCP4_CONNECTION_TOKEN token = {.CompletionToken = {t->done, EFI_NOT_READY}};
    enum err err = shake_hands(t, to, port, &token, deadline, e);

    if (err != OK)
        drop(t); /* which still writes to the token */
    return err;
}

/* The addresses of a name in turn; each but the last gets an equal share of the time that is left. */
static enum err tcp_connect(struct wire *w, const char *host, uint16_t port, uint32_t timeout_ms,
                            struct error *e)
{
    struct tcp *t = (struct tcp *)w;
    uint64_t deadline = port_milliseconds() + timeout_ms;
    struct net_address addresses[RESOLVE_MAX];
    enum err err = ERR_NETWORK;
    size_t count;

    TRY(resolve(host, addresses, &count, deadline, e));
    for (size_t i = 0; i < count; i++) {
        uint64_t now = port_milliseconds();
        uint64_t share = now < deadline ? (deadline - now) / (count - i) : 0;
        err = connect_one(t, &addresses[i], port, now + share, e);
        if (err == OK || err == ERR_CANCELLED)
            return err;
    }
    return within(e, "cannot connect to %s, port %u", host, port);
}

/* The memory is the firmware's until the other end has acknowledged, or the connection is gone. */
static enum err tcp_send(struct wire *w, struct bytes bytes, uint32_t timeout_ms, struct error *e)
{
    struct tcp *t = (struct tcp *)w;
    EFI_TCP4_TRANSMIT_DATA data = {
        .Push = TRUE,
        .DataLength = (UINT32)bytes.len,
        .FragmentCount = 1,
        .FragmentTable = {{(UINT32)bytes.len, (void *)(uintptr_t)bytes.at}}};
    EFI_TCP4_IO_TOKEN token = {.CompletionToken = {t->done, EFI_NOT_READY},
                               .Packet = {.TxData = &data}};

    if (!bytes.len)
        return OK;
    if (bytes.len > UINT32_MAX)
        return fail(e, ERR_TOO_BIG, "%zu bytes cannot be sent at once", bytes.len);
    EFI_STATUS status = t->calls->transmit(t->child.protocol, &token);
    if (EFI_ERROR(status))
        return net_fail(e, status, "the connection broke");
    enum err err = wait_done(t, port_milliseconds() + timeout_ms);
    if (err != OK) {
        drop(t);
        return too_late(err, "the other end took nothing in time", e);
    }
    status = token.CompletionToken.Status;
    return EFI_ERROR(status) ? net_fail(e, status, "the connection broke") : OK;
}

/* A receive that is under way stays so when the time is over. */
static enum err receive_more(struct tcp *t, uint64_t deadline, EFI_STATUS *status, struct error *e)
{
    if (!t->receiving) {
        t->data = (EFI_TCP4_RECEIVE_DATA){.DataLength = RECEIVE_SIZE,
                                          .FragmentCount = 1,
                                          .FragmentTable = {{RECEIVE_SIZE, t->buffer}}};
        t->token = (EFI_TCP4_IO_TOKEN){.CompletionToken = {t->came, EFI_NOT_READY},
                                       .Packet = {.RxData = &t->data}};
        *status = t->calls->receive(t->child.protocol, &t->token);
        if (EFI_ERROR(*status))
            return OK;
        t->receiving = true;
    }
    enum err err = net_wait(t->came, t->calls->poll, t->child.protocol, deadline);
    if (err == ERR_CANCELLED)
        return fail(e, err, "stopped");
    *status = err == OK ? t->token.CompletionToken.Status : EFI_NOT_READY;
    t->receiving = err != OK;
    if (*status == EFI_SUCCESS) {
        t->at = 0;
        t->len = min_u64(t->data.DataLength, RECEIVE_SIZE);
    }
    return OK;
}

static enum err tcp_receive(struct wire *w, void *to, size_t room, uint32_t timeout_ms, size_t *got,
                            struct error *e)
{
    struct tcp *t = (struct tcp *)w;
    uint64_t deadline = port_milliseconds() + timeout_ms;
    EFI_STATUS status = EFI_SUCCESS;

    while (!t->len && status == EFI_SUCCESS)
        TRY(receive_more(t, deadline, &status, e));
    if (t->len) {
        *got = t->len < room ? t->len : room;
        memcpy(to, t->buffer + t->at, *got);
        t->at += *got;
        t->len -= *got;
        return OK;
    }
    *got = status == EFI_NOT_READY ? WIRE_QUIET : 0;
    if (status == EFI_NOT_READY || status == EFI_CONNECTION_FIN)
        return OK;
    return net_fail(e, status, "the connection broke");
}

enum err port_wire(struct arena *a, struct wire **out, struct error *e)
{
    static const struct wire_ops ops = {tcp_connect, tcp_send, tcp_receive, tcp_close};
    struct tcp *t;

    if (!network.port.has_tcp4 && !network.port.has_tcp6)
        return http_wire_make(network.port.handle, a, out, e);
    TRY(TAKE(a, 1, &t, e));
    *t = (struct tcp){.wire = {&ops}};
    TRY(arena_take(a, RECEIVE_SIZE, 1, 8, (void **)&t->buffer, e));
    TRY(net_event(&t->done, e));
    TRY(net_event(&t->came, e));
    *out = &t->wire;
    return OK;
}
