/* string.h - the memory and string functions that the libraries and gcc's own code call. */
#ifndef EFI_LIBC_STRING_H
#define EFI_LIBC_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int value, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *memory, int c, size_t len);

/* -ffreestanding makes strangers of these: libdeflate's copies of 8 bytes were calls. */
#define memcpy(to, from, len)  __builtin_memcpy(to, from, len)
#define memmove(to, from, len) __builtin_memmove(to, from, len)
#define memset(to, value, len) __builtin_memset(to, value, len)
#define memcmp(a, b, len)      __builtin_memcmp(a, b, len)

size_t strlen(const char *text);
size_t strcspn(const char *text, const char *stop);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);
char *strchr(const char *text, int c);
char *strrchr(const char *text, int c);
char *strstr(const char *text, const char *part);
char *strncpy(char *restrict to, const char *restrict from, size_t size);
char *strdup(const char *text);

#endif
