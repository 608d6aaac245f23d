/* host/console.h - the port's console: lines to standard output, progress to standard error, where a terminal is or it
 * is asked for. */
#ifndef HOST_CONSOLE_H
#define HOST_CONSOLE_H

#include <stdbool.h>

/* Say nothing more: standard output is for a program. */
void console_be_quiet(void);

/* What --progress is: "auto", a line that changes where standard error is a terminal; "none"; "json", an object in a
 * line of its own for each step (loader/progress.h), wherever it goes.  False for another word. */
bool console_set_progress(const char *word);

#endif
