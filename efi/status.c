#include "efi/status.h"

#include <stdarg.h>

#include "base/text.h"

/* UEFI 2.10, appendix D, "Status Codes". */
static const struct {
    EFI_STATUS status;
    const char *name;
    enum err code; /* OK: the caller knows better */
} names[] = {
    {EFI_SUCCESS, "Success", OK},
    {EFI_LOAD_ERROR, "Load Error", OK},
    {EFI_INVALID_PARAMETER, "Invalid Parameter", OK},
    {EFI_UNSUPPORTED, "Unsupported", OK},
    {EFI_BAD_BUFFER_SIZE, "Bad Buffer Size", OK},
    {EFI_BUFFER_TOO_SMALL, "Buffer Too Small", OK},
    {EFI_NOT_READY, "Not Ready", OK},
    {EFI_DEVICE_ERROR, "Device Error", ERR_IO},
    {EFI_WRITE_PROTECTED, "Write Protected", OK},
    {EFI_OUT_OF_RESOURCES, "Out of Resources", ERR_NO_MEMORY},
    {EFI_VOLUME_CORRUPTED, "Volume Corrupt", ERR_IO},
    {EFI_VOLUME_FULL, "Volume Full", OK},
    {EFI_NO_MEDIA, "No Media", ERR_IO},
    {EFI_MEDIA_CHANGED, "Media Changed", ERR_IO},
    {EFI_NOT_FOUND, "Not Found", OK},
    {EFI_ACCESS_DENIED, "Access Denied", OK},
    {EFI_NO_RESPONSE, "No Response", OK},
    {EFI_NO_MAPPING, "No mapping", OK},
    {EFI_TIMEOUT, "Time out", ERR_IO},
    {EFI_NOT_STARTED, "Not started", OK},
    {EFI_ALREADY_STARTED, "Already started", OK},
    {EFI_ABORTED, "Aborted", OK},
    {EFI_ICMP_ERROR, "ICMP error", OK},
    {EFI_TFTP_ERROR, "TFTP error", OK},
    {EFI_PROTOCOL_ERROR, "Protocol Error", OK},
    {EFI_INCOMPATIBLE_VERSION, "Incompatible Version", OK},
    {EFI_SECURITY_VIOLATION, "Security Violation", OK},
    {EFI_CRC_ERROR, "CRC Error", ERR_IO},
    {EFI_NETWORK_UNREACHABLE, "Network unreachable", OK},
    {EFI_HOST_UNREACHABLE, "Host unreachable", OK},
    {EFI_PROTOCOL_UNREACHABLE, "Protocol unreachable", OK},
    {EFI_PORT_UNREACHABLE, "Port unreachable", OK},
    {EFI_CONNECTION_FIN, "Connection closed", OK},
    {EFI_CONNECTION_RESET, "Connection reset", OK},
    {EFI_CONNECTION_REFUSED, "Connection refused", OK},
};

const char *status_name(EFI_STATUS status)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].status == status)
            return names[i].name;
    return "unknown status";
}

enum err status_fail(struct error *e, enum err code, EFI_STATUS status, const char *format, ...)
{
    char text[sizeof(e->text)];
    va_list args;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].status == status && names[i].code != OK)
            code = names[i].code;
    va_start(args, format);
    text_format_va(text, sizeof(text), format, args);
    va_end(args);
    return fail(e, code, "%s (%s)", text, status_name(status));
}
