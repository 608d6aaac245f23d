/* What this machine is: its name, processors, memory and network ports.
 *
 * Spec: UEFI 2.10, "EFI Configuration Table & Properties Table", EFI_BOOT_SERVICES.GetMemoryMap(),
 * "EFI PCI I/O Protocol", "Simple Network Protocol", "Device Path Nodes"; PI 1.7 volume 2, "MP
 * Services Protocol". */
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "base/utf.h"
#include "efi/paths.h"
#include "efi/status.h"
#include "loader/port.h"

#define PAGE        4096u
#define VENDOR_MAX  128          /* bytes of the firmware's vendor */
#define MAP_MAX     (256u << 10) /* bytes of a memory map; 5000 ranges */
#define PCI_CLASS   0x0b         /* offset of the base class (PCI Local Bus 3.0, "Class Code") */
#define PCI_NETWORK 0x02         /* base class: network controllers */

static const void *configuration_table(const EFI_GUID *guid)
{
    for (UINTN i = 0; i < firmware.system->NumberOfTableEntries; i++) {
        const EFI_CONFIGURATION_TABLE *table = &firmware.system->ConfigurationTable[i];
        if (memcmp(&table->VendorGuid, guid, sizeof(*guid)) == 0)
            return table->VendorTable;
    }
    return NULL;
}

/* False when there are no such tables, or none that can be believed. */
static bool find_smbios(const EFI_GUID *guid, size_t entry_size, struct smbios *out)
{
    const uint8_t *at = configuration_table(guid);
    struct smbios_entry entry;
    struct error ignored;

    if (!at || smbios_parse_entry((struct bytes){at, entry_size}, &entry, &ignored) != OK ||
        !entry.address)
        return false;
    *out = (struct smbios){{(const uint8_t *)(uintptr_t)entry.address, entry.size}, entry.version};
    return true;
}

/* The processors that work; 0 when nobody tells. */
static uint32_t count_processors(void)
{
    static const EFI_GUID guid = MP_SERVICES_GUID;
    struct mp_services *services = firmware_service(&guid);
    UINTN all = 0, enabled = 0;

    if (!services || EFI_ERROR(services->count(services, &all, &enabled)))
        return 0;
    return (uint32_t)min_u64(enabled, UINT32_MAX);
}

/* Bytes of memory that is there for somebody, by the memory map; 0 when it cannot be read. */
static uint64_t mapped_memory(struct arena scratch)
{
    UINTN size = MAP_MAX, key, entry_size;
    struct error ignored;
    uint64_t sum = 0;
    UINT32 version;
    uint8_t *map;

    if (arena_take(&scratch, size, 1, 8, (void **)&map, &ignored) != OK ||
        EFI_ERROR(firmware.boot->GetMemoryMap(&size, (EFI_MEMORY_DESCRIPTOR *)map, &key,
                                              &entry_size, &version)))
        return 0;
    for (size_t at = 0; at + entry_size <= size; at += entry_size) {
        const EFI_MEMORY_DESCRIPTOR *entry = (EFI_MEMORY_DESCRIPTOR *)(map + at);
        if ((entry->Type >= EfiLoaderCode && entry->Type <= EfiConventionalMemory) ||
            entry->Type == EfiACPIReclaimMemory || entry->Type == EfiACPIMemoryNVS)
            sum += entry->NumberOfPages * PAGE;
    }
    return sum;
}

/* Of handles with that protocol, how many fit; *known when there are any at all. */
static enum err count_handles(const EFI_GUID *guid, bool (*fits)(EFI_HANDLE handle),
                              struct arena scratch, uint32_t *out, bool *known, struct error *e)
{
    EFI_HANDLE *handles;
    size_t count;

    *out = 0;
    TRY(firmware_handles(guid, &scratch, &handles, &count, e));
    for (size_t i = 0; i < count; i++)
        *out += fits(handles[i]);
    *known = *known || count;
    return OK;
}

static const EFI_GUID guid_pci = EFI_PCI_IO_PROTOCOL_GUID;
static const EFI_GUID guid_network = EFI_SIMPLE_NETWORK_PROTOCOL_GUID;

static bool is_network_controller(EFI_HANDLE handle)
{
    EFI_PCI_IO_PROTOCOL *pci = firmware_protocol(handle, &guid_pci);
    uint8_t class = 0;

    return pci && !EFI_ERROR(pci->Pci.Read(pci, EfiPciIoWidthUint8, PCI_CLASS, 1, &class)) &&
           class == PCI_NETWORK;
}

/* A port itself, and not an address or a VLAN on one. */
static bool is_network_port(EFI_HANDLE handle)
{
    const EFI_DEVICE_PATH *path = firmware_protocol(handle, &guid_device_path);

    return path && path_find(path, MESSAGING_DEVICE_PATH, MSG_MAC_ADDR_DP) &&
           !path_find(path, MESSAGING_DEVICE_PATH, MSG_IPv4_DP) &&
           !path_find(path, MESSAGING_DEVICE_PATH, MSG_IPv6_DP) &&
           !path_find(path, MESSAGING_DEVICE_PATH, MSG_VLAN_DP);
}

/* The firmware may have no driver for a controller, and a port need not be on PCI: the larger
 * number is right. */
static enum err count_ports(struct arena scratch, uint32_t *out, struct error *e)
{
    uint32_t controllers, ports;
    bool known = false;

    TRY(count_handles(&guid_pci, is_network_controller, scratch, &controllers, &known, e));
    TRY(count_handles(&guid_network, is_network_port, scratch, &ports, &known, e));
    *out = known ? (uint32_t)max_u64(controllers, ports) : MACHINE_PORTS_UNKNOWN;
    return OK;
}

/* The addresses of the ports that the firmware drives, in its order. */
static enum err list_macs(struct arena *a, struct machine *m, struct error *e)
{
    struct arena scratch = *a;
    EFI_HANDLE *handles;
    uint8_t macs[MACHINE_MACS_MAX][6];
    size_t count, found = 0;

    TRY(firmware_handles(&guid_network, &scratch, &handles, &count, e));
    for (size_t i = 0; i < count && found < MACHINE_MACS_MAX; i++) {
        const EFI_SIMPLE_NETWORK_PROTOCOL *port = firmware_protocol(handles[i], &guid_network);
        if (port && port->Mode && port->Mode->HwAddressSize == sizeof(macs[0]) &&
            is_network_port(handles[i]))
            memcpy(macs[found++], port->Mode->CurrentAddress.Addr, sizeof(macs[0]));
    }
    for (size_t i = 0; i < found; i++)
        TRY(machine_add_mac(m, macs[i], a, e));
    return OK;
}

/* Whose it is, in text that may be any; its revision is the vendor's own number (UEFI 2.10, "EFI System Table"). */
static enum err name_firmware(struct arena *a, const char **out, struct error *e)
{
    const uint16_t *vendor = (const uint16_t *)firmware.system->FirmwareVendor;
    uint32_t specification = firmware.system->Hdr.Revision;
    char name[VENDOR_MAX], text[VENDOR_MAX + 48];
    size_t units = 0, len;

    while (vendor && vendor[units] && units < VENDOR_MAX / 4)
        units++;
    if (!vendor || !utf16_to_utf8(vendor, units, name, sizeof(name), &len))
        name[0] = '\0';
    len = text_format(text, sizeof(text), "%s%s0x%08x, UEFI %u.%u", name, *name ? ", " : "",
                      firmware.system->FirmwareRevision, specification >> 16,
                      (specification & 0xffff) / 10);
    if ((specification & 0xffff) % 10)
        len += text_format(text + len, sizeof(text) - len, ".%u", (specification & 0xffff) % 10);
    return arena_text(a, text, len, out, e);
}

enum err port_machine(struct arena *a, struct machine *out, struct error *e)
{
    static const EFI_GUID guid_2 = SMBIOS_TABLE_GUID, guid_3 = SMBIOS3_TABLE_GUID;
    struct smbios smbios;

    *out = machine_unknown(port_arch());
    out->processors = count_processors();
    TRY(name_firmware(a, &out->firmware, e));
    TRY(count_ports(*a, &out->ports, e));
    TRY(list_macs(a, out, e));
    if (find_smbios(&guid_3, SMBIOS_ENTRY_3, &smbios) ||
        find_smbios(&guid_2, SMBIOS_ENTRY_2, &smbios))
        TRY(machine_add_smbios(out, &smbios, a, e));
    if (!out->memory)
        out->memory = machine_round_memory(mapped_memory(*a));
    return OK;
}
