#include "efi/variables.h"

#include <string.h>

#include "base/compiler.h"
#include "base/utf.h"
#include "efi/status.h"
#include "loader/port.h"

#define NAME_MAX 64 /* units with the 0 */

const EFI_GUID guid_global = EFI_GLOBAL_VARIABLE;

static enum err wide_name(const char *name, CHAR16 wide[NAME_MAX], struct error *e)
{
    size_t units;

    if (!utf8_to_utf16(name, strlen(name), (uint16_t *)wide, NAME_MAX, &units))
        return fail(e, ERR_TOO_BIG, "the variable's name %s is too long", name);
    return OK;
}

enum err variable_read(const char *name, const EFI_GUID *vendor, size_t limit, struct arena *a,
                       struct bytes *out, struct error *e)
{
    EFI_GUID guid = *vendor;
    CHAR16 wide[NAME_MAX];
    UINTN size = 0;
    uint8_t *at;

    *out = (struct bytes){(const uint8_t *)"", 0};
    TRY(wide_name(name, wide, e));
    EFI_STATUS status = firmware.runtime->GetVariable(wide, &guid, NULL, &size, NULL);
    if (status == EFI_NOT_FOUND || status == EFI_SUCCESS)
        return OK;
    if (status == EFI_BUFFER_TOO_SMALL && size > limit)
        return fail(e, ERR_TOO_BIG, "the firmware's %s has %llu bytes; the limit is %zu", name,
                    (unsigned long long)size, limit);
    if (status == EFI_BUFFER_TOO_SMALL) {
        TRY(arena_take(a, size, 1, 8, (void **)&at, e));
        status = firmware.runtime->GetVariable(wide, &guid, NULL, &size, at);
    }
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "cannot read the firmware's %s", name);
    *out = (struct bytes){at, size};
    return OK;
}

enum err variable_write(const char *name, const EFI_GUID *vendor, uint32_t attributes,
                        struct bytes value, struct error *e)
{
    EFI_GUID guid = *vendor;
    CHAR16 wide[NAME_MAX];

    TRY(wide_name(name, wide, e));
    /* The firmware only reads the value; its prototype does not say so. */
    void *bytes = (void *)(uintptr_t)value.at;
    EFI_STATUS status = firmware.runtime->SetVariable(wide, &guid, attributes, value.len, bytes);
    if (status == EFI_OUT_OF_RESOURCES)
        return fail(e, ERR_NO_ROOM, "the firmware has no room left for %s (%s)", name,
                    status_name(status));
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "the firmware does not take %s", name);
    return OK;
}

enum err port_read_variable(const char *name, struct arena *a, struct bytes *out, struct error *e)
{
    return variable_read(name, &guid_global, VARIABLE_MAX, a, out, e);
}

enum err port_write_variable(const char *name, struct bytes value, struct error *e)
{
    return variable_write(name, &guid_global,
                          EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                              EFI_VARIABLE_RUNTIME_ACCESS,
                          value, e);
}
