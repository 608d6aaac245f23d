/* tests/firmware/guest.c - the smallest guest there is: a loader that says who it is and switches the machine off.
 *
 *     ovfboot-guest: system AAAA
 *     ovfboot-guest: ready
 *
 * Tests put another name of four letters into the program, to tell systems apart.
 */
#include "efi/firmware.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static CHAR16 line[] = u"\r\novfboot-guest: system AAAA\r\novfboot-guest: ready\r\n";

    (void)image;
    system->ConOut->OutputString(system->ConOut, line);
    system->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
