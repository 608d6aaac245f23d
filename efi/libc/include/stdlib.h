/* stdlib.h - memory from the firmware heap (efi/libc/heap.h), and numbers from text. */
#ifndef EFI_LIBC_STDLIB_H
#define EFI_LIBC_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void free(void *memory);

long strtol(const char *text, char **end, int base);

/* Recognizes no number: *end is text, the result 0.  Nothing read in firmware has fractions. */
double strtod(const char *text, char **end);

#endif
