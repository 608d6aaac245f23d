/* efi/retry.h - reads that fail are tried again, a few times and in smaller pieces: some media fail now and then, and
 * some drivers at what is too large for them.  Writes are not: a disk that fails at one is not fit for a guest.
 */
#ifndef EFI_RETRY_H
#define EFI_RETRY_H

#include <stdbool.h>

#include "efi/firmware.h"

#define RETRY_SIZE  (64u << 10) /* bytes of a piece, then; what EDK2's USB driver sends at once */
#define RETRY_TRIES 4           /* docs/limits.md */

/* After tries that all ended with a status like that one: true, a little later, when it may go better next time. */
bool retry_read(EFI_STATUS status, unsigned tries);

#endif
