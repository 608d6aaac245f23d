#include <assert.h>

#include "efi/console.h"
#include "efi/firmware.h"
#include "loader/port.h"

void assert_failed(const char *what, const char *file, int line)
{
    port_say("ovfboot: FAILED: a mistake in ovfboot itself: %s, %s:%d", what, file, line);
    port_say("Please report this line. Press a key to restart the machine.");
    console_wait_key();
    for (;;)
        firmware.runtime->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
}
