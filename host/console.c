/* The port's console on a terminal or a pipe: progress only where a person watches. */
#include "host/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "loader/port.h"

static bool quiet;

void console_be_quiet(void)
{
    quiet = true;
}

void port_say(const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    text_format_va(line, sizeof(line), format, args);
    va_end(args);
    if (!quiet)
        puts(line);
}

bool port_progress(const char *line)
{
    if (!quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s", line ? line : "");
    return true;
}

uint64_t port_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
