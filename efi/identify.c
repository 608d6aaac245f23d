#include "efi/identify.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
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

/* One name more, unless it is zeros, which stand for none. */
static void add_name(struct identity *out, const uint8_t *name, size_t len)
{
    size_t at = strlen(out->wwn);

    if (bytes_are_zero((struct bytes){name, len}))
        return;
    if (at)
        at += text_format(out->wwn + at, sizeof(out->wwn) - at, " ");
    for (size_t i = 0; i < len; i++)
        at += text_format(out->wwn + at, sizeof(out->wwn) - at, "%02x", name[i]);
}

/* "Identify Namespace data structure": NGUID at byte 104, EUI64 at 120, their first byte first.  Where
 * the controller cannot be asked, the device path's node has the EUI-64 at byte 8 (UEFI 2.10, "NVM
 * Express Namespace Messaging Device Path Node"). */
static void name_nvme(const struct nvme *nvme, const EFI_DEVICE_PATH *path, uint8_t *data,
                      struct identity *out)
{
    const EFI_DEVICE_PATH *node = path_find(path, MESSAGING_DEVICE_PATH, 23);

    if (nvme_identify(nvme, NVME_OF_NAMESPACE, data)) {
        add_name(out, data + 104, 16);
        add_name(out, data + 120, 8);
    } else if (node && get_le16(node->Length) >= 16) {
        add_name(out, (const uint8_t *)node + 8, 8);
    }
}

/* ACS-3, "IDENTIFY DEVICE data": word 87 says whether words 108 to 111 are a name. */
static void name_ata(const uint8_t *data, struct identity *out)
{
    uint8_t name[8];

    if ((get_le16(data + 2 * 87) & 0xc100) != 0x4100)
        return;
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = data[2 * 108 + (i ^ 1)];
    add_name(out, name, sizeof(name));
}

/* The SAS address of the port that the disk is reached by: UEFI 2.10, "SAS Ex Messaging Device Path",
 * and "Messaging Device Path for Serial Attached SCSI", which is a vendor's node with that GUID. */
static void name_sas(const EFI_DEVICE_PATH *path, struct identity *out)
{
    static const uint8_t guid[16] = {0xb4, 0xdd, 0x87, 0xd4, 0x8b, 0x00, 0xd9, 0x11,
                                     0xaf, 0xdc, 0x00, 0x10, 0x83, 0xff, 0xca, 0x4d};
    const EFI_DEVICE_PATH *node = path_find(path, MESSAGING_DEVICE_PATH, 22);
    const EFI_DEVICE_PATH *old = path_find(path, MESSAGING_DEVICE_PATH, 10);

    if (node && get_le16(node->Length) >= 12)
        add_name(out, (const uint8_t *)node + 4, 8);
    else if (old && get_le16(old->Length) >= 32 &&
             memcmp((const uint8_t *)old + 4, guid, sizeof(guid)) == 0)
        add_name(out, (const uint8_t *)old + 24, 8);
}

/* NVM Express Base Specification 2.0, "Identify Controller data structure". */
static void identify_nvme(const EFI_DEVICE_PATH *path, struct identity *out)
{
    static _Alignas(4096) uint8_t data[NVME_IDENTIFY_SIZE];
    struct nvme nvme = nvme_find(path);

    name_nvme(&nvme, path, data, out);
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
        name_ata(data, out);
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
    if (path)
        name_sas(path, out);
}
