/* Disks that fail, change, go away or lie; all of them but the stick. */
#include <string.h>

#include "base/compiler.h"
#include "efi/paths.h"
#include "tests/firmware/hostile.h"

#define DISKS_MAX    16
#define WRITE_ZEROES 8 /* opcode of NVMe */

/* What a disk tells of its medium, to be put back. */
static struct {
    EFI_BLOCK_IO_MEDIA *media, was;
} kept[DISKS_MAX];
static size_t kept_count;

/* What is wrong with any request to a disk. */
static EFI_STATUS request_status(EFI_BLOCK_IO_MEDIA *media, const void *buffer)
{
    unsigned align = fault_number(ALIGN_WANTED);

    if (!media->MediaPresent)
        return EFI_NO_MEDIA;
    if (breaks_if(ALIGN_WANTED, align && (uintptr_t)buffer % align))
        return EFI_INVALID_PARAMETER;
    return EFI_SUCCESS;
}

/* What is wrong with that write, if anything is.  Another medium has another number, which the firmware's driver
 * compares. */
static EFI_STATUS write_status(EFI_BLOCK_IO_MEDIA *media, const void *from)
{
    if (breaks(DISK_CHANGES))
        media->MediaId++;
    if (breaks(DISK_GONE))
        media->MediaPresent = FALSE;
    if (breaks(WRITE_LOCKED))
        return EFI_WRITE_PROTECTED;
    if (breaks(WRITE_FAILS))
        return EFI_DEVICE_ERROR;
    return request_status(media, from);
}

static EFI_STATUS EFIAPI write_blocks(EFI_BLOCK_IO *io, UINT32 media, EFI_LBA lba, UINTN size,
                                      void *from)
{
    EFI_BLOCK_WRITE write = (EFI_BLOCK_WRITE)patched((void **)&io->WriteBlocks);

    if (!FROM_OVFBOOT)
        return write(io, media, lba, size, from);
    EFI_STATUS status = write_status(io->Media, from);
    if (EFI_ERROR(status) || breaks(WRITE_DROPPED))
        return status;
    return write(io, media, lba, size, from);
}

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO *io, UINT32 media, EFI_LBA lba, UINTN size,
                                     void *to)
{
    EFI_BLOCK_READ read = (EFI_BLOCK_READ)patched((void **)&io->ReadBlocks);

    if (!FROM_OVFBOOT)
        return read(io, media, lba, size, to);
    EFI_STATUS status = request_status(io->Media, to);
    if (EFI_ERROR(status))
        return status;
    if (breaks(READ_FALTERS) || breaks(READ_FAILS))
        return EFI_DEVICE_ERROR;
    return read(io, media, lba, size, to);
}

static EFI_STATUS EFIAPI flush_blocks(EFI_BLOCK_IO *io)
{
    EFI_BLOCK_FLUSH flush = (EFI_BLOCK_FLUSH)patched((void **)&io->FlushBlocks);

    if (FROM_OVFBOOT && breaks(FLUSH_FAILS))
        return EFI_DEVICE_ERROR;
    return flush(io);
}

static EFI_STATUS EFIAPI write_ex(EFI_BLOCK_IO2_PROTOCOL *io, UINT32 media, EFI_LBA lba,
                                  EFI_BLOCK_IO2_TOKEN *token, UINTN size, void *from)
{
    EFI_BLOCK_WRITE_EX write = (EFI_BLOCK_WRITE_EX)patched((void **)&io->WriteBlocksEx);

    if (!FROM_OVFBOOT)
        return write(io, media, lba, token, size, from);
    EFI_STATUS status = write_status(io->Media, from);
    if (EFI_ERROR(status))
        return status;
    if (breaks(QUEUE_REFUSES))
        return EFI_OUT_OF_RESOURCES;
    if (breaks(QUEUE_HANGS))
        return EFI_SUCCESS;
    bool is_dropped = breaks(WRITE_DROPPED), is_failed = breaks(QUEUE_FAILS);
    if (!is_dropped && !is_failed)
        return write(io, media, lba, token, size, from);
    token->TransactionStatus = is_failed ? EFI_DEVICE_ERROR : EFI_SUCCESS;
    return firmware.boot->SignalEvent(token->Event);
}

static EFI_STATUS EFIAPI pass(struct nvme_pass_through *nvme, UINT32 namespace,
                              struct nvme_packet *packet, EFI_EVENT event)
{
    EFI_STATUS(EFIAPI * was)
    (struct nvme_pass_through *, UINT32, struct nvme_packet *, EFI_EVENT) =
        patched((void **)&nvme->pass);

    if (packet->queue && packet->command->opcode == WRITE_ZEROES) {
        if (breaks(ZEROS_LIE))
            return EFI_SUCCESS;
        if (breaks(ZEROS_FAIL))
            return EFI_DEVICE_ERROR;
    }
    return was(nvme, namespace, packet, event);
}

static bool is_stick(EFI_HANDLE handle)
{
    const EFI_DEVICE_PATH *start =
        firmware_protocol(firmware.self->DeviceHandle, &guid_device_path);
    const EFI_DEVICE_PATH *device = firmware_protocol(handle, &guid_device_path);

    return start && device && path_is_below(start, device);
}

/* The first time that a disk is seen in a run. */
static void lie_about(EFI_BLOCK_IO_MEDIA *media)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i].media == media)
            return;
    if (kept_count == DISKS_MAX)
        return;
    kept[kept_count].media = media;
    kept[kept_count++].was = *media;
    if (breaks_if(ALIGN_CLAIMED, true))
        media->IoAlign = fault_number(ALIGN_CLAIMED);
    if (breaks_if(SIZE_CLAIMED, true))
        media->LastBlock += fault_number(SIZE_CLAIMED) * (1048576ull / media->BlockSize);
    if (breaks_if(READ_ONLY_CLAIMED, true))
        media->ReadOnly = TRUE;
}

void disk_seen(const EFI_GUID *guid, EFI_HANDLE handle, void *interface)
{
    static const EFI_GUID queue = EFI_BLOCK_IO2_PROTOCOL_GUID, nvme = NVME_PASS_THROUGH_GUID;
    EFI_BLOCK_IO *io = interface;

    if (memcmp(guid, &nvme, sizeof(nvme)) == 0)
        patch((void **)&((struct nvme_pass_through *)interface)->pass, (void *)pass);
    if (memcmp(guid, &queue, sizeof(queue)) == 0 && !is_stick(handle))
        patch((void **)&((EFI_BLOCK_IO2_PROTOCOL *)interface)->WriteBlocksEx, (void *)write_ex);
    if (memcmp(guid, &guid_block_io, sizeof(*guid)) != 0 || io->Media->LogicalPartition ||
        !io->Media->MediaPresent || is_stick(handle))
        return;
    patch((void **)&io->WriteBlocks, (void *)write_blocks);
    patch((void **)&io->ReadBlocks, (void *)read_blocks);
    patch((void **)&io->FlushBlocks, (void *)flush_blocks);
    lie_about(io->Media);
}

void disks_restore(void)
{
    while (kept_count) {
        kept_count--;
        *kept[kept_count].media = kept[kept_count].was;
    }
}
