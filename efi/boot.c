/* Starting the guest: its loader, from the partition that was just written, by LoadImage(), so
 * that Secure Boot has its say. */
#include <string.h>

#include "base/bytes.h"
#include "efi/console.h"
#include "efi/disks.h"
#include "efi/memory.h"
#include "efi/network.h"
#include "efi/paths.h"
#include "efi/status.h"
#include "efi/workers.h"
#include "loader/port.h"

#define BOOT_MEMORY 16384 /* bytes for handles and the loader's path */

/* HD(): number at byte 4, start at byte 8 (UEFI 2.10, "Hard Drive"). */
static bool is_partition(const EFI_DEVICE_PATH *device, const struct disk *disk,
                         const struct guest_loader *loader)
{
    const EFI_DEVICE_PATH *node = path_find(device, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP);
    uint64_t start = loader->partition.offset / disk->block.target.sector_size;

    if (!path_is_below(device, disk->device))
        return false;
    if (loader->table == TABLE_NONE)
        return path_size(device) == path_size(disk->device);
    return node && get_le64((const uint8_t *)node + 8) == start;
}

static enum err find_volume(const struct disk *disk, const struct guest_loader *loader,
                            struct arena *a, const EFI_DEVICE_PATH **out, struct error *e)
{
    EFI_HANDLE *handles;
    size_t count;

    TRY(firmware_handles(&guid_file_system, a, &handles, &count, e));
    for (size_t i = 0; i < count; i++) {
        *out = firmware_protocol(handles[i], &guid_device_path);
        if (*out && is_partition(*out, disk, loader))
            return OK;
    }
    return fail(e, ERR_IO,
                "%s: was written, but the firmware does not show its EFI system partition",
                disk->name);
}

static enum err load(const struct disk *disk, const struct guest_loader *loader, EFI_HANDLE *out,
                     struct error *e)
{
    static uint8_t memory[BOOT_MEMORY];
    const EFI_DEVICE_PATH *volume;
    EFI_DEVICE_PATH *file;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "starting the guest");
    TRY(find_volume(disk, loader, &a, &volume, e));
    TRY(path_with_file(volume, loader->path, &a, &file, e));
    EFI_STATUS status = firmware.boot->LoadImage(FALSE, firmware.image, file, NULL, 0, out);
    if (status == EFI_SECURITY_VIOLATION || status == EFI_ACCESS_DENIED)
        return status_fail(e, ERR_SECURE_BOOT, status,
                           "%s: Secure Boot does not allow this loader on this machine",
                           loader->path);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_NO_LOADER, status, "%s: the firmware cannot load it",
                           loader->path);
    return OK;
}

enum err port_start(struct found_disk *found, const struct guest_loader *loader, struct error *e)
{
    struct disk *disk = disk_of(found->target);
    EFI_HANDLE guest = NULL;

    /* One that stays would work in the guest's memory; or the firmware's ExitBootServices() would wait for it
     * for ever, as EDK2's does where its processors rest in MWAIT. */
    TRY(workers_release(e));
    if (disk->is_ram)
        TRY(ram_disk_register(disk, e));
    /* Drivers that knew the old contents go; those that fit the new ones come. */
    queues_close();
    block_release(disk->block.handle);
    firmware.boot->ConnectController(disk->block.handle, NULL, NULL, TRUE);
    memory_release();
    TRY(load(disk, loader, &guest, e));
    network_release();
    port_say("ovfboot: starting %s on %s", loader->path, disk->name);
    console_feed_watchdog();
    EFI_STATUS status = firmware.boot->StartImage(guest, NULL, NULL);
    return status_fail(e, ERR_NO_LOADER, status, "%s: came back without starting anything",
                       loader->path);
}
