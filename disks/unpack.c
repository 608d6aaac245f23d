#include "disks/unpack.h"

#include <string.h>

enum err unpack_open(struct unpack *u, struct arena *a, struct error *e)
{
    TRY(unzstd_open(&u->zstd, a, e));
    return inflate_open(&u->inflate, a, e);
}

static enum err unpack(struct unpack *u, enum run_kind kind, struct bytes packed, uint8_t *to,
                       size_t least, size_t room, size_t *len, struct error *e)
{
    switch (kind) {
    case RUN_ZLIB:
        return inflate_zlib(&u->inflate, packed, to, least, room, len, e);
    case RUN_DEFLATE:
        return inflate_raw(&u->inflate, packed, to, least, room, len, e);
    case RUN_ZSTD:
        return unzstd_frame(&u->zstd, packed, to, least, room, len, e);
    case RUN_STORED:
    case RUN_ZERO:
        break;
    }
    *len = packed.len < room ? packed.len : room;
    memcpy(to, packed.at, *len);
    return OK;
}

enum err unpack_run(struct unpack *u, enum run_kind kind, struct bytes packed, uint8_t *to,
                    size_t least, size_t room, struct error *e)
{
    size_t len;

    TRY(unpack(u, kind, packed, to, least, room, &len, e));
    memset(to + len, 0, room - len);
    return OK;
}
