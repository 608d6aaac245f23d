#include "efi/identify.h"

#include <string.h>

#include "base/bytes.h"
#include "efi/nvme.h"
#include "efi/paths.h"

#define VIRTIO_VENDOR 0x1af4 /* PCI vendor of virtio devices (Virtual I/O Device 1.1, PCI) */

/* Copy a field that is padded with blanks, with single ones left; bytes that are no ASCII become '?'. */
static void copy_field(char *out, size_t size, const uint8_t *field, size_t len)
{
    size_t n = 0;

    while (len && (field[len - 1] == ' ' || field[len - 1] == 0))
        len--;
    while (len && *field == ' ') {
        field++;
        len--;
    }
    for (size_t i = 0; i < len && n + 1 < size; i++)
        if (field[i] != ' ' || out[n - 1] != ' ')
            out[n++] = field[i] >= 0x20 && field[i] < 0x7f ? (char)field[i] : '?';
    out[n] = '\0';
}

/* ATA strings have the bytes of each word swapped (ACS-3, "ATA string convention"). */
static void copy_ata_field(char *out, size_t size, const uint8_t *field, size_t len)
{
    uint8_t swapped[64];

    for (size_t i = 0; i + 1 < len && i + 1 < sizeof(swapped); i += 2) {
        swapped[i] = field[i + 1];
        swapped[i + 1] = field[i];
    }
    copy_field(out, size, swapped, len);
}

static bool is_virtio(const EFI_DEVICE_PATH *path)
{
    static EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
    EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)(uintptr_t)path;
    EFI_HANDLE handle;
    uint16_t vendor = 0;

    if (EFI_ERROR(firmware.boot->LocateDevicePath(&guid, &rest, &handle)))
        return false;
    EFI_PCI_IO_PROTOCOL *pci = firmware_protocol(handle, &guid);
    return pci && !EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint16, 0, 1, &vendor)) &&
           vendor == VIRTIO_VENDOR;
}

static const char *bus_of(const EFI_DEVICE_PATH *path)
{
    /* UEFI 2.10, "Messaging Device Path", "Media Device Path". */
    static const struct {
        uint8_t type, subtype;
        const char *bus;
    } nodes[] = {
        {MESSAGING_DEVICE_PATH, 23, "nvme"}, {MESSAGING_DEVICE_PATH, 18, "sata"},
        {MESSAGING_DEVICE_PATH, 5, "usb"},   {MESSAGING_DEVICE_PATH, 16, "usb"},
        {MESSAGING_DEVICE_PATH, 26, "sd"},   {MESSAGING_DEVICE_PATH, 29, "sd"},
        {MESSAGING_DEVICE_PATH, 2, "scsi"},  {MESSAGING_DEVICE_PATH, 1, "sata"},
        {MEDIA_DEVICE_PATH, 9, "ram"},
    };

    for (size_t i = 0; i < COUNT_OF(nodes); i++)
        if (path_find(path, nodes[i].type, nodes[i].subtype))
            return nodes[i].bus;
    return is_virtio(path) ? "virtio" : "disk";
}

/* NVM Express Base Specification 2.0, "Identify Controller data structure". */
static void identify_nvme(const EFI_DEVICE_PATH *path, struct identity *out)
{
    static _Alignas(4096) uint8_t data[NVME_IDENTIFY_SIZE];
    struct nvme nvme = nvme_find(path);

    if (!nvme_identify(&nvme, NVME_OF_CONTROLLER, data))
        return;
    copy_field(out->serial, sizeof(out->serial), data + 4, 20);
    copy_field(out->model, sizeof(out->model), data + 24, 40);
}

/* ATA: ACS-3, "IDENTIFY DEVICE data"; SCSI and USB: SPC-4, "Standard INQUIRY data". */
static void identify_by_info(EFI_HANDLE handle, struct identity *out)
{
    static const EFI_GUID guid = DISK_INFO_PROTOCOL_GUID;
    struct disk_info_protocol *info = firmware_protocol(handle, &guid);
    uint8_t data[512] = {0};
    UINT32 size = sizeof(data);

    if (!info)
        return;
    if (strcmp(out->bus, "sata") == 0) {
        if (EFI_ERROR(info->identify(info, data, &size)))
            return;
        copy_ata_field(out->serial, sizeof(out->serial), data + 20, 20);
        copy_ata_field(out->model, sizeof(out->model), data + 54, 40);
        return;
    }
    size = 96;
    if (!EFI_ERROR(info->inquiry(info, data, &size)))
        copy_field(out->model, sizeof(out->model), data + 8, 24);
}

void identify_disk(EFI_HANDLE handle, struct identity *out)
{
    const EFI_DEVICE_PATH *path = firmware_protocol(handle, &guid_device_path);

    *out = (struct identity){.bus = path ? bus_of(path) : "disk"};
    if (path && strcmp(out->bus, "nvme") == 0)
        identify_nvme(path, out);
    else
        identify_by_info(handle, out);
}
