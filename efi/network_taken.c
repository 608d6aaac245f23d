/* Network cards that the program which started ovfboot keeps for itself, as iPXE does.
 *
 * Such a program drives the card, or the firmware's driver of it, alone; and what it offers in its
 * stead (seen with iPXE of 2019) sends nothing that the firmware's TCP wants sent.  So the card is
 * taken from it and given back to the firmware's own drivers.  Files that the program lends are gone
 * then, and the program cannot go on.
 *
 * Spec: UEFI 2.10, "EFI_BOOT_SERVICES.OpenProtocolInformation()",
 * "EFI_BOOT_SERVICES.DisconnectController()".
 */
#include "efi/network.h"
#include "loader/port.h"

#define ALONE (EFI_OPEN_PROTOCOL_BY_DRIVER | EFI_OPEN_PROTOCOL_EXCLUSIVE)

static bool taken;

static bool is_held(EFI_HANDLE card, const EFI_GUID *guid)
{
    EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *users = NULL;
    EFI_GUID wanted = *guid;
    UINTN count = 0;
    bool found = false;

    if (EFI_ERROR(firmware.boot->OpenProtocolInformation(card, &wanted, &users, &count)))
        return false;
    for (UINTN i = 0; i < count; i++)
        if (users[i].AgentHandle == firmware.self->ParentHandle &&
            (users[i].Attributes & ALONE) == ALONE)
            found = true;
    firmware.boot->FreePool(users);
    return found;
}

/* It is no driver any more, so that it does not come back when the card is connected. */
static void retire(void)
{
    EFI_GUID binding = DRIVER_BINDING_PROTOCOL;
    void *interface = firmware_protocol(firmware.self->ParentHandle, &binding);

    if (interface)
        firmware.boot->UninstallProtocolInterface(firmware.self->ParentHandle, &binding, interface);
}

/* The cards that it drives by that protocol. */
static enum err let_go(const EFI_GUID *guid, struct arena scratch, struct error *e)
{
    EFI_HANDLE *cards;
    size_t count;

    TRY(firmware_handles(guid, &scratch, &cards, &count, e));
    for (size_t i = 0; i < count; i++) {
        if (!is_held(cards[i], guid))
            continue;
        taken = true;
        /* iPXE calls its own leaving an error. */
        EFI_STATUS status =
            firmware.boot->DisconnectController(cards[i], firmware.self->ParentHandle, NULL);
        if (is_held(cards[i], guid))
            return net_fail(e, status, "the program that started ovfboot keeps the network card");
    }
    return OK;
}

static enum err connect_all(const EFI_GUID *guid, struct arena scratch, struct error *e)
{
    EFI_HANDLE *cards;
    size_t count;

    TRY(firmware_handles(guid, &scratch, &cards, &count, e));
    for (size_t i = 0; i < count; i++)
        firmware.boot->ConnectController(cards[i], NULL, NULL, TRUE);
    return OK;
}

enum err net_cards_take(struct arena scratch, struct error *e)
{
    static const EFI_GUID through_driver = EFI_SIMPLE_NETWORK_PROTOCOL_GUID;
    static const EFI_GUID by_itself = EFI_PCI_IO_PROTOCOL_GUID;

    if (!firmware.self->ParentHandle)
        return OK;
    TRY(let_go(&through_driver, scratch, e));
    TRY(let_go(&by_itself, scratch, e));
    if (!taken)
        return OK;
    port_say("Network    the card is taken from the program that started ovfboot");
    retire();
    TRY(connect_all(&by_itself, scratch, e));
    return connect_all(&through_driver, scratch, e);
}

bool net_cards_taken(void)
{
    return taken;
}
