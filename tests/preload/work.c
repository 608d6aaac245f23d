/* Counts what a program does: preloaded by tests/tools/test_work.py.  Figures go to the file that WORK_COUNTS names, one
 * line "name count" each. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define LARGE 4096 /* bytes; smaller copies are not of a disk's data */

static atomic_ulong copied, reads, read_bytes, writes, written_bytes, allocations, flushes;
static atomic_bool wrote;

/* Where the C library has it. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void count_copy(size_t len)
{
    if (len >= LARGE)
        copied += len;
}

/* Plain, since the library's own cannot be asked for: dlsym() copies. */
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *
memmove(void *to, const void *from, size_t len)
{
    const char *in = from;
    char *out = to;

    count_copy(len);
    for (size_t i = 0; out <= in && i < len; i++)
        out[i] = in[i];
    for (size_t i = len; out > in && i > 0; i--)
        out[i - 1] = in[i - 1];
    return to;
}

void *memcpy(void *to, const void *from, size_t len)
{
    return memmove(to, from, len);
}

ssize_t pread64(int fd, void *to, size_t len, off64_t at)
{
    ssize_t n = NEXT(pread64)(fd, to, len, at);

    reads++;
    read_bytes += n > 0 ? (unsigned long)n : 0;
    return n;
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
    return pread64(fd, to, len, at);
}

ssize_t pwrite64(int fd, const void *from, size_t len, off64_t at)
{
    ssize_t n = NEXT(pwrite64)(fd, from, len, at);

    wrote = true;
    writes++;
    written_bytes += n > 0 ? (unsigned long)n : 0;
    return n;
}

ssize_t pwrite(int fd, const void *from, size_t len, off_t at)
{
    return pwrite64(fd, from, len, at);
}

int fdatasync(int fd)
{
    flushes++;
    return NEXT(fdatasync)(fd);
}

void *malloc(size_t size)
{
    extern void *__libc_malloc(size_t);

    allocations += wrote;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    extern void *__libc_calloc(size_t, size_t);

    allocations += wrote;
    return __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    extern void *__libc_realloc(void *, size_t);

    allocations += wrote;
    return __libc_realloc(at, size);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("WORK_COUNTS");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
    unsigned long after = allocations;

    if (fd < 0)
        return;
    dprintf(fd,
            "copied %lu\nreads %lu\nread_bytes %lu\nwrites %lu\nwritten_bytes %lu\nflushes %lu\n",
            copied, reads, read_bytes, writes, written_bytes, flushes);
    dprintf(fd, "allocations %lu\n", after);
    close(fd);
}
