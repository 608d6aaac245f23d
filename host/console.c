/* The port's console on a terminal or a pipe: progress only where a person watches. */
#include "host/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/text.h"
#include "loader/language.h"
#include "loader/port.h"
#include "loader/progress.h"

static bool quiet;
static enum progress_how {
    PROGRESS_AUTO,
    PROGRESS_NONE,
    PROGRESS_JSON
} progress;

void console_be_quiet(void)
{
    quiet = true;
}

bool console_set_progress(const char *word)
{
    static const char *const words[] = {
        [PROGRESS_AUTO] = "auto", [PROGRESS_NONE] = "none", [PROGRESS_JSON] = "json"};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(word, words[i]) != 0)
            continue;
        progress = (enum progress_how)i;
        if (i == PROGRESS_JSON)
            progress_use_json();
        return true;
    }
    return false;
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
    if (progress == PROGRESS_JSON) { /* lines of other kinds are for people */
        if (line && line[0] == '{')
            fprintf(stderr, "%s\n", line);
    } else if (progress == PROGRESS_AUTO && !quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s", line ? line : "");
    return true;
}

uint64_t port_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct port_page port_page(void)
{
    struct winsize size;
    uint64_t lines = 25, columns = 80;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
        lines = size.ws_row - 1u; /* one is for the prompt */
        columns = size.ws_col;
    }
    return (struct port_page){.lines = (uint32_t)max_u64(lines, PAGE_LINES_MIN),
                              .columns = (uint32_t)max_u64(columns, PAGE_COLUMNS_MIN)};
}

/* The first of these variables that is set and not empty decides (POSIX.1-2017, "Internationalization
 * Variables"). */
const char *port_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    static char tag[LANGUAGE_MAX];

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return language_tag((struct bytes){(const uint8_t *)value, strlen(value)}, tag);
    }
    return "";
}
