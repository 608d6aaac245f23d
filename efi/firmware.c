#include "efi/firmware.h"

#include <string.h>

#include "efi/status.h"

struct firmware firmware;

const EFI_GUID guid_block_io = EFI_BLOCK_IO_PROTOCOL_GUID;
const EFI_GUID guid_device_path = EFI_DEVICE_PATH_PROTOCOL_GUID;
const EFI_GUID guid_file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
const EFI_GUID guid_loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;

void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    firmware = (struct firmware){.image = image,
                                 .system = system,
                                 .boot = system->BootServices,
                                 .runtime = system->RuntimeServices};
    firmware.self = firmware_protocol(image, &guid_loaded_image);
}

void *firmware_protocol(EFI_HANDLE handle, const EFI_GUID *guid)
{
    EFI_GUID wanted = *guid;
    void *interface = NULL;

    if (!handle || EFI_ERROR(firmware.boot->HandleProtocol(handle, &wanted, &interface)))
        return NULL;
    return interface;
}

void *firmware_service(const EFI_GUID *guid)
{
    EFI_GUID wanted = *guid;
    void *interface = NULL;

    if (EFI_ERROR(firmware.boot->LocateProtocol(&wanted, NULL, &interface)))
        return NULL;
    return interface;
}

enum err firmware_handles(const EFI_GUID *guid, struct arena *a, EFI_HANDLE **out, size_t *count,
                          struct error *e)
{
    EFI_GUID wanted = guid ? *guid : (EFI_GUID){0};
    EFI_HANDLE *pool = NULL;
    UINTN found = 0;
    EFI_STATUS status = firmware.boot->LocateHandleBuffer(
        guid ? ByProtocol : AllHandles, guid ? &wanted : NULL, NULL, &found, &pool);

    *count = 0;
    if (status == EFI_NOT_FOUND)
        return OK;
    if (EFI_ERROR(status))
        return status_fail(e, ERR_NO_MEMORY, status, "cannot list the firmware's devices");
    enum err err = arena_take(a, found, sizeof(**out), _Alignof(EFI_HANDLE), (void **)out, e);
    if (err == OK) {
        memcpy(*out, pool, found * sizeof(**out));
        *count = found;
    }
    firmware.boot->FreePool(pool);
    return err;
}
