/* base/compiler.h - GNU attributes, named by what they mean. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#define MUST_CHECK              __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, args) __attribute__((format(printf, text, args)))

/* Elements of an array; never of a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
