#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

void fail_record(struct error *e, enum err code, const char *format, ...)
{
    va_list args;

    e->code = code;
    va_start(args, format);
    text_format_va(e->text, sizeof(e->text), format, args);
    va_end(args);
}

enum err within(struct error *e, const char *format, ...)
{
    char front[sizeof(e->text)];
    size_t front_len;
    size_t old_len = strlen(e->text);
    /* A name may be as long as a package likes: half of the room is the old text's in any case. */
    size_t kept = old_len < sizeof(e->text) / 2 ? old_len : sizeof(e->text) / 2;
    va_list args;

    va_start(args, format);
    front_len = text_format_va(front, sizeof(front) - 2 - kept, format, args);
    va_end(args);
    front[front_len++] = ':';
    front[front_len++] = ' ';
    if (old_len >= front_len && memcmp(e->text, front, front_len) == 0)
        return e->code;

    if (old_len > sizeof(e->text) - 1 - front_len)
        old_len = text_whole(e->text, sizeof(e->text) - 1 - front_len);
    memmove(e->text + front_len, e->text, old_len);
    memcpy(e->text, front, front_len);
    e->text[front_len + old_len] = '\0';
    return e->code;
}

const char *err_name(enum err code)
{
    static const char *const names[ERR_COUNT] = {[OK] = "ok",
                                                 [ERR_IO] = "io",
                                                 [ERR_DAMAGED] = "damaged",
                                                 [ERR_UNTRUSTED] = "untrusted",
                                                 [ERR_UNSUPPORTED] = "unsupported",
                                                 [ERR_TOO_BIG] = "too-big",
                                                 [ERR_NO_ROOM] = "no-room",
                                                 [ERR_NO_MEMORY] = "no-memory",
                                                 [ERR_NOT_FOUND] = "not-found",
                                                 [ERR_NO_LOADER] = "no-loader",
                                                 [ERR_SETTING] = "setting",
                                                 [ERR_CANCELLED] = "cancelled",
                                                 [ERR_SECURE_BOOT] = "secure-boot",
                                                 [ERR_HARDWARE] = "hardware",
                                                 [ERR_NETWORK] = "network",
                                                 [ERR_PEER] = "peer",
                                                 [ERR_PROCESSOR] = "processor"};

    return code < ERR_COUNT && names[code] ? names[code] : "unknown";
}

const char *err_advice(enum err code)
{
    switch (code) {
    case OK:
    case ERR_COUNT:
        break;
    case ERR_IO:
        return "Check the device and its cable, then try another port or another device.";
    case ERR_DAMAGED:
        return "The package is damaged. Copy or download it again.";
    case ERR_UNTRUSTED:
        return "Do not use this package. Get it again from where it was published.";
    case ERR_SECURE_BOOT:
        return "Enroll the guest's certificate in the firmware's setup, or use a signed guest.";
    case ERR_UNSUPPORTED:
        return "ovfboot does not do this. Export the appliance again in another form.";
    case ERR_TOO_BIG:
        return "This is over a limit of ovfboot; docs/limits.md lists them all.";
    case ERR_HARDWARE:
        return "Use a machine that has it, or set hardware = warn to try it all the same.";
    case ERR_NO_ROOM:
        return "Choose a larger disk.";
    case ERR_NO_MEMORY:
        return "The machine has too little free memory. Use a disk as the target, or add memory.";
    case ERR_NOT_FOUND:
        return "Check the name, and that the medium or device is plugged in.";
    case ERR_NO_LOADER:
        return "The appliance is made for BIOS machines. Export it from a UEFI virtual machine.";
    case ERR_SETTING:
        return "Correct \\EFI\\ovfboot\\ovfboot.conf, or whatever place the line above names.";
    case ERR_NETWORK:
        return "Check the network, the address and the server, then try again.";
    case ERR_PEER:
        return "Check the address, the clock and whose certificates are believed for https.";
    case ERR_PROCESSOR:
        return "Restart the machine; when it happens again, set workers = 1.";
    case ERR_CANCELLED:
        return "Nothing more will be written. Start again when ready.";
    }
    return "Nothing is wrong.";
}
