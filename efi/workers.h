/* efi/workers.h - this machine's other processors, in the pool that port_workers() gives.
 *
 * To start one takes the firmware over 10 ms, and a batch takes less.  So each is started for a session: it
 * stays in a loop of ours, helps with one batch after the other, and goes back to the firmware when the
 * session's time is over, when nothing came for a while, or when it is told to.  The next batch starts the next
 * session.  While it is with us it touches memory only: of the firmware's services, none may be called there.
 *
 * A processor that does not come back is stopped by the firmware when the limit of its session is over; what
 * it was at is done again by the first processor, and it is not used any more.  One that even the firmware does
 * not stop is an error: it could write at any time, so none of our memory may be used for anything else.
 *
 * Spec: PI 1.7 volume 2, "MP Services Protocol".
 */
#ifndef EFI_WORKERS_H
#define EFI_WORKERS_H

#include <stdbool.h>

#include "base/error.h"

/* Have all of them go back to the firmware: before ovfboot's memory becomes somebody else's.  ERR_PROCESSOR
 * when one does not. */
enum err workers_release(struct error *e) MUST_CHECK;

/* That this code runs on another processor than the first. */
bool workers_is_other(void);

#endif
