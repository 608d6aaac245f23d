/* efi/processor.h - what each architecture does in its own way when several processors work at once. */
#ifndef EFI_PROCESSOR_H
#define EFI_PROCESSOR_H

#include "efi/firmware.h"

/* Note, on the first processor, how it is set up. */
void processor_note(void);

/* What the firmware calls on another one.  It goes on to workers_session() where our code can run as it does
 * on the first; else it returns, without having used a register that may not be there.
 *
 * The bits that are missing could be set here; but they are the firmware's, who gets the processor back and may
 * hand it to an operating system. */
void EFIAPI processor_begin(void *argument);

/* In loops that wait for another processor. */
void processor_pause(void);

/* Defined in efi/workers.c. */
void EFIAPI workers_session(void *argument);

#endif
