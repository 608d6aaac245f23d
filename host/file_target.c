#define _GNU_SOURCE /* fallocate() */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "host/file.h"
#include "host/system.h"

#define FILE_SECTOR 512 /* bytes; what a file counts in when it stands for a disk */

static enum err file_wait(struct target *target, struct error *e)
{
    struct file_target *t = (struct file_target *)target;

    return t->behind.target ? write_behind_wait(&t->behind, e) : OK;
}

static bool file_is_busy(struct target *target)
{
    struct file_target *t = (struct file_target *)target;

    return t->behind.target && write_behind_is_busy(&t->behind);
}

static enum err write_now(struct target *target, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    struct file_target *t = (struct file_target *)target;
    const uint8_t *at = from;
    uint64_t offset = lba * target->sector_size;
    size_t len = count * target->sector_size;

    while (len) {
        ssize_t n = pwrite(t->fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_fail(e, errno == ENOSPC ? ERR_NO_ROOM : ERR_IO,
                               "%s: cannot write at byte %llu", target->name,
                               (unsigned long long)offset);
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OK;
}

static enum err file_write(struct target *target, uint64_t lba, const void *from, size_t count,
                           struct error *e)
{
    TRY(file_wait(target, e));
    return write_now(target, lba, from, count, e);
}

static enum err file_submit(struct target *target, uint64_t lba, const void *from, size_t count,
                            struct error *e)
{
    struct file_target *t = (struct file_target *)target;

    return t->behind.target ? write_behind_put(&t->behind, lba, from, count, e)
                            : write_now(target, lba, from, count, e);
}

/* A device has zeros, by BLKZEROOUT, or that fails; in a file there is a hole then. */
static enum err file_zero(struct target *target, uint64_t lba, uint64_t count, bool *done,
                          struct error *e)
{
    struct file_target *t = (struct file_target *)target;
    uint64_t range[2] = {lba * target->sector_size, count * target->sector_size};

    TRY(file_wait(target, e));
    *done = (t->is_device ? ioctl(t->fd, BLKZEROOUT, range)
                          : fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                      (off_t)range[0], (off_t)range[1])) == 0;
    return OK;
}

static enum err file_read(struct target *target, uint64_t lba, void *to, size_t count,
                          struct error *e)
{
    struct file_target *t = (struct file_target *)target;
    uint8_t *at = to;
    uint64_t offset = lba * target->sector_size;
    size_t len = count * target->sector_size;

    TRY(file_wait(target, e));
    while (len) {
        ssize_t n = pread(t->fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return system_fail(e, ERR_IO, "%s: cannot read at byte %llu", target->name,
                               (unsigned long long)offset);
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OK;
}

static enum err file_flush(struct target *target, struct error *e)
{
    struct file_target *t = (struct file_target *)target;

    TRY(file_wait(target, e));
    if (fdatasync(t->fd) != 0)
        return system_fail(e, ERR_IO, "%s: cannot flush", target->name);
    return OK;
}

static enum err measure_device(struct file_target *t, struct error *e)
{
    uint64_t bytes;
    int sector;

    if (ioctl(t->fd, BLKGETSIZE64, &bytes) != 0 || ioctl(t->fd, BLKSSZGET, &sector) != 0 ||
        sector < FILE_SECTOR)
        return system_fail(e, ERR_IO, "%s: does not tell its size", t->path);
    t->target.sector_size = (uint32_t)sector;
    t->target.sectors = bytes / (uint32_t)sector;
    return OK;
}

static enum err measure_file(struct file_target *t, uint64_t have, uint64_t want, struct error *e)
{
    if (t->created) {
        have = round_up(want, FILE_SECTOR);
        if (ftruncate(t->fd, (off_t)have) != 0)
            return system_fail(e, ERR_NO_ROOM, "%s: cannot make it %llu bytes long", t->path,
                               (unsigned long long)have);
        t->target.zeroed = true;
    }
    t->target.sector_size = FILE_SECTOR;
    t->target.sectors = have / FILE_SECTOR;
    return OK;
}

enum err file_target_open(struct file_target *t, const char *path, uint64_t size, struct error *e)
{
    static const struct target_ops ops = {.write = file_write,
                                          .read = file_read,
                                          .flush = file_flush,
                                          .submit = file_submit,
                                          .wait = file_wait,
                                          .is_busy = file_is_busy,
                                          .zero = file_zero};
    struct stat st;

    *t = (struct file_target){
        .target = {.ops = &ops, .name = path, .alignment = 1}, .path = path, .fd = -1};
    t->created = stat(path, &st) != 0 && errno == ENOENT;
    /* On a block device O_EXCL alone means: not while it is mounted or otherwise in use. */
    t->fd = open(path, O_RDWR | O_CLOEXEC | O_EXCL | (t->created ? O_CREAT : 0), 0666);
    if (t->fd < 0) {
        t->created = false;
        return system_fail(e,
                           errno == EBUSY                        ? ERR_SETTING
                           : errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND
                                                                 : ERR_IO,
                           "%s: cannot open for writing", path);
    }
    /* file_source_open() holds a shared lock: a package is never written over itself. */
    if (flock(t->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return fail(e, ERR_SETTING,
                    "%s: is in use: by the package, by another --to, or by another program", path);
    if (fstat(t->fd, &st) != 0)
        return system_fail(e, ERR_IO, "%s: cannot look at it", path);
    t->is_device = S_ISBLK(st.st_mode);
    if (!t->is_device && !S_ISREG(st.st_mode))
        return fail(e, ERR_UNSUPPORTED, "%s: is neither a file nor a block device", path);
    TRY(t->is_device ? measure_device(t, e) : measure_file(t, (uint64_t)st.st_size, size, e));
    (void)write_behind_start(&t->behind, &t->target, write_now);
    return OK;
}

enum err file_target_close(struct file_target *t, bool keep, struct error *e)
{
    int fd = t->fd;

    write_behind_stop(&t->behind);
    t->fd = -1;
    if (t->created && !keep)
        unlink(t->path);
    if (fd >= 0 && close(fd) != 0 && keep)
        return system_fail(e, ERR_IO, "%s: cannot close", t->path);
    return OK;
}
