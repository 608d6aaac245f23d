#include "host/unwrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lzma.h>

#include "base/checked.h"
#include "base/text.h"
#include "host/system.h"
#include "loader/envelope.h"
#include "loader/progress.h"

#define XZ_MEMORY (256u << 20) /* bytes that xz may take: its largest preset wants 65 MiB */
#define BUFFER    (1u << 20)

struct unpacking {
    struct source *file;
    lzma_stream lzma;
    uint8_t *in, *out; /* BUFFER bytes each */
    uint64_t at;       /* byte of the file that is read next */
    int fd;
};

/* It has no name any more when this returns. */
static enum err make_file(int *fd, struct error *e)
{
    const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp";
    char path[1024];

    text_format(path, sizeof(path), "%s/ovfboot-XXXXXX", folder);
    *fd = mkstemp(path);
    if (*fd < 0)
        return system_fail(e, ERR_IO, "%s: no temporary file can be made there", folder);
    unlink(path);
    return OK;
}

static enum err write_out(struct unpacking *u, struct error *e)
{
    const uint8_t *at = u->out;
    size_t left = BUFFER - u->lzma.avail_out;

    while (left) {
        ssize_t n = write(u->fd, at, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_fail(
                e, errno == ENOSPC ? ERR_NO_ROOM : ERR_IO,
                "%s: the temporary file for what is in it (TMPDIR) cannot be written",
                u->file->name);
        at += n;
        left -= (size_t)n;
    }
    u->lzma.next_out = u->out;
    u->lzma.avail_out = BUFFER;
    return OK;
}

static enum err read_in(struct unpacking *u, struct error *e)
{
    size_t len = (size_t)min_u64(BUFFER, u->file->size - u->at);

    if (u->lzma.avail_in)
        return OK;
    TRY(source_read(u->file, u->at, u->in, len, e));
    u->at += len;
    u->lzma.next_in = u->in;
    u->lzma.avail_in = len;
    return OK;
}

static enum err judge(const struct unpacking *u, lzma_ret result, struct error *e)
{
    if (result == LZMA_OK || result == LZMA_STREAM_END)
        return OK;
    if (result == LZMA_BUF_ERROR)
        return fail(e, ERR_DAMAGED, "%s: ends at byte %llu, inside of what is compressed",
                    u->file->name, (unsigned long long)u->at);
    if (result == LZMA_MEMLIMIT_ERROR)
        return fail(e, ERR_TOO_BIG, "%s: wants more than %u MiB of memory to unpack (xz)",
                    u->file->name, XZ_MEMORY >> 20);
    return fail(e, ERR_DAMAGED, "%s: bad compressed data (xz) in front of byte %llu", u->file->name,
                (unsigned long long)(u->at - u->lzma.avail_in));
}

static enum err unpack_all(struct unpacking *u, struct progress *progress, struct error *e)
{
    lzma_ret result;

    u->lzma.next_out = u->out;
    u->lzma.avail_out = BUFFER;
    do {
        TRY(read_in(u, e));
        result = lzma_code(&u->lzma, u->at == u->file->size ? LZMA_FINISH : LZMA_RUN);
        TRY(judge(u, result, e));
        TRY(write_out(u, e));
        TRY(progress_show(progress, u->at, e));
    } while (result != LZMA_STREAM_END);
    return OK;
}

static enum err unpack_xz(struct unwrap *w, struct source *file, struct arena scratch,
                          struct error *e)
{
    struct unpacking u = {.file = file, .lzma = LZMA_STREAM_INIT};
    struct progress progress;

    TRY(arena_take(&scratch, BUFFER, 1, 8, (void **)&u.in, e));
    TRY(arena_take(&scratch, BUFFER, 1, 8, (void **)&u.out, e));
    TRY(make_file(&u.fd, e));
    w->xz = (struct file_source){.source = {.name = file->name}, .fd = u.fd};
    if (lzma_stream_decoder(&u.lzma, XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK)
        return fail(e, ERR_NO_MEMORY, "%s: there is no memory to unpack it", file->name);
    progress_start_aside(&progress, file->name, file->size);
    enum err err = unpack_all(&u, &progress, e);
    progress_end(&progress);
    lzma_end(&u.lzma);
    return err == OK ? file_source_of(&w->xz, u.fd, file->name, e) : err;
}

enum err unwrap_open(struct unwrap *u, struct source *file, struct arena *a, struct source **out,
                     struct error *e)
{
    static const uint8_t xz[] = {0xfd, '7', 'z', 'X', 'Z', 0};
    uint8_t magic[sizeof(xz)] = {0};
    struct gunzip *gzip;

    *u = (struct unwrap){.xz = {.fd = -1}};
    *out = file;
    if (file->size >= sizeof(magic))
        TRY(source_read(file, 0, magic, sizeof(magic), e));
    if (memcmp(magic, xz, sizeof(xz)) == 0) {
        *out = &u->xz.source;
        return unpack_xz(u, file, *a, e);
    }
    TRY(envelope_open(file, file->name, a, &gzip, e));
    if (gzip)
        *out = &gzip->source;
    return OK;
}

void unwrap_close(struct unwrap *u)
{
    file_source_close(&u->xz);
}
