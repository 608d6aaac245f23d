/* Secure Boot: whether it is enforced, by which databases, and what it says of an image.
 *
 * Spec: UEFI 2.10, "Globally Defined Variables", "Image Execution Authorization", LoadImage(). */
#include "base/checked.h"
#include "base/stream.h"
#include "efi/firmware.h"
#include "efi/status.h"
#include "efi/variables.h"
#include "loader/port.h"

#define DATABASE_MAX (1u << 20)   /* bytes of db or dbx; docs/limits.md */
#define LOADER_MAX   (256u << 20) /* bytes of an image that is loaded as a trial; docs/limits.md */

static const EFI_GUID guid_database = {
    0xd719b2cb, 0x3d3a, 0x4596, {0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f}};

/* A variable of one byte; 0 when it is not there. */
static uint8_t small_variable(CHAR16 *name)
{
    EFI_GUID guid = guid_global;
    uint8_t value = 0;
    UINTN size = sizeof(value);

    if (EFI_ERROR(firmware.runtime->GetVariable(name, &guid, NULL, &size, &value)))
        return 0;
    return value;
}

enum err port_secure_boot(struct arena *a, struct secure_boot *out, struct error *e)
{
    CHAR16 secure_boot[] = u"SecureBoot", setup_mode[] = u"SetupMode";

    out->enforced = small_variable(secure_boot) == 1 && small_variable(setup_mode) == 0;
    out->databases = (struct boot_databases){0};
    if (!out->enforced)
        return OK;
    TRY(variable_read("db", &guid_database, DATABASE_MAX, a, &out->databases.db, e));
    return variable_read("dbx", &guid_database, DATABASE_MAX, a, &out->databases.dbx, e);
}

/* The device path of bytes in memory: the firmware takes them for neither its own nor a driver's,
 * so that they get no favours. */
#define MEMORY_PATH_SIZE 28 /* bytes */
static void put_memory_path(uint8_t out[MEMORY_PATH_SIZE], uint64_t start, uint64_t size)
{
    out[0] = HARDWARE_DEVICE_PATH;
    out[1] = HW_MEMMAP_DP;
    put_le16(out + 2, 24);
    put_le32(out + 4, EfiLoaderData);
    put_le64(out + 8, start);
    put_le64(out + 16, start + size - 1);
    out[24] = END_DEVICE_PATH_TYPE;
    out[25] = END_ENTIRE_DEVICE_PATH_SUBTYPE;
    put_le16(out + 26, 4);
}

static enum err try_image(struct source *file, uint8_t *image, struct error *e)
{
    _Alignas(8) uint8_t path[MEMORY_PATH_SIZE];
    EFI_HANDLE handle = NULL;

    for (uint64_t at = 0; at < file->size; at += READ_MAX)
        TRY(source_read(file, at, image + at, (size_t)min_u64(READ_MAX, file->size - at), e));
    put_memory_path(path, (uint64_t)(uintptr_t)image, file->size);
    EFI_STATUS status = firmware.boot->LoadImage(FALSE, firmware.image, (EFI_DEVICE_PATH *)path,
                                                 image, (UINTN)file->size, &handle);
    /* With a security violation the image is loaded all the same, and only cannot be started. */
    if (handle && (!EFI_ERROR(status) || status == EFI_SECURITY_VIOLATION))
        firmware.boot->UnloadImage(handle);
    if (status == EFI_SECURITY_VIOLATION || status == EFI_ACCESS_DENIED)
        return status_fail(e, ERR_SECURE_BOOT, status, "%s: Secure Boot does not allow it",
                           file->name);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_NO_LOADER, status, "%s: the firmware cannot load it", file->name);
    return OK;
}

enum err port_would_start(struct source *file, struct error *e)
{
    EFI_PHYSICAL_ADDRESS at;

    if (file->size == 0 || file->size > LOADER_MAX)
        return fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %u", file->name,
                    (unsigned long long)file->size, LOADER_MAX);
    UINTN pages = (UINTN)round_up(file->size, 4096) / 4096;
    EFI_STATUS status = firmware.boot->AllocatePages(AllocateAnyPages, EfiLoaderData, pages, &at);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_NO_MEMORY, status, "%s: cannot take %llu bytes of memory",
                           file->name, (unsigned long long)file->size);
    enum err code = try_image(file, (uint8_t *)(uintptr_t)at, e);
    firmware.boot->FreePages(at, pages);
    return code;
}
