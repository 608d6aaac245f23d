/* TCP over IPv4, as the firmware does it. */
#include <string.h>

#include "base/bytes.h"
#include "efi/network.h"

#define TTL             64
#define RECEIVE_BUFFER  (2u << 20) /* bytes; the window that the other end may fill */
#define CONNECT_SECONDS 15

static EFI_IPv4_ADDRESS ipv4(const struct net_address *address)
{
    EFI_IPv4_ADDRESS out;

    memcpy(out.Addr, address->at, sizeof(out.Addr));
    return out;
}

/* The gateway is a route of this instance: it is not that of the firmware's own address. */
static EFI_STATUS add_route(EFI_TCP4 *tcp)
{
    EFI_IPv4_ADDRESS any = {{0}}, gateway = ipv4(&network.gateway);

    return network.gateway.len == 4 ? tcp->Routes(tcp, FALSE, &any, &any, &gateway) : EFI_SUCCESS;
}

static EFI_STATUS configure(void *self, const struct net_address *to, uint16_t port)
{
    EFI_TCP4 *tcp = self;
    EFI_TCP4_OPTION option = {.ReceiveBufferSize = RECEIVE_BUFFER,
                              .ConnectionTimeout = CONNECT_SECONDS,
                              .EnableTimeStamp = TRUE,
                              .EnableWindowScaling = TRUE};
    EFI_TCP4_CONFIG_DATA config = {.TimeToLive = TTL,
                                   .AccessPoint = {.StationAddress = ipv4(&network.address),
                                                   .SubnetMask = network.mask,
                                                   .RemoteAddress = ipv4(to),
                                                   .RemotePort = port,
                                                   .ActiveFlag = TRUE},
                                   .ControlOption = &option};
    EFI_STATUS status = tcp->Configure(tcp, &config);

    return EFI_ERROR(status) ? status : add_route(tcp);
}

static EFI_STATUS connect_to(void *self, EFI_TCP4_CONNECTION_TOKEN *token)
{
    EFI_TCP4 *tcp = self;

    return tcp->Connect(tcp, token);
}

static EFI_STATUS transmit(void *self, EFI_TCP4_IO_TOKEN *token)
{
    EFI_TCP4 *tcp = self;

    return tcp->Transmit(tcp, token);
}

static EFI_STATUS receive(void *self, EFI_TCP4_IO_TOKEN *token)
{
    EFI_TCP4 *tcp = self;

    return tcp->Receive(tcp, token);
}

static EFI_STATUS finish(void *self, EFI_TCP4_CLOSE_TOKEN *token)
{
    EFI_TCP4 *tcp = self;

    return tcp->Close(tcp, token);
}

static EFI_STATUS reset(void *self)
{
    EFI_TCP4 *tcp = self;

    return tcp->Configure(tcp, NULL);
}

static EFI_STATUS EFIAPI poll(void *self)
{
    EFI_TCP4 *tcp = self;

    return tcp->Poll(tcp);
}

const struct tcp_calls tcp4_calls = {.configure = configure,
                                     .connect = connect_to,
                                     .transmit = transmit,
                                     .receive = receive,
                                     .close = finish,
                                     .reset = reset,
                                     .poll = poll,
                                     .binding = EFI_TCP4_SERVICE_BINDING_PROTOCOL,
                                     .protocol = EFI_TCP4_PROTOCOL};
