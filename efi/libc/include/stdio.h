/* stdio.h - formatting into memory.
 *
 * The stream functions are declared because Mini-XML's file reader names them; that part of it is
 * dropped by the linker.  Only snprintf, vsnprintf and fprintf exist.
 */
#ifndef EFI_LIBC_STDIO_H
#define EFI_LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)

typedef struct firmware_file FILE;

#define stderr ((FILE *)NULL)

/* The conversions of C, but no floating point, no %n, no %p: %[-0][width][.precision] with
 * h, hh, l, ll, z and one of d i u x X c s %.  Returns the length without a cut, or -1 when the
 * format has anything else. */
int snprintf(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *out, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Prints nothing: firmware has no standard error.  Returns 0. */
int fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

int getc(FILE *file);
int putc(int c, FILE *file);
int fputs(const char *text, FILE *file);

#endif
