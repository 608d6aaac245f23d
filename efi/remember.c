/* What the firmware keeps for ovfboot: variables of its own vendor.  But for one that is meant to be read, they are
 * there for boot services only, so that no operating system reads or changes them (UEFI 2.10, "SetVariable()"). */
#include <string.h>

#include "base/bytes.h"
#include "efi/variables.h"
#include "loader/port.h"

static const EFI_GUID guid_ours = {
    0xc51f7c5b, 0x3f0e, 0x4d0c, {0x9a, 0x3b, 0x6f, 0x76, 0x66, 0x62, 0x6f, 0x6f}};

enum err port_recall(const char *name, uint8_t *out, size_t size, size_t *len, struct error *e)
{
    uint8_t memory[128];
    struct bytes value;
    struct arena a;

    *len = 0;
    arena_init(&a, memory, sizeof(memory), "a variable");
    enum err err = variable_read(name, &guid_ours, size, &a, &value, e);
    if (err == ERR_TOO_BIG)
        return OK; /* none of ours */
    TRY(err);
    memcpy(out, value.at, value.len);
    *len = value.len;
    return OK;
}

enum err port_leave_note(struct bytes text, struct error *e)
{
    return variable_write("OvfbootLog", &guid_ours,
                          EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                              EFI_VARIABLE_RUNTIME_ACCESS,
                          text, e);
}

enum err port_remember(const char *name, const uint8_t *at, size_t len, struct error *e)
{
    return variable_write(name, &guid_ours,
                          EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS,
                          (struct bytes){at, len}, e);
}
