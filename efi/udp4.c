/* Datagrams over IPv4, as the firmware does them.
 *
 * Spec: UEFI 2.10, "EFI UDPv4 Protocol". */
#include <string.h>

#include "base/bytes.h"
#include "efi/network.h"

static EFI_STATUS configure(void *self, const struct net_address *to, uint16_t port)
{
    EFI_UDP4 *udp = self;
    EFI_UDP4_CONFIG_DATA config = {.TimeToLive = 64, .RemotePort = port};
    EFI_IPv4_ADDRESS any = {{0}}, gateway;

    memcpy(config.StationAddress.Addr, network.address.at, 4);
    config.SubnetMask = network.mask;
    memcpy(config.RemoteAddress.Addr, to->at, 4);
    EFI_STATUS status = udp->Configure(udp, &config);
    if (EFI_ERROR(status) || network.gateway.len != 4)
        return status;
    memcpy(gateway.Addr, network.gateway.at, 4);
    return udp->Routes(udp, FALSE, &any, &any, &gateway);
}

static EFI_STATUS EFIAPI poll(void *self)
{
    EFI_UDP4 *udp = self;

    return udp->Poll(udp);
}

static enum err send(void *self, struct bytes bytes, EFI_EVENT done, uint64_t deadline)
{
    EFI_UDP4 *udp = self;
    EFI_UDP4_TRANSMIT_DATA data = {
        .DataLength = (UINT32)bytes.len,
        .FragmentCount = 1,
        .FragmentTable = {{(UINT32)bytes.len, (void *)(uintptr_t)bytes.at}}};
    EFI_UDP4_COMPLETION_TOKEN token = {done, EFI_NOT_READY, {.TxData = &data}};

    if (EFI_ERROR(udp->Transmit(udp, &token)))
        return ERR_NETWORK;
    enum err err = net_wait(done, poll, udp, deadline);
    if (err != OK)
        (void)udp->Cancel(udp, &token);
    return err != OK ? err : EFI_ERROR(token.Status) ? ERR_NETWORK : OK;
}

/* The datagram is the firmware's; it is given back once it was copied. */
static size_t copy(const EFI_UDP4_RECEIVE_DATA *data, uint8_t *to, size_t room)
{
    size_t got = 0;

    for (UINT32 i = 0; i < data->FragmentCount; i++) {
        size_t len = data->FragmentTable[i].FragmentLength;
        if (len > room - got)
            len = room - got;
        memcpy(to + got, data->FragmentTable[i].FragmentBuffer, len);
        got += len;
    }
    firmware.boot->SignalEvent(data->RecycleSignal);
    return got;
}

static enum err receive(void *self, uint8_t *to, size_t room, size_t *got, EFI_EVENT came,
                        uint64_t deadline)
{
    EFI_UDP4 *udp = self;
    EFI_UDP4_COMPLETION_TOKEN token = {came, EFI_NOT_READY, {.RxData = NULL}};

    if (EFI_ERROR(udp->Receive(udp, &token)))
        return ERR_NETWORK;
    enum err err = net_wait(came, poll, udp, deadline);
    if (err != OK)
        (void)udp->Cancel(udp, &token);
    if (err != OK || EFI_ERROR(token.Status))
        return err == ERR_CANCELLED ? err : ERR_NETWORK;
    *got = copy(token.Packet.RxData, to, room);
    return OK;
}

static EFI_STATUS reset(void *self)
{
    EFI_UDP4 *udp = self;

    return udp->Configure(udp, NULL);
}

const struct udp_calls udp4_calls = {.configure = configure,
                                     .send = send,
                                     .receive = receive,
                                     .reset = reset,
                                     .binding = EFI_UDP4_SERVICE_BINDING_PROTOCOL,
                                     .protocol = EFI_UDP4_PROTOCOL};
