/* loader/after.h - what comes after a run, where that takes more than one call of the firmware.
 *
 * Spec: UEFI 2.10, "Boot Manager", "Globally Defined Variables".
 */
#ifndef LOADER_AFTER_H
#define LOADER_AFTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

/* Restarts by ovfboot itself, with no more than AFTER_SPAN between them and no guest started; docs/limits.md. */
#define AFTER_RESTARTS 3
#define AFTER_SPAN     3600 /* seconds */

/* Count a restart that is about to be made.  False: there were enough of them, and this one would be another round
 * of a loop; the next is the first again. */
bool after_may_restart(void);

/* A guest is about to be started: no loop.  It came back: all that was counted before counts. */
void after_guest(void);
void after_guest_came_back(void);

/* Have the firmware go on, at its next start, with the boot entry behind the one that ovfboot came by.
 * ERR_NOT_FOUND: there is none; ERR_IO, ERR_NO_ROOM. */
enum err after_next_entry(struct arena scratch, struct error *e) MUST_CHECK;

#endif
