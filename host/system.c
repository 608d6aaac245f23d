#include "host/system.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum err system_fail(struct error *e, enum err code, const char *format, ...)
{
    const char *reason = strerror(errno);
    char text[sizeof(e->text)];
    va_list args;

    va_start(args, format);
    text_format_va(text, sizeof(text), format, args);
    va_end(args);
    return fail(e, code, "%s (%s)", text, reason);
}

enum err system_write(int fd, const char *name, uint64_t offset, struct bytes bytes,
                      struct error *e)
{
    while (bytes.len) {
        ssize_t n = pwrite(fd, bytes.at, bytes.len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_fail(e, errno == ENOSPC ? ERR_NO_ROOM : ERR_IO,
                               "%s: cannot write at byte %llu", name, (unsigned long long)offset);
        bytes.at += n;
        bytes.len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return OK;
}
