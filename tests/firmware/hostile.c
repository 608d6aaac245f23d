/* A firmware application that starts ovfboot on a firmware which lacks what the tests say, or fails.
 *
 * It lies in the place of ovfboot on the stick, and ovfboot beside it as \EFI\ovfboot\real.efi.  The file
 * \EFI\ovfboot\hostile.txt says, a line each, what ovfboot finds missing or broken:
 *
 *     hide tcp4
 *     blockio2 refuses 3     from the third write that is queued on, there is no memory for it
 *     blockio2 fails 3       the third one ends with a device error
 *     blockio2 hangs 3       the third one never ends
 *     zeros lie 2            from the second Write Zeroes on, they are said to be done, but are not
 *     zeros fail 2           the second one, and all after it, fail
 *     mp never 1
 *
 * or what becomes of a processor, by the firmware's number, when ovfboot has it started:
 *
 *     never   it does not begin; the firmware stops it at its limit
 *     late    it begins LATE_MS later
 *     stuck   it stops FREEZE_MS after that, wherever it is; the firmware notices at its limit
 *     dead    the same, and the firmware never notices
 *     refused the firmware does not start it
 *
 * Calls of boot services are answered differently only when they come from ovfboot's own code, so the
 * firmware itself goes on as it was.
 */
#include <string.h>

#include "base/text.h"
#include "efi/clock.h"
#include "efi/console.h"
#include "efi/files.h"
#include "efi/paths.h"
#include "efi/processor.h"
#include "loader/port.h"
#include "parsers/lines.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define REAL      "EFI\\ovfboot\\real.efi"
#define SCRIPT    "EFI/ovfboot/hostile.txt"
#define HIDE_MAX  16
#define PATCH_MAX 16 /* interfaces of the firmware that are changed */

#define PROCESSORS 16    /* of which something can be said */
#define LATE_MS    3000u /* below the limit that ovfboot tells the firmware */
#define FREEZE_MS  300u

/* What can be hidden. */
static const struct {
    const char *name;
    EFI_GUID guid;
} protocols[] = {
    {"blockio2", EFI_BLOCK_IO2_PROTOCOL_GUID},
    {"tcp4", EFI_TCP4_SERVICE_BINDING_PROTOCOL},
    {"tcp6", EFI_TCP6_SERVICE_BINDING_PROTOCOL},
    {"mp", MP_SERVICES_GUID},
};

/* What becomes of a processor. */
enum fate {
    SOUND,
    NEVER,
    LATE,
    STUCK,
    DEAD,
    REFUSED,
};
static const char *const fates[] = {
    [NEVER] = "never", [LATE] = "late", [STUCK] = "stuck", [DEAD] = "dead", [REFUSED] = "refused"};

static struct mp_services *processors, hooked; /* the firmware's own, and ours */
static struct processor {
    enum fate fate;
    UINT64 id;
    mp_procedure procedure; /* of ovfboot */
    void *argument;
} at[PROCESSORS];

static EFI_BOOT_SERVICES real; /* as the firmware made them */
static EFI_GUID hidden[HIDE_MAX];
static size_t hidden_count;
static uintptr_t code, code_size; /* ovfboot's */

/* What is broken: the line of the script without its number, and from which call on. */
static const char *const faults[] = {"blockio2 refuses", "blockio2 fails", "blockio2 hangs",
                                     "zeros lie", "zeros fail"};
enum fault {
    REFUSES,
    FAILS,
    HANGS,
    LIES,
    ZEROS_FAIL
};
static struct {
    unsigned from; /* 0: is not broken */
    unsigned seen; /* calls */
} broken[COUNT_OF(faults)];

static bool is_ovfboot(const void *caller)
{
    return (uintptr_t)caller - code < code_size;
}

static bool is_hidden(const EFI_GUID *guid, const void *caller)
{
    if (!guid || !is_ovfboot(caller))
        return false;
    for (size_t i = 0; i < hidden_count; i++)
        if (memcmp(&hidden[i], guid, sizeof(*guid)) == 0)
            return true;
    return false;
}

#define HIDDEN(guid) is_hidden(guid, __builtin_return_address(0))

/* True from the call on that the script names; once: only at that one. */
static bool breaks(enum fault fault, bool once)
{
    if (!broken[fault].from)
        return false;
    broken[fault].seen++;
    return once ? broken[fault].seen == broken[fault].from
                : broken[fault].seen >= broken[fault].from;
}

/* Functions of the firmware's interfaces in whose place others stand. */
static struct patch {
    void *interface;
    void **place, *was;
} patches[PATCH_MAX];
static size_t patch_count;

static void *original(const void *interface)
{
    for (size_t i = 0; i < patch_count; i++)
        if (patches[i].interface == interface)
            return patches[i].was;
    return NULL;
}

static void patch(void *interface, void **place, void *function)
{
    if (original(interface) || patch_count == PATCH_MAX)
        return;
    patches[patch_count++] = (struct patch){interface, place, *place};
    *place = function;
}

static EFI_STATUS EFIAPI write_ex(EFI_BLOCK_IO2_PROTOCOL *io, UINT32 media, EFI_LBA lba,
                                  EFI_BLOCK_IO2_TOKEN *token, UINTN size, void *from)
{
    EFI_BLOCK_WRITE_EX write = (EFI_BLOCK_WRITE_EX)original(io);

    if (!is_ovfboot(__builtin_return_address(0)))
        return write(io, media, lba, token, size, from);
    if (breaks(REFUSES, false))
        return EFI_OUT_OF_RESOURCES;
    if (breaks(HANGS, true))
        return EFI_SUCCESS;
    if (breaks(FAILS, true)) {
        token->TransactionStatus = EFI_DEVICE_ERROR;
        return firmware.boot->SignalEvent(token->Event);
    }
    return write(io, media, lba, token, size, from);
}

static EFI_STATUS EFIAPI pass(struct nvme_pass_through *nvme, UINT32 namespace,
                              struct nvme_packet *packet, EFI_EVENT event)
{
    EFI_STATUS(EFIAPI * real_pass)
    (struct nvme_pass_through *, UINT32, struct nvme_packet *, EFI_EVENT) = original(nvme);
    bool is_zeros = packet->queue && packet->command->opcode == 8;

    if (is_zeros && breaks(LIES, false))
        return EFI_SUCCESS;
    if (is_zeros && breaks(ZEROS_FAIL, false))
        return EFI_DEVICE_ERROR;
    return real_pass(nvme, namespace, packet, event);
}

static void patch_interface(const EFI_GUID *guid, void *interface)
{
    static const EFI_GUID block = EFI_BLOCK_IO2_PROTOCOL_GUID, nvme = NVME_PASS_THROUGH_GUID;

    if (memcmp(guid, &block, sizeof(block)) == 0)
        patch(interface, (void **)&((EFI_BLOCK_IO2_PROTOCOL *)interface)->WriteBlocksEx,
              (void *)write_ex);
    if (memcmp(guid, &nvme, sizeof(nvme)) == 0)
        patch(interface, (void **)&((struct nvme_pass_through *)interface)->pass, (void *)pass);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface)
{
    bool ours = is_ovfboot(__builtin_return_address(0));

    if (HIDDEN(guid))
        return EFI_UNSUPPORTED;
    EFI_STATUS status = real.HandleProtocol(handle, guid, interface);
    if (ours && !EFI_ERROR(status))
        patch_interface(guid, *interface);
    return status;
}

static EFI_STATUS EFIAPI open_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface,
                                       EFI_HANDLE agent, EFI_HANDLE controller, UINT32 how)
{
    return HIDDEN(guid) ? EFI_UNSUPPORTED
                        : real.OpenProtocol(handle, guid, interface, agent, controller, how);
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *key, void **interface)
{
    static const EFI_GUID mp = MP_SERVICES_GUID;

    if (HIDDEN(guid))
        return EFI_NOT_FOUND;
    EFI_STATUS status = real.LocateProtocol(guid, key, interface);
    if (!EFI_ERROR(status) && is_ovfboot(__builtin_return_address(0)) &&
        memcmp(guid, &mp, sizeof(mp)) == 0) {
        processors = *interface;
        *interface = &hooked;
    }
    return status;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE type, EFI_GUID *guid,
                                              void *key, UINTN *count, EFI_HANDLE **out)
{
    return HIDDEN(guid) ? EFI_NOT_FOUND : real.LocateHandleBuffer(type, guid, key, count, out);
}

/* ---- Processors ---- */

static EFI_STATUS EFIAPI mp_count(struct mp_services *self, UINTN *all, UINTN *enabled)
{
    (void)self;
    return processors->count(processors, all, enabled);
}

static EFI_STATUS EFIAPI mp_info(struct mp_services *self, UINTN number, struct mp_processor *out)
{
    EFI_STATUS status = processors->info(processors, number, out);

    (void)self;
    if (number < PROCESSORS && !EFI_ERROR(status))
        at[number].id = out->id;
    return status;
}

static EFI_STATUS EFIAPI mp_who(struct mp_services *self, UINTN *number)
{
    (void)self;
    return processors->who(processors, number);
}

static void EFIAPI begin_never(void *argument)
{
    (void)argument;
    for (;;)
        processor_pause();
}

static void EFIAPI begin_late(void *argument)
{
    const struct processor *p = argument;

    for (uint64_t begin = port_milliseconds(); port_milliseconds() - begin < LATE_MS;)
        processor_pause();
    p->procedure(p->argument);
}

/* INIT: from now on it waits for the firmware to start it (Intel SDM volume 3A, "Interrupt Command Register
 * (ICR)").  Only for x86, and where the APIC is in its old mode, as OVMF has it. */
static VOID EFIAPI freeze(EFI_EVENT event, VOID *context)
{
    const struct processor *p = context;
    volatile uint32_t *apic = (volatile uint32_t *)(uintptr_t)0xfee00000;

    (void)event;
    apic[0x310 / 4] = (uint32_t)p->id << 24;
    apic[0x300 / 4] = 0x4500;
}

static void freeze_soon(struct processor *p)
{
    EFI_EVENT timer;

    if (!EFI_ERROR(
            real.CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, freeze, p, &timer)))
        real.SetTimer(timer, TimerRelative, FREEZE_MS * 10000);
}

/* Each of them is frozen once. */
static EFI_STATUS EFIAPI mp_start(struct mp_services *self, mp_procedure procedure, UINTN number,
                                  EFI_EVENT over, UINTN limit_us, void *argument, BOOLEAN *finished)
{
    struct processor *p = &at[number < PROCESSORS ? number : 0];

    (void)self;
    p->procedure = procedure;
    p->argument = argument;
    switch (p->fate) {
    case SOUND:
        break;
    case NEVER:
        procedure = begin_never;
        break;
    case LATE:
        procedure = begin_late;
        argument = p;
        break;
    case DEAD:
        if (EFI_ERROR(real.CreateEvent(0, 0, NULL, NULL, &over)))
            return EFI_OUT_OF_RESOURCES;
        limit_us = 0;
        freeze_soon(p);
        break;
    case STUCK:
        freeze_soon(p);
        break;
    case REFUSED:
        return EFI_UNSUPPORTED;
    }
    return processors->start_one(processors, procedure, number, over, limit_us, argument, finished);
}

static void hook(EFI_BOOT_SERVICES *boot)
{
    real = *boot;
    hooked = (struct mp_services){
        .count = mp_count, .info = mp_info, .start_one = mp_start, .who = mp_who};
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
    while (patch_count) {
        patch_count--;
        *patches[patch_count].place = patches[patch_count].was;
    }
}

/* "zeros lie 2" */
static bool is_fault(const char *text)
{
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        size_t len = strlen(faults[i]);
        if (strncmp(text, faults[i], len) != 0 || text[len] != ' ')
            continue;
        for (const char *c = text + len + 1; *c >= '0' && *c <= '9'; c++)
            broken[i].from = broken[i].from * 10 + (unsigned)(*c - '0');
        return broken[i].from > 0;
    }
    return false;
}

/* "never 1" */
static bool set_fate(const char *text)
{
    for (size_t i = NEVER; i < COUNT_OF(fates); i++) {
        size_t len = strlen(fates[i]);
        uint64_t number;
        if (text_starts(text, fates[i]) && text[len] == ' ' &&
            text_to_u64(text + len + 1, strlen(text + len + 1), &number) && number < PROCESSORS) {
            at[number].fate = (enum fate)i;
            return true;
        }
    }
    return false;
}

static bool set_hidden(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(protocols) && hidden_count < HIDE_MAX; i++)
        if (strcmp(name, protocols[i].name) == 0) {
            hidden[hidden_count++] = protocols[i].guid;
            return true;
        }
    return false;
}

static enum err do_line(struct bytes line, struct error *e)
{
    char text[64];

    text_format(text, sizeof(text), "%.*s", (int)line.len, (const char *)line.at);
    bool is_known = text_starts(text, "hide ") ? set_hidden(text + strlen("hide "))
                    : text_starts(text, "mp ") ? set_fate(text + strlen("mp "))
                                               : is_fault(text);
    if (!is_known)
        return fail(e, ERR_SETTING, "%s: unknown line %s", SCRIPT, text);
    port_say("hostile: %s", text);
    return OK;
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

    firmware_init(image, system);
    clock_init();
    console_init();
    if (run(&e) != OK)
        port_say("hostile: FAILED: %s", e.text);
    firmware.boot->Exit(image, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
