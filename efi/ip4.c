/* An IPv4 address: from a DHCP server, or as it was set.
 *
 * Spec: UEFI 2.10, "EFI DHCPv4 Protocol"; RFC 2131; RFC 2132, "Domain Name Server Option".
 */
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "efi/network.h"
#include "efi/status.h"
#include "loader/port.h"
#include "parsers/address.h"

#define DHCP4_BINDING_GUID                                                                         \
    {                                                                                              \
        0x9d9a39d8, 0xbd42, 0x4a73,                                                                \
        {                                                                                          \
            0xa4, 0xd5, 0x8e, 0xe9, 0x4b, 0xe1, 0x13, 0x80                                         \
        }                                                                                          \
    }
#define DHCP4_GUID                                                                                 \
    {                                                                                              \
        0x8a219718, 0x4ef5, 0x4761,                                                                \
        {                                                                                          \
            0x91, 0xc8, 0xc0, 0xf0, 0x4b, 0xda, 0x9e, 0x56                                         \
        }                                                                                          \
    }

#define DHCP4_INIT    1     /* EFI_DHCP4_STATE */
#define DHCP4_BOUND   4     /* to 6: bound, or being renewed */
#define DHCP4_MS      45000 /* for all of it */
#define DHCP4_AFTER_6 8000  /* once IPv6 has an address: two tries at least */
#define LOOK_MS       500
#define PACKET_HEADER 8    /* bytes of Size and Length */
#define DHCP_HEADER   240  /* bytes in front of the options, with the magic cookie */
#define DHCP_MAX      1500 /* bytes of a packet that can be believed */
#define OPTION_ROUTER 3    /* RFC 2132 */
#define OPTION_DNS    6
#define OPTION_WANTED 55

struct dhcp4_config {
    UINT32 discover_tries;
    UINT32 *discover_timeouts; /* seconds, one for each try */
    UINT32 request_tries;
    UINT32 *request_timeouts;
    EFI_IPv4_ADDRESS client;
    void *callback;
    void *context;
    UINT32 option_count;
    UINT8 **options; /* each: code, length, data */
};

struct dhcp4_mode {
    UINT32 state;
    struct dhcp4_config config;
    EFI_IPv4_ADDRESS client;
    EFI_MAC_ADDRESS mac;
    EFI_IPv4_ADDRESS server, router, mask;
    UINT32 lease; /* seconds */
    UINT8 *reply; /* Size and Length, 32 bits each, then the packet; NULL: none */
};

struct dhcp4_protocol {
    EFI_STATUS(EFIAPI *get_mode)(struct dhcp4_protocol *self, struct dhcp4_mode *out);
    EFI_STATUS(EFIAPI *configure)(struct dhcp4_protocol *self, struct dhcp4_config *config);
    EFI_STATUS(EFIAPI *start)(struct dhcp4_protocol *self, EFI_EVENT done);
    void *renew, *release;
    EFI_STATUS(EFIAPI *stop)(struct dhcp4_protocol *self);
};

static struct net_child dhcp; /* its lease lasts as long as it does */
static bool started;          /* by us: the firmware's own stays as it is */

/* The data of an option; no bytes when it is not there. */
static struct bytes option(const UINT8 *reply, uint8_t wanted)
{
    uint32_t size = get_le32(reply + 4);

    if (size < DHCP_HEADER || size > DHCP_MAX)
        return (struct bytes){NULL, 0};
    struct bytes left = {reply + PACKET_HEADER + DHCP_HEADER, size - DHCP_HEADER};
    while (left.len >= 2 && left.at[0] != 0xff) {
        size_t step = left.at[0] ? 2u + left.at[1] : 1;
        if (step > left.len)
            break;
        if (left.at[0] == wanted)
            return (struct bytes){left.at + 2, step - 2};
        (void)take(&left, step);
    }
    return (struct bytes){NULL, 0};
}

static struct net_address from_ipv4(const EFI_IPv4_ADDRESS *ip)
{
    struct net_address out = {.len = get_le32(ip->Addr) ? 4 : 0};

    memcpy(out.at, ip->Addr, 4);
    return out;
}

static void take_over(const struct dhcp4_mode *mode)
{
    struct bytes servers = mode->reply ? option(mode->reply, OPTION_DNS) : (struct bytes){NULL, 0};

    network.address = from_ipv4(&mode->client);
    network.gateway = from_ipv4(&mode->router);
    network.mask = mode->mask;
    for (; servers.len >= 4; (void)take(&servers, 4))
        network_add_dns(servers.at, 4);
}

static bool is_bound(struct dhcp4_protocol *protocol, struct dhcp4_mode *mode)
{
    return !EFI_ERROR(protocol->get_mode(protocol, mode)) && mode->state >= DHCP4_BOUND &&
           mode->state < DHCP4_BOUND + 3 && get_le32(mode->client.Addr);
}

/* A network that has only IPv6 is one where the other address came long ago. */
static enum err wait_for_answer(EFI_EVENT done)
{
    uint64_t end = port_milliseconds() + DHCP4_MS;
    enum err err;

    do {
        ip6_ask();
        err = net_wait(done, NULL, NULL, port_milliseconds() + LOOK_MS);
    } while (err == ERR_NETWORK && port_milliseconds() < end && !ip6_came_before(DHCP4_AFTER_6));
    return err;
}

/* Ask, and wait for the answer; whoever fails has stopped it. */
static enum err ask(struct dhcp4_protocol *protocol, struct error *e)
{
    static UINT8 wanted[] = {OPTION_WANTED, 3, 1 /* subnet mask */, OPTION_ROUTER, OPTION_DNS};
    UINT32 discover[] = {2, 4, 8, 16}, request[] = {2, 4, 8};
    UINT8 *options[] = {wanted};
    struct dhcp4_config config = {.discover_tries = COUNT_OF(discover),
                                  .discover_timeouts = discover,
                                  .request_tries = COUNT_OF(request),
                                  .request_timeouts = request,
                                  .option_count = COUNT_OF(options),
                                  .options = options};
    EFI_EVENT done;

    EFI_STATUS status = protocol->configure(protocol, &config);
    if (EFI_ERROR(status))
        return net_fail(e, status, "DHCP cannot be set up");
    TRY(net_event(&done, e));
    started = true;
    status = protocol->start(protocol, done);
    enum err err = OK;
    if (!EFI_ERROR(status))
        err = wait_for_answer(done);
    firmware.boot->CloseEvent(done);
    if (EFI_ERROR(status))
        return net_fail(e, status, "DHCP cannot be started");
    if (err == ERR_CANCELLED)
        return fail(e, err, "stopped while waiting for DHCP");
    return err == OK ? OK : fail(e, err, "no DHCP server answered");
}

static enum err by_dhcp(struct error *e)
{
    static const EFI_GUID binding = DHCP4_BINDING_GUID, guid = DHCP4_GUID;
    struct dhcp4_mode mode;

    if (net_child_make(network.port.handle, &binding, &guid, &dhcp, e) != OK)
        return within(e, "DHCP");
    struct dhcp4_protocol *protocol = dhcp.protocol;
    enum err err = OK;
    if (!is_bound(protocol, &mode))
        err = ask(protocol, e);
    if (err == OK && !is_bound(protocol, &mode))
        err = fail(e, ERR_NETWORK, "no DHCP server answered");
    if (err == OK)
        take_over(&mode);
    else
        ip4_stop();
    return err;
}

static EFI_IPv4_ADDRESS mask_of(unsigned prefix)
{
    uint32_t bits = prefix ? ~UINT32_C(0) << (32 - prefix) : 0;
    EFI_IPv4_ADDRESS out;

    for (unsigned i = 0; i < 4; i++)
        out.Addr[i] = (UINT8)(bits >> (24 - 8 * i));
    return out;
}

enum err ip4_start(struct error *e)
{
    const struct network_settings *s = network.settings;
    unsigned prefix;

    if (!s->address)
        return by_dhcp(e);
    if (!address_with_prefix(s->address, strlen(s->address), network.address.at,
                             &network.address.len, &prefix))
        return fail(e, ERR_SETTING,
                    "network-address = %s: it must be an address and its prefix, as 192.0.2.7/24",
                    s->address);
    network.mask = mask_of(prefix);
    if (s->gateway)
        network.gateway.len = address_bytes(s->gateway, strlen(s->gateway), network.gateway.at);
    return OK;
}

void ip4_stop(void)
{
    struct dhcp4_protocol *protocol = dhcp.protocol;

    if (dhcp.service && started)
        protocol->stop(protocol);
    net_child_end(&dhcp);
    started = false;
    network.address.len = network.gateway.len = 0;
}
