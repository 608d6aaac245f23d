/* A firmware application that starts ovfboot on a firmware which lacks what the tests say.
 *
 * It lies in the place of ovfboot on the stick, and ovfboot beside it as \EFI\ovfboot\real.efi.  The file
 * \EFI\ovfboot\hostile.txt says, a line each, what ovfboot finds missing:
 *
 *     hide tcp4
 *
 * Calls of boot services are answered differently only when they come from ovfboot's own code, so the
 * firmware itself goes on as it was.
 */
#include <string.h>

#include "base/text.h"
#include "efi/console.h"
#include "efi/files.h"
#include "efi/paths.h"
#include "loader/port.h"
#include "parsers/lines.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define REAL     "EFI\\ovfboot\\real.efi"
#define SCRIPT   "EFI/ovfboot/hostile.txt"
#define HIDE_MAX 16

/* What can be hidden. */
static const struct {
    const char *name;
    EFI_GUID guid;
} protocols[] = {
    {"tcp4", EFI_TCP4_SERVICE_BINDING_PROTOCOL},
    {"tcp6", EFI_TCP6_SERVICE_BINDING_PROTOCOL},
};

static EFI_BOOT_SERVICES real; /* as the firmware made them */
static EFI_GUID hidden[HIDE_MAX];
static size_t hidden_count;
static uintptr_t code, code_size; /* ovfboot's */

static bool is_hidden(const EFI_GUID *guid, const void *caller)
{
    if (!guid || (uintptr_t)caller - code >= code_size)
        return false;
    for (size_t i = 0; i < hidden_count; i++)
        if (memcmp(&hidden[i], guid, sizeof(*guid)) == 0)
            return true;
    return false;
}

#define HIDDEN(guid) is_hidden(guid, __builtin_return_address(0))

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface)
{
    return HIDDEN(guid) ? EFI_UNSUPPORTED : real.HandleProtocol(handle, guid, interface);
}

static EFI_STATUS EFIAPI open_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface,
                                       EFI_HANDLE agent, EFI_HANDLE controller, UINT32 how)
{
    return HIDDEN(guid) ? EFI_UNSUPPORTED
                        : real.OpenProtocol(handle, guid, interface, agent, controller, how);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *key, void **interface)
{
    return HIDDEN(guid) ? EFI_NOT_FOUND : real.LocateProtocol(guid, key, interface);
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid,
                                              void *key, UINTN *count, EFI_HANDLE **out)
{
    return HIDDEN(guid) ? EFI_NOT_FOUND : real.LocateHandleBuffer(type, guid, key, count, out);
}

static void hook(EFI_BOOT_SERVICES *boot)
{
    real = *boot;
    boot->HandleProtocol = handle_protocol;
    boot->OpenProtocol = open_protocol;
    boot->LocateProtocol = locate_protocol;
    boot->LocateHandleBuffer = locate_handle_buffer;
}

static void unhook(EFI_BOOT_SERVICES *boot)
{
    boot->HandleProtocol = real.HandleProtocol;
    boot->OpenProtocol = real.OpenProtocol;
    boot->LocateProtocol = real.LocateProtocol;
    boot->LocateHandleBuffer = real.LocateHandleBuffer;
}

static enum err do_line(struct bytes line, struct error *e)
{
    char text[64];

    text_format(text, sizeof(text), "%.*s", (int)line.len, (const char *)line.at);
    for (size_t i = 0; i < COUNT_OF(protocols) && hidden_count < HIDE_MAX; i++)
        if (strncmp(text, "hide ", 5) == 0 && strcmp(text + 5, protocols[i].name) == 0) {
            hidden[hidden_count++] = protocols[i].guid;
            port_say("hostile: %s", text);
            return OK;
        }
    return fail(e, ERR_SETTING, "%s: unknown line %s", SCRIPT, text);
}

static enum err read_script(struct volume_folder *volume, struct arena *a, struct error *e)
{
    struct source *file;
    uint8_t *bytes;

    TRY(volume->folder.ops->open(&volume->folder, SCRIPT, a, &file, e));
    TRY(arena_take(a, (size_t)file->size, 1, 1, (void **)&bytes, e));
    TRY(source_read(file, 0, bytes, (size_t)file->size, e));
    for (struct lines lines = lines_of((struct bytes){bytes, (size_t)file->size});
         lines_next(&lines);)
        if (lines.line.len)
            TRY(do_line(lines.line, e));
    return OK;
}

static enum err load(struct arena *a, EFI_HANDLE *out, struct error *e)
{
    const EFI_DEVICE_PATH *device =
        firmware_protocol(firmware.self->DeviceHandle, &guid_device_path);
    const EFI_LOADED_IMAGE *loaded;
    EFI_DEVICE_PATH *path;

    TRY(path_with_file(device, REAL, a, &path, e));
    EFI_STATUS status = firmware.boot->LoadImage(FALSE, firmware.image, path, NULL, 0, out);
    if (EFI_ERROR(status))
        return fail(e, ERR_NOT_FOUND, "%s cannot be loaded", REAL);
    loaded = firmware_protocol(*out, &guid_loaded_image);
    code = (uintptr_t)loaded->ImageBase;
    code_size = (uintptr_t)loaded->ImageSize;
    return OK;
}

static enum err run(struct error *e)
{
    static uint8_t memory[64 << 10];
    static struct volume_folder volume;
    struct arena a;
    EFI_HANDLE image;

    arena_init(&a, memory, sizeof(memory), "the hostile firmware");
    TRY(volume_folder_open(&volume, firmware.self->DeviceHandle, "stick", e));
    TRY(read_script(&volume, &a, e));
    TRY(load(&a, &image, e));
    hook(firmware.boot);
    firmware.boot->StartImage(image, NULL, NULL);
    unhook(firmware.boot);
    return OK;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static struct error e;

    firmware = (struct firmware){.image = image,
                                 .system = system,
                                 .boot = system->BootServices,
                                 .runtime = system->RuntimeServices};
    firmware.self = firmware_protocol(image, &guid_loaded_image);
    console_init();
    if (run(&e) != OK)
        port_say("hostile: FAILED: %s", e.text);
    firmware.boot->Exit(image, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
