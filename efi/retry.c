#include "efi/retry.h"

#define PAUSE_US 50000 /* a device that was reset is back by then */

bool retry_read(EFI_STATUS status, unsigned tries)
{
    if (tries >= RETRY_TRIES || status == EFI_NO_MEDIA || status == EFI_MEDIA_CHANGED)
        return false;
    firmware.boot->Stall(PAUSE_US);
    return true;
}
