/* TCP over IPv6, as the firmware does it.  Its tokens are those of IPv4, field by field; only the
 * names of their types differ (UEFI 2.10, "EFI TCPv6 Protocol"). */
#include <string.h>

#include "base/bytes.h"
#include "efi/network.h"

#define HOP_LIMIT       64
#define RECEIVE_BUFFER  (2u << 20) /* bytes; the window that the other end may fill */
#define CONNECT_SECONDS 15

_Static_assert(sizeof(EFI_TCP6_IO_TOKEN) == sizeof(EFI_TCP4_IO_TOKEN) &&
                   sizeof(EFI_TCP6_RECEIVE_DATA) == sizeof(EFI_TCP4_RECEIVE_DATA) &&
                   sizeof(EFI_TCP6_TRANSMIT_DATA) == sizeof(EFI_TCP4_TRANSMIT_DATA) &&
                   sizeof(EFI_TCP6_CLOSE_TOKEN) == sizeof(EFI_TCP4_CLOSE_TOKEN),
               "the tokens of both are the same");

/* The firmware chooses which of its addresses fits. */
static EFI_STATUS configure(void *self, const struct net_address *to, uint16_t port)
{
    EFI_TCP6 *tcp = self;
    EFI_TCP6_OPTION option = {.ReceiveBufferSize = RECEIVE_BUFFER,
                              .ConnectionTimeout = CONNECT_SECONDS,
                              .EnableTimeStamp = TRUE,
                              .EnableWindbowScaling = TRUE};
    EFI_TCP6_CONFIG_DATA config = {.HopLimit = HOP_LIMIT,
                                   .AccessPoint = {.RemotePort = port, .ActiveFlag = TRUE},
                                   .ControlOption = &option};

    memcpy(config.AccessPoint.RemoteAddress.Addr, to->at, 16);
    return tcp->Configure(tcp, &config);
}

static EFI_STATUS connect_to(void *self, EFI_TCP4_CONNECTION_TOKEN *token)
{
    EFI_TCP6 *tcp = self;

    return tcp->Connect(tcp, (EFI_TCP6_CONNECTION_TOKEN *)token);
}

static EFI_STATUS transmit(void *self, EFI_TCP4_IO_TOKEN *token)
{
    EFI_TCP6 *tcp = self;

    return tcp->Transmit(tcp, (EFI_TCP6_IO_TOKEN *)token);
}

static EFI_STATUS receive(void *self, EFI_TCP4_IO_TOKEN *token)
{
    EFI_TCP6 *tcp = self;

    return tcp->Receive(tcp, (EFI_TCP6_IO_TOKEN *)token);
}

static EFI_STATUS finish(void *self, EFI_TCP4_CLOSE_TOKEN *token)
{
    EFI_TCP6 *tcp = self;

    return tcp->Close(tcp, (EFI_TCP6_CLOSE_TOKEN *)token);
}

static EFI_STATUS reset(void *self)
{
    EFI_TCP6 *tcp = self;

    return tcp->Configure(tcp, NULL);
}

static EFI_STATUS EFIAPI poll(void *self)
{
    EFI_TCP6 *tcp = self;

    return tcp->Poll(tcp);
}

const struct tcp_calls tcp6_calls = {.configure = configure,
                                     .connect = connect_to,
                                     .transmit = transmit,
                                     .receive = receive,
                                     .close = finish,
                                     .reset = reset,
                                     .poll = poll,
                                     .binding = EFI_TCP6_SERVICE_BINDING_PROTOCOL,
                                     .protocol = EFI_TCP6_PROTOCOL};
