/* assert.h - a failed assertion is a mistake in the program: it is said, and the program ends. */
#ifndef EFI_LIBC_ASSERT_H
#define EFI_LIBC_ASSERT_H

__attribute__((noreturn)) void assert_failed(const char *what, const char *file, int line);

#define assert(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))

#endif
