/* host/console.h - the port's console: lines to standard output, progress to standard error. */
#ifndef HOST_CONSOLE_H
#define HOST_CONSOLE_H

/* Say nothing more: standard output is for a program. */
void console_be_quiet(void);

#endif
