/* Bringing the network up, once, as far as it is needed. */
#include "efi/network.h"

#include <string.h>

#include "base/text.h"
#include "efi/console.h"
#include "efi/http_wire.h"
#include "efi/status.h"
#include "loader/port.h"
#include "parsers/address.h"

#define LINK_MS  10000 /* for a link; switches with spanning tree take longer only behind it */
#define LOOK_MS  50
#define SLICE_MS 20 /* of a wait, between two looks at the keyboard */

struct network network;

bool port_wait(uint32_t ms)
{
    uint64_t end = port_milliseconds() + ms;

    for (uint64_t now; (now = port_milliseconds()) < end;) {
        firmware.boot->Stall((end - now < SLICE_MS ? (UINTN)(end - now) : SLICE_MS) * 1000);
        if (console_wants_stop())
            return false;
    }
    return true;
}

void network_add_dns(const uint8_t *address, size_t len)
{
    struct net_address *new = &network.dns[network.dns_count];

    for (size_t i = 0; i < network.dns_count; i++)
        if (network.dns[i].len == len && memcmp(network.dns[i].at, address, len) == 0)
            return;
    if (network.settings->dns || network.dns_count == NETWORK_DNS_MAX)
        return;
    memcpy(new->at, address, len);
    new->len = len;
    network.dns_count++;
}

static void read_dns_setting(void)
{
    const char *text = network.settings->dns;
    struct bytes list = {(const uint8_t *)text, text ? strlen(text) : 0};

    while (list.len && network.dns_count < NETWORK_DNS_MAX) {
        struct net_address *server = &network.dns[network.dns_count];
        server->len = address_next(&list, server->at);
        if (!server->len)
            return;
        network.dns_count++;
    }
}

static void say_address(const char *front, const struct net_address *address)
{
    char text[ADDRESS_TEXT_MAX];

    port_say("           %s %s", front, address_text(address->at, address->len, text));
}

static void say_network(void)
{
    const char *how = network.settings->address ? "as set" : "by DHCP";
    char text[ADDRESS_TEXT_MAX];
    unsigned prefix = 0;

    for (unsigned i = 0; i < 4; i++)
        for (unsigned bit = network.mask.Addr[i]; bit; bit &= bit - 1)
            prefix++;
    if (network.address.len == 4)
        port_say("Network    %s/%u %s, on port %s", address_text(network.address.at, 4, text),
                 prefix, how, network.port.mac);
    if (network.settings->vlan)
        port_say("           VLAN %u", network.settings->vlan);
    if (network.gateway.len == 4)
        say_address("gateway", &network.gateway);
    for (size_t i = 0; i < network.dns_count; i++)
        say_address("DNS", &network.dns[i]);
}

static void say_network6(void)
{
    char text[ADDRESS_TEXT_MAX];

    port_say("Network    %s %s, on port %s", address_text(network.address6.at, 16, text),
             network.settings->address ? "as set" : "by itself (SLAAC, DHCPv6)", network.port.mac);
    for (size_t i = 0; i < network.dns_count; i++)
        if (network.dns[i].len == 16)
            say_address("DNS", &network.dns[i]);
}

static enum err start6(struct error *e)
{
    if (network.tried6)
        return network.address6.len ? OK : fail(e, ERR_NETWORK, "there is no IPv6 address");
    network.tried6 = true;
    enum err err = ip6_start(e);
    if (err == OK)
        say_network6();
    return err;
}

bool network_have6(void)
{
    struct error ignored;

    return start6(&ignored) == OK;
}

static bool wants(size_t len)
{
    const char *text = network.settings->address;
    uint8_t address[16];
    unsigned prefix;
    size_t bytes;

    if (!text)
        return true;
    return !address_with_prefix(text, strlen(text), address, &bytes, &prefix) || bytes == len;
}

/* IPv4, else IPv6. */
static enum err start_port(const struct net_port *port, struct error *e)
{
    enum err err = ERR_NETWORK;
    struct error first, second;

    network.port = *port;
    network.tried6 = false;
    if (!port->has_tcp4 && !port->has_tcp6) {
        port_say("Network    by the firmware's own HTTP, since it offers no TCP; on port %s",
                 port->mac);
        return OK;
    }
    if (port->has_tcp4 && wants(4)) {
        err = ip4_start(e);
        if (err == OK)
            say_network();
        if (err != ERR_NETWORK)
            return err;
    }
    if (!port->has_tcp6 || !wants(16))
        return err;
    first = *e;
    err = start6(&second);
    if (err == OK)
        return OK;
    *e = second;
    return err == ERR_NETWORK && *first.text ? fail(e, err, "%s; IPv6: %s", first.text, second.text)
                                             : err;
}

/* Wait until one of them has a link. */
static enum err wait_for_link(const struct net_port *ports, size_t count, struct error *e)
{
    for (uint32_t waited = 0; waited < LINK_MS; waited += LOOK_MS) {
        for (size_t i = 0; i < count; i++)
            if (net_port_has_link(&ports[i]))
                return OK;
        if (!port_wait(LOOK_MS))
            return fail(e, ERR_CANCELLED, "stopped while waiting for a network link");
    }
    if (count == 1)
        return fail(e, ERR_NETWORK, "port %s has no link: is the cable in?", ports[0].mac);
    return fail(e, ERR_NETWORK, "none of the %zu network ports has a link: is the cable in?",
                count);
}

static enum err start_first(const struct net_port *ports, size_t count, struct error *e)
{
    enum err err = ERR_NETWORK;
    size_t tried = 0;

    for (size_t i = 0; i < count; i++) {
        if (!net_port_has_link(&ports[i]))
            continue;
        if (tried++)
            port_say("           %s; trying port %s", e->text, ports[i].mac);
        *e = (struct error){.code = OK};
        err = start_port(&ports[i], e);
        if (err == OK)
            return OK;
        ip6_stop();
        err = within(e, "port %s", ports[i].mac);
        if (err != ERR_NETWORK)
            return err;
    }
    return tried ? err : fail(e, ERR_NETWORK, "the network link went away");
}

static enum err check_settings(const struct network_settings *s, struct error *e)
{
    unsigned prefix;
    uint8_t ignored[16];
    size_t bytes;

    if (s->address &&
        !address_with_prefix(s->address, strlen(s->address), ignored, &bytes, &prefix))
        return fail(e, ERR_SETTING,
                    "network-address = %s: it must be an address and its prefix, as 192.0.2.7/24",
                    s->address);
    if (s->gateway &&
        (!s->address || address_bytes(s->gateway, strlen(s->gateway), ignored) != bytes))
        return fail(e, ERR_SETTING,
                    "network-gateway = %s: it must be an address of the same kind as "
                    "network-address",
                    s->gateway);
    if (s->dns && !address_is_list(s->dns, strlen(s->dns)))
        return fail(e, ERR_SETTING, "network-dns = %s: it must be addresses", s->dns);
    return OK;
}

enum err port_network(const struct network_settings *settings, struct arena *a, struct error *e)
{
    struct net_port *ports;
    size_t count;

    network = (struct network){.settings = settings};
    TRY(check_settings(settings, e));
    read_dns_setting();
    TRY(net_cards_take(*a, e));
    TRY(net_ports_find(settings, a, &ports, &count, e));
    TRY(wait_for_link(ports, count, e));
    return start_first(ports, count, e);
}

void network_release(void)
{
    if (!network.settings)
        return;
    ip6_stop();
    ip4_stop();
    http_wire_release();
    net_ports_release();
    network.settings = NULL;
}
