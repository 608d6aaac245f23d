/* loader/network.h - how the machine's network is to be set up, as the settings say it.
 *
 * Everything may be left out: then each family of addresses configures itself (DHCPv4; SLAAC and
 * DHCPv6) on the first port with a link.
 */
#ifndef LOADER_NETWORK_H
#define LOADER_NETWORK_H

#include <stdint.h>

#define NETWORK_VLAN_MAX 4094

struct network_settings {
    const char *port;    /* MAC address, or part of a UEFI device path; NULL: any with a link */
    const char *address; /* "192.0.2.7/24", "2001:db8::7/64": only that family; NULL: by itself */
    const char *gateway; /* of that address; NULL: none, or what the network says */
    const char *dns;     /* servers, addresses with blanks or commas between; NULL: likewise */
    uint32_t vlan;       /* 1 to NETWORK_VLAN_MAX; 0: none */
};

#endif
