#include <assert.h>

#include "efi/console.h"
#include "efi/firmware.h"
#include "efi/processor.h"
#include "efi/workers.h"
#include "loader/port.h"

void assert_failed(const char *what, const char *file, int line)
{
    /* There, nothing can be said.  The firmware stops it, its job is done again on the first processor, and
     * that one comes here, too. */
    while (workers_is_other())
        processor_pause();
    port_say("ovfboot: FAILED: a mistake in ovfboot itself: %s, %s:%d", what, file, line);
    port_say("Please report this line. Press a key to restart the machine.");
    console_wait_key();
    for (;;)
        firmware.runtime->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
}
