/* string.c - functions on NUL-terminated text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As in memory.c: strlen must not become a call of strlen. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

size_t strlen(const char *text)
{
    size_t len = 0;

    while (text[len])
        len++;
    return len;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i] || !a[i])
            return (uint8_t)a[i] - (uint8_t)b[i];
    }
    return 0;
}

/* C promises a char * into a const char *; the way over uintptr_t says that it is meant. */
static char *found(const char *at)
{
    return (char *)(uintptr_t)at;
}

char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++) {
        if (!*text)
            return NULL;
    }
    return found(text);
}

char *strrchr(const char *text, int c)
{
    for (size_t i = strlen(text) + 1; i > 0; i--) {
        if (text[i - 1] == (char)c)
            return found(text + i - 1);
    }
    return NULL;
}

char *strstr(const char *text, const char *part)
{
    size_t len = strlen(part);

    for (;; text++) {
        if (strncmp(text, part, len) == 0)
            return found(text);
        if (!*text)
            return NULL;
    }
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t i = 0;

    for (; i < size && from[i]; i++)
        to[i] = from[i];
    memset(to + i, 0, size - i);
    return to;
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

size_t strcspn(const char *text, const char *stop)
{
    size_t len = 0;

    while (text[len] && !strchr(stop, text[len]))
        len++;
    return len;
}
