/* tests/firmware/unit_libc.h - what the unit tests use of the C library, and ovfboot does not: included in front of each of
 * them when they are compiled for firmware.  tests/firmware/unit.c defines it.
 */
#ifndef TESTS_FIRMWARE_UNIT_LIBC_H
#define TESTS_FIRMWARE_UNIT_LIBC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define stdout ((FILE *)NULL)

/* To the serial line. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline int fflush(FILE *file)
{
    (void)file;
    return 0;
}

__attribute__((noreturn)) void abort(void);

static inline char *strcpy(char *to, const char *from)
{
    return memcpy(to, from, strlen(from) + 1);
}

static inline char *strcat(char *to, const char *from)
{
    strcpy(to + strlen(to), from);
    return to;
}

/* There is no environment. */
static inline char *getenv(const char *name)
{
    (void)name;
    return NULL;
}

#endif
