/* host/system.h - errno into our errors; the only way it leaves a system call. */
#ifndef HOST_SYSTEM_H
#define HOST_SYSTEM_H

#include "base/bytes.h"
#include "base/error.h"

/* fail() with strerror(errno) in brackets behind the text. */
enum err system_fail(struct error *e, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

/* All bytes, at an offset of an open file that messages call name.  ERR_NO_ROOM when there is no more
 * room for it. */
enum err system_write(int fd, const char *name, uint64_t offset, struct bytes bytes,
                      struct error *e) MUST_CHECK;

#endif
