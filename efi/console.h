/* efi/console.h - the console of the machine: screen and serial line alike. */
#ifndef EFI_CONSOLE_H
#define EFI_CONSOLE_H

#include <stdbool.h>

#include "efi/firmware.h"

/* Clear the screen, and find the serial lines that the firmware's console does not reach by itself.
 * Before this only the firmware's console is written to. */
void console_init(void);

/* Text as it is, UTF-8, where the cursor stands. */
void console_put(const char *text);

/* The same to the serial lines beside the firmware's console alone: what the firmware translates for
 * its own terminals. */
void console_put_serial(const char *text);

/* True when a key was there.  It does not wait. */
bool console_read_key(EFI_INPUT_KEY *key);

/* Between two looks at the keyboard.  The firmware may let the processor sleep, as EDK2 does. */
void console_nap(void);

/* Wait for a key; the watchdog is kept fed, since nothing hangs while a person thinks. */
EFI_INPUT_KEY console_wait_key(void);
bool console_is_escape(const EFI_INPUT_KEY *key);

/* True when Escape was typed; other keys are forgotten.  It does not wait. */
bool console_wants_stop(void);

/* Put off the firmware's watchdog by five minutes.  Called wherever there is progress, and only
 * there: a hang still resets the machine. */
void console_feed_watchdog(void);

#endif
