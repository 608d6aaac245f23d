#include "efi/disks.h"

#include <string.h>

#include "base/text.h"
#include "efi/paths.h"
#include "loader/port.h"

struct disk *disk_of(struct target *t)
{
    return (struct disk *)t;
}

static bool is_start_medium(const EFI_DEVICE_PATH *device)
{
    const EFI_DEVICE_PATH *start =
        firmware_protocol(firmware.self->DeviceHandle, &guid_device_path);

    return start && path_is_below(start, device);
}

static enum err open_disk(struct disk *d, EFI_HANDLE handle, struct arena *a, struct error *e)
{
    EFI_BLOCK_IO *io = firmware_protocol(handle, &guid_block_io);

    d->device = firmware_protocol(handle, &guid_device_path);
    identify_disk(handle, &d->identity);
    TRY(path_text(d->device, a, &d->path, e));
    text_format(d->name, sizeof(d->name), "%s", *d->identity.model ? d->identity.model : d->path);
    d->start_medium = is_start_medium(d->device);
    d->read_only = io->Media->ReadOnly;
    return block_open(&d->block, handle, d->name, a, e);
}

static bool is_whole_disk(EFI_HANDLE handle)
{
    EFI_BLOCK_IO *io = firmware_protocol(handle, &guid_block_io);

    return io && io->Media && io->Media->MediaPresent && !io->Media->LogicalPartition &&
           firmware_protocol(handle, &guid_device_path);
}

enum err disks_find(struct arena *a, struct disk **out, size_t *count, struct error *e)
{
    struct error ignored;
    EFI_HANDLE *handles;
    size_t all;

    TRY(firmware_handles(&guid_block_io, a, &handles, &all, e));
    TRY(TAKE(a, all, out, e));
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        if (!is_whole_disk(handles[i]))
            continue;
        /* A disk that cannot be used is not one that could be chosen. */
        enum err err = open_disk(&(*out)[*count], handles[i], a, &ignored);
        if (err == ERR_NO_MEMORY) {
            *e = ignored;
            return err;
        }
        if (err == OK)
            (*count)++;
    }
    return OK;
}

enum err port_find_disks(struct arena *a, struct found_disk **out, size_t *count, struct error *e)
{
    struct disk *disks;

    TRY(disks_find(a, &disks, count, e));
    TRY(TAKE(a, *count, out, e));
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct found_disk){
            .bus = disks[i].identity.bus,
            .model = disks[i].identity.model,
            .serial = disks[i].identity.serial,
            .wwn = disks[i].identity.wwn,
            .path = disks[i].path,
            .nodes = {(const uint8_t *)disks[i].device, path_size(disks[i].device)},
            .start_medium = disks[i].start_medium,
            .read_only = disks[i].read_only,
            .target = &disks[i].block.target,
            .source = &disks[i].block.source};
    return OK;
}
