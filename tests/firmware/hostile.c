/* A firmware application that starts ovfboot on a firmware which lacks what the tests say, or fails.
 *
 * It lies in the place of ovfboot on the stick, and ovfboot beside it as \EFI\ovfboot\real.efi.  The file
 * \EFI\ovfboot\hostile.txt says, a line each, what ovfboot finds missing or broken:
 *
 *     hide tcp4
 *     blockio2 refuses 3     from the third write that is queued on, there is no memory for it
 *     zeros lie 2            from the second Write Zeroes on, they are said to be done, but are not
 *     mp never 1
 *
 * hostile_services.c knows what can be hidden, hostile_faults.c what can be broken; "mp" says what becomes of a
 * processor, by the firmware's number, when ovfboot has it started:
 *
 *     never   it does not begin; the firmware stops it at its limit
 *     late    it begins LATE_MS later
 *     stuck   it stops FREEZE_MS after that, wherever it is; the firmware notices at its limit
 *     dead    the same, and the firmware never notices
 *     refused the firmware does not start it
 *
 * "ip6 watched" says when ovfboot changes the policy of IPv6, and whether that was too early.
 *
 * "screen" gives the console a size; with several of them Ctrl-T goes on to the next:
 *
 *     screen 40 12
 *     screen 100 31
 *
 * Several runs in one boot, each of a fresh ovfboot with load options of its own, begin with a line each:
 *
 *     case gone target=serial:ovfboot-disk1
 *     file gone 5
 *
 * Around each it says "hostile: case gone begins" and "hostile: case gone ends"; before that, for every fault, in
 * how many of the calls that it is about it was seen: "hostile: gone: file gone 5: 1 of 5".  After the last one it
 * switches the machine off.
 *
 * Calls of the firmware are answered differently only when they come from ovfboot's own code, so the
 * firmware itself goes on as it was.
 */
#include "tests/firmware/hostile.h"

#include <string.h>

#include "base/text.h"
#include "efi/clock.h"
#include "efi/console.h"
#include "efi/files.h"
#include "efi/paths.h"
#include "loader/port.h"
#include "parsers/lines.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define REAL        "EFI\\ovfboot\\real.efi"
#define SCRIPT      "EFI/ovfboot/hostile.txt"
#define LINE_MAX    512
#define OPTIONS_MAX 512 /* units of the load options */
#define NAME_MAX    64

EFI_BOOT_SERVICES real;
static uintptr_t code, code_size; /* ovfboot's */

static char name[NAME_MAX]; /* of the case; "": the script has none */
static CHAR16 options[OPTIONS_MAX];
static uint8_t memory[64 << 10];

bool is_ovfboot(const void *caller)
{
    return (uintptr_t)caller - code < code_size;
}

static enum err load(EFI_HANDLE *out, struct error *e)
{
    const EFI_DEVICE_PATH *device =
        firmware_protocol(firmware.self->DeviceHandle, &guid_device_path);
    static uint8_t room[4096];
    EFI_LOADED_IMAGE *loaded;
    EFI_DEVICE_PATH *path;
    struct arena a;

    arena_init(&a, room, sizeof(room), "the path of ovfboot");
    TRY(path_with_file(device, REAL, &a, &path, e));
    EFI_STATUS status = firmware.boot->LoadImage(FALSE, firmware.image, path, NULL, 0, out);
    if (EFI_ERROR(status))
        return fail(e, ERR_NOT_FOUND, "%s cannot be loaded", REAL);
    loaded = firmware_protocol(*out, &guid_loaded_image);
    code = (uintptr_t)loaded->ImageBase;
    code_size = (uintptr_t)loaded->ImageSize;
    if (*name) {
        loaded->LoadOptions = options;
        loaded->LoadOptionsSize = sizeof(options);
    }
    return OK;
}

/* One run of ovfboot, with what the script said since the last one. */
static enum err run(struct error *e)
{
    EFI_HANDLE image;

    TRY(load(&image, e));
    if (*name)
        port_say("hostile: case %s begins", name);
    real = *firmware.boot;
    memory_eat();
    services_hook();
    screen_hook();
    if (*name)
        service_press_enter();
    firmware.boot->StartImage(image, NULL, NULL);
    services_unhook();
    unpatch_all();
    disks_restore();
    memory_give_back();
    if (*name) {
        services_report(name);
        faults_report(name);
        port_say("hostile: case %s ends", name);
    }
    faults_clear();
    processors_clear();
    return OK;
}

/* "gone target=nvme" */
static enum err begin_case(const char *text, struct error *e)
{
    size_t len = strcspn(text, " ");

    if (*name)
        TRY(run(e));
    text_format(name, sizeof(name), "%.*s", (int)len, text);
    memset(options, 0, sizeof(options));
    for (size_t i = 0; text[len + i] && i < OPTIONS_MAX - 1; i++)
        options[i] = (CHAR16)(unsigned char)text[len + i];
    return OK;
}

static enum err do_line(struct bytes line, struct error *e)
{
    char text[LINE_MAX];

    text_format(text, sizeof(text), "%.*s", (int)line.len, (const char *)line.at);
    if (text_starts(text, "case "))
        return begin_case(text + strlen("case "), e);
    bool is_known = text_starts(text, "hide ")     ? service_hide(text + strlen("hide "))
                    : text_starts(text, "mp ")     ? processor_set(text + strlen("mp "))
                    : text_starts(text, "ip6 ")    ? ip6_watch(text + strlen("ip6 "))
                    : text_starts(text, "screen ") ? screen_set(text + strlen("screen "))
                                                   : fault_set(text);
    if (!is_known)
        return fail(e, ERR_SETTING, "%s: unknown line %s", SCRIPT, text);
    port_say("hostile: %s", text);
    return OK;
}

static enum err read_script(struct bytes *out, struct error *e)
{
    static struct volume_folder volume;
    struct source *file;
    struct arena a;
    uint8_t *bytes;

    arena_init(&a, memory, sizeof(memory), "the hostile firmware");
    TRY(volume_folder_open(&volume, firmware.self->DeviceHandle, "stick", e));
    TRY(volume.folder.ops->open(&volume.folder, SCRIPT, &a, &file, e));
    TRY(arena_take(&a, (size_t)file->size, 1, 1, (void **)&bytes, e));
    TRY(source_read(file, 0, bytes, (size_t)file->size, e));
    *out = (struct bytes){bytes, (size_t)file->size};
    return OK;
}

static enum err run_all(struct error *e)
{
    struct bytes script;

    TRY(read_script(&script, e));
    for (struct lines lines = lines_of(script); lines_next(&lines);)
        if (lines.line.len)
            TRY(do_line(lines.line, e));
    return run(e);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static struct error e;

    firmware_init(image, system);
    clock_init();
    console_init();
    if (run_all(&e) != OK)
        port_say("hostile: FAILED: %s", e.text);
    if (*name) {
        port_say("hostile: the end");
        firmware.runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    }
    firmware.boot->Exit(image, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
