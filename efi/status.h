/* efi/status.h - EFI_STATUS into our errors; the only way it leaves a firmware call. */
#ifndef EFI_STATUS_H
#define EFI_STATUS_H

#include <efi.h>

#include "base/error.h"

/* fail() with the name of the status in brackets behind the text: the person can search for it.
 * code is used unless the status itself says better what to do (no medium, no memory, no room). */
enum err status_fail(struct error *e, enum err code, EFI_STATUS status, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* "Device Error" and so on. */
const char *status_name(EFI_STATUS status);

#endif
