/* Datagrams over IPv6, as the firmware does them.
 *
 * Spec: UEFI 2.10, "EFI UDPv6 Protocol". */
#include <string.h>

#include "base/bytes.h"
#include "efi/network.h"

static EFI_STATUS configure(void *self, const struct net_address *to, uint16_t port)
{
    EFI_UDP6 *udp = self;
    EFI_UDP6_CONFIG_DATA config = {.HopLimit = 64, .RemotePort = port};

    memcpy(config.RemoteAddress.Addr, to->at, 16);
    return udp->Configure(udp, &config);
}

static EFI_STATUS EFIAPI poll(void *self)
{
    EFI_UDP6 *udp = self;

    return udp->Poll(udp);
}

static enum err send(void *self, struct bytes bytes, EFI_EVENT done, uint64_t deadline)
{
    EFI_UDP6 *udp = self;
    EFI_UDP6_TRANSMIT_DATA data = {
        .DataLength = (UINT32)bytes.len,
        .FragmentCount = 1,
        .FragmentTable = {{(UINT32)bytes.len, (void *)(uintptr_t)bytes.at}}};
    EFI_UDP6_COMPLETION_TOKEN token = {done, EFI_NOT_READY, {.TxData = &data}};

    if (EFI_ERROR(udp->Transmit(udp, &token)))
        return ERR_NETWORK;
    enum err err = net_wait(done, poll, udp, deadline);
    if (err != OK)
        (void)udp->Cancel(udp, &token);
    return err != OK ? err : EFI_ERROR(token.Status) ? ERR_NETWORK : OK;
}

/* The datagram is the firmware's; it is given back once it was copied. */
static size_t copy(const EFI_UDP6_RECEIVE_DATA *data, uint8_t *to, size_t room)
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
    EFI_UDP6 *udp = self;
    EFI_UDP6_COMPLETION_TOKEN token = {came, EFI_NOT_READY, {.RxData = NULL}};

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
    EFI_UDP6 *udp = self;

    return udp->Configure(udp, NULL);
}

const struct udp_calls udp6_calls = {.configure = configure,
                                     .send = send,
                                     .receive = receive,
                                     .reset = reset,
                                     .binding = EFI_UDP6_SERVICE_BINDING_PROTOCOL,
                                     .protocol = EFI_UDP6_PROTOCOL};
