/* host/verify.h - ovfboot verify: everything is read, proved and unpacked, and nothing is written. */
#ifndef HOST_VERIFY_H
#define HOST_VERIFY_H

#include "host/session.h"

/* The disks of the virtual system that the settings choose, else those of all.  Prints its report,
 * also of a failure. */
enum err verify(struct session *s, struct error *e) MUST_CHECK;

#endif
