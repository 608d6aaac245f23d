/* Screens on the firmware's console, and on the serial lines that it does not reach. */
#include "base/text.h"
#include "efi/console.h"
#include "efi/firmware.h"
#include "loader/port.h"
#include "loader/port_screen.h"

/* Attributes of the firmware (UEFI 2.10, EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL.SetAttribute()), and what
 * other terminals know (ECMA-48, "SGR"). */
static const struct look {
    UINTN attribute;
    const char *sequence;
} looks[] = {
    [PORT_PLAIN] = {EFI_LIGHTGRAY, "\x1b[0m"},
    [PORT_FAINT] = {EFI_CYAN, "\x1b[0;36m"},
    [PORT_STRONG] = {EFI_WHITE, "\x1b[0;1m"},
    [PORT_CHOICE] = {EFI_BLACK | EFI_BACKGROUND_LIGHTGRAY, "\x1b[0;7m"},
    [PORT_WARNING] = {EFI_YELLOW, "\x1b[0;1;33m"},
};

static void set_look(enum port_style style)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;

    if ((UINTN)out->Mode->Attribute != looks[style].attribute)
        out->SetAttribute(out, looks[style].attribute);
    console_put_serial(looks[style].sequence);
}

static void screen_clear(void)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;

    port_progress(NULL);
    set_look(PORT_PLAIN);
    out->ClearScreen(out);
    console_put_serial("\x1b[2J\x1b[H");
}

static void screen_move(uint32_t row, uint32_t column)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;
    char sequence[32];

    if ((uint32_t)out->Mode->CursorRow != row || (uint32_t)out->Mode->CursorColumn != column)
        out->SetCursorPosition(out, column, row);
    text_format(sequence, sizeof(sequence), "%u;%uH", row + 1, column + 1);
    console_put_serial("\x1b[");
    console_put_serial(sequence);
}

static void screen_write(enum port_style style, const char *text)
{
    set_look(style);
    console_put(text);
    if (style != PORT_PLAIN)
        set_look(PORT_PLAIN);
}

/* Firmware with a serial line says no for whatever its terminals cannot show. */
static bool screen_shows(const char *character, size_t len)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;
    CHAR16 wide[2] = {0, 0};

    /* UTF-8 of three bytes at most: what UCS-2 has. */
    if (len == 2)
        wide[0] = (CHAR16)((character[0] & 0x1f) << 6 | (character[1] & 0x3f));
    else if (len == 3)
        wide[0] = (CHAR16)((character[0] & 0xf) << 12 | (character[1] & 0x3f) << 6 |
                           (character[2] & 0x3f));
    return wide[0] && !EFI_ERROR(out->TestString(out, wide));
}

/* Scan codes (UEFI 2.10, EFI_SIMPLE_TEXT_INPUT_PROTOCOL). */
static enum port_key_kind kind_of(const EFI_INPUT_KEY *key)
{
    static const enum port_key_kind kinds[] = {
        [SCAN_UP] = KEY_UP,           [SCAN_DOWN] = KEY_DOWN,           [SCAN_RIGHT] = KEY_RIGHT,
        [SCAN_LEFT] = KEY_LEFT,       [SCAN_HOME] = KEY_HOME,           [SCAN_END] = KEY_END,
        [SCAN_PAGE_UP] = KEY_PAGE_UP, [SCAN_PAGE_DOWN] = KEY_PAGE_DOWN,
    };

    if (console_is_escape(key))
        return KEY_ESCAPE;
    if (key->UnicodeChar == '\r' || key->UnicodeChar == '\n')
        return KEY_ENTER;
    if (key->UnicodeChar)
        return KEY_CHAR;
    return key->ScanCode < COUNT_OF(kinds) ? kinds[key->ScanCode] : KEY_NONE;
}

static struct port_key screen_wait(uint32_t ms)
{
    uint64_t end = port_milliseconds() + ms;
    struct port_key found = {KEY_NONE, 0};
    EFI_INPUT_KEY key = {0, 0};

    while (found.kind == KEY_NONE) {
        if (console_read_key(&key)) {
            found = (struct port_key){kind_of(&key), key.UnicodeChar};
            continue;
        }
        if (port_milliseconds() >= end)
            break;
        console_feed_watchdog();
        console_nap();
    }
    return found;
}

/* Not without keys, nor where the cursor cannot be moved. */
static bool can_draw(void)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *out = firmware.system->ConOut;

    return firmware.system->ConIn &&
           !EFI_ERROR(out->SetCursorPosition(out, (UINTN)out->Mode->CursorColumn,
                                             (UINTN)out->Mode->CursorRow));
}

const struct port_screen *port_screen(void)
{
    static const struct port_screen screen = {.clear = screen_clear,
                                              .move = screen_move,
                                              .write = screen_write,
                                              .shows = screen_shows,
                                              .key = screen_wait};
    static enum {
        UNKNOWN,
        YES,
        NO
    } known;

    if (known == UNKNOWN)
        known = can_draw() ? YES : NO;
    return known == YES ? &screen : NULL;
}
