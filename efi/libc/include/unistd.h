/* unistd.h - declared for Mini-XML's file reader, which the linker drops; neither exists. */
#ifndef EFI_LIBC_UNISTD_H
#define EFI_LIBC_UNISTD_H

#include <stddef.h>

long read(int file, void *memory, size_t len);
long write(int file, const void *memory, size_t len);

#endif
