/* Names into addresses: our own question to the servers that the network or the settings named.
 *
 * The firmware's own DNS protocols are not used: they are missing more often than UDP is, and what
 * they do about odd answers is not known (docs/decisions.md). */
#include <string.h>

#include "base/text.h"
#include "efi/clock.h"
#include "efi/network.h"
#include "efi/status.h"
#include "loader/port.h"
#include "parsers/address.h"
#include "parsers/dns.h"

#define TRIES  3    /* of each server */
#define ASK_MS 1500 /* for an answer */

struct question {
    const struct udp_calls *calls;
    struct net_child child;
    EFI_EVENT done;
    uint8_t query[DNS_QUERY_MAX];
    size_t len; /* of the query */
};

/* What answers this and is not somebody else's; ERR_NETWORK, without words, when nothing does. */
static enum err exchange(struct question *q, uint8_t answer[DNS_DATAGRAM_MAX], size_t *len,
                         uint64_t deadline)
{
    struct bytes query = {q->query, q->len};

    TRY(q->calls->send(q->child.protocol, query, q->done, deadline));
    do
        TRY(q->calls->receive(q->child.protocol, answer, DNS_DATAGRAM_MAX, len, q->done, deadline));
    while (!dns_is_answer(query, (struct bytes){answer, *len}));
    return OK;
}

static enum err open_server(struct question *q, const struct net_address *server, struct error *e)
{
    q->calls = server->len == 4 ? &udp4_calls : &udp6_calls;
    if (net_child_make(network.port.handle, &q->calls->binding, &q->calls->protocol, &q->child,
                       e) != OK)
        return within(e, "UDP");
    EFI_STATUS status = q->calls->configure(q->child.protocol, server, DNS_PORT);
    return EFI_ERROR(status) ? net_fail(e, status, "UDP cannot be set up") : OK;
}

static enum err ask_server(struct question *q, const struct net_address *server,
                           struct dns_answer *out, uint64_t deadline, struct error *e)
{
    uint8_t message[DNS_DATAGRAM_MAX];
    char name[ADDRESS_TEXT_MAX];
    enum err err = open_server(q, server, e);
    size_t len = 0;

    if (err == OK)
        err = ERR_NETWORK;
    for (int i = 0; i < TRIES && err == ERR_NETWORK && q->child.service; i++) {
        uint64_t wait = port_milliseconds() + ASK_MS;
        err = exchange(q, message, &len, wait < deadline ? wait : deadline);
    }
    if (q->child.service)
        q->calls->reset(q->child.protocol);
    net_child_end(&q->child);
    if (err == ERR_CANCELLED)
        return fail(e, err, "stopped");
    address_text(server->at, server->len, name);
    if (err != OK)
        return fail(e, ERR_NETWORK, "the DNS server %s does not answer", name);
    if (dns_parse((struct bytes){q->query, q->len}, (struct bytes){message, len}, out, e) == OK)
        return OK;
    if (out->code == DNS_NO_NAME) /* asking again will not help */
        e->code = ERR_NOT_FOUND;
    return within(e, "the DNS server %s", name);
}

static uint16_t query_id(void)
{
    struct error ignored;
    uint16_t id;

    if (port_random(&id, sizeof(id), &ignored) != OK)
        id = (uint16_t)(clock_counter() >> 3);
    return id;
}

/* The servers in turn, until one knows. */
static enum err ask(const char *host, enum dns_type type, struct dns_answer *out, uint64_t deadline,
                    struct error *e)
{
    struct question q = {.len = 0};
    enum err err = ERR_NETWORK;

    *out = (struct dns_answer){.count = 0};
    TRY(dns_query(host, type, query_id(), q.query, &q.len, e));
    TRY(net_event(&q.done, e));
    for (size_t i = 0; i < network.dns_count; i++) {
        const struct net_address *server = &network.dns[i];
        if (server->len == 16 && !network_have6())
            continue;
        err = ask_server(&q, server, out, deadline, e);
        if (err == OK || err == ERR_CANCELLED || out->code == DNS_NO_NAME)
            break;
    }
    firmware.boot->CloseEvent(q.done);
    return err;
}

static enum err add_answers(const char *host, enum dns_type type,
                            struct net_address out[RESOLVE_MAX], size_t *count, uint64_t deadline,
                            struct error *e)
{
    struct dns_answer answer;

    TRY(ask(host, type, &answer, deadline, e));
    for (size_t i = 0; i < answer.count && *count < RESOLVE_MAX; i++) {
        struct net_address *address = &out[(*count)++];
        address->len = answer.addresses[i].len;
        memcpy(address->at, answer.addresses[i].at, address->len);
    }
    return OK;
}

static enum err ask_both(const char *host, struct net_address out[RESOLVE_MAX], size_t *count,
                         uint64_t deadline, struct error *e)
{
    if (!network.dns_count && !network_have6())
        return fail(e, ERR_NETWORK,
                    "no DNS server is known: neither the network nor network-dns "
                    "names one");
    if (network.address.len == 4)
        TRY(add_answers(host, DNS_A, out, count, deadline, e));
    /* IPv6 takes its time, so only where there is no other way. */
    if (!*count && network_have6())
        TRY(add_answers(host, DNS_AAAA, out, count, deadline, e));
    if (!*count)
        return fail(e, ERR_SETTING, "it has no address of a kind that this machine has");
    return OK;
}

enum err resolve(const char *host, struct net_address out[RESOLVE_MAX], size_t *count,
                 uint64_t deadline, struct error *e)
{
    *count = 0;
    out[0].len = address_bytes(host, strlen(host), out[0].at);
    if (!out[0].len)
        return ask_both(host, out, count, deadline, e) == OK
                   ? OK
                   : within(e, "cannot find the address of %s", host);
    *count = 1;
    if (out[0].len == 4 && network.address.len != 4)
        return fail(e, ERR_SETTING, "%s: this machine has no IPv4 address", host);
    if (out[0].len == 16 && !network_have6())
        return fail(e, ERR_SETTING, "%s: this machine has no IPv6 address", host);
    return OK;
}
