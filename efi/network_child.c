/* Instances of network protocols, and waiting for what they do. */
#include <string.h>

#include "efi/console.h"
#include "efi/network.h"
#include "efi/status.h"
#include "loader/port.h"

#define IDLE_US 100 /* between two looks where nothing can be polled */
#define KEY_MS  50  /* between two looks at the keyboard, which take their time */

enum err net_child_make(EFI_HANDLE port, const EFI_GUID *binding, const EFI_GUID *protocol,
                        struct net_child *out, struct error *e)
{
    EFI_SERVICE_BINDING *service = firmware_protocol(port, binding);

    *out = (struct net_child){.service = NULL};
    if (!service)
        return fail(e, ERR_NETWORK, "the firmware does not offer it on this port");
    EFI_STATUS status = service->CreateChild(service, &out->handle);
    if (EFI_ERROR(status))
        return net_fail(e, status, "the firmware makes no instance of it");
    out->service = service;
    out->protocol = firmware_protocol(out->handle, protocol);
    if (out->protocol)
        return OK;
    net_child_end(out);
    return fail(e, ERR_NETWORK, "the firmware made an empty instance of it");
}

void net_child_end(struct net_child *child)
{
    if (child->service)
        child->service->DestroyChild(child->service, child->handle);
    *child = (struct net_child){.service = NULL};
}

enum err net_event(EFI_EVENT *out, struct error *e)
{
    EFI_STATUS status = firmware.boot->CreateEvent(0, 0, NULL, NULL, out);

    return EFI_ERROR(status) ? status_fail(e, ERR_NO_MEMORY, status, "no event can be made") : OK;
}

enum err net_wait(EFI_EVENT event, EFI_STATUS(EFIAPI *poll)(void *self), void *self,
                  uint64_t deadline)
{
    uint64_t look = port_milliseconds() + KEY_MS;

    while (EFI_ERROR(firmware.boot->CheckEvent(event))) {
        uint64_t now = port_milliseconds();
        if (now >= deadline)
            return ERR_NETWORK;
        if (now >= look) {
            if (console_wants_stop())
                return ERR_CANCELLED;
            look = now + KEY_MS;
        }
        if (poll)
            poll(self);
        else
            firmware.boot->Stall(IDLE_US);
    }
    return OK;
}
