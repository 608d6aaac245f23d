#include "efi/console.h"

#include <stdarg.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "base/utf.h"
#include "efi/paths.h"
#include "loader/language.h"
#include "loader/log.h"
#include "loader/port.h"

#define WATCHDOG_SECONDS 300     /* what firmware gives a loader it starts (EDK2 BmBoot.c) */
#define WATCHDOG_CODE    0x10000 /* the first that is not the firmware's own */
#define LINE_MAX         1024
#define COLUMNS          79     /* of a progress line: the last column would wrap */
#define NAP_100_NS       200000 /* between looks at the keyboard: 20 ms */
#define KEY_ESCAPE       0x17   /* UEFI 2.10, EFI_SIMPLE_TEXT_INPUT_PROTOCOL: scan code of Esc */

#define SERIAL_MAX 4

/* What every terminal has. */
#define TERMINAL_COLUMNS 80
#define TERMINAL_LINES   25

/* Serial lines beside the firmware's console; with most firmware there are none. */
static SERIAL_IO_INTERFACE *serial[SERIAL_MAX];
static size_t serial_count;
static size_t progress_len;    /* columns of the progress line that is on the screen */
static char progress[COLUMNS]; /* it: the same one is not sent again down a slow serial line */

void console_feed_watchdog(void)
{
    firmware.boot->SetWatchdogTimer(WATCHDOG_SECONDS, WATCHDOG_CODE, 0, NULL);
}

/* Does the firmware's console output already go to that device? */
static bool in_console(EFI_HANDLE handle)
{
    static EFI_GUID global = EFI_GLOBAL_VARIABLE;
    static uint8_t value[4096];
    UINTN size = sizeof(value);
    const EFI_DEVICE_PATH *device = firmware_protocol(handle, &guid_device_path);

    if (!device || EFI_ERROR(firmware.runtime->GetVariable((CHAR16 *)(uintptr_t)L"ConOut", &global,
                                                           NULL, &size, value)))
        return false;
    size_t front = path_size(device);
    for (size_t at = 0; front && at + front <= size; at++)
        if (memcmp(value + at, device, front) == 0)
            return true;
    return false;
}

void console_init(void)
{
    static const EFI_GUID guid = SERIAL_IO_PROTOCOL;
    static uint8_t memory[4096];
    struct arena a;
    struct error ignored;
    EFI_HANDLE *handles;
    size_t count;

    firmware.system->ConOut->ClearScreen(firmware.system->ConOut); /* the firmware's logo */
    arena_init(&a, memory, sizeof(memory), "serial lines");
    if (firmware_handles(&guid, &a, &handles, &count, &ignored) != OK)
        return;
    for (size_t i = 0; i < count && serial_count < SERIAL_MAX; i++)
        if (!in_console(handles[i]))
            serial[serial_count++] = firmware_protocol(handles[i], &guid);
}

static void put_serial(const char *text, size_t len)
{
    for (size_t i = 0; i < serial_count; i++) {
        UINTN size = len;
        char copy[LINE_MAX];
        memcpy(copy, text, len);
        serial[i]->Write(serial[i], &size, copy);
    }
}

void console_put_serial(const char *text)
{
    put_serial(text, text_whole(text, LINE_MAX - 1));
}

static void put(const char *text, size_t len)
{
    uint16_t wide[LINE_MAX];
    size_t units;

    /* Text that is no UTF-8 comes from a broken name; show that there is one. */
    if (!utf8_to_utf16(text, len, wide, COUNT_OF(wide), &units)) {
        wide[0] = '?';
        wide[1] = 0;
    }
    firmware.system->ConOut->OutputString(firmware.system->ConOut, (CHAR16 *)wide);
    put_serial(text, len);
}

void console_put(const char *text)
{
    put(text, text_whole(text, LINE_MAX - 1));
}

static void clear_progress(void)
{
    char blank[COLUMNS + 3] = "\r";

    if (!progress_len)
        return;
    memset(blank + 1, ' ', progress_len);
    blank[1 + progress_len] = '\r';
    blank[2 + progress_len] = '\0';
    console_put(blank);
    progress_len = 0;
}

void port_say(const char *format, ...)
{
    char line[LINE_MAX];
    va_list args;
    size_t len;

    va_start(args, format);
    len = text_format_va(line, sizeof(line) - 2, format, args);
    va_end(args);
    log_line(line);
    memcpy(line + len, "\r\n", 3);
    clear_progress();
    console_put(line);
    console_feed_watchdog();
}

bool console_read_key(EFI_INPUT_KEY *key)
{
    SIMPLE_INPUT_INTERFACE *in = firmware.system->ConIn;

    return in && !EFI_ERROR(in->ReadKeyStroke(in, key));
}

bool console_wants_stop(void)
{
    EFI_INPUT_KEY key;

    return console_read_key(&key) && console_is_escape(&key);
}

bool port_progress(const char *text)
{
    char line[COLUMNS + 2] = "\r";

    console_feed_watchdog();
    if (!text) {
        clear_progress();
        return true;
    }
    size_t len = text_whole(text, COLUMNS - 1);
    if (len == progress_len && memcmp(text, progress, len) == 0)
        return !console_wants_stop();
    size_t width = len > progress_len ? len : progress_len;
    memcpy(progress, text, len);
    memcpy(line + 1, text, len);
    memset(line + 1 + len, ' ', width - len);
    line[1 + width] = '\0';
    progress_len = len;
    console_put(line);
    return !console_wants_stop();
}

void console_nap(void)
{
    EFI_EVENT over;
    UINTN index;

    if (EFI_ERROR(firmware.boot->CreateEvent(EVT_TIMER, 0, NULL, NULL, &over))) {
        firmware.boot->Stall(NAP_100_NS / 10);
        return;
    }
    if (EFI_ERROR(firmware.boot->SetTimer(over, TimerRelative, NAP_100_NS)) ||
        EFI_ERROR(firmware.boot->WaitForEvent(1, &over, &index)))
        firmware.boot->Stall(NAP_100_NS / 10);
    firmware.boot->CloseEvent(over);
}

EFI_INPUT_KEY console_wait_key(void)
{
    EFI_INPUT_KEY key;

    while (!console_read_key(&key)) {
        console_feed_watchdog();
        console_nap();
    }
    return key;
}

bool console_is_escape(const EFI_INPUT_KEY *key)
{
    return key->ScanCode == KEY_ESCAPE || key->UnicodeChar == 0x1b;
}

/* The smaller of the firmware's screen and of the terminals on other serial lines, of which nothing
 * is known; one line is for the prompt. */
struct port_page port_page(void)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;
    UINTN columns = TERMINAL_COLUMNS, lines = TERMINAL_LINES;

    if (EFI_ERROR(out->QueryMode(out, (UINTN)out->Mode->Mode, &columns, &lines)) || serial_count) {
        columns = min_u64(columns, TERMINAL_COLUMNS);
        lines = min_u64(lines, TERMINAL_LINES);
    }
    return (struct port_page){.lines = (uint32_t)max_u64(lines, PAGE_LINES_MIN + 1) - 1,
                              .columns = (uint32_t)max_u64(columns, PAGE_COLUMNS_MIN)};
}

const char *port_language(void)
{
    static EFI_GUID global = EFI_GLOBAL_VARIABLE;
    static CHAR16 name[] = u"PlatformLang";
    static char tag[LANGUAGE_MAX];
    uint8_t value[64];
    UINTN size = sizeof(value);

    if (EFI_ERROR(firmware.runtime->GetVariable(name, &global, NULL, &size, value)))
        size = 0;
    return language_tag((struct bytes){value, size}, tag);
}
