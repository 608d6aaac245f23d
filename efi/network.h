/* efi/network.h - the machine's network: ports, addresses, names, connections.
 *
 * One port is chosen and stays.  IPv4 comes up first, and is not waited for as long where IPv6 has come;
 * IPv6 is used where it is asked for, or where IPv4 does not come.  Firmware keeps some settings of IPv6
 * in its variables: what was changed there is put back by network_release().
 *
 * Addresses are those of ovfboot's own instances of the firmware's protocols; the firmware's
 * configuration of its ports is neither used nor changed for IPv4.
 *
 * Spec: UEFI 2.10, "Network Protocols - TCP, IP, IPsec, FTP, TLS and Configurations", "Network
 * Protocols - ARP, DHCP, DNS, HTTP and REST", "Network Protocols - UDP and MTFTP", "Network Protocols
 * - VLAN, EAP, Wi-Fi and Supplicant".
 */
#ifndef EFI_NETWORK_H
#define EFI_NETWORK_H

#include "efi/firmware.h"
#include "efi/status.h"
#include "loader/network.h"

#define NETWORK_DNS_MAX 4
#define MAC_TEXT_MAX    18 /* bytes with the NUL */

/* An address of either family. */
struct net_address {
    uint8_t at[16];
    size_t len; /* 4 or 16; 0: none */
};

struct net_port {
    EFI_HANDLE handle; /* with the service bindings: the port's, or a VLAN's on it */
    const EFI_DEVICE_PATH *path;
    const char *path_text;
    char mac[MAC_TEXT_MAX];
    bool has_tcp4, has_tcp6, has_http;
};

struct network {
    const struct network_settings *settings;
    struct net_port port;
    struct net_address address, gateway; /* of IPv4, or the one that was set */
    EFI_IPv4_ADDRESS mask;
    struct net_address address6; /* one of IPv6's; len is 0 as long as there is none */
    bool tried6;                 /* and failed, or succeeded */
    struct net_address dns[NETWORK_DNS_MAX];
    size_t dns_count;
};

/* ---- efi/network.c ---- */

extern struct network network;

/* IPv6, when it was not tried yet: true when there is an address. */
bool network_have6(void);

void network_add_dns(const uint8_t *address, size_t len);

/* Stop everything and put the firmware's settings back: before the guest starts, and at the end. */
void network_release(void);

/* ---- efi/network_ports.c ---- */

/* The ports that fit the settings, the one ovfboot came from first; with a VLAN, that of the ports
 * that fit. */
enum err net_ports_find(const struct network_settings *settings, struct arena *a,
                        struct net_port **out, size_t *count, struct error *e) MUST_CHECK;

/* Whether a cable is in; true where the port does not tell. */
bool net_port_has_link(const struct net_port *port);

/* Take away VLANs that net_ports_find() made. */
void net_ports_release(void);

/* ---- efi/network_taken.c ---- */

/* Cards that the program which started ovfboot keeps for itself go back to the firmware's drivers. */
enum err net_cards_take(struct arena scratch, struct error *e) MUST_CHECK;

/* Whether that happened: returning to that program would crash it. */
bool net_cards_taken(void);

/* ---- efi/network_child.c ---- */

/* ERR_NETWORK with the status behind the text, whatever the status: one that says "Time out" is not about
 * the hardware here, and worth another attempt. */
#define net_fail(e, status, text) fail(e, ERR_NETWORK, "%s (%s)", text, status_name(status))

/* An instance of a protocol of our own on a port. */
struct net_child {
    EFI_SERVICE_BINDING *service; /* NULL: there is none */
    EFI_HANDLE handle;
    void *protocol;
};

enum err net_child_make(EFI_HANDLE port, const EFI_GUID *binding, const EFI_GUID *protocol,
                        struct net_child *out, struct error *e) MUST_CHECK;
void net_child_end(struct net_child *child);

/* An event to wait for, or an error. */
enum err net_event(EFI_EVENT *out, struct error *e) MUST_CHECK;

/* Poll until the event is there: OK, ERR_CANCELLED on Escape, ERR_NETWORK when the time (that of
 * port_milliseconds()) is over, both without words. */
enum err net_wait(EFI_EVENT event, EFI_STATUS(EFIAPI *poll)(void *self), void *self,
                  uint64_t deadline) MUST_CHECK;

/* ---- efi/ip4.c, efi/ip6.c ---- */

/* An address for network.port, by DHCP or as the settings say. */
enum err ip4_start(struct error *e) MUST_CHECK;
void ip4_stop(void);
enum err ip6_start(struct error *e) MUST_CHECK;

/* Let an IPv6 address come while something else is waited for, from the call on at which the port is ready for
 * that; and whether there has been one for so long. */
void ip6_ask(void);
bool ip6_came_before(uint32_t ms);
void ip6_stop(void);

/* ---- efi/resolve.c ---- */

#define RESOLVE_MAX 8

/* The addresses of a host, those to try first in front. */
enum err resolve(const char *host, struct net_address out[RESOLVE_MAX], size_t *count,
                 uint64_t deadline, struct error *e) MUST_CHECK;

/* ---- efi/tcp4.c, efi/tcp6.c: the same calls, since the two protocols have the same tokens ---- */

struct tcp_calls {
    EFI_STATUS (*configure)(void *tcp, const struct net_address *to, uint16_t port);
    EFI_STATUS (*connect)(void *tcp, EFI_TCP4_CONNECTION_TOKEN *token);
    EFI_STATUS (*transmit)(void *tcp, EFI_TCP4_IO_TOKEN *token);
    EFI_STATUS (*receive)(void *tcp, EFI_TCP4_IO_TOKEN *token);
    EFI_STATUS (*close)(void *tcp, EFI_TCP4_CLOSE_TOKEN *token);
    EFI_STATUS (*reset)(void *tcp);
    EFI_STATUS(EFIAPI *poll)(void *tcp);
    EFI_GUID binding, protocol;
};

extern const struct tcp_calls tcp4_calls, tcp6_calls;

/* ---- efi/udp4.c, efi/udp6.c: datagrams to and from one server ---- */

struct udp_calls {
    EFI_STATUS (*configure)(void *udp, const struct net_address *to, uint16_t port);
    /* Send it and wait; the bytes are free afterwards. */
    enum err (*send)(void *udp, struct bytes bytes, EFI_EVENT done, uint64_t deadline);
    /* One datagram, cut to room bytes. */
    enum err (*receive)(void *udp, uint8_t *to, size_t room, size_t *got, EFI_EVENT came,
                        uint64_t deadline);
    EFI_STATUS (*reset)(void *udp);
    EFI_GUID binding, protocol;
};

extern const struct udp_calls udp4_calls, udp6_calls;

#endif
