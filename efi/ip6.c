/* An IPv6 address: what routers and DHCPv6 servers say, or as it was set.
 *
 * The firmware has one configuration of a port for all its users, so that is what is changed here;
 * ip6_stop() puts back what it was.
 *
 * Spec: UEFI 2.10, "EFI IPv6 Configuration Protocol".
 */
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "efi/console.h"
#include "efi/network.h"
#include "efi/status.h"
#include "loader/port.h"
#include "parsers/address.h"

#define IP6_CONFIG_GUID                                                                            \
    {                                                                                              \
        0x937fe521, 0x95ae, 0x4d1a,                                                                \
        {                                                                                          \
            0x89, 0x29, 0x48, 0xbc, 0xd9, 0x0a, 0xd3, 0x1a                                         \
        }                                                                                          \
    }

enum ip6_data {
    IP6_INTERFACE,
    IP6_INTERFACE_ID,
    IP6_POLICY,
    IP6_DETECT,
    IP6_ADDRESS,
    IP6_GATEWAY,
    IP6_DNS,
};

#define POLICY_MANUAL    0
#define POLICY_AUTOMATIC 1

#define LINK_LOCAL_MS 10000 /* for the address that every port gives itself */
#define WAIT_MS       12000 /* for an address: three router solicitations, 4 s apart (RFC 4861) */
#define MORE_MS       3000  /* for a DNS server by DHCPv6, once there is an address */
#define LOOK_US       20000
#define INTERFACE_MAX 4096 /* bytes of what the firmware tells */

struct ip6_config {
    EFI_STATUS(EFIAPI *set)
    (struct ip6_config *self, UINT32 type, UINTN size, void *data);
    EFI_STATUS(EFIAPI *get)(struct ip6_config *self, UINT32 type, UINTN *size, void *data);
};

/* What the firmware tells of a port; the lists are in the same buffer. */
struct ip6_interface {
    CHAR16 name[32];
    UINT8 type;
    UINT32 mac_size;
    EFI_MAC_ADDRESS mac;
    UINT32 address_count;
    EFI_IP6_ADDRESS_INFO *addresses;
    UINT32 route_count;
    EFI_IP6_ROUTE_TABLE *routes;
};

struct ip6_manual {
    EFI_IPv6_ADDRESS address;
    BOOLEAN is_anycast;
    UINT8 prefix;
};

static struct ip6_config *config; /* NULL: not started */
static UINT32 old_policy;
static bool changed_policy;
static bool asked;       /* for an address, while DHCPv4 is waited for */
static uint64_t came_ms; /* when there was one; 0: not yet */

static EFI_STATUS get(enum ip6_data type, void *out, UINTN *size)
{
    return config->get(config, type, size, out);
}

/* Not one of the link only (fe80::/10). */
static bool is_wide(const uint8_t *at)
{
    return !(at[0] == 0xfe && (at[1] & 0xc0) == 0x80);
}

/* The wanted address, or, where that is NULL, any that reaches further than the link (wide), or only so far. */
static bool find_address(const uint8_t *wanted, bool wide, struct net_address *out)
{
    static _Alignas(8) uint8_t memory[INTERFACE_MAX];
    const struct ip6_interface *interface = (const struct ip6_interface *)memory;
    UINTN size = sizeof(memory);

    if (EFI_ERROR(get(IP6_INTERFACE, memory, &size)))
        return false;
    for (UINT32 i = 0; i < interface->address_count; i++) {
        const uint8_t *at = interface->addresses[i].Address.Addr;
        if (wanted ? memcmp(at, wanted, 16) != 0 : is_wide(at) != wide)
            continue;
        memcpy(out->at, at, 16);
        out->len = 16;
        return true;
    }
    return false;
}

static bool find_dns(void)
{
    EFI_IPv6_ADDRESS servers[NETWORK_DNS_MAX * 2];
    UINTN size = sizeof(servers);

    if (EFI_ERROR(get(IP6_DNS, servers, &size)))
        return false;
    for (UINTN i = 0; i < size / sizeof(*servers); i++)
        network_add_dns(servers[i].Addr, 16);
    return size >= sizeof(*servers);
}

static enum err wait_for_address(const uint8_t *wanted, struct error *e)
{
    uint64_t deadline = port_milliseconds() + WAIT_MS;

    while (!find_address(wanted, true, &network.address6)) {
        if (port_milliseconds() >= deadline)
            return fail(e, ERR_NETWORK, "%s",
                        wanted
                            ? "the firmware does not take the address: another machine may have it"
                            : "no router announced a network, and no DHCPv6 server answered");
        if (console_wants_stop())
            return fail(e, ERR_CANCELLED, "stopped while IPv6 came up");
        firmware.boot->Stall(LOOK_US);
    }
    return OK;
}

/* Until there is one, the policy must not be touched: EDK2 (OVMF 2022.11) remembers to start DHCPv6 once it has
 * that address, does not forget it when the policy goes back to manual, and then calls a DHCPv6 that is gone:
 * Ip6OnDADFinished() jumps by what lies at address 0. */
static bool has_link_local(void)
{
    struct net_address found;

    return find_address(NULL, false, &found);
}

/* A firmware that does not tell of it in that time is believed to have it. */
static enum err wait_for_link_local(struct error *e)
{
    uint64_t deadline = port_milliseconds() + LINK_LOCAL_MS;

    while (!has_link_local() && port_milliseconds() < deadline) {
        if (console_wants_stop())
            return fail(e, ERR_CANCELLED, "stopped while IPv6 came up");
        firmware.boot->Stall(LOOK_US);
    }
    return OK;
}

static enum err set_policy(UINT32 wanted, struct error *e)
{
    UINT32 now;
    UINTN size = sizeof(now);
    EFI_STATUS status = get(IP6_POLICY, &now, &size);

    if (!EFI_ERROR(status) && now != wanted) {
        TRY(wait_for_link_local(e));
        old_policy = now;
        changed_policy = true;
        status = config->set(config, IP6_POLICY, sizeof(wanted), &wanted);
    }
    return EFI_ERROR(status) ? net_fail(e, status, "IPv6 cannot be set up") : OK;
}

static enum err by_itself(struct error *e)
{
    TRY(set_policy(POLICY_AUTOMATIC, e));
    TRY(wait_for_address(NULL, e));
    uint64_t deadline = port_milliseconds() + MORE_MS;
    while (!find_dns() && !network.dns_count && port_milliseconds() < deadline)
        firmware.boot->Stall(LOOK_US);
    return OK;
}

static enum err as_set(const uint8_t *address, unsigned prefix, struct error *e)
{
    struct ip6_manual manual = {.prefix = (UINT8)prefix};
    struct net_address gateway = {.len = 0};
    const char *text = network.settings->gateway;

    TRY(set_policy(POLICY_MANUAL, e));
    memcpy(manual.address.Addr, address, 16);
    EFI_STATUS status = config->set(config, IP6_ADDRESS, sizeof(manual), &manual);
    if (EFI_ERROR(status) && status != EFI_NOT_READY)
        return net_fail(e, status, "IPv6 cannot be set up");
    TRY(wait_for_address(address, e));
    if (text)
        gateway.len = address_bytes(text, strlen(text), gateway.at);
    if (gateway.len == 16)
        status = config->set(config, IP6_GATEWAY, 16, gateway.at);
    else
        status = EFI_SUCCESS;
    return EFI_ERROR(status) ? net_fail(e, status, "the gateway cannot be set") : OK;
}

static enum err find_config(struct error *e)
{
    static const EFI_GUID guid = IP6_CONFIG_GUID;

    config = firmware_protocol(network.port.handle, &guid);
    return config ? OK : fail(e, ERR_NETWORK, "this firmware does not do IPv6");
}

void ip6_ask(void)
{
    struct error ignored;

    asked = asked || (find_config(&ignored) == OK && has_link_local() &&
                      set_policy(POLICY_AUTOMATIC, &ignored) == OK);
}

bool ip6_came_before(uint32_t ms)
{
    struct net_address found;
    uint64_t now = port_milliseconds();

    if (asked && !came_ms && find_address(NULL, true, &found))
        came_ms = now;
    return came_ms && now - came_ms >= ms;
}

enum err ip6_start(struct error *e)
{
    const char *text = network.settings->address;
    uint8_t address[16];
    unsigned prefix;
    size_t len;

    TRY(find_config(e));
    if (!text)
        return by_itself(e);
    return address_with_prefix(text, strlen(text), address, &len, &prefix) && len == 16
               ? as_set(address, prefix, e)
               : fail(e, ERR_NETWORK, "only an IPv4 address is set");
}

void ip6_stop(void)
{
    if (config && network.settings->address) {
        config->set(config, IP6_GATEWAY, 0, NULL);
        config->set(config, IP6_ADDRESS, 0, NULL);
    }
    if (config && changed_policy)
        config->set(config, IP6_POLICY, sizeof(old_policy), &old_policy);
    config = NULL;
    changed_policy = asked = false;
    came_ms = 0;
    network.address6.len = 0;
}
