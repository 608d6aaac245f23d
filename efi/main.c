/* ovfboot in firmware: set up, run the loader, do what comes after. */
#include <string.h>

#include "efi/clock.h"
#include "efi/console.h"
#include "efi/disks.h"
#include "efi/libc/heap.h"
#include "efi/memory.h"
#include "efi/network.h"
#include "efi/workers.h"
#include "loader/after.h"
#include "loader/loader.h"
#include "loader/port.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define MEMORY_ALL (MEMORY_PACKAGE + MEMORY_WORK + MEMORY_LIBRARY) /* bytes */

static EFI_PHYSICAL_ADDRESS memory_at; /* 0: not taken */

static enum err take_memory(struct memory *m, struct error *e)
{
    if (EFI_ERROR(firmware.boot->AllocatePages(AllocateAnyPages, EfiLoaderData, MEMORY_ALL / 4096,
                                               &memory_at)))
        return memory_missing("ovfboot", MEMORY_ALL, e);
    uint8_t *memory = (uint8_t *)(uintptr_t)memory_at;
    memory_init(m, memory);
    malloc_init(memory + MEMORY_PACKAGE + MEMORY_WORK, MEMORY_LIBRARY);
    return OK;
}

static void release_memory(void)
{
    memory_release();
    if (memory_at)
        firmware.boot->FreePages(memory_at, MEMORY_ALL / 4096);
}

static enum err run(struct loader *loader, struct error *e)
{
    TRY(take_memory(&loader->memory, e));
    TRY(disks_connect(loader->memory.work, e));
    return loader_run(loader, e);
}

/* Why there is no way back; NULL: there is. */
static const char *why_restart(bool workers_stay)
{
    if (workers_stay)
        return "A processor may still work in memory that the firmware would get back: restart.";
    if (net_cards_taken())
        return "The program that started ovfboot cannot go on without its network card: restart.";
    return NULL;
}

static void wait_for_key(const char *to)
{
    port_say("Press a key to %s.", to);
    console_wait_key();
}

/* Unless it would do so for ever. */
static void restart_machine(void)
{
    if (!after_may_restart()) {
        port_say(
            "Warning    ovfboot has restarted this machine %d times in a row and started no guest",
            AFTER_RESTARTS);
        wait_for_key("restart it again");
    }
    firmware.runtime->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
}

static void start_next_entry(struct arena scratch, const char *restart)
{
    struct error e;

    if (after_next_entry(scratch, &e) == OK)
        restart_machine();
    port_say("Warning    there is no next boot entry to start: %s", e.text);
    wait_for_key(restart ? "restart" : "go back to the firmware");
}

static EFI_STATUS finish(const struct loader *loader, bool failed, const char *restart)
{
    switch (failed ? loader->config.on_failure : loader->config.on_success) {
    case AFTER_WAIT:
        wait_for_key(restart ? "restart" : "go back to the firmware");
        break;
    case AFTER_REBOOT:
        restart_machine();
        break;
    case AFTER_NEXT:
        start_next_entry(loader->memory.work, restart);
        break;
    case AFTER_POWEROFF:
        firmware.runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
        break;
    case AFTER_BOOT:
    case AFTER_EXIT:
        break;
    }
    if (restart) {
        port_say("%s", restart);
        firmware.runtime->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
    }
    return failed ? EFI_ABORTED : EFI_SUCCESS;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    /* Until the settings are read: what goes wrong before that must not pass unseen. */
    static struct loader loader = {.config = {.on_failure = AFTER_WAIT}};
    static struct error e, ignored;

    firmware_init(image, system);
    clock_init();
    console_init();
    port_say("ovfboot %s", OVFBOOT_VERSION);

    enum err err = run(&loader, &e);
    if (err != OK) {
        port_say("ovfboot: FAILED: %s", e.text);
        port_say("%s", err_advice(err));
    }
    network_release();
    EFI_STATUS status = finish(&loader, err != OK, why_restart(workers_release(&ignored) != OK));
    port_drop_ram_disks();
    if (queues_close())
        release_memory();
    /* gnu-efi's start code does not keep the registers that the firmware's caller wants kept, so
     * this does not return. */
    firmware.boot->Exit(image, status, 0, NULL);
    return status;
}
