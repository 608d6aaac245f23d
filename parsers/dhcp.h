/* parsers/dhcp.h - what a DHCP server says about where to boot from.
 *
 * Pure: bytes in, struct out; the views are into the packet.
 *
 * Spec: RFC 2131, "Protocol Summary"; RFC 2132, "Option Overload", "Server Identifier", "TFTP server
 * name", "Bootfile name"; RFC 8415, "Client/Server Message Formats"; RFC 5970, "Boot File Uniform
 * Resource Locator (URL) Option".  Firmware hands over its whole buffer, so a packet without an end
 * option is read up to its last byte.
 */
#ifndef PARSERS_DHCP_H
#define PARSERS_DHCP_H

#include "base/bytes.h"

struct dhcp_boot {
    bool has_server;
    uint8_t server[4];        /* the next one (siaddr), or else the one that answered */
    struct bytes server_name; /* TFTP server name: a name or an address; no bytes: none */
    struct bytes file;        /* as the server wrote it, up to its first NUL; no bytes: none */
};

/* DHCPv4.  False when it is no answer to a client, or damaged. */
bool dhcp_boot4(struct bytes packet, struct dhcp_boot *out);

/* DHCPv6: the boot file's URL; no bytes: none.  False when damaged. */
bool dhcp_boot6(struct bytes packet, struct bytes *url);

#endif
