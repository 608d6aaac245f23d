/* ovfboot in firmware: set up, run the loader, do what comes after. */
#include <string.h>

#include "base/utf.h"
#include "efi/clock.h"
#include "efi/console.h"
#include "efi/disks.h"
#include "efi/files.h"
#include "efi/libc/heap.h"
#include "efi/status.h"
#include "loader/loader.h"
#include "loader/port.h"

#define SETTINGS_FILE "EFI/ovfboot/ovfboot.conf"
#define SETTINGS_SIZE (64u << 10) /* bytes; docs/limits.md */

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static enum err read_file(struct arena *a, struct bytes *out, struct error *e)
{
    struct volume_folder volume;
    struct source *source;
    uint8_t *bytes;

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (!firmware_protocol(firmware.self->DeviceHandle, &guid_file_system))
        return OK;
    TRY(volume_folder_open(&volume, firmware.self->DeviceHandle, "the start medium", e));
    enum err err = volume.folder.ops->open(&volume.folder, SETTINGS_FILE, a, &source, e);
    if (err == ERR_NOT_FOUND)
        return OK;
    TRY(err);
    if (source->size > SETTINGS_SIZE)
        return fail(e, ERR_TOO_BIG, "ovfboot.conf: has %llu bytes; the limit is %u",
                    (unsigned long long)source->size, SETTINGS_SIZE);
    TRY(arena_take(a, (size_t)source->size, 1, 1, (void **)&bytes, e));
    TRY(source_read(source, 0, bytes, (size_t)source->size, e));
    *out = (struct bytes){bytes, (size_t)source->size};
    return OK;
}

/* Load options are UTF-16 text when a person or a boot entry of ours gave them; firmware also puts
 * binary data there, which is none of ours. */
static enum err read_options(struct arena *a, struct bytes *out, struct error *e)
{
    size_t size = firmware.self->LoadOptionsSize;
    const uint16_t *wide = firmware.self->LoadOptions;
    size_t units = size / 2, len;
    char *text;

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (!wide || size % 2 || size > SETTINGS_SIZE)
        return OK;
    while (units && wide[units - 1] == 0)
        units--;
    for (size_t i = 0; i < units; i++)
        if (wide[i] < 0x20)
            return OK;
    TRY(arena_take(a, units * 3 + 1, 1, 1, (void **)&text, e));
    if (utf16_to_utf8(wide, units, text, units * 3 + 1, &len))
        *out = (struct bytes){(const uint8_t *)text, len};
    return OK;
}

enum err port_read_settings(struct arena *a, struct bytes *file, struct bytes *options,
                            struct error *e)
{
    TRY(read_file(a, file, e));
    return read_options(a, options, e);
}

#define MEMORY_ALL (MEMORY_PACKAGE + MEMORY_WORK + MEMORY_LIBRARY) /* bytes */

static EFI_PHYSICAL_ADDRESS memory_at; /* 0: not taken */

static enum err take_memory(struct memory *m, struct error *e)
{
    EFI_STATUS status = firmware.boot->AllocatePages(AllocateAnyPages, EfiLoaderData,
                                                     MEMORY_ALL / 4096, &memory_at);

    if (EFI_ERROR(status))
        return status_fail(e, ERR_NO_MEMORY, status, "cannot take %u bytes of memory", MEMORY_ALL);
    uint8_t *memory = (uint8_t *)(uintptr_t)memory_at;
    arena_init(&m->package, memory, MEMORY_PACKAGE, "the package");
    arena_init(&m->work, memory + MEMORY_PACKAGE, MEMORY_WORK, "unpacking");
    malloc_init(memory + MEMORY_PACKAGE + MEMORY_WORK, MEMORY_LIBRARY);
    return OK;
}

static enum err run(struct loader *loader, struct error *e)
{
    TRY(take_memory(&loader->memory, e));
    TRY(disks_connect(&loader->memory.work, e));
    return loader_run(loader, e);
}

static EFI_STATUS finish(enum after after, bool failed)
{
    switch (after) {
    case AFTER_WAIT:
        port_say("Press a key to go back to the firmware.");
        console_wait_key();
        break;
    case AFTER_REBOOT:
        firmware.runtime->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
        break;
    case AFTER_POWEROFF:
        firmware.runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        break;
    case AFTER_BOOT:
    case AFTER_EXIT:
        break;
    }
    return failed ? EFI_ABORTED : EFI_SUCCESS;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static struct loader loader;
    static struct error e;

    firmware = (struct firmware){.image = image,
                                 .system = system,
                                 .boot = system->BootServices,
                                 .runtime = system->RuntimeServices};
    firmware.self = firmware_protocol(image, &guid_loaded_image);
    clock_init();
    console_init();
    port_say("ovfboot %s", OVFBOOT_VERSION);

    enum err err = run(&loader, &e);
    if (err != OK) {
        port_say("ovfboot: FAILED: %s", e.text);
        port_say("%s", err_advice(err));
    }
    EFI_STATUS status =
        finish(err == OK ? loader.config.on_success : loader.config.on_failure, err != OK);
    ram_disks_release();
    if (memory_at)
        firmware.boot->FreePages(memory_at, MEMORY_ALL / 4096);
    /* gnu-efi's start code does not keep the registers that the firmware's caller wants kept, so
     * this does not return. */
    firmware.boot->Exit(image, status, 0, NULL);
    return status;
}
