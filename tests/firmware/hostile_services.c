/* Boot and runtime services that answer ovfboot, and nobody else, differently: protocols that are not there,
 * memory, variables and images that are refused. */
#include <string.h>

#include "base/compiler.h"
#include "loader/port.h"
#include "tests/firmware/hostile.h"

#define HIDE_MAX 16
#define MIB      (1u << 20)

/* What can be hidden. */
static const struct {
    const char *name;
    EFI_GUID guid;
} protocols[] = {
    {"blockio2", EFI_BLOCK_IO2_PROTOCOL_GUID},
    {"tcp4", EFI_TCP4_SERVICE_BINDING_PROTOCOL},
    {"tcp6", EFI_TCP6_SERVICE_BINDING_PROTOCOL},
    {"mp", MP_SERVICES_GUID},
    {"ramdisk", RAM_DISK_PROTOCOL_GUID},
    {"nvme", NVME_PASS_THROUGH_GUID},
    {"diskinfo", DISK_INFO_PROTOCOL_GUID},
    /* TCG EFI Protocol Specification; UEFI 2.10, "Random Number Generator Protocol". */
    {"tcg2", {0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}}},
    {"rng", {0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}}},
};

static EFI_RUNTIME_SERVICES runtime; /* as the firmware made them */
static struct {
    const char *name;
    EFI_GUID guid;
    unsigned calls;
} hidden[HIDE_MAX];
static size_t hidden_count;

static bool is_hidden(const EFI_GUID *guid)
{
    for (size_t i = 0; guid && i < hidden_count; i++)
        if (memcmp(&hidden[i].guid, guid, sizeof(*guid)) == 0) {
            hidden[i].calls++;
            return true;
        }
    return false;
}

bool service_hide(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(protocols) && hidden_count < HIDE_MAX; i++)
        if (strcmp(name, protocols[i].name) == 0) {
            hidden[hidden_count].name = protocols[i].name;
            hidden[hidden_count].calls = 0;
            hidden[hidden_count++].guid = protocols[i].guid;
            return true;
        }
    return false;
}

/* ---- Protocols ---- */

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface)
{
    if (!FROM_OVFBOOT)
        return real.HandleProtocol(handle, guid, interface);
    if (is_hidden(guid))
        return EFI_UNSUPPORTED;
    EFI_STATUS status = real.HandleProtocol(handle, guid, interface);
    if (!EFI_ERROR(status)) {
        disk_seen(guid, handle, *interface);
        volume_seen(guid, *interface);
        ip6_seen(guid, *interface);
    }
    return status;
}

static EFI_STATUS EFIAPI open_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface,
                                       EFI_HANDLE agent, EFI_HANDLE controller, UINT32 how)
{
    return FROM_OVFBOOT && is_hidden(guid)
               ? EFI_UNSUPPORTED
               : real.OpenProtocol(handle, guid, interface, agent, controller, how);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *key, void **interface)
{
    bool ours = FROM_OVFBOOT;

    if (ours && is_hidden(guid))
        return EFI_NOT_FOUND;
    EFI_STATUS status = real.LocateProtocol(guid, key, interface);
    if (ours && !EFI_ERROR(status))
        processors_seen(guid, interface);
    return status;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid,
                                              void *key, UINTN *count, EFI_HANDLE **out)
{
    if (!FROM_OVFBOOT)
        return real.LocateHandleBuffer(type, guid, key, count, out);
    if (guid && memcmp(guid, &guid_block_io, sizeof(*guid)) == 0 && breaks(HANDLES_REFUSED))
        return EFI_OUT_OF_RESOURCES;
    if (guid && memcmp(guid, &guid_file_system, sizeof(*guid)) == 0 && breaks(VOLUMES_HIDDEN))
        return EFI_NOT_FOUND;
    return is_hidden(guid) ? EFI_NOT_FOUND : real.LocateHandleBuffer(type, guid, key, count, out);
}

/* ---- Memory and images ---- */

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
                                        EFI_PHYSICAL_ADDRESS *at)
{
    unsigned most = fault_number(PAGES_REFUSED);

    if (FROM_OVFBOOT && breaks_if(PAGES_REFUSED, most && pages > most * (UINTN)(MIB / 4096)))
        return EFI_OUT_OF_RESOURCES;
    return real.AllocatePages(how, type, pages, at);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **out)
{
    if (FROM_OVFBOOT && breaks(POOL_REFUSED))
        return EFI_OUT_OF_RESOURCES;
    return real.AllocatePool(type, size, out);
}

static EFI_STATUS EFIAPI load_image(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path,
                                    void *from, UINTN size, EFI_HANDLE *out)
{
    if (FROM_OVFBOOT && breaks(LOAD_FAILS))
        return EFI_LOAD_ERROR;
    return real.LoadImage(policy, parent, path, from, size, out);
}

static EFI_STATUS EFIAPI start_image(EFI_HANDLE image, UINTN *size, CHAR16 **data)
{
    if (FROM_OVFBOOT && breaks(START_RETURNS))
        return EFI_SUCCESS;
    return real.StartImage(image, size, data);
}

/* ---- Variables and the clock ---- */

/* Boot0000 to BootFFFF, and BootOrder. */
static bool is_entry(const CHAR16 *name)
{
    return name[0] == 'B' && name[1] == 'o' && name[2] == 'o' && name[3] == 't' && name[4] != 'C' &&
           name[4] != 'N' && (name[4] == 'O' || name[8] == 0);
}

/* For BootOrder half a number; for an entry attributes, and a length that goes beyond its end. */
static EFI_STATUS give_garbage(UINT32 *attributes, UINTN *size, void *out)
{
    static const uint8_t garbage[] = {0x01, 0x00, 0x00, 0x00, 0xff, 0xff, 0x41};
    bool fits = out && *size >= sizeof(garbage);

    *size = sizeof(garbage);
    if (!fits)
        return EFI_BUFFER_TOO_SMALL;
    memcpy(out, garbage, sizeof(garbage));
    if (attributes)
        *attributes = EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                      EFI_VARIABLE_RUNTIME_ACCESS;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 *attributes,
                                      UINTN *size, void *out)
{
    if (FROM_OVFBOOT && breaks(VARIABLES_UNREADABLE))
        return EFI_DEVICE_ERROR;
    if (FROM_OVFBOOT && is_entry(name) && breaks(VARIABLES_GARBAGE))
        return give_garbage(attributes, size, out);
    return runtime.GetVariable(name, vendor, attributes, size, out);
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *vendor, UINT32 attributes, UINTN size,
                                      void *value)
{
    if (FROM_OVFBOOT && breaks(VARIABLES_FULL))
        return EFI_OUT_OF_RESOURCES;
    return runtime.SetVariable(name, vendor, attributes, size, value);
}

static EFI_STATUS EFIAPI get_time(EFI_TIME *out, EFI_TIME_CAPABILITIES *capabilities)
{
    if (FROM_OVFBOOT && breaks(CLOCK_BROKEN))
        return EFI_DEVICE_ERROR;
    return runtime.GetTime(out, capabilities);
}

/* ---- A person who presses Enter whenever ovfboot waits for a key ---- */

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *in, EFI_INPUT_KEY *key)
{
    EFI_INPUT_READ_KEY was = (EFI_INPUT_READ_KEY)patched((void **)&in->ReadKeyStroke);
    static bool again;

    if (!FROM_OVFBOOT)
        return was(in, key);
    again = !again; /* or reading until there is no more key would not end */
    if (!again)
        return EFI_NOT_READY;
    *key = (EFI_INPUT_KEY){.UnicodeChar = '\r'};
    return EFI_SUCCESS;
}

void service_press_enter(void)
{
    patch((void **)&firmware.system->ConIn->ReadKeyStroke, (void *)read_key);
}

/* ---- All of them ---- */

void services_hook(void)
{
    EFI_BOOT_SERVICES *boot = firmware.boot;

    runtime = *firmware.runtime;
    boot->HandleProtocol = handle_protocol;
    boot->OpenProtocol = open_protocol;
    boot->LocateProtocol = locate_protocol;
    boot->LocateHandleBuffer = locate_handle_buffer;
    boot->AllocatePages = allocate_pages;
    boot->AllocatePool = allocate_pool;
    boot->LoadImage = load_image;
    boot->StartImage = start_image;
    firmware.runtime->GetVariable = get_variable;
    firmware.runtime->SetVariable = set_variable;
    firmware.runtime->GetTime = get_time;
}

void services_report(const char *name)
{
    for (size_t i = 0; i < hidden_count; i++)
        port_say("hostile: %s: hide %s: %u of %u", name, hidden[i].name, hidden[i].calls,
                 hidden[i].calls);
    hidden_count = 0;
}

void services_unhook(void)
{
    *firmware.boot = real;
    *firmware.runtime = runtime;
}
