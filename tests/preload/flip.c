/* A medium that keeps another byte than was written: preloaded by tests/tools/test_media.py.  Of what pwrite() writes to a
 * file whose name ends in FLIP_PATH the byte at FLIP_AT becomes another one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_medium(int fd)
{
    const char *wanted = getenv("FLIP_PATH");
    char link[64], name[4096];

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, name, sizeof(name) - 1);
    if (!wanted || len < 0)
        return false;
    name[len] = '\0';
    size_t end = strlen(wanted);
    return (size_t)len >= end && strcmp(name + (size_t)len - end, wanted) == 0;
}

ssize_t pwrite64(int fd, const void *from, size_t len, off64_t at)
{
    __typeof__(&pwrite64) next = (__typeof__(&pwrite64))dlsym(RTLD_NEXT, "pwrite64");
    const char *flip = getenv("FLIP_AT");
    long long where = flip ? atoll(flip) : -1;

    if (where < at || where >= at + (off64_t)len || !is_medium(fd))
        return next(fd, from, len, at);
    char *copy = malloc(len);
    memcpy(copy, from, len);
    copy[where - at] ^= 0x40;
    ssize_t n = next(fd, copy, len, at);
    free(copy);
    return n;
}

ssize_t pwrite(int fd, const void *from, size_t len, off_t at)
{
    return pwrite64(fd, from, len, at);
}
