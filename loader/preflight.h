/* loader/preflight.h - would this machine's firmware start the guest?  Asked before anything is
 * erased, since a machine that was erased and then says "Security Violation" helps nobody.
 *
 * Two answers are asked for: our own, which tells why, and the firmware's, which counts.
 */
#ifndef LOADER_PREFLIGHT_H
#define LOADER_PREFLIGHT_H

#include "loader/plan.h"

/* Say what Secure Boot makes of the guest's loader.  ERR_SECURE_BOOT when it would not start it.
 * Says so and goes on where the image cannot be read ahead; does nothing where Secure Boot is not
 * enforced.  work is scratch. */
enum err preflight(const struct plan *plan, struct arena work, struct error *e) MUST_CHECK;

#endif
