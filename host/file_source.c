#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/system.h"

static enum err file_read(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    int fd = ((struct file_source *)s)->fd;
    uint8_t *at = to;

    while (len) {
        ssize_t n = pread(fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_fail(e, ERR_IO, "%s: cannot read at byte %llu", s->name,
                               (unsigned long long)offset);
        if (n == 0)
            return fail(e, ERR_IO, "%s: became shorter while it was read, at byte %llu", s->name,
                        (unsigned long long)offset);
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OK;
}

enum err file_source_of(struct file_source *s, int fd, const char *name, struct error *e)
{
    static const struct source_ops ops = {.read = file_read};
    struct stat st;
    off_t size;

    *s = (struct file_source){{.ops = &ops, .name = name}, -1};
    if (fd < 0)
        return system_fail(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: cannot open", name);
    s->fd = fd;
    (void)flock(fd, LOCK_SH | LOCK_NB); /* so that file_target_open() sees it as in use */
    if (fstat(fd, &st) != 0)
        return system_fail(e, ERR_IO, "%s: cannot look at it", name);
    if (S_ISDIR(st.st_mode))
        return fail(e, ERR_NOT_FOUND, "%s: is a directory, not a package", name);
    size = lseek(fd, 0, SEEK_END);
    if (size < 0)
        return fail(e, ERR_UNSUPPORTED, "%s: is no file that can be read at any place", name);
    s->source.size = (uint64_t)size;
    return OK;
}

enum err file_source_open(struct file_source *s, const char *path, struct error *e)
{
    return file_source_of(s, open(path, O_RDONLY | O_CLOEXEC), path, e);
}

uint64_t file_source_data(const struct file_source *s, uint64_t offset)
{
    off_t data = lseek(s->fd, (off_t)offset, SEEK_DATA);

    if (data >= 0)
        return (uint64_t)data;
    return errno == ENXIO ? s->source.size : offset;
}

void file_source_close(struct file_source *s)
{
    if (s->fd > 0)
        close(s->fd);
}

static enum err folder_open(struct folder *f, const char *name, struct arena *a,
                            struct source **out, struct error *e)
{
    struct file_source *source;
    const char *copy;

    TRY(arena_text(a, name, strlen(name), &copy, e));
    TRY(TAKE(a, 1, &source, e));
    *out = &source->source;
    return file_source_of(source, openat(((struct file_folder *)f)->fd, copy, O_RDONLY | O_CLOEXEC),
                          copy, e);
}

enum err file_folder_open(struct file_folder *f, const char *path, struct error *e)
{
    static const struct folder_ops ops = {folder_open};
    char directory[2048] = ".";
    const char *slash = strrchr(path, '/');

    if (slash && (size_t)(slash - path) + 2 > sizeof(directory))
        return fail(e, ERR_TOO_BIG, "%s: the path is too long", path);
    if (slash) {
        memcpy(directory, path, (size_t)(slash - path) + 1);
        directory[slash - path + 1] = '\0';
    }
    *f = (struct file_folder){{&ops, path}, open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (f->fd < 0)
        return system_fail(e, ERR_NOT_FOUND, "%s: cannot open its directory", path);
    return OK;
}

void file_folder_close(struct file_folder *f)
{
    if (f->fd > 0)
        close(f->fd);
}

const char *file_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
