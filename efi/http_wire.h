/* efi/http_wire.h - a wire over the firmware's HTTP, for a port whose firmware offers no TCP.
 *
 * It is given the bytes of an HTTP/1.1 request and gives back those of the answer, as a connection
 * would: the firmware makes the request, and the body comes from it as the server sent it, chunks and
 * all.  What needs a connection is refused with ERR_SETTING: TLS, since the server would be judged by
 * the firmware's rules and not by ours, and a proxy.
 *
 * Addresses are the firmware's own: its IPv4 configuration, which is switched to DHCP where it has
 * none, and IPv6's.  A host's name is looked up by the firmware, over IPv4 first.
 *
 * Spec: UEFI 2.10, "EFI HTTP Protocol", "EFI IPv4 Configuration II Protocol".
 */
#ifndef EFI_HTTP_WIRE_H
#define EFI_HTTP_WIRE_H

#include "base/wire.h"
#include "efi/firmware.h"

/* A wire that is closed, in the arena: about 200 KiB.  port has the HTTP service binding. */
enum err http_wire_make(EFI_HANDLE port, struct arena *a, struct wire **out,
                        struct error *e) MUST_CHECK;

/* Put the port's IPv4 configuration back as it was. */
void http_wire_release(void);

#endif
