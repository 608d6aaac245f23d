/* Has one call of a program fail: preloaded by tests/tools/test_fail.py.  FAIL_CALL names the function, FAIL_AT says which
 * of its calls from 1 on, FAIL_HOW how: an errno as a number, or "short" for half of what is read or written.  How
 * many calls there were is appended to the file that FAIL_COUNT names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_ulong calls;

/* Where the C library has it. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool is_short(void)
{
    const char *how = getenv("FAIL_HOW");

    return how && strcmp(how, "short") == 0;
}

/* This is the one. */
static bool fails(const char *name)
{
    const char *call = getenv("FAIL_CALL"), *at = getenv("FAIL_AT"), *how = getenv("FAIL_HOW");

    if (!call || !at || !how || strcmp(call, name) != 0 || ++calls != strtoul(at, NULL, 10))
        return false;
    errno = is_short() ? errno : (int)strtol(how, NULL, 10);
    return true;
}

/* How many bytes are done; -1: it fails. */
static ssize_t length(const char *name, size_t len)
{
    if (!fails(name))
        return (ssize_t)len;
    return is_short() ? (ssize_t)(len / 2 + len % 2) : -1;
}

ssize_t pread64(int fd, void *to, size_t len, off64_t at)
{
    ssize_t n = length("pread", len);

    return n < 0 ? n : NEXT(pread64)(fd, to, (size_t)n, at);
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
    return pread64(fd, to, len, at);
}

ssize_t pwrite64(int fd, const void *from, size_t len, off64_t at)
{
    ssize_t n = length("pwrite", len);

    return n < 0 ? n : NEXT(pwrite64)(fd, from, (size_t)n, at);
}

ssize_t pwrite(int fd, const void *from, size_t len, off_t at)
{
    return pwrite64(fd, from, len, at);
}

int fdatasync(int fd)
{
    return fails("fdatasync") ? -1 : NEXT(fdatasync)(fd);
}

int ftruncate64(int fd, off64_t len)
{
    return fails("ftruncate") ? -1 : NEXT(ftruncate64)(fd, len);
}

int ftruncate(int fd, off_t len)
{
    return ftruncate64(fd, len);
}

int open64(const char *path, int flags, ...)
{
    va_list args;

    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails("open") ? -1 : NEXT(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list args;

    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open64(path, flags, mode);
}

void *malloc(size_t size)
{
    extern void *__libc_malloc(size_t);

    return fails("malloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    extern void *__libc_calloc(size_t, size_t);

    return fails("malloc") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    extern void *__libc_realloc(void *, size_t);

    return fails("malloc") ? NULL : __libc_realloc(at, size);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("FAIL_COUNT");
    unsigned long all = calls;

    unsetenv("FAIL_CALL");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%lu", all);
    fclose(file);
}
