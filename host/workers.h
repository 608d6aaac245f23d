/* host/workers.h - the processors of this machine as threads: port_workers() (loader/port.h) for the host. */
#ifndef HOST_WORKERS_H
#define HOST_WORKERS_H

#include "base/workers.h"

/* count threads with the caller's own, 1 to WORKERS_MAX; 0: one for each processor.  Fewer will do.  Once, before
 * the first port_workers(), which has the caller alone until then. */
void threads_start(size_t count);

/* A batch that is under way is finished first. */
void threads_stop(void);

#endif
