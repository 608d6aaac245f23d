#include "host/system.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

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
