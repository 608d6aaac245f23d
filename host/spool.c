#include "host/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/system.h"

static enum err spool_read(struct source *source, uint64_t offset, void *to, size_t len,
                           struct error *e)
{
    int fd = ((struct spool *)source)->fd;
    uint8_t *at = to;

    while (len) {
        ssize_t n = pread(fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return system_fail(e, ERR_IO, "%s: cannot read back at byte %llu", source->name,
                               (unsigned long long)offset);
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OK;
}

enum err spool_open(struct spool *s, const char *path, struct arena scratch, struct error *e)
{
    static const struct source_ops ops = {.read = spool_read};
    static const char ending[] = ".disks.tmp";
    size_t len = strlen(path);
    char *name;

    *s = (struct spool){.source = {.ops = &ops, .name = path}, .fd = -1};
    TRY(TAKE(&scratch, len + sizeof(ending), &name, e));
    memcpy(name, path, len);
    memcpy(name + len, ending, sizeof(ending));
    s->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (s->fd < 0)
        return system_fail(e, ERR_SETTING, "%s: cannot be made", name);
    unlink(name);
    return OK;
}

enum err spool_add(struct spool *s, struct bytes bytes, struct error *e)
{
    TRY(system_write(s->fd, s->source.name, s->source.size, bytes, e));
    s->source.size += bytes.len;
    return OK;
}

void spool_close(struct spool *s)
{
    if (s->fd > 0)
        close(s->fd);
    s->fd = -1;
}
