#include "host/tar_write.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/text.h"
#include "host/system.h"

/* Where the fields begin, and how long they are, in bytes. */
enum {
    NAME = 0,
    NAME_LEN = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    ID_LEN = 8,
    SIZE = 124,
    MTIME = 136,
    NUMBER_LEN = 12,
    CHECKSUM = 148,
    CHECKSUM_LEN = 8,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345,
    PREFIX_LEN = 155,
};

/* Digits to the last byte but one, which stays NUL. */
static void put_octal(uint8_t *field, size_t len, uint64_t value)
{
    for (size_t i = len - 1; i > 0; i--) {
        field[i - 1] = (uint8_t)('0' + (value & 7));
        value >>= 3;
    }
}

/* Eleven octal digits end at 8 GiB; from there on, one big-endian number behind a set top bit. */
static void put_size(uint8_t *field, uint64_t size)
{
    if (size >> 33 == 0) {
        put_octal(field, NUMBER_LEN, size);
        return;
    }
    for (size_t i = NUMBER_LEN; i > 0; i--) {
        field[i - 1] = (uint8_t)size;
        size >>= 8;
    }
    field[0] = 0x80;
}

static enum err put_name(uint8_t *block, const char *name, struct error *e)
{
    size_t len = strlen(name);
    const char *slash = NULL;

    if (len <= NAME_LEN) {
        memcpy(block + NAME, name, len);
        return OK;
    }
    if (len <= PREFIX_LEN + 1 + NAME_LEN)
        slash = strchr(name + len - NAME_LEN - 1, '/');
    if (!slash || slash == name || slash - name > PREFIX_LEN || !slash[1])
        return fail(e, ERR_UNSUPPORTED,
                    "%s: its name has %zu bytes, more than an archive in ustar format can hold",
                    name, len);
    memcpy(block + PREFIX, name, (size_t)(slash - name));
    memcpy(block + NAME, slash + 1, strlen(slash + 1));
    return OK;
}

enum err tar_write_block(uint8_t block[TAR_BLOCK], const char *name, uint64_t size, uint64_t mtime,
                         struct error *e)
{
    uint64_t sum = 0;

    assert(mtime <= TAR_MTIME_MAX);
    memset(block, 0, TAR_BLOCK);
    TRY(put_name(block, name, e));
    put_octal(block + MODE, ID_LEN, 0644);
    put_octal(block + UID, ID_LEN, 0);
    put_octal(block + GID, ID_LEN, 0);
    put_size(block + SIZE, size);
    put_octal(block + MTIME, NUMBER_LEN, mtime);
    block[TYPE] = '0';
    memcpy(block + MAGIC, "ustar\00000", 8);
    /* Summed with the sum's own field as blanks; of its eight bytes the last stays one. */
    memset(block + CHECKSUM, ' ', CHECKSUM_LEN);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += block[i];
    put_octal(block + CHECKSUM, CHECKSUM_LEN - 1, sum);
    block[CHECKSUM + CHECKSUM_LEN - 2] = '\0';
    return OK;
}

/* A file is known by device and inode. */
enum err tar_write_check(const char *path, const char *const inputs[], size_t count,
                         struct error *e)
{
    struct stat out, in;

    if (stat(path, &out) != 0)
        return errno == ENOENT ? OK : system_fail(e, ERR_SETTING, "%s: cannot look at it", path);
    if (!S_ISREG(out.st_mode))
        return fail(e, ERR_SETTING, "%s: is there, and is no ordinary file", path);
    for (size_t i = 0; i < count; i++)
        if (inputs[i] && stat(inputs[i], &in) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            return fail(e, ERR_SETTING, "%s: is the same file as %s", path, inputs[i]);
    return OK;
}

enum err tar_write_mtime(uint64_t *out, struct error *e)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");

    *out = 0;
    if (text && (!text_to_u64(text, strlen(text), out) || *out > TAR_MTIME_MAX))
        return fail(e, ERR_SETTING,
                    "SOURCE_DATE_EPOCH is %s, not a number of seconds from 0 to %llu", text,
                    TAR_MTIME_MAX);
    return OK;
}

enum err tar_write_open(struct tar_write *w, const char *path, uint64_t mtime, struct arena *a,
                        struct error *e)
{
    static const char ending[] = ".tmp";
    size_t len = strlen(path);
    char *name;

    *w = (struct tar_write){.path = path, .fd = -1, .mtime = mtime};
    TRY(TAKE(a, len + sizeof(ending), &name, e));
    memcpy(name, path, len);
    memcpy(name + len, ending, sizeof(ending));
    w->temporary = name;
    /* O_EXCL: what lies there is not ours, or another run's, or a link to something else. */
    w->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return w->fd >= 0 ? OK : system_fail(e, ERR_SETTING, "%s: cannot be made", name);
}

static enum err put(struct tar_write *w, const uint8_t *at, size_t len, struct error *e)
{
    TRY(system_write(w->fd, w->path, w->offset, (struct bytes){at, len}, e));
    w->offset += len;
    return OK;
}

/* Zeros to the end of the block, and then some blocks of them. */
static enum err put_zeros(struct tar_write *w, int blocks, struct error *e)
{
    static const uint8_t zeros[TAR_BLOCK];

    assert(w->offset == w->due);
    TRY(put(w, zeros, (size_t)(round_up(w->offset, TAR_BLOCK) - w->offset), e));
    while (blocks--)
        TRY(put(w, zeros, TAR_BLOCK, e));
    w->due = w->offset;
    return OK;
}

enum err tar_write_header(struct tar_write *w, const char *name, uint64_t size, struct error *e)
{
    uint8_t block[TAR_BLOCK];

    TRY(tar_write_block(block, name, size, w->mtime, e));
    TRY(put_zeros(w, 0, e));
    TRY(put(w, block, TAR_BLOCK, e));
    w->due = w->offset + size;
    return OK;
}

enum err tar_write_bytes(struct tar_write *w, struct bytes bytes, struct error *e)
{
    assert(bytes.len <= w->due - w->offset);
    return put(w, bytes.at, bytes.len, e);
}

enum err tar_write_again(struct tar_write *w, uint64_t offset, struct bytes bytes, struct error *e)
{
    assert(offset <= w->offset && bytes.len <= w->offset - offset);
    return system_write(w->fd, w->path, offset, bytes, e);
}

enum err tar_write_close(struct tar_write *w, bool keep, struct error *e)
{
    enum err err = OK;

    if (w->fd < 0)
        return OK;
    if (keep)
        err = put_zeros(w, 2, e);
    if (keep && err == OK && fsync(w->fd) != 0)
        err = system_fail(e, ERR_IO, "%s: cannot be written", w->path);
    if (close(w->fd) != 0 && keep && err == OK)
        err = system_fail(e, ERR_IO, "%s: cannot be written", w->path);
    w->fd = -1;
    if (keep && err == OK && rename(w->temporary, w->path) != 0)
        err = system_fail(e, ERR_IO, "%s: cannot be given its name", w->path);
    if (!keep || err != OK)
        unlink(w->temporary);
    return err;
}
