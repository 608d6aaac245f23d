/* host/system.h - errno into our errors; the only way it leaves a system call. */
#ifndef HOST_SYSTEM_H
#define HOST_SYSTEM_H

#include "base/error.h"

/* fail() with strerror(errno) in brackets behind the text. */
enum err system_fail(struct error *e, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
